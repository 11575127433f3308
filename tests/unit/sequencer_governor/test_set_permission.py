"""SequencerGovernor.set_permission; the constructor goes the same way"""

import ape
import pytest

from seqpool.deployment.allow_list import selector
from tests.utils.isolation import isolated
from tests.utils.parliament import (
    CUSTODY,
    GOVERNANCE,
    INFRASTRUCTURE,
    ORDINARY,
    PARAMETERS,
    Delay,
    ProposalKind,
    State,
)
from tests.utils.system import ZERO

WHO_DECIDES = ("set_permission", "set_attesters", "set_guardian")
CRITERIA = ("set_quorum", "set_wallets", "set_approval", "set_proposal_threshold")


def decide(parliament, target, selector, kind, delay):
    """By a vote, as nobody else may; the receipt of its execution."""
    change = (target, selector, kind, delay)
    return parliament.decide(parliament.call(parliament.governor.set_permission, change))


def refused(parliament, reason, *change):
    with ape.reverts(reason):
        decide(parliament, *change)


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize("delay", Delay)
def test_set_permission_puts_a_call_on_the_list_and_emits(parliament, governor, desk, kind, delay):
    call = selector(desk, "damage")
    tx = decide(parliament, desk, call, kind, delay)
    assert governor.PermissionSet(target=desk, selector=call, kind=kind, delay=delay) in tx.events
    assert tuple(governor.permission(desk, call)) == (desk, call, kind, delay)
    id = parliament.propose(parliament.call(desk.damage, True), kind=kind)
    assert governor.proposal(id).delay == delay


@pytest.mark.parametrize("name, kind", [("note", INFRASTRUCTURE), ("record", GOVERNANCE)])
def test_set_permission_takes_a_call_off_the_list(parliament, governor, desk, name, kind):
    call = selector(desk, name)
    tx = decide(parliament, desk, call, 0, 0)
    assert governor.PermissionSet(target=desk, selector=call, kind=0, delay=0) in tx.events
    assert tuple(governor.permission(desk, call)) == (desk, call, 0, 0)
    with ape.reverts("SequencerGovernor: action not allowed"):
        parliament.propose(parliament.usual(kind), kind=kind)


def test_set_permission_moves_a_call_to_the_other_kind(parliament, desk):
    decide(parliament, desk, selector(desk, "note"), GOVERNANCE, CUSTODY)
    with ape.reverts("SequencerGovernor: action of another kind"):
        parliament.propose(parliament.note())
    parliament.propose(parliament.note(), kind=GOVERNANCE)


def test_set_permission_changes_nothing_else(parliament, governor, desk):
    """Neither the same function of another contract, nor another one of the same."""
    pool = parliament.pool
    before = [tuple(governor.permission(pool, selector(pool, x))) for x in ("approve", "set_cap")]
    decide(parliament, desk, selector(pool, "approve"), GOVERNANCE, CUSTODY)
    decide(parliament, pool, selector(desk, "note"), GOVERNANCE, CUSTODY)
    after = [tuple(governor.permission(pool, selector(pool, x))) for x in ("approve", "set_cap")]
    assert before == after


def test_set_permission_leaves_proposals_that_were_made(parliament, governor, desk):
    """A call that came off the list in between is made all the same, and is vetoed as before."""
    action = parliament.call(governor.set_permission, (desk, selector(desk, "note"), 2, 4))
    change = parliament.to(State.READY, action, kind=GOVERNANCE)
    queued = parliament.to(State.READY)
    parliament.execute(change)
    proposal = governor.proposal(queued)
    assert (proposal.kind, proposal.delay) == (INFRASTRUCTURE, ORDINARY)
    with isolated(parliament.chain):
        parliament.execute(queued)
        assert parliament.notes() == [1]
    parliament.veto(queued)


# what is refused


@pytest.mark.parametrize("who", ["zero", "account"])
def test_set_permission__target_is_no_contract__reverts(parliament, who):
    target = ZERO if who == "zero" else parliament.stranger
    for kind, delay in ((INFRASTRUCTURE, ORDINARY), (0, 0)):
        refused(
            parliament, "SequencerGovernor: target is no contract", target, bytes(4), kind, delay
        )


def test_set_permission__both_kinds__reverts(parliament, desk):
    refused(parliament, "SequencerGovernor: bad kind", desk, bytes(4), 3, ORDINARY)


@pytest.mark.parametrize("delay", [0, 3, 5, 6, 7])
def test_set_permission__no_single_delay__reverts(parliament, desk, delay):
    refused(parliament, "SequencerGovernor: bad delay", desk, bytes(4), GOVERNANCE, delay)


@pytest.mark.parametrize("delay", [1, 2, 4, 7])
def test_set_permission__off_with_a_delay__reverts(parliament, desk, delay):
    """Such a word would not be zero: the call would be on the list, for no kind."""
    refused(parliament, "SequencerGovernor: bad delay", desk, selector(desk, "note"), 0, delay)


# governance of itself


@pytest.mark.parametrize("name", WHO_DECIDES)
@pytest.mark.parametrize(
    "kind, delay",
    [(INFRASTRUCTURE, CUSTODY), (GOVERNANCE, ORDINARY), (GOVERNANCE, PARAMETERS)],
)
def test_set_permission__who_decides__reverts(parliament, governor, name, kind, delay):
    """Not in a hurry, and not under a veto."""
    call = selector(governor, name)
    refused(parliament, "SequencerGovernor: governance of itself", governor, call, kind, delay)


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize(
    "kind, delay",
    [(INFRASTRUCTURE, CUSTODY), (INFRASTRUCTURE, PARAMETERS), (GOVERNANCE, ORDINARY)],
)
def test_set_permission__criteria__reverts(parliament, governor, name, kind, delay):
    call = selector(governor, name)
    refused(parliament, "SequencerGovernor: governance of itself", governor, call, kind, delay)


@pytest.mark.parametrize("name", ["update_delay", "grantRole", "revokeRole", "schedule"])
@pytest.mark.parametrize(
    "kind, delay",
    [(INFRASTRUCTURE, CUSTODY), (GOVERNANCE, ORDINARY), (GOVERNANCE, PARAMETERS)],
)
def test_set_permission__timelock__reverts(parliament, timelock, name, kind, delay):
    call = selector(timelock, name)
    refused(parliament, "SequencerGovernor: governance of itself", timelock, call, kind, delay)


def test_set_permission__itself_off_the_list__reverts(parliament, governor):
    """The list could never be changed again."""
    call = selector(governor, "set_permission")
    refused(parliament, "SequencerGovernor: governance of itself", governor, call, 0, 0)
    # even if it says so with a delay
    refused(parliament, "SequencerGovernor: bad delay", governor, call, 0, CUSTODY)


@pytest.mark.parametrize("name", CRITERIA)
def test_set_permission_can_make_criteria_slower(parliament, governor, name):
    call = selector(governor, name)
    for delay in (CUSTODY, PARAMETERS):
        decide(parliament, governor, call, GOVERNANCE, delay)
        assert governor.permission(governor, call).delay == delay


@pytest.mark.parametrize("name", [*CRITERIA, "set_attesters", "set_guardian"])
def test_set_permission_can_freeze_all_but_itself(parliament, governor, name):
    """And thaw it."""
    call = selector(governor, name)
    decide(parliament, governor, call, 0, 0)
    assert governor.permission(governor, call).kind == 0
    decide(parliament, governor, call, GOVERNANCE, CUSTODY)
    assert governor.permission(governor, call).kind == GOVERNANCE


def test_set_permission_can_keep_itself_as_it_is(parliament, governor):
    call = selector(governor, "set_permission")
    decide(parliament, governor, call, GOVERNANCE, CUSTODY)
    assert tuple(governor.permission(governor, call))[2:] == (GOVERNANCE, CUSTODY)


def test_set_permission_can_allow_update_delay_which_bricks_nothing(
    parliament, governor, timelock, desk
):
    """A Timelock that is slower than a class is waited for."""
    decide(parliament, timelock, selector(timelock, "update_delay"), GOVERNANCE, CUSTODY)
    delay = 40 * 86_400
    parliament.decide(parliament.call(timelock.update_delay, delay))
    assert timelock.get_minimum_delay() == delay
    for name in ("record", "change", "replace"):
        id = parliament.to(State.ENDED, parliament.call(getattr(desk, name), 1), kind=GOVERNANCE)
        tx = parliament.attest(id)
        assert governor.proposal(id).ready_at == tx.timestamp + delay
        parliament.ready(id)
        parliament.execute(id)
    # and back: a class's delay is then what is waited for, however short the Timelock's is
    parliament.decide(parliament.call(timelock.update_delay, 0))
    id = parliament.to(State.ENDED)
    tx = parliament.attest(id)
    assert governor.proposal(id).ready_at == tx.timestamp + 2 * 86_400


def test_set_permission__stranger__reverts(parliament, governor, desk):
    for sender in (parliament.stranger, parliament.working_group, parliament.deployer):
        with ape.reverts("roles: not governance"):
            governor.set_permission((desk, bytes(4), GOVERNANCE, ORDINARY), sender=sender)
