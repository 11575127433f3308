# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Messages
@custom:contract-name messages
@license AGPL-3.0-only
@notice What sequencers and attesters sign, as EIP-712 structs: the one place
        on chain that knows their types. Stateless.
@dev Only struct hashes are made here; the importer adds the domain. What
     sequencers sign has the domain of the SequencerSet, on both chains: a
     node signs once, and the same signatures re-elect on L2 and are evidence
     on L1. What the attesters of votes sign has that of the SequencerGovernor.
     seqpool/protocol/messages.py has the same types for those who sign.
     The consent of a new signer is no message: `signers` has its type.
@custom:source docs/design.md section 2
"""


# A sequencer has stalled, or produced a block that its peers refuse.
struct Reelection:
    committee_nonce: uint64  # of the committee that signs
    epoch: uint64  # which contains the block that did not come
    round: uint8  # from 1; a dead successor is passed over by the next round
    failed: address  # the signer who is replaced
    last_block: uint64  # the last block before the stall
    last_block_timestamp: uint64  # unix seconds
    reason: uint8  # TIMEOUT or INVALID_EXECUTION


# A sequencer has produced the right block in place of a wrong one.
struct Correction:
    committee_nonce: uint64  # of the committee that signs
    epoch: uint64  # of the wrong block
    block_number: uint64
    block_hash: bytes32  # of the right block
    signer: address  # whose bar is lifted


# A sequencer has misbehaved in a way that needs no re-election.
struct Offence:
    committee_nonce: uint64  # of the committee that signs
    sequencer_id: uint256
    kind: uint8  # see offences
    epoch: uint64  # in which it was
    observed_at: uint64  # timestamp of the block that the evidence names, unix seconds
    evidence: bytes32  # keccak256 of the evidence file


# Who has produced how many blocks, until when, and how much of the time they cover.
struct RewardBatch:
    committee_nonce: uint64  # of the committee that signs
    batch: uint64  # from 1
    start_block: uint64
    end_block: uint64  # one before start_block: an empty batch
    end_timestamp: uint64  # of the last block, unix seconds
    covered_time: uint64  # seconds that its blocks are paid for
    entries_hash: bytes32  # keccak256 of the ABI-encoded list of entries


# A sequencer's word for the block that it has produced: signed by it alone.
struct BlockCommitment:
    epoch: uint64
    block_number: uint64
    block_hash: bytes32


# What a Snapshot vote came to.
struct Tally:
    proposal_id: uint256
    actions_hash: bytes32
    snapshot_id: bytes32
    ends_at: uint64
    for_votes: uint256  # wei of METIS
    against_votes: uint256
    abstain_votes: uint256
    voters: uint256  # distinct wallets
    votes_root: bytes32  # Merkle root of all votes


# Which Snapshot vote decides about a proposal.
struct VoteLink:
    proposal_id: uint256
    snapshot_id: bytes32
    ends_at: uint64
    nonce: uint256  # how often a vote was linked or taken away before: so no link works twice


# Reasons of a re-election.
TIMEOUT: constant(uint8) = 1
INVALID_EXECUTION: constant(uint8) = 2

_REELECTION_TYPEHASH: constant(bytes32) = keccak256(
    "Reelection(uint64 committeeNonce,uint64 epoch,uint8 round,address failed,uint64 lastBlock,uint64 lastBlockTimestamp,uint8 reason)"
)
_CORRECTION_TYPEHASH: constant(bytes32) = keccak256(
    "Correction(uint64 committeeNonce,uint64 epoch,uint64 blockNumber,bytes32 blockHash,address signer)"
)
_OFFENCE_TYPEHASH: constant(bytes32) = keccak256(
    "Offence(uint64 committeeNonce,uint256 sequencerId,uint8 kind,uint64 epoch,uint64 observedAt,bytes32 evidence)"
)
_BATCH_TYPEHASH: constant(bytes32) = keccak256(
    "RewardBatch(uint64 committeeNonce,uint64 batch,uint64 startBlock,uint64 endBlock,uint64 endTimestamp,uint64 coveredTime,bytes32 entriesHash)"
)
_COMMITMENT_TYPEHASH: constant(bytes32) = keccak256(
    "BlockCommitment(uint64 epoch,uint64 blockNumber,bytes32 blockHash)"
)
_TALLY_TYPEHASH: constant(bytes32) = keccak256(
    "Tally(uint256 proposalId,bytes32 actionsHash,bytes32 snapshotId,uint64 endsAt,uint256 forVotes,uint256 againstVotes,uint256 abstainVotes,uint256 voters,bytes32 votesRoot)"
)
_LINK_TYPEHASH: constant(bytes32) = keccak256(
    "VoteLink(uint256 proposalId,bytes32 snapshotId,uint64 endsAt,uint256 nonce)"
)


@internal
@pure
def _reelection_hash(message: Reelection) -> bytes32:
    return keccak256(abi_encode(_REELECTION_TYPEHASH, message))


@internal
@pure
def _correction_hash(message: Correction) -> bytes32:
    return keccak256(abi_encode(_CORRECTION_TYPEHASH, message))


@internal
@pure
def _offence_hash(message: Offence) -> bytes32:
    return keccak256(abi_encode(_OFFENCE_TYPEHASH, message))


@internal
@pure
def _batch_hash(message: RewardBatch) -> bytes32:
    return keccak256(abi_encode(_BATCH_TYPEHASH, message))


@internal
@pure
def _commitment_hash(message: BlockCommitment) -> bytes32:
    return keccak256(abi_encode(_COMMITMENT_TYPEHASH, message))


@internal
@pure
def _tally_hash(message: Tally) -> bytes32:
    return keccak256(abi_encode(_TALLY_TYPEHASH, message))


@internal
@pure
def _link_hash(message: VoteLink) -> bytes32:
    return keccak256(abi_encode(_LINK_TYPEHASH, message))
