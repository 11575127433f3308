"""Counts a Snapshot vote anew: from the signed envelopes of an export, and METIS at its block.

Nothing that Snapshot says is believed but what people have signed. docs/snapshot.md describes the
export, and the reasons for which a vote does not count.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from eth_abi import encode
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import function_signature_to_4byte_selector, is_hex_address, to_checksum_address

from seqpool.chain.archive import ArchiveCall, ArchiveNode, batched
from seqpool.errors import UserError
from seqpool.governance.snapshot.envelopes import BadSnapshotEnvelope, SnapshotEnvelope, VoteFault
from seqpool.governance.snapshot.export import Export
from seqpool.governance.snapshot.messages import BASIC, CHOICES, choice_of
from seqpool.governance.snapshot.past_balances import (
    Cache,
    TokenSnapshot,
    find_block,
    read_balances,
)
from seqpool.governance.snapshot.result import CountedVote, Criteria, Expected, Rejected, Result
from seqpool.governance.snapshot.types import PROPOSAL_TYPES, SNAPSHOT_VOTE_TYPES
from seqpool.units import format_time

_IS_VALID = function_signature_to_4byte_selector("isValidSignature(bytes32,bytes)")


class _Ballot(NamedTuple):
    """A vote that counts if nothing is found against it."""

    place: int
    envelope: SnapshotEnvelope

    @property
    def voter(self) -> str:
        return self.envelope.address

    @property
    def time(self) -> int:
        return self.envelope.message["timestamp"]

    @property
    def choice(self) -> int | None:
        return choice_of(self.envelope.message)

    def rejected(self, fault: VoteFault, why: str) -> Rejected:
        return Rejected(self.place, self.voter, fault, why)


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
    moment = TokenSnapshot(expected.chain_id, expected.token, proposal.message["snapshot"])
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
            votes.append(CountedVote(ballot.voter, ballot.choice, power))
        else:
            rejected.append(
                ballot.rejected(VoteFault.NO_POWER, f"no METIS at block {block.number}")
            )
    votes.sort(key=lambda vote: int(vote.voter, 16))
    return Result(expected, criteria, proposal, tuple(votes), tuple(sorted(rejected)))


def read_proposal(export: Export, expected: Expected) -> SnapshotEnvelope:
    """The proposal of an export, or UserError if it is not the expected one.

    Its signature is not checked.
    """
    try:
        proposal = SnapshotEnvelope.read(export.proposal, PROPOSAL_TYPES, expected.chain_id)
    except BadSnapshotEnvelope as error:
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
    export: Export, proposal: SnapshotEnvelope, expected: Expected
) -> tuple[list[_Ballot], list[Rejected]]:
    ballots, rejected = [], []
    for place, data in enumerate(export.votes):
        try:
            ballot = _Ballot(
                place, SnapshotEnvelope.read(data, SNAPSHOT_VOTE_TYPES, expected.chain_id)
            )
            _check_vote(ballot, proposal)
            ballots.append(ballot)
        except BadSnapshotEnvelope as error:
            address = data.get("address") if isinstance(data, dict) else None
            voter = to_checksum_address(address) if is_hex_address(address) else None
            rejected.append(Rejected(place, voter, error.fault, error.why))
    return ballots, rejected


def _check_vote(ballot: _Ballot, proposal: SnapshotEnvelope) -> None:
    """BadSnapshotEnvelope if a vote is for something else, or late, or early; both ends count."""
    message, wanted = ballot.envelope.message, proposal.message
    if message["space"] != wanted["space"]:
        raise BadSnapshotEnvelope(
            VoteFault.WRONG_SPACE, f"for the space {ascii(message['space'])[:80]}"
        )
    if message["proposal"].lower() != proposal.id:
        raise BadSnapshotEnvelope(
            VoteFault.WRONG_PROPOSAL, f"for {ascii(message['proposal'])[:80]}"
        )
    if ballot.time < wanted["start"]:
        raise BadSnapshotEnvelope(
            VoteFault.TOO_EARLY,
            f"of {format_time(ballot.time)}, the vote starts {format_time(wanted['start'])}",
        )
    if ballot.time > wanted["end"]:
        raise BadSnapshotEnvelope(
            VoteFault.TOO_LATE,
            f"of {format_time(ballot.time)}, the vote ends {format_time(wanted['end'])}",
        )
    if ballot.choice not in range(1, len(CHOICES) + 1):
        raise BadSnapshotEnvelope(VoteFault.BAD_CHOICE, f"choice {ascii(message['choice'])[:80]}")


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
            rejected.append(ballot.rejected(VoteFault.WRONG_SIGNER, why))
    return found


def _not_signed(
    envelopes: Sequence[SnapshotEnvelope], node: ArchiveNode, block: int
) -> list[str | None]:
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
            rejected.append(ballot.rejected(VoteFault.REPEATED, f"the same as vote {other.place}"))
            continue
        old, new = sorted((other, ballot), key=lambda x: (x.time, x.envelope.digest))
        last[ballot.voter] = new
        rejected.append(old.rejected(VoteFault.REPLACED, f"by vote {new.place}"))
    return list(last.values())
