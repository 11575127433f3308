"""Timelock: who may call what, and what it does not offer"""

import ape
import pytest

from tests.utils.parliament import FORUM, GOVERNANCE, INFRASTRUCTURE, State
from tests.utils.system import DAY

WHERE = (bytes(32), bytes(32))  # predecessor and salt
MISSING = "access_control: account is missing role"


def test_functions_are_these(timelock):
    """No batches, no renouncing of roles, no other administrator, nothing that takes tokens."""
    names = {method.name for method in timelock.contract_type.mutable_methods}
    assert names == {
        *("schedule", "execute", "cancel"),
        *("update_delay", "grantRole", "revokeRole"),
    }


def test_anybody__reverts(parliament, timelock, desk):
    call = parliament.note()
    for sender in (
        *(parliament.stranger, parliament.working_group, parliament.proposer),
        *(parliament.deployer, parliament.treasury),
    ):
        with ape.reverts(MISSING):
            timelock.schedule(call.target, 0, call.data, *WHERE, 30 * DAY, sender=sender)
        with ape.reverts(MISSING):
            timelock.execute(call.target, 0, call.data, *WHERE, sender=sender)
        with ape.reverts(MISSING):
            timelock.cancel(32 * b"o", sender=sender)
        with ape.reverts("timelock_controller: caller must be timelock"):
            timelock.update_delay(0, sender=sender)
        for function in (timelock.grantRole, timelock.revokeRole):
            with ape.reverts(MISSING):
                function(timelock.PROPOSER_ROLE(), sender, sender=sender)


def test_what_is_scheduled_is_done_by_the_governor_alone(parliament, timelock):
    """Not by who knows what was scheduled, when it is ready."""
    id = parliament.to(State.READY)
    ((target, data),) = parliament.governor.actions_of(id)
    salt = parliament.salt(id)
    assert timelock.is_operation_ready(parliament.operations(id)[0])
    with ape.reverts(MISSING):
        timelock.execute(target, 0, data, bytes(32), salt, sender=parliament.stranger)


def test_takes_no_eth(parliament, timelock):
    with ape.reverts():
        parliament.stranger.transfer(timelock, 1)
    with ape.reverts():
        parliament.stranger.transfer(timelock, 1, data=b"\x01\x02\x03\x04")


@pytest.mark.parametrize("state", [State.QUEUED, State.READY, State.EXECUTED, State.VETOED])
def test_operations_follow_the_proposal(parliament, timelock, state):
    id = parliament.to(state)
    (operation,) = parliament.operations(id)
    seen = {
        State.QUEUED: timelock.is_operation_pending(operation),
        State.READY: timelock.is_operation_ready(operation),
        State.EXECUTED: timelock.is_operation_done(operation),
        State.VETOED: not timelock.is_operation(operation),
    }
    assert seen[state]


def test_another_governor_takes_over_by_a_vote(parliament, timelock, governor):
    """Roles are the Timelock's to give: a call that waits for 30 days. What the old one has
    executed, or left in the Timelock, does not stand in the new one's way."""
    other = parliament.deploy_governor()
    left = parliament.to(State.QUEUED)
    roles = (timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE(), timelock.EXECUTOR_ROLE())
    grants = [parliament.call(timelock.grantRole, role, other) for role in roles]
    # the last one that the Governor needs to go on is its own executor's
    revokes = [parliament.call(timelock.revokeRole, role, governor) for role in roles]
    parliament.decide(*grants, *revokes, kind=GOVERNANCE)
    assert [timelock.hasRole(role, other) for role in roles] == 3 * [True]
    assert [timelock.hasRole(role, governor) for role in roles] == 3 * [False]
    id = parliament.to(State.ENDED)
    with ape.reverts(MISSING):
        parliament.attest(id)
    # the same call, under the same number
    other.propose(INFRASTRUCTURE, [parliament.note()], FORUM, sender=parliament.proposer)
    assert (left, other.actions_of(1)) == (1, governor.actions_of(1))
    parliament.relink(1, governor=other)
    parliament.mine_at(other.proposal(1).ends_at + 1)
    parliament.attest(1, governor=other)
    parliament.mine_at(other.proposal(1).ready_at)
    other.execute(1, sender=parliament.stranger)
    assert parliament.notes() == [1]


def test_governor_that_revokes_its_own_role_too_early__reverts(parliament, timelock, governor):
    """All or nothing, in this order."""
    revoke = parliament.call(timelock.revokeRole, timelock.EXECUTOR_ROLE(), governor)
    id = parliament.to(State.READY, revoke, parliament.record(), kind=GOVERNANCE)
    with ape.reverts(MISSING):
        parliament.execute(id)
    assert timelock.hasRole(timelock.EXECUTOR_ROLE(), governor)
