"""SequencerSet.sequencer_at, SequencerSet.epoch_at"""

from itertools import pairwise

import ape
import pytest

from tests.utils.epochs import TERMS

LENGTH = TERMS["epoch_length"]


def scan(history, block_number):
    """Id and signer by the plainest way."""
    found = [
        (id, epoch.signer)
        for id, epoch in enumerate(history)
        if epoch.start_block <= block_number <= epoch.end_block
    ]
    assert len(found) <= 1
    return found[0] if found else None


def check(epochs, block_numbers):
    """Both views agree with a scan of all epochs; returns how many blocks are in none."""
    history = epochs.all_epochs()
    gaps = 0
    for block_number in block_numbers:
        expected = scan(history, block_number)
        if expected is None:
            gaps += 1
            for view in (epochs.set.sequencer_at, epochs.set.epoch_at):
                with ape.reverts("SequencerSet: block in no epoch"):
                    view(block_number, sender=epochs.stranger)
        else:
            assert epochs.view("epoch_at", block_number) == expected[0]
            assert epochs.view("sequencer_at", block_number) == expected[1]
    return gaps


@pytest.fixture
def history(epochs, begun):
    """Eight epochs: a full one, one that was cut, one replaced in place, two around a gap of three
    blocks, a fallback's, and one that is scheduled."""
    epochs.commit()
    epochs.mine_to(epochs.epoch(2).start_block + 5)
    epochs.replace()
    epochs.commit()
    epochs.stall(block_number=epochs.epoch(4).start_block)
    epochs.reelect(epochs.reelection())
    epochs.mine_to(epochs.epoch(4).end_block + 3)
    epochs.commit()
    epochs.at(epochs.now + TERMS["fallback_delay"])
    epochs.set.fallback(sender=epochs.fallback_sequencer)
    epochs.commit()
    assert epochs.view("last_epoch") == 7
    return epochs.all_epochs()


def test_views_agree_with_a_scan_at_all_borders(epochs, history):
    borders = {
        block_number + step
        for epoch in history
        for block_number in (epoch.start_block, epoch.end_block)
        for step in (-1, 0, 1)
    }
    # before the first block, after the last one, and both ends of the gap
    assert check(epochs, sorted(borders)) == 4


def test_history_has_no_overlap_and_only_the_gap(epochs, history):
    steps = [after.start_block - before.end_block for before, after in pairwise(history)]
    assert sorted(steps) == [1, 1, 1, 1, 1, 1, 4]


def test_blocks_before_the_registry_and_beyond_the_schedule_are_in_no_epoch(epochs, history):
    first, last = history[0].start_block, history[-1].end_block
    assert check(epochs, [0, first - 1, last + 1, 2**48 - 1, 2**48, 2**256 - 1]) == 6


def test_sequencer_at_in_epoch_0_only(epochs, sequencer_set):
    """The first epoch has no end."""
    start = epochs.epoch(0).start_block
    assert check(epochs, [start, start + 1, 2**48 - 1]) == 0
    assert check(epochs, [start - 1, 2**48]) == 2
