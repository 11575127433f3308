"""Counts a Snapshot vote anew: from the signed envelopes of an export, and METIS at its block.

Nothing that Snapshot says is believed but what people have signed. docs/snapshot.md describes the
export, and the reasons for which a vote does not count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from eth_abi import encode
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import function_signature_to_4byte_selector, is_hex_address, to_checksum_address

from seqpool import strict_json
from seqpool.chain.archive import ArchiveCall, ArchiveNode, batched
from seqpool.errors import UserError, shown
from seqpool.governance import votes_root
from seqpool.governance.past_balances import Cache, Moment, find_block, read_balances
from seqpool.governance.snapshot_messages import (
    BASIC,
    CHOICES,
    PROPOSAL_TYPES,
    VOTE_TYPES,
    BadEnvelope,
    Envelope,
    Fault,
    actions_hash_of,
    choice_of,
)
from seqpool.protocol.messages import Tally, governor_domain
from seqpool.units import format_metis, format_time

VERSION = 1
BPS = 10_000
FOR, AGAINST, ABSTAIN = range(1, 4)

_IS_VALID = function_signature_to_4byte_selector("isValidSignature(bytes32,bytes)")


class Outcome(IntEnum):
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

    def judge(self, for_votes: int, against: int, abstain: int, voters: int) -> Outcome:
        """The outcome, or the first thing that is missing; rounded against passing."""
        if for_votes + against + abstain < self.quorum:
            return Outcome.NO_QUORUM
        if voters < self.wallets:
            return Outcome.TOO_FEW_WALLETS
        if not for_votes or for_votes * BPS < self.approval_bps * (for_votes + against):
            return Outcome.NOT_APPROVED
        return Outcome.PASSED


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


# ---------------------------------------------------------------- the export


@dataclass(frozen=True)
class Export:
    """A proposal and its votes as they are on IPFS, nothing checked but that there are such."""

    proposal: object
    votes: list[object]

    def save(self, path: Path) -> None:
        strict_json.write_file(
            path, {"version": VERSION, "proposal": self.proposal, "votes": self.votes}
        )

    @classmethod
    def read(cls, path: Path) -> "Export":
        """The export in a file, or UserError."""
        return strict_json.read_file(
            path, lambda data: cls._read(data, path), "Snapshot export", "docs/snapshot.md"
        )

    @classmethod
    def _read(cls, data: dict, path: Path) -> "Export":
        strict_json.check_keys(data, ("version", "proposal", "votes"))
        if data["version"] != VERSION:
            raise UserError(f"{shown(path)}: version {data['version']}, this reads {VERSION}")
        if not isinstance(data["votes"], list):
            raise ValueError
        return cls(data["proposal"], data["votes"])


class Rejected(NamedTuple):
    """A vote that does not count."""

    place: int  # in the export, from 0
    voter: str | None  # who says to have signed it, if that can be read
    fault: Fault
    why: str


class Vote(NamedTuple):
    """A vote that counts."""

    voter: str
    choice: int  # from 1
    power: int  # wei of METIS


class _Ballot(NamedTuple):
    """A vote that counts if nothing is found against it."""

    place: int
    envelope: Envelope

    @property
    def voter(self) -> str:
        return self.envelope.address

    @property
    def time(self) -> int:
        return self.envelope.message["timestamp"]

    @property
    def choice(self) -> int | None:
        return choice_of(self.envelope.message)

    def rejected(self, fault: Fault, why: str) -> Rejected:
        return Rejected(self.place, self.voter, fault, why)


# ---------------------------------------------------------------- the result


@dataclass(frozen=True)
class Result:
    """What a vote amounts to."""

    expected: Expected
    criteria: Criteria
    proposal: Envelope
    votes: tuple[Vote, ...]  # in ascending order of voters
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
    def outcome(self) -> Outcome:
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

    def proof(self, voter: str) -> tuple[Vote, list[bytes]]:
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


# ---------------------------------------------------------------- the count


def count(
    export: Export,
    expected: Expected,
    criteria: Criteria,
    node: ArchiveNode,
    cache: Path | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Result:
    """Counts an export; UserError if its proposal is not the expected one, or the node fails.

    `cache` is the folder where balances are kept, for a broken run to go on; `advance` is told how
    many more balances are there, of how many.
    """
    proposal = read_proposal(export, expected)
    moment = Moment(expected.chain_id, expected.token, proposal.message["snapshot"])
    block = find_block(node, moment)
    if block.timestamp > proposal.message["start"]:
        raise UserError(f"the snapshot, block {block.number}, is later than the vote's start")
    (why,) = _not_signed([proposal], node, block.number)
    if why is not None:
        raise UserError(f"the Snapshot proposal is not signed by its author: {why}")

    ballots, rejected = _read_votes(export, proposal, expected)
    ballots = _signed(ballots, node, block.number, rejected)
    ballots = _last_of_each(ballots, rejected)
    path = None if cache is None else Cache.path_in(cache, moment)
    powers = read_balances(
        node,
        moment,
        [ballot.voter for ballot in ballots],
        Cache(moment, block.hash, path),
        lambda done: advance(done, len(ballots)),
    )
    votes = []
    for ballot in ballots:
        if power := powers[ballot.voter]:
            votes.append(Vote(ballot.voter, ballot.choice, power))
        else:
            rejected.append(ballot.rejected(Fault.NO_POWER, f"no METIS at block {block.number}"))
    votes.sort(key=lambda vote: int(vote.voter, 16))
    return Result(expected, criteria, proposal, tuple(votes), tuple(sorted(rejected)))


def read_proposal(export: Export, expected: Expected) -> Envelope:
    """The proposal of an export, or UserError if it is not the expected one.

    Its signature is not checked.
    """
    try:
        proposal = Envelope.read(export.proposal, PROPOSAL_TYPES, expected.chain_id)
    except BadEnvelope as error:
        raise UserError(f"the Snapshot proposal is {error.fault}: {error.why}") from None
    message = proposal.message
    for what, found, wanted in (
        ("id", proposal.id, "0x" + expected.snapshot_id.hex()),
        ("space", message["space"], expected.space),
        ("end", message["end"], expected.ends_at),
        ("snapshot", message["snapshot"], expected.block),
        ("kind of vote", message["type"], BASIC),
        ("choices", ", ".join(message["choices"]), ", ".join(CHOICES)),
        ("privacy", message["privacy"], ""),
    ):
        if wanted is not None and found != wanted:
            raise UserError(f"the Snapshot proposal's {what} is {found!r}, not {wanted!r}")
    return proposal


def _read_votes(
    export: Export, proposal: Envelope, expected: Expected
) -> tuple[list[_Ballot], list[Rejected]]:
    ballots, rejected = [], []
    for place, data in enumerate(export.votes):
        try:
            ballot = _Ballot(place, Envelope.read(data, VOTE_TYPES, expected.chain_id))
            _check_vote(ballot, proposal)
            ballots.append(ballot)
        except BadEnvelope as error:
            address = data.get("address") if isinstance(data, dict) else None
            voter = to_checksum_address(address) if is_hex_address(address) else None
            rejected.append(Rejected(place, voter, error.fault, error.why))
    return ballots, rejected


def _check_vote(ballot: _Ballot, proposal: Envelope) -> None:
    """BadEnvelope if a vote is for something else, or out of time; both ends are in time."""
    message, wanted = ballot.envelope.message, proposal.message
    if message["space"] != wanted["space"]:
        raise BadEnvelope(Fault.WRONG_SPACE, f"for the space {ascii(message['space'])[:80]}")
    if message["proposal"].lower() != proposal.id:
        raise BadEnvelope(Fault.WRONG_PROPOSAL, f"for {ascii(message['proposal'])[:80]}")
    if ballot.time < wanted["start"]:
        raise BadEnvelope(
            Fault.TOO_EARLY,
            f"of {format_time(ballot.time)}, the vote starts {format_time(wanted['start'])}",
        )
    if ballot.time > wanted["end"]:
        raise BadEnvelope(
            Fault.TOO_LATE,
            f"of {format_time(ballot.time)}, the vote ends {format_time(wanted['end'])}",
        )
    if ballot.choice not in range(1, len(CHOICES) + 1):
        raise BadEnvelope(Fault.BAD_CHOICE, f"choice {ascii(message['choice'])[:80]}")


def _signed(
    ballots: Sequence[_Ballot], node: ArchiveNode, block: int, rejected: list[Rejected]
) -> list[_Ballot]:
    """Those that are signed by their voters."""
    faults = _not_signed([ballot.envelope for ballot in ballots], node, block)
    found = []
    for ballot, why in zip(ballots, faults, strict=True):
        if why is None:
            found.append(ballot)
        else:
            rejected.append(ballot.rejected(Fault.WRONG_SIGNER, why))
    return found


def _not_signed(envelopes: Sequence[Envelope], node: ArchiveNode, block: int) -> list[str | None]:
    """Why each is not signed by its address, None if it is; contract wallets are asked."""
    signers = [_recover(envelope.digest, envelope.sig) for envelope in envelopes]
    found: list[str | None] = [None] * len(envelopes)
    others = [place for place, x in enumerate(envelopes) if x.address != signers[place]]
    for part in batched(others, node.batch):
        calls = [
            ArchiveCall(x.address, _IS_VALID + encode(["bytes32", "bytes"], [x.digest, x.sig]))
            for x in (envelopes[place] for place in part)
        ]
        for place, answer in zip(part, node.read(calls, block), strict=True):
            found[place] = _refusal(answer, signers[place], block)
    return found


def _refusal(answer: bytes | None, signer: str | None, block: int) -> str | None:
    """What a contract wallet has against a signature; None if it says yes, by EIP-1271."""
    if answer == _IS_VALID.ljust(32, b"\0"):
        return None
    if answer == b"":
        # no contract
        return f"signed by {signer}" if signer else "the signature is none"
    return f"the wallet refuses the signature at block {block}"


def _recover(digest: bytes, sig: bytes) -> str | None:
    """Who has signed; None if it is not a plain signature."""
    if len(sig) != 65 or sig[64] not in (0, 1, 27, 28):
        return None
    r, s = (int.from_bytes(sig[place : place + 32], "big") for place in (0, 32))
    try:
        key = Signature(vrs=(sig[64] % 27, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        return None
    return key.to_checksum_address()


def _last_of_each(ballots: Sequence[_Ballot], rejected: list[Rejected]) -> list[_Ballot]:
    """Each voter's last; of one second, as in Snapshot, the one with the higher id."""
    last: dict[str, _Ballot] = {}
    for ballot in ballots:
        other = last.setdefault(ballot.voter, ballot)
        if other is ballot:
            continue
        if other.envelope.digest == ballot.envelope.digest:
            rejected.append(ballot.rejected(Fault.REPEATED, f"the same as vote {other.place}"))
            continue
        old, new = sorted((other, ballot), key=lambda x: (x.time, x.envelope.digest))
        last[ballot.voter] = new
        rejected.append(old.rejected(Fault.REPLACED, f"by vote {new.place}"))
    return list(last.values())


def summary(result: Result) -> str:
    """The outcome in one line."""
    criteria = result.criteria
    cast = result.for_votes + result.against_votes + result.abstain_votes
    sided = result.for_votes + result.against_votes
    return {
        Outcome.PASSED: "passed",
        Outcome.NO_QUORUM: f"no quorum: {format_metis(cast)} of {format_metis(criteria.quorum)}"
        " METIS voted",
        Outcome.TOO_FEW_WALLETS: f"too few wallets: {result.voters} of {criteria.wallets}",
        Outcome.NOT_APPROVED: f"not approved: {format_metis(result.for_votes)} of"
        f" {format_metis(sided)} METIS are for it",
    }[result.outcome]
