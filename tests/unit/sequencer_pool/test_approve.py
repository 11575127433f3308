"""SequencerPool.approve"""

import ape
import pytest

from tests.utils.system import METIS, PARAMETERS, ZERO, Approval, State


def test_approve_allows_to_lock_and_emits(system, pool, governance, stranger):
    tx = pool.approve(stranger, sender=governance)
    assert tx.events == [pool.OwnerApproved(owner=stranger)]
    assert pool.admission(stranger) == (0, Approval.APPROVED, 0)


def test_approve_is_used_up_by_a_lock(system, pool, owner):
    system.lock(owner)
    id, approval, _ = pool.admission(owner)
    assert (approval, pool.sequencer(id).approval) == (Approval.ADMITTED, Approval.ADMITTED)


def test_approve_of_who_has_left_allows_to_lock_again(system, pool, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.unlock(sequencer, sender=owner)
    pool.approve(owner, sender=governance)
    assert pool.admission(owner)[1] == Approval.APPROVED
    # but not before the exit is over
    with ape.reverts("SequencerPool: owner has a sequencer"):
        system.lock(owner)
    system.at(system.now() + PARAMETERS["exit_delay"])
    pool.claim(sequencer, sender=owner)
    system.lock(owner)
    assert pool.admission(owner)[0] == sequencer + 1


@pytest.mark.parametrize("disapproved", [False, True])
def test_approve_of_who_has_a_sequencer_gives_no_second_one(
    system, pool, governance, sequencer, disapproved
):
    owner = system.owner_of(sequencer)
    if disapproved:
        pool.disapprove(owner, sender=governance)
    assert pool.approve(owner, sender=governance).events == [pool.OwnerApproved(owner=owner)]
    assert pool.sequencer(sequencer).approval == Approval.ADMITTED
    with ape.reverts("SequencerPool: owner has a sequencer"):
        system.lock(owner)


def test_approve_again_brings_a_pending_sequencer_back(system, pool, governance):
    seated = system.fill(4)
    queued = system.new_sequencer()
    owner = system.owner_of(queued)
    pool.disapprove(owner, sender=governance)
    pool.unlock(seated[0], sender=system.owner_of(seated[0]))
    pool.activate_next(1, sender=system.stranger)
    assert system.state_of(queued) == State.PENDING
    assert pool.approve(owner, sender=governance).events == [
        pool.OwnerApproved(owner=owner),
        pool.StateChanged(id=queued, old=State.PENDING, new=State.ACTIVE),
    ]


def test_approve_again_leaves_a_pending_sequencer_below_min_stake(system, pool, governance, lst):
    id = system.new_paired(0, PARAMETERS["min_stake"] - METIS)
    owner = system.owner_of(id)
    pool.disapprove(owner, sender=governance)
    assert pool.approve(owner, sender=governance).events == [pool.OwnerApproved(owner=owner)]
    assert system.state_of(id) == State.PENDING


def test_approve_again_keeps_the_place_in_the_queue(system, pool, governance):
    system.fill(4)
    queued = system.new_sequencers(2)[0]
    place = pool.sequencer(queued).place
    owner = system.owner_of(queued)
    pool.disapprove(owner, sender=governance)
    pool.approve(owner, sender=governance)
    record = pool.sequencer(queued)
    assert (record.state, record.place) == (State.QUEUED, place)


def test_approve_again_starts_the_cure_clock_that_a_raise_of_min_stake_wants(
    system, pool, governance, sequencer
):
    pool.set_min_stake(PARAMETERS["min_stake"] + METIS, sender=governance)
    system.wait(1)
    owner = system.owner_of(sequencer)
    tx = pool.approve(owner, sender=governance)
    assert tx.events == [
        pool.OwnerApproved(owner=owner),
        pool.BelowMinStake(id=sequencer, since=tx.timestamp),
    ]
    assert pool.approve(owner, sender=governance).events == [pool.OwnerApproved(owner=owner)]


def test_approve__zero_owner__reverts(pool, governance):
    with ape.reverts("SequencerPool: zero owner"):
        pool.approve(ZERO, sender=governance)


def test_approve__guardian__reverts(pool, guardian, stranger):
    with ape.reverts("roles: not governance"):
        pool.approve(stranger, sender=guardian)
