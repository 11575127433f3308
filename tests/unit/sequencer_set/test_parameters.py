"""SequencerSet.set_epoch_length, set_block_timeout, set_fallback_delay, set_fallback_sequencer"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.epochs import TERMS, ZERO

NAMES = list(TERMS)


def own_events(epochs, tx):
    return [event for event in tx.events if event.contract_address == epochs.set.address]


def refused(epochs, reason, name, value):
    before = epochs.set.parameters(), epochs.set.call_count()
    with ape.reverts(reason):
        epochs.apply(f"set_{name}", value)
    # the number is not used up
    assert (epochs.set.parameters(), epochs.set.call_count()) == before


@pytest.mark.parametrize("bound", ["FLOOR", "CEILING"])
@pytest.mark.parametrize("name", NAMES)
def test_setter_sets_up_to_its_bounds_and_emits(epochs, sequencer_set, name, bound):
    value = LIMITS[f"{name.upper()}_{bound}"]
    tx = epochs.apply(f"set_{name}", value)
    expected = TERMS | {name: value, "fallback_sequencer": epochs.fallback_sequencer}
    assert sequencer_set.parameters() == tuple(expected.values())
    assert own_events(epochs, tx) == [
        sequencer_set.CallApplied(number=1),
        sequencer_set.ParameterSet(name=name, old=TERMS[name], new=value),
    ]


def test_set_fallback_sequencer_sets_and_emits(epochs, sequencer_set):
    tx = epochs.apply("set_fallback_sequencer", epochs.stranger)
    assert sequencer_set.parameters() == (*TERMS.values(), epochs.stranger)
    assert own_events(epochs, tx) == [
        sequencer_set.CallApplied(number=1),
        sequencer_set.FallbackSequencerSet(old=epochs.fallback_sequencer, new=epochs.stranger),
    ]
    # epoch 0 stays whose it was
    assert epochs.epoch(0).signer == epochs.fallback_sequencer


@pytest.mark.parametrize(("bound", "step"), [("FLOOR", -1), ("CEILING", 1)])
@pytest.mark.parametrize("name", NAMES)
def test_setter__beyond_a_bound__reverts(epochs, name, bound, step):
    reason = {
        "epoch_length": "l2_call: bad epoch length",
        "block_timeout": "l2_call: bad block timeout",
        "fallback_delay": "l2_call: bad fallback delay",
    }[name]
    refused(epochs, reason, name, LIMITS[f"{name.upper()}_{bound}"] + step)


def test_set_fallback_sequencer__zero__reverts(epochs):
    refused(epochs, "l2_call: zero sequencer", "fallback_sequencer", ZERO)


@pytest.mark.parametrize("name", [*NAMES, "fallback_sequencer"])
@pytest.mark.parametrize("who", ["relay", "stranger", "fallback_sequencer", "messenger"])
def test_setter__not_by_apply_call__reverts(epochs, sequencer_set, name, who):
    value = epochs.stranger if name == "fallback_sequencer" else LIMITS[f"{name.upper()}_FLOOR"]
    setter = getattr(sequencer_set, f"set_{name}")
    before = sequencer_set.parameters()
    with ape.reverts("SequencerSet: not by apply_call"):
        if who == "messenger":
            # sent by the relay, but not as a call
            epochs.send(setter.encode_input(value))
        else:
            setter(value, sender=getattr(epochs, who))
    assert sequencer_set.parameters() == before


def test_epoch_length_holds_from_the_next_epoch_on(epochs, begun):
    epochs.commit()
    before = epochs.all_epochs()
    epochs.apply("set_epoch_length", 50)
    assert epochs.all_epochs() == before
    epochs.mine_to(before[2].end_block)
    tx = epochs.commit()
    assert epochs.epoch(3)[1:] == (tx.block_number, tx.block_number + 49)
    # a re-elected one is as long
    tx = epochs.replace()
    assert epochs.epoch(4)[1:] == (tx.block_number, tx.block_number + 49)


def test_block_timeout_holds_at_once(epochs, begun):
    floor = LIMITS["BLOCK_TIMEOUT_FLOOR"]
    epochs.apply("set_block_timeout", floor)
    epochs.stall(0, floor - 1)
    with ape.reverts("SequencerSet: too early"):
        epochs.reelect(epochs.reelection())
    epochs.stall(0, 2 * floor)
    tx = epochs.reelect(epochs.reelection(2))
    assert tx.events[0].round == 2


def test_fallback_delay_holds_at_once(epochs, sequencer_set, begun):
    floor = LIMITS["FALLBACK_DELAY_FLOOR"]
    epochs.apply("set_fallback_delay", floor)
    epochs.at(begun.timestamp + floor)
    sequencer_set.fallback(sender=epochs.fallback_sequencer)
    assert epochs.epoch(2).signer == epochs.fallback_sequencer
