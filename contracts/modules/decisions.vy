# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Decisions
@custom:contract-name decisions
@license AGPL-3.0-only
@notice What is signed about votes that were held off chain, as EIP-712
        structs. Stateless.
@dev The importer adds the domain, that of the SequencerGovernor.
     seqpool/messages.py has the same types for those who sign.
@custom:source docs/design.md section 2
"""

from interfaces import ISequencerGovernor

_TALLY_TYPEHASH: constant(bytes32) = keccak256(
    "Tally(uint256 proposalId,bytes32 actionsHash,bytes32 snapshotId,uint64 endsAt,uint256 forVotes,uint256 againstVotes,uint256 abstainVotes,uint256 voters,bytes32 votesRoot)"
)
# The nonce counts what was linked to the proposal before, so that no link works twice.
_LINK_TYPEHASH: constant(bytes32) = keccak256(
    "VoteLink(uint256 proposalId,bytes32 snapshotId,uint64 endsAt,uint256 nonce)"
)


@internal
@pure
def _tally_hash(tally: ISequencerGovernor.Tally) -> bytes32:
    return keccak256(abi_encode(_TALLY_TYPEHASH, tally))


@internal
@pure
def _link_hash(
    proposal_id: uint256, snapshot_id: bytes32, ends_at: uint64, nonce: uint256
) -> bytes32:
    return keccak256(abi_encode(_LINK_TYPEHASH, proposal_id, snapshot_id, ends_at, nonce))
