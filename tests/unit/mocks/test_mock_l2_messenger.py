"""MockL2Messenger: delivers what the carrier brings, as Metis' messenger on L2 does"""

import ape
import pytest

from tests.utils.relays import Message


@pytest.fixture
def carrier(system):
    return system.distributor


@pytest.fixture
def messenger(system, carrier):
    return system.deployer.deploy(system.project.MockL2Messenger, carrier)


@pytest.fixture
def good(system, messenger, puppet):
    """A message that arrives."""
    data = bytes(puppet.remember.encode_input(messenger))
    return Message(puppet.address, system.lst.address, data, 5)


@pytest.fixture
def bad(system, puppet):
    """One that fails."""
    data = bytes(puppet.fail.encode_input("puppet: no"))
    return Message(puppet.address, system.lst.address, data, 6)


def test_relay_message_delivers_and_emits(messenger, carrier, puppet, good):
    assert messenger.carrier() == carrier
    assert not messenger.successfulMessages(good.hash)
    tx = messenger.relayMessage(*good, sender=carrier)
    assert tx.events == [messenger.RelayedMessage(msgHash=good.hash)]
    assert messenger.successfulMessages(good.hash)
    assert (puppet.seen(), puppet.count()) == (good.sender, 1)


def test_relay_message_delivers_in_any_order(messenger, carrier, good):
    for nonce in (9, 0, 2**256 - 1, 3):
        message = good._replace(nonce=nonce)
        tx = messenger.relayMessage(*message, sender=carrier)
        assert tx.events == [messenger.RelayedMessage(msgHash=message.hash)]


def test_relay_message_that_fails_is_logged_and_may_come_again(messenger, carrier, bad):
    for _ in range(2):
        tx = messenger.relayMessage(*bad, sender=carrier)
        assert tx.events == [messenger.FailedRelayedMessage(msgHash=bad.hash)]
        assert not messenger.successfulMessages(bad.hash)


def test_relay_message_forgets_the_sender(messenger, carrier, good, bad):
    for message in (good, bad):
        messenger.relayMessage(*message, sender=carrier)
        with ape.reverts("MockL2Messenger: no message"):
            messenger.xDomainMessageSender()


def test_redeliver_delivers_again(messenger, carrier, puppet, good):
    messenger.relayMessage(*good, sender=carrier)
    tx = messenger.redeliver(*good, sender=carrier)
    assert tx.events == [messenger.RelayedMessage(msgHash=good.hash)]
    assert puppet.count() == 2


def test_redeliver_delivers_what_was_never_delivered(messenger, carrier, good):
    messenger.redeliver(*good, sender=carrier)
    assert messenger.successfulMessages(good.hash)


def test_relay_message__twice__reverts(messenger, carrier, good):
    messenger.relayMessage(*good, sender=carrier)
    with ape.reverts("MockL2Messenger: delivered already"):
        messenger.relayMessage(*good, sender=carrier)
    # another message is another one
    messenger.relayMessage(*good._replace(nonce=good.nonce + 1), sender=carrier)


@pytest.mark.parametrize("function", ["relayMessage", "redeliver"])
def test_deliver__not_carrier__reverts(system, messenger, good, function):
    for sender in (system.stranger, system.deployer, system.governance, system.lst):
        with ape.reverts("MockL2Messenger: not carrier"):
            getattr(messenger, function)(*good, sender=sender)
    assert not messenger.successfulMessages(good.hash)


@pytest.mark.parametrize("function", ["relayMessage", "redeliver"])
def test_deliver__no_contract__reverts(system, messenger, carrier, good, function):
    message = good._replace(target=system.stranger.address)
    with ape.reverts("MockL2Messenger: no contract"):
        getattr(messenger, function)(*message, sender=carrier)


def test_x_domain_message_sender__no_message__reverts(messenger):
    with ape.reverts("MockL2Messenger: no message"):
        messenger.xDomainMessageSender()
