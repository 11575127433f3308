"""A committee's list as a file."""

from dataclasses import dataclass
from pathlib import Path

from seqpool.files import strict_json
from seqpool.files.strict_json import U64, Word
from seqpool.files.strict_model import read_as, strict


@strict
class MembersData:
    """The file."""

    nonce: U64
    members: list[Word]


@dataclass(frozen=True)
class Members:
    """The words of a committee, and its nonce."""

    nonce: int
    words: list[int]

    def save(self, path: Path) -> None:
        words = [f"{word:#066x}" for word in self.words]
        strict_json.write_file(path, {"nonce": self.nonce, "members": words})

    @classmethod
    def read(cls, path: Path) -> "Members":
        return strict_json.read_file(path, cls._read, "members", "ape run epochs members --out")

    @classmethod
    def _read(cls, data: object) -> "Members":
        found = read_as(MembersData, data)
        return cls(found.nonce, found.members)
