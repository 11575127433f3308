"""SequencerGovernor.relink_vote; whose signatures it takes is in test_signatures"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import as_struct
from tests.utils.isolation import isolated
from tests.utils.parliament import State
from tests.utils.system import DAY

VOTE_ID, OTHER_ID = 32 * b"v", 32 * b"w"


def test_relink_vote_links_and_emits(parliament, governor):
    id = parliament.propose()
    ends_at = parliament.now() + 3 * DAY
    tx = parliament.relink(id, snapshotId=VOTE_ID, endsAt=ends_at)
    assert tx.events == [
        governor.VoteLinked(proposal_id=id, snapshot_id=VOTE_ID, ends_at=ends_at, by_attesters=True)
    ]
    proposal = governor.proposal(id)
    assert (bytes(proposal.snapshot_id), proposal.ends_at, proposal.links) == (VOTE_ID, ends_at, 1)
    assert governor.proposal_of(VOTE_ID) == id
    assert parliament.state(id) == State.LINKED


def test_relink_vote_corrects_and_frees_the_former_vote(parliament, governor):
    id = parliament.to(State.LINKED)
    former = parliament.snapshot_of(id)
    parliament.relink(id, snapshotId=VOTE_ID)
    assert governor.proposal_of(VOTE_ID) == id
    assert governor.proposal_of(former) == 0
    assert bytes(governor.proposal(id).snapshot_id) == VOTE_ID
    assert governor.proposal(id).links == 2
    # whom the former vote is about can have it
    parliament.link(parliament.propose(), former)


def test_relink_vote_corrects_the_end_of_the_same_vote(parliament, governor):
    id = parliament.to(State.LINKED)
    vote = parliament.snapshot_of(id)
    ends_at = governor.proposal(id).ends_at - DAY
    tx = parliament.relink(id, snapshotId=vote, endsAt=ends_at)
    assert [event.event_name for event in tx.events] == ["VoteLinked"]
    assert governor.proposal_of(vote) == id
    assert governor.proposal(id).ends_at == ends_at


def test_relink_vote_may_name_a_vote_that_is_over(parliament, governor):
    """Nobody has linked it while it ran: it can be attested at once."""
    id = parliament.propose()
    ends_at = governor.proposal(id).proposed_at + LIMITS["VOTE_FLOOR"]
    parliament.mine_at(ends_at + 5 * DAY)
    parliament.relink(id, endsAt=ends_at)
    assert parliament.state(id) == State.ENDED
    parliament.attest(id)


def test_relink_vote_ends_a_day_after_the_proposal_at_the_earliest(parliament, governor):
    id = parliament.propose()
    earliest = governor.proposal(id).proposed_at + LIMITS["VOTE_FLOOR"]
    with ape.reverts("SequencerGovernor: vote ends too early"):
        parliament.relink(id, endsAt=earliest - 1)
    parliament.relink(id, endsAt=earliest)


def test_relink_vote_ends_in_7_days_at_the_latest(parliament):
    id = parliament.propose()
    now = parliament.now() + 100
    latest = now + LIMITS["VOTE_CEILING"]
    with isolated(parliament.chain):
        parliament.at(now)
        with ape.reverts("SequencerGovernor: vote ends too late"):
            parliament.relink(id, endsAt=latest + 1)
    parliament.at(now)
    parliament.relink(id, endsAt=latest)


# which states


def test_relink_vote_may_be_14_days_after_the_proposal(parliament, governor):
    id = parliament.propose()
    last = governor.proposal(id).proposed_at + LIMITS["LINK_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        parliament.relink(id, endsAt=last)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: not open"):
        parliament.relink(id, endsAt=last)


def test_relink_vote_of_one_that_waits_for_its_tally(parliament):
    id = parliament.to(State.ENDED)
    parliament.relink(id, snapshotId=VOTE_ID)
    assert parliament.state(id) == State.LINKED


def test_relink_vote_may_be_14_days_after_the_former_vote(parliament, governor):
    id = parliament.to(State.ENDED)
    last = governor.proposal(id).ends_at + LIMITS["ATTESTATION_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        parliament.relink(id, endsAt=last)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: not open"):
        parliament.relink(id, endsAt=last)


@pytest.mark.parametrize(
    "state",
    [
        *(State.DEFEATED, State.QUEUED, State.READY, State.EXECUTED),
        *(State.VETOED, State.CANCELLED, State.EXPIRED),
    ],
)
def test_relink_vote__ended_or_attested__reverts(parliament, state):
    id = parliament.to(state)
    with ape.reverts("SequencerGovernor: not open"):
        parliament.relink(id, snapshotId=VOTE_ID)


def test_relink_vote__zero_snapshot_id__reverts(parliament):
    id = parliament.propose()
    with ape.reverts("SequencerGovernor: zero snapshot id"):
        parliament.relink(id, snapshotId=bytes(32))


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_relink_vote__unknown_proposal__reverts(parliament, governor, id):
    message = parliament.vote_link(parliament.propose())
    _, snapshot_id, ends_at, _ = as_struct(message)
    with ape.reverts("SequencerGovernor: unknown proposal"):
        governor.relink_vote(
            id, snapshot_id, ends_at, parliament.sign(message), sender=parliament.stranger
        )


# squatters


def test_relink_vote_takes_a_vote_back_from_a_squatter(parliament, governor):
    """Whoever sees an announced vote can link it to a proposal of its own first."""
    squatted = parliament.propose(sender=parliament.squatter)
    id = parliament.propose()
    vote = parliament.snapshot_of(id)
    parliament.link(squatted, vote, sender=parliament.squatter)
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        parliament.link(id, vote)
    ends_at = parliament.now() + 3 * DAY
    tx = parliament.relink(id, endsAt=ends_at)
    assert tx.events == [
        governor.VoteUnlinked(proposal_id=squatted, snapshot_id=vote),
        governor.VoteLinked(proposal_id=id, snapshot_id=vote, ends_at=ends_at, by_attesters=True),
    ]
    assert governor.proposal_of(vote) == id
    left = governor.proposal(squatted)
    assert (bytes(left.snapshot_id), left.ends_at, left.links) == (bytes(32), 0, 2)
    assert parliament.state(squatted) == State.PROPOSED
    # and again: a proposer links once
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        parliament.link(squatted, vote, sender=parliament.squatter)


def test_relink_vote_frees_the_vote_that_the_robbed_one_had_before(parliament, governor):
    """Both sides change votes: none is left linked to a proposal that has another."""
    squatted = parliament.propose(sender=parliament.squatter)
    parliament.link(squatted, VOTE_ID, sender=parliament.squatter)
    id = parliament.to(State.LINKED)
    former = parliament.snapshot_of(id)
    parliament.relink(id, snapshotId=VOTE_ID)
    assert [governor.proposal_of(x) for x in (VOTE_ID, former)] == [id, 0]


def test_relink_vote_leaves_an_old_proposal_without_a_vote_expired(parliament, governor):
    squatted = parliament.propose(sender=parliament.squatter)
    parliament.mine_at(governor.proposal(squatted).proposed_at + LIMITS["LINK_PERIOD"] - DAY)
    id = parliament.propose()
    vote = parliament.snapshot_of(id)
    parliament.link(squatted, vote, sender=parliament.squatter)
    parliament.wait(DAY)
    parliament.relink(id)
    assert parliament.state(squatted) == State.EXPIRED


@pytest.mark.parametrize("how", ["vetoed", "expired"])
def test_relink_vote_takes_the_vote_of_one_that_ended_without_a_tally(parliament, governor, how):
    """The squatter's end stays what it was."""
    squatted = parliament.to(State.VETOED) if how == "vetoed" else parliament.expire(State.ENDED)
    state = parliament.state(squatted)
    vote = parliament.snapshot_of(squatted)
    id = parliament.propose()
    parliament.relink(id, snapshotId=vote)
    assert governor.proposal_of(vote) == id
    assert parliament.state(squatted) == state


@pytest.mark.parametrize("state", [State.DEFEATED, State.QUEUED, State.READY, State.EXECUTED])
def test_relink_vote__vote_has_a_tally__reverts(parliament, state):
    """What was counted counts for that proposal alone."""
    vote = parliament.snapshot_of(parliament.to(state))
    id = parliament.propose()
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        parliament.relink(id, snapshotId=vote)


# replays


def test_relink_vote__replayed__reverts(parliament, governor):
    """A link, its correction, and the first one's signatures again."""
    id = parliament.propose()
    ends_at = parliament.now() + 5 * DAY
    first = parliament.vote_link(id, snapshotId=VOTE_ID, endsAt=ends_at)
    parliament.relink(id, snapshotId=VOTE_ID, endsAt=ends_at)
    parliament.relink(id, snapshotId=OTHER_ID, endsAt=ends_at)
    with ape.reverts("attesters: signer is no attester"):
        parliament.relink(id, parliament.sign(first), snapshotId=VOTE_ID, endsAt=ends_at)
    # meant so, it needs new ones
    parliament.relink(id, snapshotId=VOTE_ID, endsAt=ends_at)
    assert bytes(governor.proposal(id).snapshot_id) == VOTE_ID


def test_relink_vote__twice__reverts(parliament):
    id = parliament.propose()
    ends_at = parliament.now() + 5 * DAY
    signatures = parliament.sign(parliament.vote_link(id, endsAt=ends_at))
    parliament.relink(id, signatures, endsAt=ends_at)
    with ape.reverts("attesters: signer is no attester"):
        parliament.relink(id, signatures, endsAt=ends_at)


def test_relink_vote__proposer_was_faster__reverts(parliament):
    """What was signed for a proposal without a vote corrects none."""
    id = parliament.propose()
    ends_at = parliament.now() + 5 * DAY
    signatures = parliament.sign(parliament.vote_link(id, endsAt=ends_at))
    parliament.link(id)
    with ape.reverts("attesters: signer is no attester"):
        parliament.relink(id, signatures, endsAt=ends_at)


def test_relink_vote__vote_was_given_away_since__reverts(parliament):
    """Neither to the one that has it now can it be given back with old signatures."""
    id, other = parliament.propose(), parliament.propose()
    ends_at = parliament.now() + 5 * DAY
    parliament.relink(id, snapshotId=VOTE_ID, endsAt=ends_at)
    again = parliament.sign(parliament.vote_link(id, snapshotId=VOTE_ID, endsAt=ends_at))
    parliament.relink(other, snapshotId=VOTE_ID, endsAt=ends_at)
    with ape.reverts("attesters: signer is no attester"):
        parliament.relink(id, again, snapshotId=VOTE_ID, endsAt=ends_at)
