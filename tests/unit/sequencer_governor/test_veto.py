"""SequencerGovernor.veto"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.parliament import GOVERNANCE, OPEN, State

REASON = "ipfs://why"
QUEUED = (State.QUEUED, State.READY)


@pytest.mark.parametrize("state", OPEN)
def test_veto_ends_the_proposal_in_every_open_state_and_emits(
    parliament, governor, timelock, state
):
    """What the Timelock has of it is cancelled."""
    id = parliament.to(state, *map(parliament.note, range(3)))
    operations = parliament.operations(id)
    tx = parliament.veto(id, REASON)
    cancelled = operations if state in QUEUED else []
    assert tx.events == [
        governor.Vetoed(proposal_id=id, reason=REASON),
        *(timelock.Cancelled(id=operation) for operation in cancelled),
    ]
    assert not any(timelock.is_operation(operation) for operation in operations)
    assert parliament.state(id) == State.VETOED


@pytest.mark.parametrize("state", QUEUED)
def test_veto_of_8_actions(parliament, timelock, state):
    id = parliament.to(state, *map(parliament.note, range(8)))
    parliament.veto(id)
    assert not any(timelock.is_operation(x) for x in parliament.operations(id))


@pytest.mark.parametrize("state", OPEN)
def test_veto_is_for_good(parliament, state):
    """Neither time nor anybody's call takes it back."""
    id = parliament.to(state)
    parliament.veto(id)
    for _ in range(4):
        with ape.reverts("SequencerGovernor: not ready"):
            parliament.execute(id)
        parliament.wait(LIMITS["LINK_PERIOD"])
        assert parliament.state(id) == State.VETOED
    with ape.reverts("SequencerGovernor: not to be attested"):
        parliament.attest(id)
    with ape.reverts("SequencerGovernor: not open"):
        parliament.relink(id)
    assert parliament.notes() == []


def test_veto_leaves_other_proposals_alone(parliament, timelock):
    """Even those that make the same call."""
    ids = [parliament.propose() for _ in range(2)]
    for step in (parliament.link, parliament.end_vote, parliament.attest, parliament.ready):
        for id in ids:
            step(id)
    parliament.veto(ids[0])
    parliament.execute(ids[1])
    assert parliament.notes() == [1]


def test_veto_after_a_tally_keeps_what_was_counted(parliament, governor):
    id = parliament.to(State.QUEUED)
    before = governor.proposal(id)
    parliament.veto(id)
    after = governor.proposal(id)
    assert (after.outcome, after.ready_at) == (before.outcome, before.ready_at)


def test_veto_comes_until_the_last_second(parliament, governor):
    """As long as the proposal could be executed."""
    id = parliament.to(State.READY)
    last = governor.proposal(id).ready_at + LIMITS["EXECUTION_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        parliament.veto(id)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: too late to veto"):
        parliament.veto(id)


@pytest.mark.parametrize("state", [state for state in State if state not in OPEN])
def test_veto__ended__reverts(parliament, state):
    id = parliament.to(state)
    with ape.reverts("SequencerGovernor: too late to veto"):
        parliament.veto(id)


@pytest.mark.parametrize("stage", [State.PROPOSED, State.ENDED, State.READY])
def test_veto__expired__reverts(parliament, stage):
    id = parliament.expire(stage)
    with ape.reverts("SequencerGovernor: too late to veto"):
        parliament.veto(id)


@pytest.mark.parametrize("state", [state for state in State if state != State.VETOED])
def test_veto__kind_governance__reverts(parliament, state):
    """No offboarding, no slash, no appeal and nobody's replacement, whatever its state."""
    id = parliament.to(state, kind=GOVERNANCE)
    with ape.reverts("SequencerGovernor: no veto of this kind"):
        parliament.veto(id)
    assert parliament.state(id) == state


def test_veto__no_reason__reverts(parliament):
    id = parliament.propose()
    with ape.reverts("SequencerGovernor: no reason"):
        parliament.veto(id, reason="")
    parliament.veto(id, reason="x" * 256)


def test_veto__anybody_else__reverts(parliament):
    id = parliament.to(State.QUEUED)
    for sender in (parliament.stranger, parliament.proposer, parliament.deployer):
        with ape.reverts("guardian: not guardian"):
            parliament.veto(id, sender=sender)


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_veto__unknown_proposal__reverts(parliament, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        parliament.veto(id)


def test_veto_is_the_new_guardians(parliament, governor):
    parliament.decide(parliament.call(governor.set_guardian, parliament.stranger))
    id = parliament.to(State.QUEUED)
    with ape.reverts("guardian: not guardian"):
        parliament.veto(id)
    parliament.veto(id, sender=parliament.stranger)
