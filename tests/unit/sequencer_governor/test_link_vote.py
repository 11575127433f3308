"""SequencerGovernor.link_vote"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.parliament import State
from tests.utils.system import DAY

VOTE_ID = 32 * b"v"


def link(parliament, id, snapshot_id=VOTE_ID, ends_at=None, sender=None):
    return parliament.link(id, snapshot_id, ends_at, sender)


def test_link_vote_records_and_emits(parliament, governor):
    id = parliament.propose()
    ends_at = parliament.now() + 3 * DAY
    tx = link(parliament, id, ends_at=ends_at)
    assert tx.events == [
        governor.VoteLinked(
            proposal_id=id, snapshot_id=VOTE_ID, ends_at=ends_at, by_attesters=False
        )
    ]
    proposal = governor.proposal(id)
    assert (bytes(proposal.snapshot_id), proposal.ends_at, proposal.links) == (VOTE_ID, ends_at, 1)
    assert governor.proposal_of(VOTE_ID) == id
    assert parliament.state(id) == State.LINKED


def test_link_vote_ends_a_day_after_the_proposal_at_the_earliest(parliament, governor):
    id = parliament.propose()
    earliest = governor.proposal(id).proposed_at + LIMITS["VOTE_FLOOR"]
    with ape.reverts("SequencerGovernor: vote ends too early"):
        link(parliament, id, ends_at=earliest - 1)
    link(parliament, id, ends_at=earliest)


def test_link_vote_ends_in_7_days_at_the_latest(parliament):
    id = parliament.propose()
    now = parliament.now() + 100
    latest = now + LIMITS["VOTE_CEILING"]
    with isolated(parliament.chain):
        parliament.at(now)
        with ape.reverts("SequencerGovernor: vote ends too late"):
            link(parliament, id, ends_at=latest + 1)
    parliament.at(now)
    link(parliament, id, ends_at=latest)


@pytest.mark.parametrize("ends_at", [1, 2**40, 2**64 - 1])
def test_link_vote__far_off__reverts(parliament, ends_at):
    id = parliament.propose()
    which = "early" if ends_at == 1 else "late"
    # "SequencerGovernor: vote ends too early", "SequencerGovernor: vote ends too late"
    with ape.reverts(f"SequencerGovernor: vote ends too {which}"):
        link(parliament, id, ends_at=ends_at)


def test_link_vote__vote_is_over__reverts(parliament, governor):
    """Only attesters may say so of a vote that nobody has announced while it ran."""
    id = parliament.propose()
    now = governor.proposal(id).proposed_at + 5 * DAY
    with isolated(parliament.chain):
        parliament.at(now)
        with ape.reverts("SequencerGovernor: vote ends too early"):
            link(parliament, id, ends_at=now)
    parliament.at(now)
    link(parliament, id, ends_at=now + 1)


def test_link_vote_may_be_14_days_after_the_proposal(parliament, governor):
    id = parliament.propose()
    last = governor.proposal(id).proposed_at + LIMITS["LINK_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        link(parliament, id, ends_at=last + DAY)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: not open"):
        link(parliament, id, ends_at=last + DAY)


def test_link_vote__twice__reverts(parliament):
    id = parliament.propose()
    link(parliament, id)
    for snapshot_id in (VOTE_ID, 32 * b"w"):
        with ape.reverts("SequencerGovernor: vote is linked"):
            link(parliament, id, snapshot_id)


@pytest.mark.parametrize(
    "state", [State.ENDED, State.DEFEATED, State.QUEUED, State.READY, State.EXECUTED, State.VETOED]
)
def test_link_vote__vote_was_linked__reverts(parliament, state):
    id = parliament.to(state)
    with ape.reverts("SequencerGovernor: vote is linked"):
        link(parliament, id)


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED])
def test_link_vote__ended__reverts(parliament, state):
    id = parliament.to(state)
    with ape.reverts("SequencerGovernor: not open"):
        link(parliament, id)


def test_link_vote__vetoed_without_a_vote__reverts(parliament):
    id = parliament.propose()
    parliament.veto(id)
    with ape.reverts("SequencerGovernor: not open"):
        link(parliament, id)


def test_link_vote__anybody_else__reverts(parliament):
    id = parliament.propose()
    for sender in (parliament.stranger, parliament.working_group, parliament.squatter):
        with ape.reverts("SequencerGovernor: not proposer"):
            link(parliament, id, sender=sender)


def test_link_vote__zero_snapshot_id__reverts(parliament, governor):
    id = parliament.propose()
    with ape.reverts("SequencerGovernor: zero snapshot id"):
        governor.link_vote(id, bytes(32), parliament.now() + 3 * DAY, sender=parliament.proposer)


@pytest.mark.parametrize("state", [State.LINKED, State.DEFEATED, State.EXECUTED, State.VETOED])
def test_link_vote__snapshot_id_in_use__reverts(parliament, governor, state):
    """A vote serves one proposal, also after its end."""
    used = bytes(governor.proposal(parliament.to(state)).snapshot_id)
    id = parliament.propose()
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        link(parliament, id, used)
    link(parliament, id)


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_link_vote__unknown_proposal__reverts(parliament, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        link(parliament, id)


def test_link_vote_is_allowed_again_when_attesters_have_given_the_vote_away(parliament, governor):
    taken = parliament.propose()
    link(parliament, taken)
    id = parliament.propose()
    parliament.relink(id, snapshotId=VOTE_ID)
    assert parliament.state(taken) == State.PROPOSED
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        link(parliament, taken)
    link(parliament, taken, 32 * b"w")
    assert governor.proposal(taken).links == 3
