"""Evidence of an offence as a file: what was observed, by whom, in which blocks.

The file's bytes are what counts: their keccak256 is what the committee signs, and what the case on
chain has. docs/evidence.md describes the fields.
"""

from dataclasses import dataclass
from pathlib import Path

from eth_utils import keccak

from seqpool import strict_json
from seqpool.errors import UserError, shown
from seqpool.protocol.messages import Kind

VERSION = 1
EVIDENCE_KINDS = {Kind.SLOW_PRODUCTION.name: Kind.SLOW_PRODUCTION, Kind.BACKLOG.name: Kind.BACKLOG}
HOW = "a text editor, as docs/evidence.md says"


@dataclass(frozen=True)
class Block:
    """A block of L2 that shows the offence."""

    number: int
    hash: bytes
    timestamp: int
    transactions: int


@dataclass(frozen=True)
class Evidence:
    """What a file says, and the hash of its bytes."""

    kind: Kind
    sequencer_id: int
    signer: str
    chain_id: int
    epoch: int
    blocks: tuple[Block, ...]  # in rising order
    observer: str
    text: str
    hash: bytes

    @property
    def observed_at(self) -> int:
        """What all honest watchers sign: the time of the last block that is named."""
        return self.blocks[-1].timestamp

    @classmethod
    def read(cls, path: Path) -> "Evidence":
        """The evidence in a file, or UserError."""
        return strict_json.read_file(path, lambda data: cls._read(data, path), "evidence", HOW)

    @classmethod
    def _read(cls, data: dict, path: Path) -> "Evidence":
        strict_json.check_keys(
            data,
            (
                *("version", "kind", "sequencer_id", "signer", "chain_id", "epoch"),
                *("blocks", "observer", "text"),
            ),
        )
        if data["version"] != VERSION:
            raise UserError(f"{shown(path)}: version {data['version']}, this reads {VERSION}")
        blocks = tuple(map(_block, data["blocks"]))
        numbers = [block.number for block in blocks]
        if not blocks or numbers != sorted(set(numbers)):
            raise ValueError
        return cls(
            kind=EVIDENCE_KINDS[data["kind"]],
            sequencer_id=strict_json.number(data["sequencer_id"], 256),
            signer=strict_json.address(data["signer"]),
            chain_id=strict_json.number(data["chain_id"], 64),
            epoch=strict_json.number(data["epoch"], 64),
            blocks=blocks,
            observer=_text(data["observer"]),
            text=_text(data["text"]),
            hash=file_hash(path),
        )


def _block(data: dict) -> Block:
    strict_json.check_keys(data, ("number", "hash", "timestamp", "transactions"))
    return Block(
        strict_json.number(data["number"], 64),
        strict_json.word(data["hash"]).to_bytes(32, "big"),
        strict_json.number(data["timestamp"], 64),
        strict_json.number(data["transactions"], 64),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def file_hash(path: Path) -> bytes:
    """keccak256 of a file's bytes, or UserError."""
    try:
        return keccak(path.read_bytes())
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror})") from None
