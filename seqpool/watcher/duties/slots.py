"""The slot of each message: a key signs one content in a slot, and never another.

docs/client-rules.md and docs/evidence.md say what is signed, to the byte.
"""

from eip712.messages import EIP712Message

from seqpool.protocol.messages import BlockCommitment, Correction, Offence, Reelection, RewardBatch

# Messages that a committee certifies. A BlockCommitment has one signer, and no certificate.
CommitteeMessage = Reelection | Correction | Offence | RewardBatch


def slot_of(message: EIP712Message) -> str:
    """The slot of a message; ValueError for a message that a watcher does not sign."""
    match message:
        case Reelection():
            # rule 11
            return f"reelection:{message.lastBlock}:{message.round}"
        case Correction():
            return f"correction:{message.signer}:{message.epoch}:{message.blockNumber}"
        case Offence():
            what = f"{message.kind}:{message.sequencerId}:{message.epoch}"
            return f"offence:{what}:{message.observedAt}:{message.committeeNonce}"
        case RewardBatch():
            return f"batch:{message.batch}:{message.endBlock}:{message.committeeNonce}"
        case BlockCommitment():
            return f"commitment:{message.epoch}:{message.blockNumber}"
    raise ValueError(f"a {type(message).__name__} is not signed here")
