"""Views of the SequencerSet; sequencer_at and epoch_at are in test_sequencer_at.py, draw in
test_draw.py"""

import ape
import pytest

from seqpool.protocol.messages import Reason
from tests.utils.epochs import TERMS, ZERO, Committee, Epoch


def test_current_epoch_is_that_of_the_block(epochs, sequencer_set, begun):
    epochs.commit()
    # views see the last block
    for id in (1, 2):
        epochs.mine_to(epochs.epoch(id).end_block - 1)
        assert sequencer_set.current_epoch() == id
        epochs.mine_to(epochs.epoch(id).end_block)
        assert sequencer_set.current_epoch() == id
    epochs.mine_to(epochs.epoch(2).end_block + 1)
    with ape.reverts("SequencerSet: block in no epoch"):
        sequencer_set.current_epoch()


def test_current_epoch_before_the_first_commit(sequencer_set):
    assert sequencer_set.current_epoch() == 0


def test_last_epoch_counts_the_scheduled_one_and_no_dropped_one(epochs, sequencer_set, begun):
    assert sequencer_set.last_epoch() == 1
    epochs.commit()
    assert sequencer_set.last_epoch() == 2
    epochs.replace()
    assert sequencer_set.last_epoch() == 2
    epochs.mine_to(epochs.epoch(2).end_block + 5)
    assert sequencer_set.last_epoch() == 2


def test_epochs_gives_each(epochs, sequencer_set, committee, begun):
    start, length = begun.block_number, TERMS["epoch_length"]
    assert sequencer_set.epochs(0)[1:] == (epochs.epoch(0).start_block, start - 1)
    assert sequencer_set.epochs(1) == Epoch(committee.draw(1), start, start + length - 1)


@pytest.mark.parametrize("n", [2, 3, 2**256 - 1])
def test_epochs__unknown_epoch__reverts(epochs, sequencer_set, begun, n):
    with ape.reverts("SequencerSet: unknown epoch"):
        sequencer_set.epochs(n)


def test_is_barred_and_bar_of(epochs, sequencer_set, committee, begun):
    signer = epochs.epoch(1).signer
    assert [sequencer_set.is_barred(x) for x in committee.signers] == [False] * 5
    assert sequencer_set.bar_of(signer) == (0, 0)
    tx = epochs.replace(reason=Reason.INVALID_EXECUTION)
    assert [x for x in committee.signers if sequencer_set.is_barred(x)] == [signer]
    assert sequencer_set.bar_of(signer) == (1, tx.block_number)
    assert not sequencer_set.is_barred(ZERO)


def test_reelections_counts_both_reasons(epochs, sequencer_set):
    """In turns of two members: each failure is counted where it belongs."""
    two = Committee([1, 1])
    epochs.begin(two)
    first = epochs.epoch(1).signer
    second = next(x for x in two.signers if x != first)
    for failed, counts in ((first, (1, 0)), (second, (1, 1)), (first, (2, 1))):
        tx = epochs.replace(1, two)
        assert tx.events[0].failed == failed
        assert (sequencer_set.reelections(first), sequencer_set.reelections(second)) == counts
    epochs.bar(two)
    assert (sequencer_set.reelections(first), sequencer_set.reelections(second)) == (2, 2)


def test_committee_and_previous_committee(epochs, sequencer_set, committee):
    nothing = (0, bytes(32), bytes(32), 0, 0)
    assert sequencer_set.committee() == sequencer_set.previous_committee() == nothing
    newer = Committee(nonce=9, first_key=50)
    seals = [
        (x.nonce, x.hash, x.seed, tx.block_number, tx.timestamp)
        for x in (committee, newer)
        for tx in [epochs.install(x)]
    ]
    assert [sequencer_set.previous_committee(), sequencer_set.committee()] == seals


def test_parameters(epochs, sequencer_set):
    assert sequencer_set.parameters() == (*TERMS.values(), epochs.fallback_sequencer)


def test_alive_at_and_reelected_at(epochs, sequencer_set, begun):
    assert sequencer_set.alive_at() == begun.timestamp
    assert sequencer_set.reelected_at() == 0
    reelected = epochs.replace()
    assert sequencer_set.alive_at() == reelected.timestamp > begun.timestamp
    assert sequencer_set.reelected_at() == reelected.block_number
    epochs.at(epochs.now + 100)
    committed = epochs.commit()
    assert sequencer_set.alive_at() == committed.timestamp
    assert sequencer_set.reelected_at() == reelected.block_number
    epochs.at(epochs.now + TERMS["fallback_delay"])
    taken = sequencer_set.fallback(sender=epochs.fallback_sequencer)
    assert sequencer_set.alive_at() == taken.timestamp
    assert sequencer_set.reelected_at() == reelected.block_number
