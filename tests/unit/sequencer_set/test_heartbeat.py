"""SequencerSet.heartbeat"""

import ape

from tests.utils.epochs import TERMS


def test_heartbeat_stores_the_time_and_emits(epochs, sequencer_set):
    epochs.at(epochs.now + 100)
    tx = sequencer_set.heartbeat(sender=epochs.stranger)
    assert sequencer_set.alive_at() == tx.timestamp
    assert tx.events == [sequencer_set.Heartbeat(sender=epochs.stranger)]


def test_heartbeat_changes_nothing_else(epochs, sequencer_set, begun):
    epochs.replace()
    before = epochs.all_epochs(), sequencer_set.reelected_at(), sequencer_set.parameters()
    assert sequencer_set.reelected_at() != 0
    sequencer_set.heartbeat(sender=epochs.stranger)
    assert (
        epochs.all_epochs(),
        sequencer_set.reelected_at(),
        sequencer_set.parameters(),
    ) == before


def test_heartbeat_is_a_contracts_as_well(epochs, sequencer_set):
    tx = epochs.send(sequencer_set.heartbeat.encode_input(), epochs.stranger)
    assert sequencer_set.alive_at() == tx.timestamp


def test_heartbeat_keeps_the_fallback_sequencer_out(epochs, sequencer_set, begun):
    epochs.at(epochs.now + TERMS["fallback_delay"])
    tx = sequencer_set.heartbeat(sender=epochs.stranger)
    epochs.at(tx.timestamp + TERMS["fallback_delay"] - 1)
    with ape.reverts("SequencerSet: too early"):
        sequencer_set.fallback(sender=epochs.fallback_sequencer)
