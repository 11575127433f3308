"""SequencerPool.suspend"""

import ape
import pytest

from tests.utils.system import DAY, PARAMETERS, State

CAUSE, OTHER_CAUSE = b"\x01" * 32, b"\x02" * 32
EPOCH, BLOCK_NUMBER = 7, 2**64 - 1


def suspend(system, id, cause=CAUSE):
    return system.pool.suspend(id, cause, EPOCH, BLOCK_NUMBER, sender=system.slasher)


def suspended(system, id, cause=CAUSE):
    return system.pool.Suspended(id=id, cause=cause, epoch=EPOCH, block_number=BLOCK_NUMBER)


def test_suspend_takes_the_seat_and_emits(system, pool, sequencer):
    tx = suspend(system, sequencer)
    assert tx.events == [
        suspended(system, sequencer),
        pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.SUSPENDED),
    ]
    record = pool.sequencer(sequencer)
    assert (record.state, record.open_causes) == (State.SUSPENDED, 1)
    assert pool.is_open(sequencer, CAUSE)
    assert not pool.is_open(sequencer, OTHER_CAUSE)
    assert pool.roster().seated == 0
    # stake stays where it is
    assert record.own.bonded == PARAMETERS["min_stake"]


def test_suspend_keeps_causes_apart(system, pool, sequencer):
    suspend(system, sequencer)
    assert suspend(system, sequencer, OTHER_CAUSE).events == [
        suspended(system, sequencer, OTHER_CAUSE)
    ]
    assert pool.sequencer(sequencer).open_causes == 2
    assert pool.is_open(sequencer, CAUSE)
    assert pool.is_open(sequencer, OTHER_CAUSE)


def test_suspend_keeps_sequencers_apart(system, pool, sequencer):
    other = system.new_sequencer()
    suspend(system, sequencer)
    assert not pool.is_open(other, CAUSE)
    assert suspend(system, other).events[0] == suspended(system, other)


def test_suspend_for_a_lifted_cause_is_possible_again(system, pool, slasher, sequencer):
    suspend(system, sequencer)
    pool.lift(sequencer, CAUSE, sender=slasher)
    suspend(system, sequencer)
    assert (system.state_of(sequencer), pool.is_open(sequencer, CAUSE)) == (State.SUSPENDED, True)


def test_suspend_for_a_cause_before_a_reinstatement_is_possible_again(
    system, pool, governance, sequencer
):
    suspend(system, sequencer)
    pool.reinstate(sequencer, sender=governance)
    suspend(system, sequencer)
    assert pool.sequencer(sequencer).open_causes == 1


def test_suspend_gives_the_seat_to_the_last(system, pool, sequencer):
    last = system.new_sequencers(2)[-1]
    suspend(system, sequencer)
    assert pool.sequencer(last).place == 0


def test_suspend_takes_the_place_in_the_queue(system, pool):
    seated = system.fill(4)
    first, second = system.new_sequencers(2)
    tx = suspend(system, first)
    assert tx.events[1] == pool.StateChanged(id=first, old=State.QUEUED, new=State.SUSPENDED)
    assert pool.roster().queued == 1
    pool.unlock(seated[0], sender=system.owner_of(seated[0]))
    pool.activate_next(2, sender=system.stranger)
    assert (system.state_of(first), system.state_of(second)) == (State.SUSPENDED, State.ACTIVE)


def test_suspend_of_the_jailed_takes_the_seat(system, pool, chain, slasher, sequencer):
    until = chain.pending_timestamp + DAY
    pool.jail(sequencer, until, sender=slasher)
    tx = suspend(system, sequencer)
    assert tx.events[1] == pool.StateChanged(id=sequencer, old=State.JAILED, new=State.SUSPENDED)
    record = pool.sequencer(sequencer)
    assert (record.jailed_until, pool.roster().seated) == (until, 0)


def test_suspend_of_the_pending(system, pool, lst):
    id = system.new_sequencer(0, lst)
    tx = suspend(system, id)
    assert tx.events[1] == pool.StateChanged(id=id, old=State.PENDING, new=State.SUSPENDED)
    # enough stake brings no seat now
    pool.deposit_paired(id, PARAMETERS["min_stake"], sender=lst)
    assert system.state_of(id) == State.SUSPENDED


@pytest.mark.parametrize("has_claimed", [False, True])
def test_suspend_of_who_leaves_follows_the_owner(system, pool, governance, sequencer, has_claimed):
    owner = system.owner_of(sequencer)
    pool.unlock(sequencer, sender=owner)
    state = State.EXITING
    if has_claimed:
        system.at(system.now() + PARAMETERS["exit_delay"])
        pool.claim(sequencer, sender=system.stranger)
        state = State.EXITED
    assert suspend(system, sequencer).events == [suspended(system, sequencer)]
    record = pool.sequencer(sequencer)
    assert (record.state, record.open_causes) == (state, 1)
    if not has_claimed:
        system.at(system.now() + PARAMETERS["exit_delay"])
        pool.claim(sequencer, sender=system.stranger)

    pool.approve(owner, sender=governance)
    with ape.reverts("SequencerPool: owner is suspended"):
        system.lock(owner)
    pool.lift(sequencer, CAUSE, sender=system.slasher)
    system.lock(owner)
    assert system.state_of(pool.admission(owner)[0]) == State.ACTIVE


def test_suspend__same_cause__reverts(system, sequencer):
    suspend(system, sequencer)
    with ape.reverts("SequencerPool: cause is open"):
        suspend(system, sequencer)


def test_suspend__governance__reverts(system, pool, governance, sequencer):
    with ape.reverts("SequencerPool: not slasher"):
        pool.suspend(sequencer, CAUSE, EPOCH, BLOCK_NUMBER, sender=governance)


def test_suspend__unknown_sequencer__reverts(system):
    with ape.reverts("SequencerPool: unknown sequencer"):
        suspend(system, 1)
