"""The result of a Snapshot vote: the criteria, the votes that count, and the outcome."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from seqpool.errors import UserError
from seqpool.governance.snapshot import votes_root
from seqpool.governance.snapshot.envelopes import SnapshotEnvelope, VoteFault
from seqpool.governance.snapshot.messages import actions_hash_of
from seqpool.protocol.messages import Tally, governor_domain
from seqpool.units import format_metis, format_time

BPS = 10_000
FOR, AGAINST, ABSTAIN = range(1, 4)


class VoteOutcome(IntEnum):
    """ISequencerGovernor.Outcome."""

    PASSED = 1
    NO_QUORUM = 2
    TOO_FEW_WALLETS = 4
    NOT_APPROVED = 8


@dataclass(frozen=True)
class Criteria:
    """What a vote has to reach. Source: docs/design.md section 1.1, G4."""

    quorum: int  # wei of METIS that vote in any way
    wallets: int  # distinct voters who have METIS
    approval_bps: int  # share of "for" in what is for or against

    def judge(self, for_votes: int, against: int, abstain: int, voters: int) -> VoteOutcome:
        """The outcome, or the first thing that is missing; rounded against passing."""
        if for_votes + against + abstain < self.quorum:
            return VoteOutcome.NO_QUORUM
        if voters < self.wallets:
            return VoteOutcome.TOO_FEW_WALLETS
        if not for_votes or for_votes * BPS < self.approval_bps * (for_votes + against):
            return VoteOutcome.NOT_APPROVED
        return VoteOutcome.PASSED


@dataclass(frozen=True)
class Link:
    """The Snapshot vote that decides a proposal, as the Governor has it."""

    proposal_id: int
    snapshot_id: bytes
    ends_at: int


@dataclass(frozen=True)
class Expected:
    """What a vote has to be, said by the caller and the chain, not by the export."""

    chain_id: int  # of the token, and of the snapshot's block
    token: str
    space: str
    snapshot_id: bytes
    ends_at: int
    block: int | None = None  # the snapshot; None leaves it to the Snapshot proposal


class Rejected(NamedTuple):
    """A vote that does not count."""

    place: int  # in the export, from 0
    voter: str | None  # who says to have signed it, if that can be read
    fault: VoteFault
    why: str


class CountedVote(NamedTuple):
    """A vote that counts."""

    voter: str
    choice: int  # from 1
    power: int  # wei of METIS


@dataclass(frozen=True)
class Result:
    """What a vote amounts to."""

    expected: Expected
    criteria: Criteria
    proposal: SnapshotEnvelope
    votes: tuple[CountedVote, ...]  # in ascending order of voters
    rejected: tuple[Rejected, ...]  # in the order of the export

    def _sum(self, choice: int) -> int:
        return sum(vote.power for vote in self.votes if vote.choice == choice)

    @cached_property
    def for_votes(self) -> int:
        return self._sum(FOR)

    @cached_property
    def against_votes(self) -> int:
        return self._sum(AGAINST)

    @cached_property
    def abstain_votes(self) -> int:
        return self._sum(ABSTAIN)

    @property
    def voters(self) -> int:
        return len(self.votes)

    @property
    def outcome(self) -> VoteOutcome:
        return self.criteria.judge(
            self.for_votes, self.against_votes, self.abstain_votes, self.voters
        )

    @cached_property
    def _leaves(self) -> list[bytes]:
        return [votes_root.leaf(*vote) for vote in self.votes]

    @cached_property
    def votes_root(self) -> bytes:
        """Of the tree of (voter, choice, power), by which everybody can check their own vote."""
        return votes_root.root(self._leaves)

    def proof(self, voter: str) -> tuple[CountedVote, list[bytes]]:
        """A voter's vote, and the hashes from its leaf to the root, or UserError."""
        for place, vote in enumerate(self.votes):
            if vote.voter == voter:
                return vote, votes_root.proof(self._leaves, place)
        why = [x.why for x in self.rejected if x.voter == voter]
        raise UserError(f"no vote of {voter} counts: {why[-1] if why else 'there is none'}")

    def message(
        self, chain_id: int, governor: str, link: Link, actions_hash: bytes, now: int
    ) -> Tally:
        """What an attester signs; UserError if people vote still, or voted on other actions."""
        expected = self.expected
        if now <= link.ends_at:
            raise UserError(f"the vote goes on until {format_time(link.ends_at)} UTC")
        if (link.snapshot_id, link.ends_at) != (expected.snapshot_id, expected.ends_at):
            raise UserError(
                f"proposal {link.proposal_id} is decided by the Snapshot vote"
                f" 0x{link.snapshot_id.hex()}, not by the one that was counted"
            )
        voted = actions_hash_of(self.proposal.message["body"])
        if voted != actions_hash:
            raise UserError(
                f"the Snapshot text is about the actions 0x{voted.hex()}, proposal"
                f" {link.proposal_id} has 0x{actions_hash.hex()}"
            )
        return Tally(
            eip712_domain=governor_domain(chain_id, governor),
            proposalId=link.proposal_id,
            actionsHash=actions_hash,
            snapshotId=link.snapshot_id,
            endsAt=link.ends_at,
            forVotes=self.for_votes,
            againstVotes=self.against_votes,
            abstainVotes=self.abstain_votes,
            voters=self.voters,
            votesRoot=self.votes_root,
        )


def summary(result: Result) -> str:
    """The outcome in one line."""
    criteria = result.criteria
    cast = result.for_votes + result.against_votes + result.abstain_votes
    sided = result.for_votes + result.against_votes
    return {
        VoteOutcome.PASSED: "passed",
        VoteOutcome.NO_QUORUM: f"no quorum: {format_metis(cast)} of {format_metis(criteria.quorum)}"
        " METIS voted",
        VoteOutcome.TOO_FEW_WALLETS: f"too few wallets: {result.voters} of {criteria.wallets}",
        VoteOutcome.NOT_APPROVED: f"not approved: {format_metis(result.for_votes)} of"
        f" {format_metis(sided)} METIS are for it",
    }[result.outcome]
