"""SequencerGovernor.attest; whose signatures it takes is in test_signatures"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import as_struct
from tests.utils.isolation import isolated
from tests.utils.parliament import (
    APPROVAL,
    CUSTODY,
    FORUM,
    GOVERNANCE,
    INFRASTRUCTURE,
    ORDINARY,
    PARAMETERS,
    QUORUM,
    SECONDS,
    WALLETS,
    Action,
    Outcome,
    ProposalKind,
    State,
)
from tests.utils.system import METIS

MOST_VOTES = 2**128 - 1


@pytest.fixture
def ended(parliament):
    """A proposal that waits for its tally."""
    return parliament.to(State.ENDED)


def outcome(parliament, id, **votes) -> Outcome:
    """What a tally comes to, in a future that is undone."""
    with isolated(parliament.chain):
        parliament.attest(id, **votes)
        return Outcome(parliament.governor.proposal(id).outcome)


# what it does


@pytest.mark.parametrize("kind", ProposalKind)
def test_attest_queues_what_has_passed_and_emits(parliament, governor, timelock, kind):
    id = parliament.to(State.ENDED, kind=kind)
    ((target, data),) = governor.actions_of(id)
    (operation,) = parliament.operations(id)
    tx = parliament.attest(id)
    ready_at = tx.timestamp + SECONDS[ORDINARY]
    assert tx.events == [
        governor.Attested(
            proposal_id=id,
            outcome=Outcome.PASSED,
            for_votes=QUORUM,
            against_votes=0,
            abstain_votes=0,
            voters=WALLETS,
            votes_root=keccak(text=f"votes about {id}"),
        ),
        governor.Queued(
            proposal_id=id,
            ready_at=ready_at,
            expires_at=ready_at + LIMITS["EXECUTION_PERIOD"],
        ),
        timelock.CallScheduled(
            id=operation,
            index=0,
            target=target,
            amount=0,
            payload=data,
            predecessor=bytes(32),
            delay=SECONDS[ORDINARY],
        ),
        timelock.CallSalt(id=operation, salt=parliament.salt(id)),
    ]
    proposal = governor.proposal(id)
    assert (proposal.outcome, proposal.ready_at) == (Outcome.PASSED, ready_at)
    assert timelock.get_timestamp(operation) == ready_at
    assert parliament.state(id) == State.QUEUED


def test_attest_defeats_what_has_not_passed_and_emits(parliament, governor, timelock, ended):
    tx = parliament.attest(ended, forVotes=1, againstVotes=2, abstainVotes=3, voters=4)
    assert tx.events == [
        governor.Attested(
            proposal_id=ended,
            outcome=Outcome.NO_QUORUM,
            for_votes=1,
            against_votes=2,
            abstain_votes=3,
            voters=4,
            votes_root=keccak(text=f"votes about {ended}"),
        )
    ]
    assert parliament.state(ended) == State.DEFEATED
    assert governor.proposal(ended).ready_at == 0
    (operation,) = governor.operations_of(ended)
    assert not timelock.is_operation(operation)


@pytest.mark.parametrize(
    "name, delay", [("record", ORDINARY), ("change", PARAMETERS), ("replace", CUSTODY)]
)
def test_attest_waits_for_the_delay_of_its_class(parliament, governor, desk, name, delay):
    id = parliament.to(State.ENDED, parliament.call(getattr(desk, name), 1), kind=GOVERNANCE)
    tx = parliament.attest(id)
    assert governor.proposal(id).ready_at == tx.timestamp + SECONDS[delay]


def test_attest_waits_as_long_for_all_calls_as_for_the_slowest(parliament, timelock, desk):
    actions = [parliament.call(getattr(desk, x), 1) for x in ("record", "replace", "change")]
    id = parliament.to(State.ENDED, *actions, kind=GOVERNANCE)
    tx = parliament.attest(id)
    for operation in parliament.operations(id):
        assert timelock.get_timestamp(operation) == tx.timestamp + SECONDS[CUSTODY]


def test_attest_queues_8_actions_of_1024_bytes(parliament, governor, timelock, desk):
    selector, size = parliament.selector(desk.file), LIMITS["MAX_ACTION_DATA"]
    actions = [
        Action(desk.address, selector + bytes([i]) * (size - 4))
        for i in range(LIMITS["MAX_ACTIONS"])
    ]
    id = parliament.to(State.QUEUED, *actions)
    assert all(timelock.is_operation_pending(x) for x in parliament.operations(id))


def test_attest_queues_the_same_call_twice_and_in_two_proposals(parliament, governor, timelock):
    ids = [parliament.propose(*3 * [parliament.note()]) for _ in range(2)]
    for id in ids:
        parliament.link(id)
    for id in ids:
        parliament.end_vote(id)
    for id in ids:
        parliament.attest(id)
    operations = {x for id in ids for x in parliament.operations(id)}
    assert len(operations) == 6
    assert all(timelock.is_operation_pending(x) for x in operations)


def test_attest_keeps_to_the_kind_and_delay_of_the_proposal(parliament, governor, desk):
    """Whatever the allow-list says of its calls by now, even that none may make them."""
    selector = parliament.selector(desk.record)
    action = parliament.call(governor.set_permission, (desk.address, selector, 0, 0))
    change = parliament.to(State.READY, action, kind=GOVERNANCE)
    id = parliament.to(State.ENDED, kind=GOVERNANCE)
    parliament.execute(change)
    tx = parliament.attest(id)
    assert governor.proposal(id).ready_at == tx.timestamp + SECONDS[ORDINARY]
    parliament.ready(id)
    parliament.execute(id)
    assert parliament.notes() == [1]


# criteria: one of the least either side


@pytest.mark.parametrize(
    "votes, result",
    [
        # to the wei
        ({"forVotes": QUORUM}, Outcome.PASSED),
        ({"forVotes": QUORUM - 1}, Outcome.NO_QUORUM),
        # who abstains counts for it
        ({"forVotes": 1, "abstainVotes": QUORUM - 1}, Outcome.PASSED),
        ({"forVotes": 1, "abstainVotes": QUORUM - 2}, Outcome.NO_QUORUM),
        # and who is against it
        ({"forVotes": QUORUM * 8 // 10, "againstVotes": QUORUM * 2 // 10}, Outcome.PASSED),
        ({"forVotes": QUORUM * 8 // 10, "againstVotes": QUORUM * 2 // 10 - 1}, Outcome.NO_QUORUM),
        # to the wallet
        ({"voters": WALLETS}, Outcome.PASSED),
        ({"voters": WALLETS - 1}, Outcome.TOO_FEW_WALLETS),
        ({"voters": 0}, Outcome.TOO_FEW_WALLETS),
        ({"voters": 2**256 - 1}, Outcome.PASSED),
        # to the wei of a share
        ({"forVotes": 4 * QUORUM, "againstVotes": QUORUM}, Outcome.PASSED),
        ({"forVotes": 4 * QUORUM, "againstVotes": QUORUM + 1}, Outcome.NOT_APPROVED),
        ({"forVotes": 4 * QUORUM - 1, "againstVotes": QUORUM}, Outcome.NOT_APPROVED),
        # who abstains does not count for it
        ({"forVotes": 4, "againstVotes": 1, "abstainVotes": QUORUM}, Outcome.PASSED),
        ({"forVotes": 4, "againstVotes": 2, "abstainVotes": QUORUM}, Outcome.NOT_APPROVED),
        # abstentions approve of nothing
        ({"forVotes": 0, "abstainVotes": QUORUM}, Outcome.NOT_APPROVED),
        ({"forVotes": 0, "againstVotes": QUORUM}, Outcome.NOT_APPROVED),
        # nothing overflows
        (
            {"forVotes": MOST_VOTES, "againstVotes": MOST_VOTES, "abstainVotes": MOST_VOTES},
            Outcome.NOT_APPROVED,
        ),
        ({"forVotes": MOST_VOTES, "abstainVotes": MOST_VOTES}, Outcome.PASSED),
        # the first reason is named
        ({"forVotes": 0, "voters": 0}, Outcome.NO_QUORUM),
        ({"forVotes": 0, "abstainVotes": QUORUM, "voters": 0}, Outcome.TOO_FEW_WALLETS),
        ({"forVotes": QUORUM, "againstVotes": QUORUM, "voters": 0}, Outcome.TOO_FEW_WALLETS),
    ],
)
def test_attest_applies_the_criteria(parliament, ended, votes, result):
    assert outcome(parliament, ended, **votes) == result
    state = State.QUEUED if result == Outcome.PASSED else State.DEFEATED
    parliament.attest(ended, **votes)
    assert parliament.state(ended) == state


@pytest.mark.parametrize("approval", [APPROVAL - 1, APPROVAL, APPROVAL + 1])
def test_attest_applies_the_approval_to_the_basis_point(parliament, governor, approval):
    """Of ten thousand METIS, so many are for and the others against."""
    if approval != APPROVAL:
        parliament.decide(parliament.call(governor.set_approval, approval))
    id = parliament.to(State.ENDED)
    for bps, result in (
        (approval - 1, Outcome.NOT_APPROVED),
        (approval, Outcome.PASSED),
        (approval + 1, Outcome.PASSED),
    ):
        votes = {"forVotes": bps * 10 * METIS, "againstVotes": (10_000 - bps) * 10 * METIS}
        assert outcome(parliament, id, **votes) == result


@pytest.mark.parametrize(
    "approval, votes, result",
    [
        (10_000, {"forVotes": QUORUM}, Outcome.PASSED),
        (10_000, {"forVotes": QUORUM, "againstVotes": 1}, Outcome.NOT_APPROVED),
        (5_000, {"forVotes": QUORUM, "againstVotes": QUORUM}, Outcome.PASSED),
        (5_000, {"forVotes": QUORUM, "againstVotes": QUORUM + 1}, Outcome.NOT_APPROVED),
        # a share of three wei that no number of wei is
        (6_667, {"forVotes": 2, "againstVotes": 1, "abstainVotes": QUORUM}, Outcome.NOT_APPROVED),
        (6_666, {"forVotes": 2, "againstVotes": 1, "abstainVotes": QUORUM}, Outcome.PASSED),
    ],
)
def test_attest_applies_extreme_approvals(parliament, governor, approval, votes, result):
    parliament.decide(parliament.call(governor.set_approval, approval))
    assert outcome(parliament, parliament.to(State.ENDED), **votes) == result


@pytest.mark.parametrize(
    "setter, value, votes",
    [
        ("set_quorum", QUORUM + 1, {"forVotes": QUORUM}),
        ("set_wallets", WALLETS + 1, {"voters": WALLETS}),
        ("set_approval", APPROVAL + 1, {"forVotes": 4 * QUORUM, "againstVotes": QUORUM}),
    ],
)
def test_attest_goes_by_the_criteria_of_the_proposal(parliament, governor, setter, value, votes):
    """Whatever is changed while a vote runs counts for later proposals."""
    change = parliament.to(
        State.READY, parliament.call(getattr(governor, setter), value), kind=GOVERNANCE
    )
    before = parliament.to(State.ENDED)
    parliament.execute(change)
    assert outcome(parliament, before, **votes) == Outcome.PASSED
    assert outcome(parliament, parliament.to(State.ENDED), **votes) != Outcome.PASSED


# when


def test_attest_begins_after_the_last_second_of_the_vote(parliament, governor):
    id = parliament.to(State.LINKED)
    ends_at = governor.proposal(id).ends_at
    with isolated(parliament.chain):
        parliament.at(ends_at)
        with ape.reverts("SequencerGovernor: not to be attested"):
            parliament.attest(id)
    parliament.at(ends_at + 1)
    parliament.attest(id)


def test_attest_ends_14_days_after_the_vote(parliament, governor):
    id = parliament.to(State.ENDED)
    last = governor.proposal(id).ends_at + LIMITS["ATTESTATION_PERIOD"]
    with isolated(parliament.chain):
        parliament.at(last)
        parliament.attest(id)
    parliament.at(last + 1)
    with ape.reverts("SequencerGovernor: not to be attested"):
        parliament.attest(id)


@pytest.mark.parametrize("state", [state for state in State if state != State.ENDED])
@pytest.mark.parametrize("kind", ProposalKind)
def test_attest__any_other_state__reverts(parliament, state, kind):
    if kind == GOVERNANCE and state == State.VETOED:
        pytest.skip("there is no veto of this kind")
    id = parliament.to(state, kind=kind)
    with ape.reverts("SequencerGovernor: not to be attested"):
        parliament.attest(id)


def test_attest__twice__reverts(parliament, ended):
    """The same tally, and one that says the contrary."""
    parliament.attest(ended, againstVotes=QUORUM)
    for votes in ({"againstVotes": QUORUM}, {}):
        with ape.reverts("SequencerGovernor: not to be attested"):
            parliament.attest(ended, **votes)


# which tally


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_attest__unknown_proposal__reverts(parliament, governor, ended, id):
    message = parliament.tally(ended, proposalId=id)
    with ape.reverts("SequencerGovernor: unknown proposal"):
        governor.attest(
            id, as_struct(message), parliament.sign(message), sender=parliament.stranger
        )


def test_attest__tally_of_another_proposal__reverts(parliament, governor):
    """Of the same calls, at the same time."""
    one, other = parliament.propose(), parliament.propose()
    for id in (one, other):
        parliament.link(id)
    parliament.end_vote(other)
    message = parliament.tally(one)
    with ape.reverts("SequencerGovernor: tally of another proposal"):
        governor.attest(
            other, as_struct(message), parliament.sign(message), sender=parliament.stranger
        )


def test_attest__tally_of_other_actions__reverts(parliament, ended):
    other = parliament.hash_of([parliament.note(2)])
    with ape.reverts("SequencerGovernor: tally of other actions"):
        parliament.attest(ended, actionsHash=other)


@pytest.mark.parametrize("what", ["snapshotId", "endsAt later", "endsAt earlier"])
def test_attest__tally_of_another_vote__reverts(parliament, governor, ended, what):
    ends_at = governor.proposal(ended).ends_at
    changes = {
        "snapshotId": {"snapshotId": 32 * b"w"},
        "endsAt later": {"endsAt": ends_at + 1},
        "endsAt earlier": {"endsAt": ends_at - 1},
    }[what]
    with ape.reverts("SequencerGovernor: tally of another vote"):
        parliament.attest(ended, **changes)


def test_attest__tally_of_the_vote_before_a_correction__reverts(parliament, governor, ended):
    message = parliament.tally(ended)
    parliament.relink(ended, snapshotId=32 * b"w", endsAt=message.endsAt)
    assert parliament.state(ended) == State.ENDED
    with ape.reverts("SequencerGovernor: tally of another vote"):
        governor.attest(
            ended, as_struct(message), parliament.sign(message), sender=parliament.stranger
        )


@pytest.mark.parametrize("votes", ["forVotes", "againstVotes", "abstainVotes"])
@pytest.mark.parametrize("amount", [MOST_VOTES + 1, 2**255, 2**256 - 1])
def test_attest__votes_too_large__reverts(parliament, ended, votes, amount):
    with ape.reverts("SequencerGovernor: votes too large"):
        parliament.attest(ended, **{votes: amount})


def test_attest__tally_for_another_governor__reverts(parliament, governor):
    """It has the same attesters, and a proposal of the same number about the same calls."""
    other = parliament.deploy_governor()
    id = parliament.to(State.LINKED)
    other.propose(INFRASTRUCTURE, [parliament.note()], FORUM, sender=parliament.proposer)
    ends_at = governor.proposal(id).ends_at + 86_400
    parliament.relink(id, endsAt=ends_at)
    parliament.relink(1, governor=other, endsAt=ends_at)
    assert id == 1
    parliament.mine_at(ends_at + 1)
    theirs = parliament.sign(parliament.tally(1, governor=other))
    with ape.reverts("attesters: signer is no attester"):
        parliament.attest(id, theirs)


def test_attest__governor_without_roles__reverts(parliament):
    """Another Governor can say what it likes: the Timelock does not know it."""
    other = parliament.deploy_governor()
    other.propose(INFRASTRUCTURE, [parliament.note()], FORUM, sender=parliament.proposer)
    parliament.relink(1, governor=other)
    parliament.mine_at(other.proposal(1).ends_at + 1)
    with ape.reverts("access_control: account is missing role"):
        parliament.attest(1, governor=other)
