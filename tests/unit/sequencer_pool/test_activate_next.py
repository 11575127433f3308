"""SequencerPool.activate_next"""

import ape
import pytest

from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN_STAKE = PARAMETERS["min_stake"]
CAUSE = b"\x01" * 32


@pytest.fixture
def seated(system):
    """All who have one of the four seats."""
    return system.fill(4)


@pytest.fixture
def queued(system, seated):
    """Three who wait, in the order in which they came."""
    return system.new_sequencers(3)


def free_seats(system, *ids):
    for id in ids:
        system.pool.unlock(id, sender=system.owner_of(id))


def activate(system, count):
    return system.pool.activate_next(count, sender=system.stranger)


def changed(system, id, new, old=State.QUEUED):
    return system.pool.StateChanged(id=id, old=old, new=new)


def test_activate_next_takes_who_came_first(system, pool, seated, queued):
    free_seats(system, seated[1])
    tx = activate(system, 1)
    assert tx.events == [changed(system, queued[0], State.ACTIVE)]
    assert [system.state_of(id) for id in queued] == [State.ACTIVE, State.QUEUED, State.QUEUED]
    roster = pool.roster()
    assert (roster.seated, roster.queued) == (4, 2)
    assert pool.queue_at(roster.queue_head) == queued[1]


def test_activate_next_returns_how_many_took_a_seat(system, pool, seated, queued):
    free_seats(system, *seated[:2])
    pool.disapprove(system.owner_of(queued[0]), sender=system.governance)
    assert pool.activate_next.call(3, sender=system.stranger) == 2
    assert pool.activate_next.call(2, sender=system.stranger) == 1
    assert pool.activate_next.call(1, sender=system.stranger) == 0


def test_activate_next_gives_the_power_of_all_stake(system, pool, registry, seated, queued):
    pool.relock(queued[0], METIS, sender=system.owner_of(queued[0]))
    free_seats(system, seated[0])
    activate(system, 1)
    tx = registry.checkpoint(sender=system.stranger)
    assert tx.events[0].members[-1:] == system.words((queued[0], MIN_STAKE + METIS))


def test_activate_next_stops_when_the_seats_are_full(system, seated, queued):
    free_seats(system, *seated[:2])
    tx = activate(system, 3)
    assert tx.events == [changed(system, id, State.ACTIVE) for id in queued[:2]]
    assert system.state_of(queued[2]) == State.QUEUED


@pytest.mark.parametrize("count", [3, 4, 128, 129, 2**256 - 1])
def test_activate_next_stops_when_the_queue_is_empty(system, pool, seated, queued, count):
    free_seats(system, *seated)
    tx = activate(system, count)
    assert tx.events == [changed(system, id, State.ACTIVE) for id in queued]
    assert (pool.roster().seated, pool.roster().queued) == (3, 0)


def test_activate_next_of_zero_does_nothing(system, pool, seated, queued):
    free_seats(system, seated[0])
    before = pool.roster()
    assert activate(system, 0).events == []
    assert pool.roster() == before


def test_activate_next_skips_places_that_were_left(system, pool, seated, queued):
    free_seats(system, seated[0], queued[0])
    before = pool.roster()
    assert before.queued == 2
    # the place counts as one that was looked at
    assert activate(system, 1).events == []
    assert pool.roster().queue_head == before.queue_head + 1
    assert pool.roster().queued == 2
    assert activate(system, 1).events == [changed(system, queued[1], State.ACTIVE)]


def test_activate_next_skips_the_old_place_of_who_came_back(system, pool, slasher, seated, queued):
    pool.suspend(queued[0], CAUSE, 1, 1, sender=slasher)
    pool.lift(queued[0], CAUSE, sender=slasher)
    assert pool.sequencer(queued[0]).place == pool.roster().queue_tail - 1
    free_seats(system, *seated)
    tx = activate(system, 128)
    assert tx.events == [
        changed(system, id, State.ACTIVE) for id in (queued[1], queued[2], queued[0])
    ]
    assert (pool.roster().seated, pool.roster().queued) == (3, 0)


def test_activate_next_takes_the_place_of_a_head_below_min_stake(
    system, pool, governance, seated, queued
):
    pool.relock(queued[1], METIS, sender=system.owner_of(queued[1]))
    pool.set_min_stake(MIN_STAKE + METIS, sender=governance)
    free_seats(system, seated[0])
    tx = activate(system, 2)
    assert tx.events == [
        changed(system, queued[0], State.PENDING),
        changed(system, queued[1], State.ACTIVE),
    ]
    assert pool.sequencer(queued[0]).below_since == 0
    assert (pool.roster().seated, pool.roster().queued) == (4, 1)

    # with enough stake it is the last in the queue
    tx = pool.relock(queued[0], METIS, sender=system.owner_of(queued[0]))
    assert changed(system, queued[0], State.QUEUED, State.PENDING) in tx.events
    assert pool.sequencer(queued[0]).place == pool.roster().queue_tail - 1


def test_activate_next_takes_the_place_of_a_disapproved_head(
    system, pool, governance, seated, queued
):
    pool.disapprove(system.owner_of(queued[0]), sender=governance)
    free_seats(system, seated[0])
    tx = activate(system, 2)
    assert tx.events == [
        changed(system, queued[0], State.PENDING),
        changed(system, queued[1], State.ACTIVE),
    ]
    tx = pool.approve(system.owner_of(queued[0]), sender=governance)
    assert changed(system, queued[0], State.QUEUED, State.PENDING) in tx.events


def test_activate_next_jails_a_head_whose_jail_is_not_over(
    system, pool, registry, chain, slasher, seated, queued
):
    until = chain.pending_timestamp + DAY
    pool.jail(queued[0], until, sender=slasher)
    free_seats(system, *seated[:2])
    with isolated(chain):
        system.at(until - 1)
        assert activate(system, 1).events == [changed(system, queued[0], State.JAILED)]
        # a seat, but no power
        tx = registry.checkpoint(sender=system.stranger)
        assert tx.events[0].power == 2 * MIN_STAKE
    system.at(until)
    assert activate(system, 1).events == [changed(system, queued[0], State.ACTIVE)]


def test_activate_next_fills_seats_that_were_added(system, pool, governance, queued):
    pool.set_max_sequencers(6, sender=governance)
    tx = activate(system, 128)
    assert tx.events == [changed(system, id, State.ACTIVE) for id in queued[:2]]


def test_activate_next_evicts_nobody_when_seats_are_taken_away(system, pool, governance):
    seated = system.fill(6)
    queued = system.new_sequencer()
    pool.set_max_sequencers(4, sender=governance)
    assert [system.state_of(id) for id in seated] == [State.ACTIVE] * 6
    # six in four seats: the queue moves again when three have left
    for id in seated[:2]:
        with ape.reverts("SequencerPool: no free seat"):
            activate(system, 1)
        free_seats(system, id)
    with ape.reverts("SequencerPool: no free seat"):
        activate(system, 1)
    free_seats(system, seated[2])
    assert activate(system, 1).events == [changed(system, queued, State.ACTIVE)]


def test_activate_next__paused__reverts(system, pool, guardian, seated, queued):
    free_seats(system, seated[0])
    pool.pause(sender=guardian)
    with ape.reverts("SequencerPool: paused"):
        activate(system, 1)


def test_activate_next__empty_queue__reverts(system, seated):
    free_seats(system, seated[0])
    with ape.reverts("SequencerPool: queue is empty"):
        activate(system, 1)


def test_activate_next__all_have_left_the_queue__reverts(system, seated, queued):
    free_seats(system, seated[0], *queued)
    with ape.reverts("SequencerPool: queue is empty"):
        activate(system, 1)


def test_activate_next__no_free_seat__reverts(system, queued):
    with ape.reverts("SequencerPool: no free seat"):
        activate(system, 1)
