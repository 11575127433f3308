"""Batches of rewards as files: what is signed, and the entries that it has the hash of.

docs/rewards.md describes the fields. Votes on a batch, and their certificate, are files of
seqpool/documents/votes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import StrictInt

from seqpool.documents.votes import Kinds, MessageData, message_data, message_of
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.files.strict_json import U32, U64
from seqpool.files.strict_model import BadValue, read_as, strict
from seqpool.protocol.messages import RewardBatch
from seqpool.protocol.reward_entries import entries, entries_hash

VERSION = 2
BATCH_TYPES: Kinds = {RewardBatch.__name__: RewardBatch}


@strict
class EntryData:
    """A sequencer's blocks, as a file has them."""

    id: U32
    blocks: U64


@strict
class BatchData(MessageData):
    """The file."""

    version: StrictInt
    entries: list[EntryData]


@dataclass(frozen=True)
class Batch:
    """Who has produced how many of a range of blocks."""

    message: RewardBatch
    blocks: Mapping[int, int]  # by sequencer id, in rising order; NOBODY stands for the fallback

    @property
    def entries(self) -> list[int]:
        """The words that the contract takes."""
        return entries(self.blocks)

    @property
    def count(self) -> int:
        """Of blocks."""
        return self.message.endBlock + 1 - self.message.startBlock

    def save(self, path: Path) -> None:
        rows = [{"id": id, "blocks": blocks} for id, blocks in self.blocks.items()]
        data = {"version": VERSION} | message_data(self.message) | {"entries": rows}
        strict_json.write_file(path, data)

    @classmethod
    def read(cls, path: Path) -> "Batch":
        """The batch in a file, or UserError."""
        return strict_json.read_file(
            path, lambda data: cls._read(data, path), "batch", "ape run rewards build"
        )

    @classmethod
    def _read(cls, data: object, path: Path) -> "Batch":
        # first, for those of version 1 have no coveredTime
        version = data.get("version") if isinstance(data, dict) else None
        if type(version) is int and version != VERSION:
            raise UserError(
                f"{shown(path)}: version {version}, this reads {VERSION}; make it anew with"
                " `ape run rewards build`"
            )
        found = read_as(BatchData, data)
        ids = [entry.id for entry in found.entries]
        if ids != sorted(set(ids)):
            raise BadValue("entries: wanted ids in rising order")
        if not all(entry.blocks for entry in found.entries):
            raise BadValue("entries: wanted at least one block of each")
        blocks = {entry.id: entry.blocks for entry in found.entries}
        batch = cls(message_of(found, BATCH_TYPES), blocks)
        if entries_hash(batch.entries) != batch.message.entriesHash:
            raise UserError(f"{shown(path)}: the entries are not those that its message has")
        if sum(blocks.values()) != batch.count:
            raise UserError(
                f"{shown(path)}: the entries have {sum(blocks.values())} blocks, its message"
                f" {batch.count}"
            )
        return batch
