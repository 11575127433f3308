"""SequencerPool.lift"""

import itertools

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, State

CAUSES = [bytes([i]) * 32 for i in (1, 2, 3)]


@pytest.fixture
def suspended(system, sequencer):
    """A sequencer that was active, suspended for all causes."""
    for cause in CAUSES:
        system.pool.suspend(sequencer, cause, 1, 1, sender=system.slasher)
    return sequencer


def lift(system, id, cause):
    return system.pool.lift(id, cause, sender=system.slasher)


def lift_all(system, id):
    """The receipt of the last cause."""
    return [lift(system, id, cause) for cause in CAUSES][-1]


@pytest.mark.parametrize("order", itertools.permutations(CAUSES))
def test_lift_of_the_last_cause_ends_the_suspension(system, pool, suspended, order):
    for i, cause in enumerate(order[:-1]):
        assert lift(system, suspended, cause).events == [
            pool.CauseLifted(id=suspended, cause=cause)
        ]
        record = pool.sequencer(suspended)
        assert (record.state, record.open_causes) == (State.SUSPENDED, len(CAUSES) - 1 - i)
        assert not pool.is_open(suspended, cause)
        assert pool.is_open(suspended, order[-1])
    assert lift(system, suspended, order[-1]).events == [
        pool.CauseLifted(id=suspended, cause=order[-1]),
        pool.StateChanged(id=suspended, old=State.SUSPENDED, new=State.ACTIVE),
    ]
    assert pool.sequencer(suspended).open_causes == 0


def test_lift_joins_the_tail_of_the_queue(system, pool, suspended):
    system.fill(4)
    waiting = system.new_sequencer()
    tx = lift_all(system, suspended)
    assert tx.events[-1] == pool.StateChanged(id=suspended, old=State.SUSPENDED, new=State.QUEUED)
    assert pool.sequencer(suspended).place == pool.sequencer(waiting).place + 1
    assert pool.roster().queued == 2


def test_lift_joins_the_queue_in_a_pause(system, pool, guardian, suspended):
    pool.pause(sender=guardian)
    lift_all(system, suspended)
    assert system.state_of(suspended) == State.QUEUED


def test_lift_below_min_stake_is_pending(system, pool, governance, suspended):
    pool.set_min_stake(PARAMETERS["min_stake"] + METIS, sender=governance)
    pool.eject(suspended, sender=system.stranger)
    tx = lift_all(system, suspended)
    assert tx.events[-1] == pool.StateChanged(id=suspended, old=State.SUSPENDED, new=State.PENDING)
    assert pool.sequencer(suspended).below_since == 0


def test_lift_of_the_disapproved_is_pending(system, pool, governance, suspended):
    pool.disapprove(system.owner_of(suspended), sender=governance)
    lift_all(system, suspended)
    assert system.state_of(suspended) == State.PENDING


def test_lift_goes_back_to_a_jail_that_is_not_over(system, pool, chain, slasher, suspended):
    pool.jail(suspended, chain.pending_timestamp + DAY, sender=slasher)
    lift_all(system, suspended)
    assert system.state_of(suspended) == State.JAILED


def test_lift_of_who_leaves_keeps_the_state(system, pool, suspended):
    pool.unlock(suspended, sender=system.owner_of(suspended))
    tx = lift_all(system, suspended)
    assert tx.events == [pool.CauseLifted(id=suspended, cause=CAUSES[-1])]
    assert system.state_of(suspended) == State.EXITING


def test_lift__other_cause__reverts(system, suspended):
    with ape.reverts("SequencerPool: cause is not open"):
        lift(system, suspended, b"\x04" * 32)


def test_lift__twice__reverts(system, suspended):
    lift(system, suspended, CAUSES[0])
    with ape.reverts("SequencerPool: cause is not open"):
        lift(system, suspended, CAUSES[0])


def test_lift__cause_before_a_reinstatement__reverts(system, pool, governance, suspended):
    pool.reinstate(suspended, sender=governance)
    pool.suspend(suspended, CAUSES[0], 1, 1, sender=system.slasher)
    with ape.reverts("SequencerPool: cause is not open"):
        lift(system, suspended, CAUSES[1])


def test_lift__governance__reverts(pool, governance, suspended):
    with ape.reverts("SequencerPool: not slasher"):
        pool.lift(suspended, CAUSES[0], sender=governance)


def test_lift__unknown_sequencer__reverts(system):
    with ape.reverts("SequencerPool: unknown sequencer"):
        lift(system, 1, CAUSES[0])
