"""SequencerGovernor: state, proposal, actions_of, operations_of, hash_actions, permission, ..."""

import ape
import pytest

from seqpool.deployment.allow_list import selector
from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import (
    APPROVAL,
    GOVERNANCE,
    ORDINARY,
    QUORUM,
    WALLETS,
    Action,
    Outcome,
    ProposalKind,
    State,
)
from tests.utils.system import DAY, ZERO

UNKNOWN = [0, 2, 2**255, 2**256 - 1]


# the walk of a proposal through its states, second by second


def walk(parliament, id, *steps):
    """At each second the state is this."""
    for second, state in steps:
        parliament.mine_at(second)
        assert parliament.state(id) == state, second


@pytest.mark.parametrize("kind", ProposalKind)
def test_state_of_one_that_nobody_links(parliament, governor, kind):
    id = parliament.propose(kind=kind)
    last = governor.proposal(id).proposed_at + LIMITS["LINK_PERIOD"]
    walk(
        *(parliament, id),
        (last - 1, State.PROPOSED),
        (last, State.PROPOSED),
        (last + 1, State.EXPIRED),
        (last + 1_000 * DAY, State.EXPIRED),
    )


@pytest.mark.parametrize("kind", ProposalKind)
def test_state_of_one_that_nobody_attests(parliament, governor, kind):
    id = parliament.to(State.LINKED, kind=kind)
    ends_at = governor.proposal(id).ends_at
    last = ends_at + LIMITS["ATTESTATION_PERIOD"]
    walk(
        *(parliament, id),
        (ends_at - 1, State.LINKED),
        (ends_at, State.LINKED),
        (ends_at + 1, State.ENDED),
        (last, State.ENDED),
        (last + 1, State.EXPIRED),
        (last + 1_000 * DAY, State.EXPIRED),
    )


@pytest.mark.parametrize("kind", ProposalKind)
def test_state_of_one_that_nobody_executes(parliament, governor, kind):
    id = parliament.to(State.QUEUED, kind=kind)
    ready_at = governor.proposal(id).ready_at
    last = ready_at + LIMITS["EXECUTION_PERIOD"]
    walk(
        *(parliament, id),
        (ready_at - 1, State.QUEUED),
        (ready_at, State.READY),
        (last, State.READY),
        (last + 1, State.EXPIRED),
        (last + 1_000 * DAY, State.EXPIRED),
    )


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize(
    "end", [State.EXECUTED, State.DEFEATED, State.CANCELLED, State.VETOED], ids=lambda x: x.name
)
def test_state_of_one_that_has_ended_stays(parliament, kind, end):
    if kind == GOVERNANCE and end == State.VETOED:
        pytest.skip("there is no veto of this kind")
    id = parliament.to(end, kind=kind)
    now = parliament.now()
    walk(parliament, id, *((now + days * DAY, end) for days in (1, 15, 40, 1_000)))


@pytest.mark.parametrize("id", UNKNOWN)
def test_state__unknown_proposal__reverts(parliament, governor, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        governor.state(id)


# the record


@pytest.mark.parametrize("state", State, ids=lambda x: x.name)
def test_proposal_in_every_state(parliament, governor, state):
    made_at = parliament.now()
    id = parliament.to(state)
    proposal = governor.proposal(id)
    is_linked = state not in (State.PROPOSED, State.CANCELLED, State.EXPIRED)
    outcome = {
        State.DEFEATED: Outcome.NOT_APPROVED,
        **dict.fromkeys((State.QUEUED, State.READY, State.EXECUTED), Outcome.PASSED),
    }.get(state, 0)
    assert (proposal.proposer, proposal.kind, proposal.delay) == (parliament.proposer, 1, 1)
    assert proposal.proposed_at >= made_at
    assert tuple(proposal.criteria) == (QUORUM, WALLETS, APPROVAL)
    assert bytes(proposal.snapshot_id) == (parliament.snapshot_of(id) if is_linked else bytes(32))
    assert (proposal.ends_at > 0, proposal.links) == (is_linked, int(is_linked))
    assert (proposal.outcome, proposal.state) == (outcome, state)
    assert (proposal.ready_at > 0) == (outcome == Outcome.PASSED)


@pytest.mark.parametrize("id", UNKNOWN)
def test_proposal__unknown_proposal__reverts(parliament, governor, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        governor.proposal(id)


@pytest.mark.parametrize("id", UNKNOWN)
def test_actions_and_operations_of_an_unknown_proposal_are_none(parliament, governor, id):
    parliament.propose()
    assert governor.actions_of(id) == []
    assert governor.operations_of(id) == []


@pytest.mark.parametrize("count", [1, 2, 8])
def test_operations_are_what_the_timelock_calls_them(parliament, governor, timelock, count):
    """Before they are there, too: each names the one before."""
    id = parliament.propose(*map(parliament.note, range(count)))
    assert [bytes(x) for x in governor.operations_of(id)] == parliament.operations(id)
    assert len(set(parliament.operations(id))) == count
    assert not timelock.is_operation(parliament.operations(id)[0])


def test_hash_actions_tells_all_apart(parliament, governor, desk):
    one, other = parliament.note(1), parliament.note(2)
    lists = [
        *([], [one], [other], [one, one], [one, other], [other, one]),
        [Action(parliament.pool.address, one.data)],
        [Action(desk.address, one.data + b"\x00")],
        [Action(desk.address, b"")],
    ]
    hashes = [bytes(governor.hash_actions(actions)) for actions in lists]
    assert len(set(hashes)) == len(lists)
    assert hashes == [parliament.hash_of(actions) for actions in lists]


def test_permission_of_what_is_not_on_the_list(parliament, governor, desk):
    for target, call in ((desk, bytes(4)), (ZERO, selector(desk, "note"))):
        assert tuple(governor.permission(target, call)) == (target, call, 0, 0)


def test_permission_of_what_is(parliament, governor, desk):
    call = selector(desk, "record")
    assert tuple(governor.permission(desk, call)) == (desk, call, GOVERNANCE, ORDINARY)


def test_proposal_of_a_vote_that_nobody_has_linked(governor):
    for snapshot_id in (bytes(32), 32 * b"v"):
        assert governor.proposal_of(snapshot_id) == 0
