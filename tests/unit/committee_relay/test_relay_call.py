"""CommitteeRelay.relay_call"""

import ape
import pytest

from tests.utils.relays import GAS_LIMIT, GAS_PRICE, TERMS

FEE = GAS_LIMIT * GAS_PRICE


def test_relay_call_sends_what_is_stored_and_emits(link):
    data = link.store("set_block_timeout", 30)
    tx = link.send_call(1)
    message = link.message(link.apply_data(1, data))
    assert tx.events == [
        link.relay.CallSent(number=1),
        link.sent(message),
        link.set.CallApplied(number=1),
        link.set.ParameterSet(name="block_timeout", old=TERMS["block_timeout"], new=30),
        link.relayed(message),
    ]
    assert link.set.parameters().block_timeout == 30
    assert link.set.call_count() == 1


def test_relay_call_hands_all_of_the_fee_on(system, pair):
    data = pair.store("set_block_timeout", 30)
    before = system.stranger.balance
    tx = pair.send_call(1, value=FEE + 5)
    assert tx.events == [
        pair.relay.CallSent(number=1),
        pair.sent(pair.message(pair.apply_data(1, data))),
    ]
    assert (pair.relay.balance, pair.messenger.balance) == (0, FEE + 5)
    assert before - system.stranger.balance == FEE + 5 + tx.total_fees_paid


def test_relay_call_can_be_sent_again_and_in_any_order(pair):
    """The bridge may lose a message; the order matters on L2 alone."""
    calls = [pair.store("set_block_timeout", value) for value in (30, 31, 32)]
    for nonce, number in enumerate((2, 1, 3, 1, 2)):
        tx = pair.send_call(number, value=FEE)
        message = pair.message(pair.apply_data(number, calls[number - 1]), nonce)
        assert tx.events == [pair.relay.CallSent(number=number), pair.sent(message)]


@pytest.mark.parametrize("number", [0, 2, 2**256 - 1])
def test_relay_call__unknown_call__reverts(link, number):
    link.store("set_block_timeout", 30)
    with ape.reverts("CommitteeRelay: unknown call"):
        link.send_call(number)


def test_relay_call__fee_too_low__reverts(pair):
    pair.store("set_block_timeout", 30)
    with ape.reverts("MockL1Messenger: insufficient fee"):
        pair.send_call(1, value=FEE - 1)


def test_relay_call__fee_on_one_chain__reverts(link):
    link.store("set_block_timeout", 30)
    with ape.reverts("LocalMessenger: no fee is taken"):
        link.send_call(1, value=1)


def test_relay_call__replayed__reverts(link):
    link.store("set_block_timeout", 30)
    link.send_call(1)
    link.store("set_block_timeout", 40)
    link.send_call(2)
    for number in (1, 2):
        with ape.reverts("SequencerSet: wrong call number"):
            link.send_call(number)
    assert link.set.parameters().block_timeout == 40


def test_relay_call__gap__reverts(link):
    """Else whoever pays for the second first would kill the first."""
    link.store("set_block_timeout", 30)
    link.store("set_block_timeout", 40)
    with ape.reverts("SequencerSet: wrong call number"):
        link.send_call(2)
    link.send_call(1)
    link.send_call(2)
    assert link.set.parameters().block_timeout == 40


def test_relay_call__gas_limit_too_low__reverts(system, link):
    link.store("set_block_timeout", 30)
    with pytest.raises(ape.exceptions.ContractLogicError) as error:
        link.relay.relay_call(1, 30_000, sender=system.stranger)
    assert "SequencerSet" not in str(error.value)
    assert link.set.call_count() == 0
    link.send_call(1)
    assert link.set.call_count() == 1
