"""MockL1Messenger: logs what is sent, for a fee, as Metis' messenger on L1 does"""

import ape
import pytest

GAS_PRICE = 3


@pytest.fixture
def messenger(system):
    return system.deployer.deploy(system.project.MockL1Messenger, GAS_PRICE)


def send(system, messenger, value, gas_limit=1_000, data=b"\x01\x02", chain_id=1088):
    return messenger.sendMessageViaChainId(
        *(chain_id, system.lst, data, gas_limit), value=value, sender=system.stranger
    )


def test_send_message_logs_and_counts(system, messenger):
    assert messenger.gas_price() == GAS_PRICE
    for nonce, data in enumerate((b"", b"\x01\x02", 1024 * b"\xff")):
        tx = send(system, messenger, 1_000 * GAS_PRICE, data=data)
        assert tx.events == [
            messenger.SentMessage(
                target=system.lst,
                sender=system.stranger,
                message=data,
                messageNonce=nonce,
                gasLimit=1_000,
                chainId=1088,
            )
        ]
        assert messenger.message_count() == nonce + 1


def test_send_message_keeps_all_that_is_paid(system, messenger):
    send(system, messenger, 1_000 * GAS_PRICE)
    send(system, messenger, 1_000 * GAS_PRICE + 7)
    assert messenger.balance == 2_000 * GAS_PRICE + 7


def test_send_message_without_gas_is_free(system, messenger):
    assert send(system, messenger, 0, gas_limit=0).events[0].gasLimit == 0


def test_send_message_does_not_overflow(system, messenger):
    most = 2**32 - 1
    assert send(system, messenger, most * GAS_PRICE, gas_limit=most).events[0].gasLimit == most


@pytest.mark.parametrize("value", [0, 1_000 * GAS_PRICE - 1])
def test_send_message__fee_too_low__reverts(system, messenger, value):
    with ape.reverts("MockL1Messenger: insufficient fee"):
        send(system, messenger, value)
    assert messenger.message_count() == 0


def test_x_domain_message_sender__always__reverts(system, messenger):
    send(system, messenger, 1_000 * GAS_PRICE)
    with ape.reverts("MockL1Messenger: no message"):
        messenger.xDomainMessageSender()
