"""A naive model of the SequencerGovernor and its Timelock (docs/design.md): records and scans."""

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.governance.snapshot.result import VoteOutcome
from seqpool.governance.view import OPEN_STAGES, ProposalStage
from seqpool.protocol.limits import LIMITS
from tests.stateful.model import Model, Rejected
from tests.stateful.quorum import Signature

BOUNDS = {
    **{
        name: (LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"])
        for name in ("quorum", "wallets", "approval")
    },
    "proposal_threshold": (0, LIMITS["PROPOSAL_THRESHOLD_CEILING"]),
}
SECONDS = {delay: LIMITS[f"DELAY_{delay.name}"] for delay in Delay}
MOST_VOTES = 2**128 - 1
WHO_DECIDES = ("set_permission", "set_attesters", "set_guardian")


class Call(NamedTuple):
    """One that a proposal makes."""

    target: int
    name: str
    args: tuple = ()


class Link(NamedTuple):
    TYPE = "VoteLink(uint256 proposalId,bytes32 snapshotId,uint64 endsAt,uint256 nonce)"

    proposal_id: int
    snapshot_id: int
    ends_at: int
    nonce: int


class Tally(NamedTuple):
    TYPE = (
        "Tally(uint256 proposalId,bytes32 actionsHash,bytes32 snapshotId,uint64 endsAt,"
        "uint256 forVotes,uint256 againstVotes,uint256 abstainVotes,uint256 voters,"
        "bytes32 votesRoot)"
    )
    proposal_id: int
    actions_hash: int
    snapshot_id: int
    ends_at: int
    for_votes: int
    against_votes: int
    abstain_votes: int
    voters: int
    votes_root: int


class Signatures(NamedTuple):
    bits: int
    signatures: tuple[Signature, ...]


@dataclass
class Law:
    """All that votes can change."""

    criteria: dict[str, int]  # quorum, wallets, approval
    proposal_threshold: int
    allowed: dict[tuple[int, str], tuple[int, int]]  # target and function => kind and class
    attesters: list[int]
    threshold: int
    guardian: int
    notes: list[int] = field(default_factory=list)  # what executed calls have left at the desk


@dataclass
class Proposal:
    proposer: int
    kind: int
    delay: int
    proposed_at: int
    criteria: dict[str, int]
    calls: tuple[Call, ...]
    vote: tuple[int, int] | None = None  # Snapshot's id, and the end
    links: int = 0
    outcome: int = 0
    ready_at: int = 0
    end: int = 0


class Governor(Model):
    """The Governor, and of the Timelock what the Governor does with it."""

    contract = "SequencerGovernor"

    def __init__(self, governor, desk, domain, law, balances, now, describe):
        super().__init__()
        self.governor, self.desk, self.domain = governor, desk, domain
        self.law, self.balances, self.now = law, balances, now
        self.describe = describe  # calls => their hash, and as they are in events
        self.is_broken = False  # the desk fails
        self.proposals: dict[int, Proposal] = {}

    # ------------------------------------------------------------ queries

    def known(self, id: int) -> Proposal:
        self.require(id in self.proposals, "unknown proposal")
        return self.proposals[id]

    def state(self, x: Proposal) -> int:
        if x.end:
            return x.end
        if x.outcome == VoteOutcome.PASSED:
            if self.now < x.ready_at:
                return ProposalStage.QUEUED
            return (
                ProposalStage.READY
                if self.now <= x.ready_at + LIMITS["EXECUTION_PERIOD"]
                else ProposalStage.EXPIRED
            )
        if x.outcome:
            return ProposalStage.DEFEATED
        if x.vote is None:
            return (
                ProposalStage.PROPOSED
                if self.now <= x.proposed_at + LIMITS["LINK_PERIOD"]
                else ProposalStage.EXPIRED
            )
        _, ends_at = x.vote
        if self.now <= ends_at:
            return ProposalStage.LINKED
        return (
            ProposalStage.ENDED
            if self.now <= ends_at + LIMITS["ATTESTATION_PERIOD"]
            else ProposalStage.EXPIRED
        )

    def proposal_of(self, snapshot_id: int) -> int:
        """0 if nobody has the vote; one at most may have it."""
        found = [id for id, x in self.proposals.items() if x.vote and x.vote[0] == snapshot_id]
        assert len(found) < 2, f"vote {snapshot_id} of {found}"
        return found[0] if found else 0

    @staticmethod
    def outcome(tally: Tally, criteria: dict[str, int]) -> int:
        decided = tally.for_votes + tally.against_votes
        if decided + tally.abstain_votes < criteria["quorum"]:
            return VoteOutcome.NO_QUORUM
        if tally.voters < criteria["wallets"]:
            return VoteOutcome.TOO_FEW_WALLETS
        if not tally.for_votes:
            return VoteOutcome.NOT_APPROVED
        share = Fraction(tally.for_votes, decided)
        return (
            VoteOutcome.PASSED
            if share >= Fraction(criteria["approval"], 10_000)
            else VoteOutcome.NOT_APPROVED
        )

    # ------------------------------------------------------------ parts

    def check_signatures(self, given: Signatures, message: tuple):
        law = self.law
        self.need(len(given.signatures) > 0, "attesters: no signatures")
        self.need(given.bits < 2 ** len(law.attesters), "attesters: bit beyond attesters")
        self.settle()
        places = [i for i in range(len(law.attesters)) if given.bits >> i & 1]
        good = []
        for place, signature in zip(places, given.signatures, strict=False):
            if signature.flaw:
                self.need(False, signature.flaw)
            elif signature.of != (self.domain, message) or signature.by not in law.attesters:
                self.need(False, "attesters: signer is no attester")
            elif signature.by in good:
                self.need(False, "attesters: duplicate signature")
            else:
                is_his = signature.by == law.attesters[place]
                self.need(is_his, "attesters: signature in wrong place")
                good.append(signature.by)
        self.need(len(places) <= len(given.signatures), "attesters: fewer signatures than bits")
        self.need(len(places) >= len(given.signatures), "attesters: more signatures than bits")
        self.settle()
        self.require(len(good) >= law.threshold, "attesters: too few have signed")

    def check_link(self, x: Proposal, snapshot_id: int, ends_at: int):
        self.need(
            self.state(x) in (ProposalStage.PROPOSED, ProposalStage.LINKED, ProposalStage.ENDED),
            "not open",
        )
        self.need(snapshot_id != 0, "zero snapshot id")
        self.need(ends_at >= x.proposed_at + LIMITS["VOTE_FLOOR"], "vote ends too early")
        self.need(ends_at <= self.now + LIMITS["VOTE_CEILING"], "vote ends too late")

    def link(self, id: int, snapshot_id: int, ends_at: int, by_attesters: bool):
        x = self.proposals[id]
        x.vote, x.links = (snapshot_id, ends_at), x.links + 1
        self.log("VoteLinked", id, snapshot_id, ends_at, by_attesters)

    # ------------------------------------------------------------ anyone

    def propose(self, sender, kind: int, calls: tuple[Call, ...], uri: str) -> int:
        law = self.law
        holds = self.balances.get(sender, 0)
        self.need(holds >= law.proposal_threshold, "below proposal threshold")
        self.need(len(calls) > 0, "no actions")
        self.need(len(uri) > 0, "no forum post")
        delays = [Delay.ORDINARY]
        for call in calls:
            row = law.allowed.get((call.target, call.name))
            if call.name == "short":
                self.need(False, "no selector")
            elif row is None:
                self.need(False, "action not allowed")
            else:
                self.need(row[0] == kind, "action of another kind")
                delays.append(row[1])
        self.settle()
        id, delay = len(self.proposals) + 1, max(delays, key=SECONDS.get)
        self.proposals[id] = Proposal(sender, kind, delay, self.now, dict(law.criteria), calls)
        self.log("Proposed", id, sender, kind, delay, *self.describe(calls), uri)
        return id

    def relink_vote(self, sender, message: Link, signatures: Signatures):
        """The nonce of the message is not given, but known."""
        id, snapshot_id, ends_at, _ = message
        x = self.known(id)
        self.check_signatures(signatures, message._replace(nonce=x.links))
        self.check_link(x, snapshot_id, ends_at)
        other = self.proposal_of(snapshot_id)
        if other not in (0, id):
            self.need(not self.proposals[other].outcome, "snapshot id in use")
        self.settle()
        if other not in (0, id):
            robbed = self.proposals[other]
            robbed.vote, robbed.links = None, robbed.links + 1
            self.log("VoteUnlinked", other, snapshot_id)
        self.link(id, snapshot_id, ends_at, True)

    def attest(self, sender, id: int, tally: Tally, signatures: Signatures):
        x = self.known(id)
        self.require(self.state(x) == ProposalStage.ENDED, "not to be attested")
        self.need(tally.proposal_id == id, "tally of another proposal")
        self.need(tally.actions_hash == self.describe(x.calls)[0], "tally of other actions")
        self.need((tally.snapshot_id, tally.ends_at) == x.vote, "tally of another vote")
        votes = (tally.for_votes, tally.against_votes, tally.abstain_votes)
        self.need(max(votes) <= MOST_VOTES, "votes too large")
        self.settle()
        self.check_signatures(signatures, tally)
        x.outcome = self.outcome(tally, x.criteria)
        self.log("Attested", id, x.outcome, *votes, tally.voters, tally.votes_root)
        if x.outcome == VoteOutcome.PASSED:
            x.ready_at = self.now + SECONDS[x.delay]
            self.log("Queued", id, x.ready_at, x.ready_at + LIMITS["EXECUTION_PERIOD"])

    def execute(self, sender, id: int):
        x = self.known(id)
        self.require(self.state(x) == ProposalStage.READY, "not ready")
        self.log("Executed", id)
        before, self.law = self.law, deepcopy(self.law)
        try:
            for call in x.calls:
                getattr(self, f"_{call.name}", self._note)(*call.args)
                self.settle()
        except Rejected:
            self.law = before
            raise
        x.end = ProposalStage.EXECUTED

    # ------------------------------------------------------------ proposer and Working Group

    def link_vote(self, sender, id: int, snapshot_id: int, ends_at: int):
        x = self.known(id)
        self.need(sender == x.proposer, "not proposer")
        self.need(x.vote is None, "vote is linked")
        self.check_link(x, snapshot_id, ends_at)
        self.need(ends_at > self.now, "vote ends too early")
        self.need(self.proposal_of(snapshot_id) == 0, "snapshot id in use")
        self.settle()
        self.link(id, snapshot_id, ends_at, False)

    def cancel(self, sender, id: int):
        x = self.known(id)
        self.need(sender == x.proposer, "not proposer")
        self.need(self.state(x) == ProposalStage.PROPOSED, "too late to cancel")
        self.settle()
        x.end = ProposalStage.CANCELLED
        self.log("Cancelled", id)

    def veto(self, sender, id: int, reason: str):
        self.require(sender == self.law.guardian, "guardian: not guardian")
        x = self.known(id)
        self.need(x.kind == ProposalKind.INFRASTRUCTURE, "no veto of this kind")
        is_open = self.state(x) in OPEN_STAGES
        self.need(is_open, "too late to veto")
        self.need(len(reason) > 0, "no reason")
        self.settle()
        x.end = ProposalStage.VETOED
        self.log("Vetoed", id, reason)

    def set_directly(self, sender):
        """Any setter, or any call of the Timelock, by anybody."""
        raise Rejected(
            *("roles: not governance", "access_control: account is missing role"),
            "timelock_controller: caller must be timelock",
        )

    # ------------------------------------------------------------ what the Timelock calls

    def _note(self, number: int):
        self.require(not self.is_broken, "Desk: broken")
        self.law.notes.append(number)

    def _set(self, name: str, value: int):
        floor, ceiling = BOUNDS[name]
        self.require(floor <= value <= ceiling, f"bad {name}")

    def _set_criterion(self, name: str, value: int):
        self._set(name, value)
        old = self.law.criteria[name]
        self.law.criteria[name] = value
        if old != value:
            self.log("ParameterSet", name, old, value)

    def _set_quorum(self, value: int):
        self._set_criterion("quorum", value)

    def _set_wallets(self, value: int):
        self._set_criterion("wallets", value)

    def _set_approval(self, value: int):
        self._set_criterion("approval", value)

    def _set_proposal_threshold(self, value: int):
        self._set("proposal_threshold", value)
        self.log("ParameterSet", "proposal_threshold", self.law.proposal_threshold, value)
        self.law.proposal_threshold = value

    def _set_guardian(self, guardian: int):
        self.require(guardian != 0, "guardian: zero guardian")
        self.log("GuardianSet", self.law.guardian, guardian)
        self.law.guardian = guardian

    def _set_attesters(self, members: tuple[int, ...], threshold: int):
        self.need(len(members) >= 3, "attesters: too few")
        enough = 2 * threshold > len(members) >= threshold
        self.need(enough, "attesters: bad threshold")
        self.need(0 not in members, "attesters: zero address")
        self.need(len(set(members)) == len(members), "attesters: named twice")
        self.settle()
        self.law.attesters, self.law.threshold = list(members), threshold
        self.log("AttestersSet", members, threshold)

    def _set_permission(self, target: int, name: str, kind: int, delay: int):
        is_off = kind == 0
        self.need(target in (self.governor, self.desk), "target is no contract")
        self.need(kind in (0, ProposalKind.INFRASTRUCTURE, ProposalKind.GOVERNANCE), "bad kind")
        self.need(delay in ((0,) if is_off else SECONDS), "bad delay")
        if target == self.governor:
            if is_off:
                fine = name != "set_permission"
            else:
                delays = (
                    (Delay.CUSTODY,) if name in WHO_DECIDES else (Delay.CUSTODY, Delay.PARAMETERS)
                )
                fine = kind == ProposalKind.GOVERNANCE and delay in delays
            self.need(fine, "governance of itself")
        self.settle()
        self.law.allowed.pop((target, name), None)
        if not is_off:
            self.law.allowed[target, name] = kind, delay
        self.log("PermissionSet", target, name, kind, delay)
