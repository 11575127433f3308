"""SequencerSet.commit_epoch"""

import ape
import pytest

from tests.utils.epochs import TERMS, Committee, Epoch

LENGTH = TERMS["epoch_length"]


def test_commit_epoch_ends_epoch_0_and_starts_at_this_block(epochs, sequencer_set, committee):
    first = epochs.epoch(0)
    epochs.install()
    tx = epochs.commit()
    start = tx.block_number
    signer = committee.draw(1)
    assert epochs.all_epochs() == [
        Epoch(epochs.fallback_sequencer, first.start_block, start - 1),
        Epoch(signer, start, start + LENGTH - 1),
    ]
    assert sequencer_set.alive_at() == tx.timestamp
    assert sequencer_set.reelected_at() == 0
    assert tx.events == [
        sequencer_set.EpochCommitted(
            epoch=1,
            signer=signer,
            start_block=start,
            end_block=start + LENGTH - 1,
            committee_nonce=committee.nonce,
        )
    ]


def test_commit_epoch_schedules_the_next_right_after_the_present_one(
    epochs, sequencer_set, committee, begun
):
    present = epochs.epoch(1)
    tx = epochs.commit()
    start = present.end_block + 1
    scheduled = Epoch(committee.draw(2), start, start + LENGTH - 1)
    assert epochs.all_epochs()[1:] == [present, scheduled]
    assert tx.events == [
        sequencer_set.EpochCommitted(
            epoch=2,
            signer=scheduled.signer,
            start_block=start,
            end_block=scheduled.end_block,
            committee_nonce=committee.nonce,
        )
    ]
    assert sequencer_set.alive_at() == tx.timestamp


def test_commit_epoch_in_the_last_block_schedules_the_next(epochs, begun):
    end = epochs.epoch(1).end_block
    epochs.mine_to(end - 1)
    assert epochs.commit().block_number == end
    assert epochs.epoch(2).start_block == end + 1


def test_commit_epoch_starts_at_this_block_right_after_the_last_one(epochs, begun):
    end = epochs.epoch(1).end_block
    epochs.mine_to(end)
    assert epochs.commit().block_number == end + 1 == epochs.epoch(2).start_block


def test_commit_epoch_after_a_gap_leaves_the_gap(epochs, sequencer_set, begun):
    end = epochs.epoch(1).end_block
    epochs.mine_to(end + 3)
    assert epochs.commit().block_number == end + 4
    assert epochs.epoch(1).end_block == end
    assert epochs.epoch(2)[1:] == (end + 4, end + 3 + LENGTH)
    for block_number in range(end + 1, end + 4):
        with ape.reverts("SequencerSet: block in no epoch"):
            sequencer_set.sequencer_at(block_number)


def test_commit_epoch_at_the_first_block_of_the_scheduled_one_schedules_another(epochs, begun):
    epochs.commit()
    scheduled = epochs.epoch(2)
    epochs.mine_to(scheduled.start_block - 2)
    with ape.reverts("SequencerSet: is scheduled"):
        epochs.commit()
    assert epochs.commit().block_number == scheduled.start_block
    assert epochs.epoch(2) == scheduled
    assert epochs.epoch(3).start_block == scheduled.end_block + 1


def test_commit_epoch_draws_from_the_committee_installed_last(epochs, sequencer_set, begun):
    present = epochs.epoch(1)
    newer = Committee(nonce=7, first_key=100)
    epochs.install(newer)
    tx = epochs.commit(newer)
    assert epochs.epoch(1) == present
    assert epochs.epoch(2).signer == newer.draw(2)
    assert tx.events[0].committee_nonce == newer.nonce


def test_commit_epoch_redraws_who_is_barred(epochs, committee, begun):
    barred = {epochs.bar()}
    for id in range(3, 20):
        epochs.mine_to(epochs.epoch(id - 1).end_block)
        epochs.commit()
        assert epochs.epoch(id).signer == committee.draw(id, 0, barred) not in barred
    # else the test would show nothing
    assert any(committee.draw(id) in barred for id in range(3, 20))


def test_commit_epoch_does_not_end_an_epoch_that_the_fallback_sequencer_took(epochs, sequencer_set):
    sequencer_set.fallback(sender=epochs.fallback_sequencer)
    taken = epochs.epoch(1)
    epochs.begin()
    assert epochs.epoch(1) == taken
    assert epochs.epoch(2).start_block == taken.end_block + 1


def test_commit_epoch_is_anyones(epochs, committee):
    epochs.install()
    for sender in (epochs.stranger, epochs.relay, epochs.fallback_sequencer):
        epochs.commit(sender=sender)
        epochs.mine_to(epochs.epoch(epochs.set.last_epoch()).end_block)


def test_commit_epoch_is_a_contracts_as_well(epochs, sequencer_set, committee):
    """What the caller is, or tells the messenger, changes no draw."""
    epochs.install()
    tx = epochs.send(sequencer_set.commit_epoch.encode_input(committee.members), epochs.stranger)
    assert epochs.epoch(1).signer == committee.draw(1)
    assert epochs.epoch(1).start_block == tx.block_number


def test_commit_epoch_draws_the_same_whoever_calls_whenever(epochs, chain, committee):
    """Nobody gains by simulating the draw and waiting, or by having another account send."""
    epochs.install()
    signers = set()
    for sender, blocks in ((epochs.stranger, 1), (epochs.relay, 2), (epochs.deployer, 40)):
        with epochs.aside():
            chain.mine(blocks)
            epochs.commit(sender=sender)
            signers.add(epochs.epoch(1).signer)
    assert signers == {committee.draw(1)}


def test_commit_epoch__is_scheduled__reverts(epochs, begun):
    epochs.commit()
    before = epochs.state()
    with ape.reverts("SequencerSet: is scheduled"):
        epochs.commit()
    assert epochs.state() == before


def test_commit_epoch__no_committee__reverts(epochs, sequencer_set, committee):
    before = epochs.state()
    with ape.reverts("quorum: empty committee"):
        sequencer_set.commit_epoch([], sender=epochs.stranger)
    with ape.reverts("quorum: wrong members"):
        epochs.commit(committee)
    assert epochs.state() == before


def test_commit_epoch__empty_committee__reverts(epochs):
    empty = Committee(powers=[])
    epochs.install(empty)
    with ape.reverts("quorum: empty committee"):
        epochs.commit(empty)


def test_commit_epoch__committee_without_power__reverts(epochs):
    powerless = Committee(powers=[0, 0, 0])
    epochs.install(powerless)
    with ape.reverts("quorum: no power"):
        epochs.commit(powerless)


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members[:-1],
        lambda members: [*members, members[0]],
        lambda members: members[::-1],
        lambda members: [members[1], members[0], *members[2:]],
        lambda members: [members[0] + (1 << 160), *members[1:]],
        lambda members: [members[0] + 1, *members[1:]],
    ],
    ids=["one less", "one more", "reversed", "two swapped", "more power", "other signer"],
)
def test_commit_epoch__wrong_members__reverts(epochs, sequencer_set, committee, change):
    epochs.install()
    before = epochs.state()
    with ape.reverts("quorum: wrong members"):
        sequencer_set.commit_epoch(change(committee.members), sender=epochs.stranger)
    assert epochs.state() == before


def test_commit_epoch__committee_before__reverts(epochs, committee):
    epochs.install()
    epochs.install(Committee(nonce=2, first_key=100))
    with ape.reverts("quorum: wrong members"):
        epochs.commit(committee)


def test_commit_epoch__all_are_barred__reverts(epochs):
    two = epochs.install_barred()
    epochs.mine_to(epochs.epoch(epochs.set.last_epoch()).end_block)
    before = epochs.state()
    with ape.reverts("SequencerSet: nobody is eligible"):
        epochs.commit(two)
    assert epochs.state() == before
