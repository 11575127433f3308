"""Batches of rewards as files: what is signed, and the entries that it has the hash of.

docs/rewards.md describes the fields. Votes on a batch, and their certificate, are files of
seqpool/documents/votes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seqpool import strict_json
from seqpool.documents.votes import Kinds, message_data, read_message
from seqpool.errors import UserError, shown
from seqpool.protocol.messages import RewardBatch
from seqpool.protocol.reward_entries import entries, entries_hash

VERSION = 1
BATCH_TYPES: Kinds = {RewardBatch.__name__: RewardBatch}


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
    def _read(cls, data: dict, path: Path) -> "Batch":
        strict_json.check_keys(data, ("version", "kind", "domain", "message", "entries"))
        if data["version"] != VERSION:
            raise UserError(f"{shown(path)}: version {data['version']}, this reads {VERSION}")
        blocks = {}
        for row in data["entries"]:
            strict_json.check_keys(row, ("id", "blocks"))
            id = strict_json.number(row["id"], 32)
            if (blocks and id <= max(blocks)) or not row["blocks"]:
                raise ValueError
            blocks[id] = strict_json.number(row["blocks"], 64)
        batch = cls(read_message(data, BATCH_TYPES), blocks)
        if entries_hash(batch.entries) != batch.message.entriesHash:
            raise UserError(f"{shown(path)}: the entries are not those that its message has")
        if sum(blocks.values()) != batch.count:
            raise UserError(
                f"{shown(path)}: the entries have {sum(blocks.values())} blocks, its message"
                f" {batch.count}"
            )
        return batch
