"""CommitteeRelay.relay"""

import ape
import pytest

from tests.utils.relays import GAS_LIMIT, GAS_PRICE
from tests.utils.system import DAY


def test_relay_sends_what_is_sealed_and_emits(link, sealed):
    nonce, committee_hash, seed = sealed
    assert nonce == 1
    tx = link.send()
    message = link.message(link.install_data(*sealed))
    assert tx.events == [
        link.relay.CommitteeSent(nonce=nonce, committee_hash=committee_hash, seed=seed),
        link.sent(message),
        link.set.CommitteeInstalled(nonce=nonce, committee_hash=committee_hash, seed=seed),
        link.relayed(message),
    ]


def test_relay_hands_fee_and_gas_limit_on(system, pair, sealed):
    """All of the fee, and more than is asked: nothing stays in the relay."""
    for gas_limit, extra in ((0, 0), (1, 0), (123_456, 0), (2**32 - 1, 0), (100_000, 7)):
        before = pair.messenger.balance
        fee = gas_limit * GAS_PRICE + extra
        tx = pair.send(value=fee, gas_limit=gas_limit)
        nonce = pair.messenger.message_count() - 1
        message = pair.message(pair.install_data(*sealed), nonce)
        assert tx.events[1] == pair.sent(message, gas_limit)
        assert pair.messenger.balance == before + fee
        assert pair.relay.balance == 0


def test_relay_costs_the_caller_what_it_sends(system, pair, sealed):
    before = system.stranger.balance
    tx = pair.send(value=GAS_LIMIT * GAS_PRICE)
    spent = before - system.stranger.balance
    assert spent == GAS_LIMIT * GAS_PRICE + tx.total_fees_paid


def test_relay_can_be_sent_again(pair, sealed):
    """A message may get lost, or run out of gas: whoever likes pays for another."""
    first, second = (pair.send(value=GAS_LIMIT * GAS_PRICE) for _ in range(2))
    assert first.events[0] == second.events[0]
    assert second.events[1] == pair.sent(pair.message(pair.install_data(*sealed), 1))


def test_relay_sends_only_what_is_sealed(system, registry, pair, sealed):
    system.at(registry.last_checkpoint().made_at + DAY)
    registry.checkpoint(sender=system.stranger)
    assert registry.last_checkpoint().nonce == 2
    tx = pair.send(value=GAS_LIMIT * GAS_PRICE)
    assert tx.events[1] == pair.sent(pair.message(pair.install_data(*sealed)))
    system.mine(5)
    registry.seal(sender=system.stranger)
    second = registry.sealed_committee()
    assert second[0] == 2
    tx = pair.send(value=GAS_LIMIT * GAS_PRICE)
    assert tx.events[1] == pair.sent(pair.message(pair.install_data(*second), 1))


def test_relay_goes_on_in_a_pause(pool, guardian, link, sealed):
    pool.pause(sender=guardian)
    link.send()
    assert link.set.committee().nonce == 1


def test_relay__no_checkpoint__reverts(link):
    with ape.reverts("CommitteeRelay: no sealed committee"):
        link.send()


def test_relay__not_sealed__reverts(system, registry, link):
    system.new_sequencers(3)
    registry.checkpoint(sender=system.stranger)
    with ape.reverts("CommitteeRelay: no sealed committee"):
        link.send()
    system.mine(4)
    with ape.reverts("CommitteeRelay: no sealed committee"):
        link.send()


def test_relay__fee_too_low__reverts(pair, sealed):
    with ape.reverts("MockL1Messenger: insufficient fee"):
        pair.send(value=GAS_LIMIT * GAS_PRICE - 1)
    with ape.reverts("MockL1Messenger: insufficient fee"):
        pair.send()
    assert pair.messenger.message_count() == 0


def test_relay__fee_on_one_chain__reverts(system, link, sealed):
    """Nobody could ever get it back."""
    with ape.reverts("LocalMessenger: no fee is taken"):
        link.send(value=1)
    assert (link.relay.balance, link.messenger.balance) == (0, 0)
    assert link.set.committee().nonce == 0


@pytest.mark.parametrize("gas_limit", [0, 20_000, 60_000])
def test_relay__gas_limit_too_low__reverts(link, sealed, gas_limit):
    """The message runs out of gas; there is no reason, and nothing is installed or sent."""
    before = link.state()
    with pytest.raises(ape.exceptions.ContractLogicError) as error:
        link.send(gas_limit=gas_limit)
    assert "SequencerSet" not in str(error.value)
    assert link.state() == before
    assert link.messenger.message_count() == 0
    # and nothing is stuck
    link.send()
    assert link.set.committee().nonce == 1


def test_relay__gas_limit_beyond_a_block__reverts(link, sealed):
    with ape.reverts("LocalMessenger: too little gas"):
        link.send(gas_limit=2**32 - 1)


def test_relay_takes_no_eth_but_for_fees(system, link):
    """Neither a plain transfer nor another call can leave ETH here."""
    with pytest.raises(ape.exceptions.ContractLogicError):
        system.stranger.transfer(link.relay, 1)
    data = link.call("set_block_timeout", 60)
    with pytest.raises(ape.exceptions.ContractLogicError):
        link.relay.set_l2(data, sender=system.governance, value=1)
    assert link.relay.balance == 0
