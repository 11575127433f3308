"""SequencerPool.unjail"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN = PARAMETERS["min_stake"]


def freed(pool, id):
    return pool.StateChanged(id=id, old=State.JAILED, new=State.ACTIVE)


def test_unjail_at_the_very_second(system, pool):
    crew = system.new_crew_in(State.JAILED)
    record = pool.sequencer(crew.id)
    system.at(record.jailed_until - 1)
    with ape.reverts("SequencerPool: jail is not over"):
        pool.unjail(crew.id, sender=crew.owner)
    system.at(record.jailed_until)
    tx = pool.unjail(crew.id, sender=crew.owner)
    assert tx.events == [freed(pool, crew.id)]
    after = pool.sequencer(crew.id)
    assert (after.state, after.place) == (State.ACTIVE, record.place)


def test_unjail_counts_from_the_next_checkpoint(system, pool, registry):
    for _ in range(3):
        system.new_sequencer()
    crew = system.new_crew_in(State.JAILED)
    pool.relock(crew.id, METIS, sender=crew.owner)
    system.wait(DAY)
    system.checkpoint_and_seal()
    pool.unjail(crew.id, sender=crew.owner)
    assert (registry.committee(1).size, registry.committee(1).power) == (3, 3 * MIN)
    system.wait(DAY)
    system.checkpoint_and_seal()
    # with what was added in jail
    assert (registry.committee(2).size, registry.committee(2).power) == (4, 4 * MIN + METIS)


def test_unjail_below_min_stake_gives_no_membership(system, pool, registry, slasher):
    for _ in range(3):
        system.new_sequencer()
    crew = system.new_crew_in(State.JAILED)
    pool.slash(crew.id, 1, 1, bytes(32), sender=slasher)
    system.wait(DAY)
    tx = pool.unjail(crew.id, sender=crew.owner)
    assert tx.events == [freed(pool, crew.id)]
    system.checkpoint_and_seal()
    assert registry.committee(1).size == 3
    assert pool.sequencer(crew.id).below_since != 0


def test_unjail_after_a_longer_jail(system, pool, slasher):
    crew = system.new_crew_in(State.JAILED)
    first = pool.sequencer(crew.id).jailed_until
    pool.jail(crew.id, first + DAY, sender=slasher)
    # a shorter one takes nothing away
    pool.jail(crew.id, first + 1, sender=slasher)
    system.at(first + DAY - 1)
    with ape.reverts("SequencerPool: jail is not over"):
        pool.unjail(crew.id, sender=crew.owner)
    system.at(first + DAY)
    pool.unjail(crew.id, sender=crew.owner)
    assert system.state_of(crew.id) == State.ACTIVE


def test_unjail_of_one_that_was_jailed_in_the_queue(system, pool, slasher, stranger):
    crew = system.new_crew_in(State.QUEUED)
    until = system.chain.pending_timestamp + DAY
    pool.jail(crew.id, until, sender=slasher)
    with ape.reverts("SequencerPool: not jailed"):
        pool.unjail(crew.id, sender=crew.owner)
    pool.activate_next(1, sender=stranger)
    assert system.state_of(crew.id) == State.JAILED
    system.at(until)
    tx = pool.unjail(crew.id, sender=crew.owner)
    assert tx.events == [freed(pool, crew.id)]


def test_unjail_while_paused_and_disapproved(system, pool, guardian, governance):
    crew = system.new_crew_in(State.JAILED)
    system.wait(DAY)
    pool.pause(sender=guardian)
    pool.disapprove(crew.owner, sender=governance)
    tx = pool.unjail(crew.id, sender=crew.owner)
    assert tx.events == [freed(pool, crew.id)]


@pytest.mark.parametrize(
    "state",
    [
        State.PENDING,
        State.QUEUED,
        State.ACTIVE,
        State.SUSPENDED,
        State.EXITING,
        State.EXITED,
    ],
)
def test_unjail__not_jailed__reverts(system, pool, state):
    crew = system.new_crew_in(state)
    with ape.reverts("SequencerPool: not jailed"):
        pool.unjail(crew.id, sender=crew.owner)


def test_unjail__twice__reverts(system, pool):
    crew = system.new_crew_in(State.JAILED)
    system.wait(DAY)
    pool.unjail(crew.id, sender=crew.owner)
    with ape.reverts("SequencerPool: not jailed"):
        pool.unjail(crew.id, sender=crew.owner)


def test_unjail__not_owner__reverts(system, pool):
    crew = system.new_crew_in(State.JAILED)
    system.wait(DAY)
    for caller in system.all_but(crew.owner, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.unjail(crew.id, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_unjail__unknown_sequencer__reverts(system, pool, sequencer, ahead):
    with ape.reverts("SequencerPool: not owner"):
        pool.unjail(ahead and sequencer + ahead, sender=system.owner_of(sequencer))
