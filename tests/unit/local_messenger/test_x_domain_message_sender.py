"""LocalMessenger.xDomainMessageSender"""

import ape

from tests.utils.relays import GAS_LIMIT


def test_sender_is_known_during_a_message_only(system, messenger, puppet):
    with ape.reverts("LocalMessenger: no message"):
        messenger.xDomainMessageSender()
    for sender in (system.stranger, system.guardian):
        messenger.sendMessageViaChainId(
            system.chain.chain_id,
            puppet,
            puppet.remember.encode_input(messenger),
            GAS_LIMIT,
            sender=sender,
        )
        assert puppet.seen() == sender
        with ape.reverts("LocalMessenger: no message"):
            messenger.xDomainMessageSender()


def test_x_domain_message_sender__asked_between_messages__reverts(system, messenger, puppet):
    with ape.reverts("LocalMessenger: no message"):
        puppet.remember(messenger, sender=system.stranger)
