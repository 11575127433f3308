"""LocalMessenger.sendMessageViaChainId"""

import ape
import pytest
from ape.exceptions import ContractLogicError

from tests.utils.relays import GAS_LIMIT

# what the pool, the relay and the set say to those who may not
REFUSED = ("SequencerSet: not relay", "SequencerSet: not messenger")


def send(link, target, data, sender=None, gas_limit=GAS_LIMIT, **options):
    return link.messenger.sendMessageViaChainId(
        *(link.system.chain.chain_id, target, data, gas_limit),
        sender=sender or link.system.stranger,
        **options,
    )


def encode_send(link, target, data, gas_limit=GAS_LIMIT):
    """The calldata of `send`."""
    return link.messenger.sendMessageViaChainId.encode_input(
        link.system.chain.chain_id, target, data, gas_limit
    )


def test_send_message_delivers_at_once_and_emits(system, link, messenger, puppet):
    data = bytes(puppet.remember.encode_input(messenger))
    for nonce in (0, 1):
        tx = send(link, puppet, data)
        message = link.message(data, nonce, system.stranger, puppet)
        assert tx.events == [link.sent(message), link.relayed(message)]
        assert messenger.message_count() == nonce + 1
    assert puppet.seen() == system.stranger


def test_send_message_names_whoever_has_called_here(system, link, messenger, puppet):
    """Not the account that has signed the transaction."""
    data = puppet.remember.encode_input(messenger)
    puppet.do(messenger, encode_send(link, puppet, data), sender=system.governance)
    assert puppet.seen() == puppet
    send(link, puppet, data, sender=system.governance)
    assert puppet.seen() == system.governance


def test_send_message_takes_the_longest_message(system, link, puppet):
    longest = bytes(puppet.remember.encode_input(link.messenger)).ljust(1024, b"\0")
    tx = send(link, puppet, longest)
    assert tx.events[0] == link.sent(link.message(longest, 0, system.stranger, puppet))


def test_send_message_gives_the_target_its_gas_limit_and_no_more(link, messenger, puppet):
    data = puppet.remember.encode_input(messenger)
    for gas_limit in (100_000, 300_000):
        send(link, puppet, data, gas_limit=gas_limit)
        # what the target spends to find out
        assert gas_limit - 1_000 < puppet.gas() < gas_limit


def test_send_message__other_chain__reverts(system, link, messenger, puppet):
    data = puppet.remember.encode_input(messenger)
    for chain_id in (0, 1, 1088, system.chain.chain_id + 1):
        with ape.reverts("LocalMessenger: other chain"):
            messenger.sendMessageViaChainId(
                chain_id, puppet, data, GAS_LIMIT, sender=system.stranger
            )
    assert messenger.message_count() == 0


def test_send_message__fee__reverts(link, messenger, puppet):
    data = puppet.remember.encode_input(messenger)
    with ape.reverts("LocalMessenger: no fee is taken"):
        send(link, puppet, data, value=1)
    assert (messenger.balance, puppet.balance) == (0, 0)


def test_send_message__no_contract__reverts(system, link):
    for target in (system.stranger, "0x" + 40 * "0", "0x" + 39 * "0" + "1"):
        with ape.reverts("LocalMessenger: no contract"):
            send(link, target, b"")


def test_send_message__target_fails__reverts(system, link, messenger, puppet):
    """With its reason; on one chain nothing is sent that does not arrive."""
    with ape.reverts("puppet: no"):
        send(link, puppet, puppet.fail.encode_input("puppet: no"))
    assert messenger.message_count() == 0
    with ape.reverts("LocalMessenger: no message"):
        messenger.xDomainMessageSender()


def test_send_message__more_gas_than_there_is__reverts(link, messenger, puppet):
    data = puppet.remember.encode_input(messenger)
    with ape.reverts("LocalMessenger: too little gas"):
        send(link, puppet, data, gas_limit=2**32 - 1)
    with ape.reverts("LocalMessenger: too little gas"):
        send(link, puppet, data, gas_limit=400_000, gas=400_000)
    send(link, puppet, data, gas_limit=200_000, gas=400_000)


# ---------------------------------------------------------------- attacks


def test_send_message__forged_committee__reverts(system, link, sealed):
    """Everyone may send to the SequencerSet, and nobody but the relay is heard."""
    nonce, committee_hash, seed = sealed
    data = link.install_data(nonce, committee_hash, seed)
    people = (system.stranger, system.governance, system.guardian, system.deployer)
    for sender in people:
        with ape.reverts("SequencerSet: not relay"):
            send(link, link.set, data, sender=sender)
    assert link.set.committee().nonce == 0
    # the very same message, from the relay
    link.send()
    assert link.set.committee()[:3] == sealed


def test_send_message__forged_call__reverts(system, link):
    data = link.apply_data(1, link.store("set_block_timeout", 30))
    for sender in (system.stranger, system.governance, system.guardian, system.deployer):
        with ape.reverts("SequencerSet: not relay"):
            send(link, link.set, data, sender=sender)
    assert link.set.call_count() == 0


def test_send_message__setter__reverts(system, link):
    """The messenger is not the set, even when it calls for the relay."""
    with ape.reverts("SequencerSet: not by apply_call"):
        send(link, link.set, link.call("set_block_timeout", 30))


def test_target_cannot_install_during_its_message(system, link, messenger, puppet, sealed):
    """Neither by itself nor in the messenger's name."""
    before = link.state()
    data = link.install_data(*sealed)
    with ape.reverts("SequencerSet: not messenger"):
        send(link, puppet, puppet.do.encode_input(link.set, data))
    # a message from the puppet to itself: then the puppet is the sender that the messenger names
    with ape.reverts("SequencerSet: not messenger"):
        puppet.do(
            messenger,
            encode_send(link, puppet, puppet.do.encode_input(link.set, data)),
            sender=system.stranger,
        )
    assert link.state() == before


def test_target_cannot_send_again(system, link, messenger, puppet, sealed):
    """Sending is locked while a message is delivered: its sender stays the right one."""
    inner = encode_send(link, puppet, puppet.remember.encode_input(messenger))
    data = bytes(puppet.attempt.encode_input(messenger, inner))
    tx = send(link, puppet, data)
    message = link.message(data, 0, system.stranger, puppet)
    assert tx.events == [link.sent(message), link.relayed(message)]
    assert (puppet.success(), messenger.message_count()) == (False, 1)
    # not because it may not: outside of a message it may
    puppet.attempt(messenger, inner, sender=system.stranger)
    assert (puppet.success(), messenger.message_count()) == (True, 2)


def test_target_cannot_make_the_relay_send_during_its_message(
    system, link, messenger, puppet, sealed
):
    inner = link.relay.relay.encode_input(GAS_LIMIT)
    send(link, puppet, puppet.attempt.encode_input(link.relay, inner), gas_limit=1_000_000)
    assert not puppet.success()
    assert link.set.committee().nonce == 0
    puppet.attempt(link.relay, inner, sender=system.stranger)
    assert puppet.success()
    assert link.set.committee().nonce == 1


def test_messenger_cannot_send_to_itself(system, link, messenger, sealed):
    """It would be the sender of what it sends."""
    inner = encode_send(link, link.set, link.install_data(*sealed))
    with pytest.raises(ContractLogicError) as error:
        send(link, messenger, inner)
    # the lock, which has no reason, and not the check behind it
    assert not any(reason in str(error.value) for reason in REFUSED)
    assert messenger.message_count() == 0
    assert link.set.committee().nonce == 0


def test_messenger_has_no_role_to_lend(system, link, pool):
    """Whatever it is told to call, it calls as itself."""
    for contract, data, reason in (
        (link.relay, link.relay.set_l2.encode_input(b""), "roles: not governance"),
        (pool, pool.approve.encode_input(system.stranger), "roles: not governance"),
        (pool, pool.pause.encode_input(), "guardian: not guardian"),
        (link.set, link.set.fallback.encode_input(), "SequencerSet: not fallback sequencer"),
    ):
        with ape.reverts(reason):
            send(link, contract, data, sender=system.governance)


def test_messenger_takes_no_eth(system, messenger):
    with pytest.raises(ContractLogicError):
        system.stranger.transfer(messenger, 1)
    assert messenger.balance == 0
