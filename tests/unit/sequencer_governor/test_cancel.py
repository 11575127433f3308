"""SequencerGovernor.cancel"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.parliament import GOVERNANCE, ProposalKind, State


@pytest.mark.parametrize("kind", ProposalKind)
def test_cancel_ends_the_proposal_and_emits(parliament, governor, kind):
    id = parliament.propose(kind=kind)
    tx = governor.cancel(id, sender=parliament.proposer)
    assert tx.events == [governor.Cancelled(proposal_id=id)]
    assert parliament.state(id) == State.CANCELLED
    # what it was can still be read
    assert governor.proposal(id).proposer == parliament.proposer
    assert len(governor.actions_of(id)) == 1


def test_cancel_leaves_the_end_for_good(parliament, governor):
    id = parliament.to(State.CANCELLED)
    parliament.wait(2 * LIMITS["LINK_PERIOD"])
    assert parliament.state(id) == State.CANCELLED


def test_cancel_may_be_14_days_after_the_proposal(parliament, governor):
    id = parliament.propose()
    last = governor.proposal(id).proposed_at + LIMITS["LINK_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        governor.cancel(id, sender=parliament.proposer)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: too late to cancel"):
        governor.cancel(id, sender=parliament.proposer)


@pytest.mark.parametrize("state", [state for state in State if state != State.PROPOSED])
def test_cancel__any_other_state__reverts(parliament, governor, state):
    """Above all not while people vote, or when they have."""
    id = parliament.to(state)
    with ape.reverts("SequencerGovernor: too late to cancel"):
        governor.cancel(id, sender=parliament.proposer)


def test_cancel_of_one_whose_vote_was_given_away(parliament, governor):
    id = parliament.to(State.LINKED)
    parliament.relink(parliament.propose(), snapshotId=parliament.snapshot_of(id))
    governor.cancel(id, sender=parliament.proposer)
    assert parliament.state(id) == State.CANCELLED


def test_cancel__anybody_else__reverts(parliament, governor):
    id = parliament.propose(kind=GOVERNANCE)
    for sender in (parliament.stranger, parliament.working_group, parliament.squatter):
        with ape.reverts("SequencerGovernor: not proposer"):
            governor.cancel(id, sender=sender)


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_cancel__unknown_proposal__reverts(parliament, governor, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        governor.cancel(id, sender=parliament.proposer)
