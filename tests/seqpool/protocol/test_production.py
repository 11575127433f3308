"""Blocks counted by epochs, against a count block by block."""

from collections import Counter, namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.production import blocks_by_sequencer, blocks_by_signer
from seqpool.protocol.reward_entries import NOBODY

Epoch = namedtuple("Epoch", "signer start_block end_block")
SIGNERS = ["a", "b", "c"]


@st.composite
def histories(draw):
    """Epochs from block 1 on, with gaps, some of them cut or never begun; and some fallbacks."""
    epochs, fallbacks, start = [], set(), 1
    for id in range(draw(st.integers(1, 8))):
        start += draw(st.sampled_from([0, 0, 1, 3]))
        length = draw(st.integers(0, 6))
        epoch = Epoch(draw(st.sampled_from(SIGNERS)), start, start + length - 1)
        epochs.append((id, epoch))
        if draw(st.booleans()):
            fallbacks.add((id, epoch.signer, start))
        start += length
    return epochs, fallbacks, start


def by_block(epochs, fallbacks, start, end):
    found = Counter()
    for block in range(start, end + 1):
        names = [
            ZERO if (id, epoch.signer, epoch.start_block) in fallbacks else epoch.signer
            for id, epoch in epochs
            if epoch.start_block <= block <= epoch.end_block
        ]
        found[names[0] if names else ZERO] += 1
    return found


@given(histories(), st.data())
def test_each_block_is_counted_once(history, data):
    epochs, fallbacks, after = history
    start = data.draw(st.integers(1, after + 3))
    end = data.draw(st.integers(start - 1, after + 5))
    # as a reader's bisection gives them
    begun = [place for place, (_, epoch) in enumerate(epochs) if epoch.start_block <= start]
    wanted = epochs[max(begun, default=0) :]
    told = []
    found = blocks_by_signer(wanted, fallbacks, start, end, told.append)
    assert found == by_block(epochs, fallbacks, start, end)
    assert all(found.values())
    assert found.total() == sum(told) == end + 1 - start


def test_no_more_epochs_are_read_than_needed():
    def read():
        yield 0, Epoch("a", 1, 10)
        yield 1, Epoch("b", 11, 20)
        raise AssertionError("read too far")

    assert blocks_by_signer(read(), (), 5, 20) == {"a": 6, "b": 10}


def test_an_epoch_is_the_fallbacks_only_if_it_is_the_one_that_was_taken():
    epochs = [(3, Epoch("a", 1, 10))]
    for other in ((4, "a", 1), (3, "b", 1), (3, "a", 2)):
        assert blocks_by_signer(epochs, {other}, 1, 10) == {"a": 10}
    assert blocks_by_signer(epochs, {(3, "a", 1)}, 1, 10) == {ZERO: 10}


def test_keys_of_one_sequencer_are_added_up():
    blocks = {"old": 3, "b": 1, ZERO: 5, "new": 4}
    found = blocks_by_sequencer(blocks, {"old": 2, "new": 2, "b": 1})
    assert list(found.items()) == [(NOBODY, 5), (1, 1), (2, 7)]
    assert found[9] == 0


def test_a_signer_of_whom_nothing_is_known_is_an_error():
    with pytest.raises(KeyError):
        blocks_by_sequencer({"a": 1}, {})
