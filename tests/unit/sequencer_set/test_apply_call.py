"""SequencerSet.apply_call; the setters are in test_parameters.py"""

import ape
import pytest
from eth_utils import function_signature_to_4byte_selector

from seqpool.protocol.limits import LIMITS
from tests.utils.epochs import TERMS

LENGTH = LIMITS["EPOCH_LENGTH_CEILING"]


def refused(epochs, reason, data, sender=None):
    before = epochs.state(), epochs.set.parameters(), epochs.set.call_count()
    with ape.reverts(reason):
        epochs.send(data, sender)
    assert (epochs.state(), epochs.set.parameters(), epochs.set.call_count()) == before


def call(epochs, data, number=1):
    return epochs.set.apply_call.encode_input(number, data)


def test_apply_call_carries_out_the_call_and_emits(epochs, sequencer_set):
    tx = epochs.apply("set_epoch_length", LENGTH)
    assert sequencer_set.call_count() == 1
    assert sequencer_set.parameters()[0] == LENGTH
    own = [event for event in tx.events if event.contract_address == sequencer_set.address]
    assert own == [
        sequencer_set.CallApplied(number=1),
        sequencer_set.ParameterSet(name="epoch_length", old=TERMS["epoch_length"], new=LENGTH),
    ]


def test_apply_call_takes_calls_in_order(epochs, sequencer_set):
    for number, length in enumerate((100, 200, 300), 1):
        epochs.apply("set_epoch_length", length)
        assert sequencer_set.call_count() == number
        assert sequencer_set.parameters()[0] == length


@pytest.mark.parametrize("number", [0, 1, 3, 2**256 - 1])
def test_apply_call__wrong_call_number__reverts(epochs, number):
    """Neither again nor out of order: what was sent first may arrive last."""
    epochs.apply("set_epoch_length", 100)
    data = epochs.apply_data("set_epoch_length", LENGTH, number)
    refused(epochs, "SequencerSet: wrong call number", data)


@pytest.mark.parametrize("size", [0, 4, 35])
def test_apply_call__bad_length__reverts(epochs, sequencer_set, size):
    data = sequencer_set.set_epoch_length.encode_input(LENGTH)[:size]
    refused(epochs, "l2_call: bad length", call(epochs, data))


@pytest.mark.parametrize(
    "signature",
    [
        "install_committee(uint256,bytes32,bytes32)",
        "apply_call(uint256,bytes)",
        "heartbeat()",
        "fallback()",
        "epochs(uint256)",
        "nothing(uint256)",
    ],
)
def test_apply_call__not_a_setter__reverts(epochs, signature):
    data = function_signature_to_4byte_selector(signature) + LENGTH.to_bytes(32, "big")
    refused(epochs, "l2_call: unknown setter", call(epochs, data))


def test_apply_call__address_of_too_many_bits__reverts(epochs):
    selector = function_signature_to_4byte_selector("set_fallback_sequencer(address)")
    data = selector + (2**160 + 1).to_bytes(32, "big")
    refused(epochs, "l2_call: bad address", call(epochs, data))


@pytest.mark.parametrize("who", ["relay", "stranger", "deployer"])
def test_apply_call__not_by_the_messenger__reverts(epochs, sequencer_set, who):
    data = sequencer_set.set_epoch_length.encode_input(LENGTH)
    with ape.reverts("SequencerSet: not messenger"):
        sequencer_set.apply_call(1, data, sender=getattr(epochs, who))
    assert sequencer_set.call_count() == 0


@pytest.mark.parametrize("who", ["stranger", "fallback_sequencer", "deployer"])
def test_apply_call__forged_relay__reverts(epochs, who):
    data = epochs.apply_data("set_epoch_length", LENGTH)
    refused(epochs, "SequencerSet: not relay", data, getattr(epochs, who))
