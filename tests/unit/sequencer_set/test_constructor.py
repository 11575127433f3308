"""SequencerSet.__init__"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.epochs import TERMS, ZERO

OPEN_END = 2**48 - 1
# parameter => reason
BAD = {
    "epoch_length": "l2_call: bad epoch length",
    "block_timeout": "l2_call: bad block timeout",
    "fallback_delay": "l2_call: bad fallback delay",
}


def test_constructor_sets_everything_and_emits(epochs):
    sequencer_set = epochs.deploy()
    receipt = sequencer_set.creation_metadata.receipt
    fallback = epochs.fallback_sequencer
    assert sequencer_set.messenger() == epochs.messenger
    assert sequencer_set.relay() == epochs.relay
    assert sequencer_set.parameters() == (*TERMS.values(), fallback)
    assert sequencer_set.call_count() == sequencer_set.last_epoch() == 0
    assert sequencer_set.epochs(0) == (fallback, receipt.block_number, OPEN_END)
    assert sequencer_set.alive_at() == receipt.timestamp
    assert sequencer_set.reelected_at() == 0
    nothing = (0, bytes(32), bytes(32), 0, 0)
    assert sequencer_set.committee() == sequencer_set.previous_committee() == nothing
    assert receipt.events == [
        *(sequencer_set.ParameterSet(name=x, old=0, new=TERMS[x]) for x in TERMS),
        sequencer_set.FallbackSequencerSet(old=ZERO, new=fallback),
        sequencer_set.FallbackTaken(
            epoch=0, signer=fallback, start_block=receipt.block_number, end_block=OPEN_END
        ),
    ]


def test_constructor_gives_the_fallback_sequencer_all_blocks_from_its_own_on(epochs, sequencer_set):
    first = epochs.epoch(0).start_block
    assert sequencer_set.sequencer_at(first) == epochs.fallback_sequencer
    assert sequencer_set.sequencer_at(OPEN_END) == epochs.fallback_sequencer
    with ape.reverts("SequencerSet: block in no epoch"):
        sequencer_set.sequencer_at(first - 1)


@pytest.mark.parametrize("bound", ["FLOOR", "CEILING"])
def test_constructor_takes_the_bounds_themselves(epochs, bound):
    terms = {name: LIMITS[f"{name.upper()}_{bound}"] for name in TERMS}
    sequencer_set = epochs.deploy(**terms)
    assert sequencer_set.parameters() == (*terms.values(), epochs.fallback_sequencer)


@pytest.mark.parametrize(("bound", "step"), [("FLOOR", -1), ("CEILING", 1)])
@pytest.mark.parametrize("name", BAD)
def test_constructor__parameter_beyond_a_bound__reverts(epochs, name, bound, step):
    with ape.reverts(BAD[name]):
        epochs.deploy(**{name: LIMITS[f"{name.upper()}_{bound}"] + step})


def test_constructor__zero_messenger__reverts(epochs):
    with ape.reverts("SequencerSet: zero messenger"):
        epochs.deploy(messenger=ZERO)


def test_constructor__zero_relay__reverts(epochs):
    with ape.reverts("SequencerSet: zero relay"):
        epochs.deploy(relay=ZERO)


def test_constructor__zero_fallback_sequencer__reverts(epochs):
    with ape.reverts("l2_call: zero sequencer"):
        epochs.deploy(fallback_sequencer=ZERO)


@pytest.mark.parametrize("name", TERMS)
def test_constructor__parameter_of_more_than_its_bits__reverts(epochs, name):
    with ape.reverts(BAD[name]):
        epochs.deploy(**{name: 2**32 + TERMS[name]})
