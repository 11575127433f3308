"""Evidence files of what was noticed, in the format of docs/evidence.md.

A file is made of facts of the chain alone: no clock, no watcher's name, no count of what waited at
one node. So all honest watchers write the same bytes and sign the same hash, without agreeing on
anything first; and a watcher that has not seen the offence itself signs nothing.
"""

import json

from seqpool.documents.evidence import VERSION
from seqpool.protocol.messages import Kind
from seqpool.watcher.chain.registry import BlockHeader
from seqpool.watcher.duties.detect import Backlog, Slow

OBSERVER = "those members of the committee whose signatures are in the certificate"


def evidence_file(finding: Backlog | Slow, sequencer_id: int, chain_id: int) -> bytes:
    """The bytes whose keccak256 is signed."""
    blocks = finding.blocks if isinstance(finding, Backlog) else (finding.first, finding.last)
    data = {
        "version": VERSION,
        "kind": kind_of(finding).name,
        "sequencer_id": sequencer_id,
        "signer": finding.signer,
        "chain_id": chain_id,
        "epoch": finding.epoch,
        "blocks": [_block(block) for block in blocks],
        "observer": OBSERVER,
        "text": _text(finding),
    }
    return (json.dumps(data, indent=2) + "\n").encode()


def kind_of(finding: Backlog | Slow) -> Kind:
    return Kind.BACKLOG if isinstance(finding, Backlog) else Kind.SLOW_PRODUCTION


def observed_at(finding: Backlog | Slow) -> int:
    """Timestamp of the last block that is named."""
    last = finding.blocks[-1] if isinstance(finding, Backlog) else finding.last
    return last.timestamp


def _block(block: BlockHeader) -> dict[str, int | str]:
    return {
        "number": block.number,
        "hash": "0x" + block.hash.hex(),
        "timestamp": block.timestamp,
        "transactions": block.transactions,
    }


def _text(finding: Backlog | Slow) -> str:
    if isinstance(finding, Backlog):
        first, last = finding.blocks[0].number, finding.blocks[-1].number
        return f"blocks {first} to {last} are empty, though transactions waited all the time"
    blocks = finding.last.number - finding.first.number
    seconds = finding.last.timestamp - finding.first.timestamp
    return (
        f"{blocks} blocks after the first took {seconds} s: slower than the median of the other"
        " sequencers' latest epochs"
    )
