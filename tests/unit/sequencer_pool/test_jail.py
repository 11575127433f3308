"""SequencerPool.jail"""

import ape
import pytest

from tests.utils.system import DAY, PARAMETERS, State

CAUSE = b"\x01" * 32


def jail(system, id, until):
    return system.pool.jail(id, until, sender=system.slasher)


def test_jail_keeps_the_seat_and_emits(system, pool, chain, sequencer):
    until = chain.pending_timestamp + DAY
    tx = jail(system, sequencer, until)
    assert tx.events == [
        pool.Jailed(id=sequencer, until=until),
        pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.JAILED),
    ]
    record = pool.sequencer(sequencer)
    assert (record.state, record.jailed_until) == (State.JAILED, until)
    assert pool.roster().seated == 1


def test_jail_extends(system, pool, chain, sequencer):
    until = chain.pending_timestamp + DAY
    jail(system, sequencer, until)
    assert jail(system, sequencer, until + 1).events == [pool.Jailed(id=sequencer, until=until + 1)]
    assert pool.sequencer(sequencer).jailed_until == until + 1


def test_jail_never_shortens(system, pool, chain, sequencer):
    until = chain.pending_timestamp + DAY
    jail(system, sequencer, until)
    assert jail(system, sequencer, until - 1).events == [pool.Jailed(id=sequencer, until=until)]
    assert pool.sequencer(sequencer).jailed_until == until


def test_jail_is_at_most_30_days_ahead(system, pool, sequencer):
    at = system.now() + 1_000
    system.at(at)
    with ape.reverts("SequencerPool: bad date"):
        jail(system, sequencer, at + 30 * DAY + 1)
    system.at(at + 1)
    jail(system, sequencer, at + 1 + 30 * DAY)
    assert pool.sequencer(sequencer).jailed_until == at + 1 + 30 * DAY


def test_jail__date_that_has_come__reverts(system, sequencer):
    at = system.now() + 1_000
    system.at(at)
    with ape.reverts("SequencerPool: bad date"):
        jail(system, sequencer, at)
    system.at(at + 1)
    jail(system, sequencer, at + 2)


def test_jail_counts_again_when_the_last_one_is_over(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    first = system.now() + DAY
    jail(system, sequencer, first)
    system.at(first)
    pool.unjail(sequencer, sender=owner)
    second = first + DAY
    tx = jail(system, sequencer, second)
    assert pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.JAILED) in tx.events
    system.at(second - 1)
    with ape.reverts("SequencerPool: jail is not over"):
        pool.unjail(sequencer, sender=owner)


def _active(system):
    return system.new_sequencer()


def _pending(system):
    return system.new_sequencer(0, system.lst)


def _queued(system):
    system.fill(4)
    return system.new_sequencer()


def _suspended(system):
    id = system.new_sequencer()
    system.pool.suspend(id, CAUSE, 1, 1, sender=system.slasher)
    return id


def _exiting(system):
    id = system.new_sequencer()
    system.pool.unlock(id, sender=system.owner_of(id))
    return id


def _exited(system):
    id = _exiting(system)
    system.at(system.now() + PARAMETERS["exit_delay"])
    system.pool.claim(id, sender=system.stranger)
    return id


@pytest.mark.parametrize(
    "make, state",
    [
        (_pending, State.PENDING),
        (_queued, State.QUEUED),
        (_suspended, State.SUSPENDED),
        (_exiting, State.EXITING),
        (_exited, State.EXITED),
    ],
)
def test_jail_without_a_seat_keeps_the_state(system, pool, chain, make, state):
    id = make(system)
    until = chain.pending_timestamp + DAY
    assert jail(system, id, until).events == [pool.Jailed(id=id, until=until)]
    record = pool.sequencer(id)
    assert (record.state, record.jailed_until) == (state, until)


@pytest.mark.parametrize("is_over", [False, True])
def test_jail_counts_when_a_seat_is_taken(system, pool, lst, is_over):
    id = _pending(system)
    until = system.now() + DAY
    jail(system, id, until)
    system.at(until - 1 + is_over)
    tx = pool.deposit_paired(id, PARAMETERS["min_stake"], sender=lst)
    state = State.ACTIVE if is_over else State.JAILED
    assert pool.StateChanged(id=id, old=State.PENDING, new=state) in tx.events


def test_jail_keeps_power_away_whatever_is_deposited(system, pool, registry, chain, sequencer):
    jail(system, sequencer, chain.pending_timestamp + DAY)
    pool.relock(sequencer, 1, sender=system.owner_of(sequencer))
    assert registry.checkpoint(sender=system.stranger).events[0].power == 0


def test_jail__guardian__reverts(system, pool, chain, guardian, sequencer):
    with ape.reverts("SequencerPool: not slasher"):
        pool.jail(sequencer, chain.pending_timestamp + DAY, sender=guardian)


def test_jail__unknown_sequencer__reverts(system, chain):
    with ape.reverts("SequencerPool: unknown sequencer"):
        jail(system, 1, chain.pending_timestamp + DAY)
