"""SequencerPool.reinstate"""

import ape
import pytest

from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, State

CAUSES = [b"\x01" * 32, b"\x02" * 32]


@pytest.fixture
def suspended(system, sequencer):
    for cause in CAUSES:
        system.pool.suspend(sequencer, cause, 1, 1, sender=system.slasher)
    return sequencer


@pytest.fixture
def jailed(system, sequencer):
    until = system.chain.pending_timestamp + DAY
    system.pool.jail(sequencer, until, sender=system.slasher)
    return sequencer


def test_reinstate_ends_a_jail_and_emits(system, pool, registry, governance, jailed):
    assert pool.reinstate(jailed, sender=governance).events == [
        pool.Reinstated(id=jailed),
        pool.StateChanged(id=jailed, old=State.JAILED, new=State.ACTIVE),
    ]
    assert pool.sequencer(jailed).jailed_until == 0
    # all power is back
    assert registry.checkpoint(sender=system.stranger).events[0].power == PARAMETERS["min_stake"]


def test_reinstate_counts_from_the_next_checkpoint(system, pool, registry, governance):
    ids = system.new_sequencers(4)
    pool.jail(ids[0], system.chain.pending_timestamp + DAY, sender=system.slasher)
    made_at = system.checkpoint_and_seal().timestamp
    pool.reinstate(ids[0], sender=governance)
    system.at(made_at + HOUR - 1)
    with ape.reverts("CommitteeRegistry: too early"):
        registry.checkpoint(sender=system.stranger)
    system.at(made_at + HOUR)
    tx = registry.checkpoint(sender=system.stranger)
    assert len(tx.events[0].members) == 4


def test_reinstate_lifts_all_causes_and_emits(system, pool, governance, suspended):
    assert pool.reinstate(suspended, sender=governance).events == [
        pool.Reinstated(id=suspended),
        pool.StateChanged(id=suspended, old=State.SUSPENDED, new=State.ACTIVE),
    ]
    assert pool.sequencer(suspended).open_causes == 0
    assert [pool.is_open(suspended, cause) for cause in CAUSES] == [False, False]


def test_reinstate_ends_the_jail_of_the_suspended_too(system, pool, governance, slasher, suspended):
    pool.jail(suspended, system.chain.pending_timestamp + DAY, sender=slasher)
    pool.reinstate(suspended, sender=governance)
    record = pool.sequencer(suspended)
    assert (record.state, record.jailed_until) == (State.ACTIVE, 0)


def test_reinstate_joins_the_tail_of_the_queue(system, pool, governance, suspended):
    system.fill(4)
    waiting = system.new_sequencer()
    tx = pool.reinstate(suspended, sender=governance)
    assert tx.events[-1] == pool.StateChanged(id=suspended, old=State.SUSPENDED, new=State.QUEUED)
    assert pool.sequencer(suspended).place == pool.sequencer(waiting).place + 1


@pytest.mark.parametrize("reason", ["below min_stake", "disapproved"])
def test_reinstate_of_who_may_not_join_is_pending(system, pool, governance, suspended, reason):
    if reason == "disapproved":
        pool.disapprove(system.owner_of(suspended), sender=governance)
    else:
        pool.slash(suspended, METIS, 1, CAUSES[0], sender=system.slasher)
    pool.reinstate(suspended, sender=governance)
    record = pool.sequencer(suspended)
    assert (record.state, record.below_since) == (State.PENDING, 0)


def test_reinstate__active__reverts(pool, governance, sequencer):
    with ape.reverts("SequencerPool: wrong state"):
        pool.reinstate(sequencer, sender=governance)


def test_reinstate__left__reverts(system, pool, governance, suspended):
    """Nothing comes back from an exit."""
    pool.unlock(suspended, sender=system.owner_of(suspended))
    with ape.reverts("SequencerPool: wrong state"):
        pool.reinstate(suspended, sender=governance)


def test_reinstate__unknown_sequencer__reverts(pool, governance):
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.reinstate(1, sender=governance)


def test_reinstate__slasher__reverts(pool, slasher, jailed):
    with ape.reverts("roles: not governance"):
        pool.reinstate(jailed, sender=slasher)
