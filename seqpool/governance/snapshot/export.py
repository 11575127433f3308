"""The file with a Snapshot vote: a proposal and its votes, as they are on IPFS."""

from dataclasses import dataclass
from pathlib import Path

from seqpool.errors import UserError, shown
from seqpool.files import strict_json

VERSION = 1


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
