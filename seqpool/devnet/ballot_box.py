"""Votes of many local wallets, really signed, as an export of Snapshot's; for tests and demo."""

from collections.abc import Sequence

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from seqpool.governance.snapshot.envelopes import SnapshotEnvelope, sign_envelope
from seqpool.governance.snapshot.export import Export
from seqpool.governance.snapshot.messages import vote_message


def wallets(count: int, seed: str = "ballot box") -> list[LocalAccount]:
    """Wallets that are always the same, whose keys everybody can know."""
    return [Account.from_key(keccak(text=f"{seed} {n}")) for n in range(count)]


def cast(
    voter, proposal: SnapshotEnvelope, choice: int, timestamp: int | None = None
) -> SnapshotEnvelope:
    """A signed vote, by default in the vote's first second."""
    message = proposal.message
    types, vote = vote_message(
        voter.address,
        space=message["space"],
        proposal=proposal.id,
        choice=choice,
        timestamp=message["start"] if timestamp is None else timestamp,
    )
    return sign_envelope(voter, types, vote)


def export(proposal: SnapshotEnvelope, votes: Sequence[SnapshotEnvelope]) -> Export:
    """What Snapshot has of a vote."""
    return Export(proposal.pinned, [vote.pinned for vote in votes])
