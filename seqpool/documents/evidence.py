"""Evidence of an offence as a file: what was observed, by whom, in which blocks.

The file's bytes are what counts: their keccak256 is what the committee signs, and what the case on
chain has. docs/evidence.md describes the fields.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from eth_utils import keccak
from pydantic import AfterValidator, StrictInt

from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.files.strict_json import U64, U256, Address, Bytes32, Line
from seqpool.files.strict_model import BadValue, read_as, reader, strict, wanted
from seqpool.protocol.messages import Kind

VERSION = 1
EVIDENCE_KINDS = {Kind.SLOW_PRODUCTION.name: Kind.SLOW_PRODUCTION, Kind.BACKLOG.name: Kind.BACKLOG}
HOW = "a text editor, as docs/evidence.md says"


def _kind(value: object) -> Kind:
    if not isinstance(value, str) or value not in EVIDENCE_KINDS:
        raise wanted(f"one of {', '.join(EVIDENCE_KINDS)}", value)
    return EVIDENCE_KINDS[value]


def _in_order(blocks: tuple["EvidenceBlock", ...]) -> tuple["EvidenceBlock", ...]:
    numbers = [block.number for block in blocks]
    if not blocks or numbers != sorted(set(numbers)):
        raise BadValue("wanted blocks in rising order")
    return blocks


@strict
class EvidenceBlock:
    """A block of L2 that shows the offence."""

    number: U64
    hash: Bytes32
    timestamp: U64
    transactions: U64


@strict
class EvidenceData:
    """The file."""

    version: StrictInt
    kind: Annotated[Kind, reader(_kind)]
    sequencer_id: U256
    signer: Address
    chain_id: U64
    epoch: U64
    blocks: Annotated[tuple[EvidenceBlock, ...], AfterValidator(_in_order)]
    observer: Line
    text: Line


@dataclass(frozen=True)
class Evidence:
    """What a file says, and the hash of its bytes."""

    kind: Kind
    sequencer_id: int
    signer: str
    chain_id: int
    epoch: int
    blocks: tuple[EvidenceBlock, ...]  # in rising order
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
    def _read(cls, data: object, path: Path) -> "Evidence":
        found = read_as(EvidenceData, data)
        if found.version != VERSION:
            raise UserError(f"{shown(path)}: version {found.version}, this reads {VERSION}")
        return cls(
            kind=found.kind,
            sequencer_id=found.sequencer_id,
            signer=found.signer,
            chain_id=found.chain_id,
            epoch=found.epoch,
            blocks=found.blocks,
            observer=found.observer,
            text=found.text,
            hash=file_hash(path),
        )


def file_hash(path: Path) -> bytes:
    """keccak256 of a file's bytes, or UserError."""
    try:
        return keccak(path.read_bytes())
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror})") from None
