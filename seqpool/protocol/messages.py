"""EIP-712 messages of the suite, a class each. Source: docs/design.md section 2."""

from enum import IntEnum
from typing import Any

from eip712.messages import EIP712Domain, EIP712Message
from eth_pydantic_types import abi
from eth_utils import keccak


def pool_domain(chain_id: int, pool: str) -> EIP712Domain:
    """The signing domain of a SequencerPool."""
    return EIP712Domain(
        name="MetisSequencerPool", version="1", chainId=chain_id, verifyingContract=pool
    )


class SignerConsent(EIP712Message):
    """A signer's consent to work for an owner's sequencer; the pool counts nonces by owner."""

    owner: abi.address
    signer: abi.address
    nonce: abi.uint256


def signer_consent(chain_id: int, pool: str, owner: str, signer: str, nonce: int) -> SignerConsent:
    """The SignerConsent that `lock` and `rotate_signer` ask for."""
    return SignerConsent(
        eip712_domain=pool_domain(chain_id, pool), owner=owner, signer=signer, nonce=nonce
    )


# ---------------------------------------------------------------- of the SequencerSet


class Reason(IntEnum):
    """Why a signer is replaced: as in contracts/modules/signing/messages.vy."""

    TIMEOUT = 1
    INVALID_EXECUTION = 2


def set_domain(chain_id: int, sequencer_set: str) -> EIP712Domain:
    """The signing domain of a SequencerSet, used on both chains; `chain_id` is the L2's."""
    return EIP712Domain(
        name="MetisSequencerSet", version="1", chainId=chain_id, verifyingContract=sequencer_set
    )


class Reelection(EIP712Message):
    """A vote to replace a signer that has stalled, or whose block is wrong."""

    committeeNonce: abi.uint64
    epoch: abi.uint64
    round: abi.uint8
    failed: abi.address
    lastBlock: abi.uint64
    lastBlockTimestamp: abi.uint64
    reason: abi.uint8


class Correction(EIP712Message):
    """A vote that a barred signer has produced the right block."""

    committeeNonce: abi.uint64
    epoch: abi.uint64
    blockNumber: abi.uint64
    blockHash: abi.bytes32
    signer: abi.address


class Kind(IntEnum):
    """Kinds of offences, as in contracts/modules/slashing/offences.vy."""

    SLOW_PRODUCTION = 1
    BLOCK_TIMEOUT = 2
    BACKLOG = 3
    INVALID_EXECUTION = 4
    EQUIVOCATION = 5
    MANIPULATION = 6
    MASS_OUTAGE = 7


class Offence(EIP712Message):
    """A vote that a sequencer has misbehaved in a way that needs no re-election."""

    committeeNonce: abi.uint64
    sequencerId: abi.uint256
    kind: abi.uint8
    epoch: abi.uint64
    observedAt: abi.uint64
    evidence: abi.bytes32


class RewardBatch(EIP712Message):
    """A vote for a count of blocks: who has produced how many, up to when, covering what time."""

    committeeNonce: abi.uint64
    batch: abi.uint64
    startBlock: abi.uint64
    endBlock: abi.uint64
    endTimestamp: abi.uint64
    coveredTime: abi.uint64
    entriesHash: abi.bytes32


class BlockCommitment(EIP712Message):
    """A sequencer's word for a block that it has produced; nobody else signs it."""

    epoch: abi.uint64
    blockNumber: abi.uint64
    blockHash: abi.bytes32


# Messages that a committee certifies. A BlockCommitment has one signer, and no certificate.
CommitteeMessage = Reelection | Correction | Offence | RewardBatch
# All that is signed in the domain of a SequencerSet.
SetMessage = CommitteeMessage | BlockCommitment


# ---------------------------------------------------------------- of the SequencerGovernor


def governor_domain(chain_id: int, governor: str) -> EIP712Domain:
    """The signing domain of a SequencerGovernor."""
    return EIP712Domain(
        name="MetisSequencerGovernor", version="1", chainId=chain_id, verifyingContract=governor
    )


class VoteLink(EIP712Message):
    """An attester's word on which Snapshot vote decides a proposal."""

    proposalId: abi.uint256
    snapshotId: abi.bytes32
    endsAt: abi.uint64
    nonce: abi.uint256


class Tally(EIP712Message):
    """An attester's word on how a Snapshot vote ended; votes are wei of METIS."""

    proposalId: abi.uint256
    actionsHash: abi.bytes32
    snapshotId: abi.bytes32
    endsAt: abi.uint64
    forVotes: abi.uint256
    againstVotes: abi.uint256
    abstainVotes: abi.uint256
    voters: abi.uint256
    votesRoot: abi.bytes32


# ---------------------------------------------------------------- of any of them


def domain_separator(domain: EIP712Domain) -> bytes:
    """The hash by which a contract on another chain checks signatures of this domain."""
    message = BlockCommitment(eip712_domain=domain, epoch=0, blockNumber=0, blockHash=bytes(32))
    return bytes(message.signable_message.header)


def struct_hash(message: EIP712Message) -> bytes:
    """hashStruct of EIP-712: a message without its domain."""
    return bytes(message.signable_message.body)


def domain_of(message: EIP712Message) -> EIP712Domain:
    """The signing domain of a message: the package shows only that of its class."""
    return message._eip712_domain_


def digest(message: EIP712Message) -> bytes:
    """The 32 bytes that a signature of a message signs."""
    # A digest takes half a millisecond, and each vote of a committee needs it.
    key = (type(message), tuple(domain_of(message).model_dump().items()), as_struct(message))
    if key not in _digests:
        if len(_digests) >= 1_024:
            _digests.clear()
        signable = message.signable_message
        _digests[key] = keccak(b"\x19" + signable.version + signable.header + signable.body)
    return _digests[key]


_digests: dict[tuple[Any, ...], bytes] = {}


def as_struct(message: EIP712Message) -> tuple[Any, ...]:
    """A message as the argument of the contract's function, its fields in their order."""
    return tuple(
        getattr(message, name) for name in type(message).model_fields if name != "eip712_domain"
    )


# The kind under which a Slasher keeps a penalty.
PENALTY_KINDS = {
    "timeout_maximum": 0,
    "timeout": Kind.BLOCK_TIMEOUT,
    "backlog": Kind.BACKLOG,
    "invalid_execution": Kind.INVALID_EXECUTION,
    "equivocation": Kind.EQUIVOCATION,
    "mass_outage": Kind.MASS_OUTAGE,
}
