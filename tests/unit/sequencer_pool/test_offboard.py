"""SequencerPool.offboard"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, Approval, State

CAUSE = b"\x01" * 32


def _active(system):
    return system.new_paired(METIS, PARAMETERS["min_stake"])


def _queued(system):
    system.fill(4)
    return _active(system)


def _jailed(system):
    id = _active(system)
    system.pool.jail(id, system.chain.pending_timestamp + DAY, sender=system.slasher)
    return id


def _suspended(system):
    id = _active(system)
    system.pool.suspend(id, CAUSE, 1, 1, sender=system.slasher)
    return id


def _pending(system):
    return system.new_paired(METIS, METIS)


@pytest.mark.parametrize(
    "make, state",
    [
        (_active, State.ACTIVE),
        (_queued, State.QUEUED),
        (_jailed, State.JAILED),
        (_suspended, State.SUSPENDED),
        (_pending, State.PENDING),
    ],
)
def test_offboard_unbonds_all_and_emits(system, pool, governance, make, state):
    id = make(system)
    before = pool.sequencer(id)
    seats = pool.roster().seated
    tx = pool.offboard(id, sender=governance)
    matures_at = tx.timestamp + PARAMETERS["exit_delay"]
    own, paired = before.own.bonded, before.paired.bonded
    assert tx.events == [
        pool.OwnerDisapproved(owner=before.owner),
        pool.UnbondingStarted(id=id, paired=False, amount=own, matures_at=matures_at),
        pool.UnbondingStarted(id=id, paired=True, amount=paired, matures_at=matures_at),
        pool.StateChanged(id=id, old=state, new=State.EXITING),
    ]
    after = pool.sequencer(id)
    assert (after.state, after.approval) == (State.EXITING, Approval.NONE)
    assert (after.own.unbonding, after.paired.unbonding) == (own, paired)
    assert pool.roster().seated == seats - (state in (State.ACTIVE, State.JAILED))
    assert pool.roster().queued == 0


def test_offboard_of_who_has_nothing_here_ends_at_once(system, pool, governance, lst):
    id = system.new_sequencer(0, lst)
    tx = pool.offboard(id, sender=governance)
    assert tx.events == [
        pool.OwnerDisapproved(owner=system.owner_of(id)),
        pool.StateChanged(id=id, old=State.PENDING, new=State.EXITING),
        pool.StateChanged(id=id, old=State.EXITING, new=State.EXITED),
    ]


def test_offboard_pays_the_owner_in_the_end(system, pool, metis, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.offboard(sequencer, sender=governance)
    system.at(system.now() + PARAMETERS["exit_delay"])
    before = metis.balanceOf(owner)
    pool.claim(sequencer, sender=system.stranger)
    assert metis.balanceOf(owner) - before == PARAMETERS["min_stake"]
    with ape.reverts("SequencerPool: not approved"):
        system.lock(owner)


def test_offboard__left__reverts(system, pool, governance, sequencer):
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    with ape.reverts("SequencerPool: has left"):
        pool.offboard(sequencer, sender=governance)


def test_offboard__unknown_sequencer__reverts(pool, governance):
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.offboard(1, sender=governance)


def test_offboard__slasher__reverts(pool, slasher, sequencer):
    with ape.reverts("roles: not governance"):
        pool.offboard(sequencer, sender=slasher)
