# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Domain
@custom:contract-name domain
@license AGPL-3.0-only
@notice The EIP-712 domain of the SequencerPool, in which signers consent.
@dev The separator is hashed anew for each consent. That costs some hundred gas,
     and saves the 320 bytes of immutables in which snekmate's module keeps it.
@custom:source docs/design.md sections 2 and 3.1
"""

from snekmate.utils import message_hash_utils

_TYPEHASH: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_NAME: constant(String[18]) = "MetisSequencerPool"
_VERSION: constant(String[1]) = "1"
# Name, version, chain and contract; no salt.
_FIELDS: constant(bytes1) = 0x0f


@external
@view
def eip712Domain() -> (
    bytes1, String[18], String[1], uint256, address, bytes32, DynArray[uint256, 1]
):
    """
    @notice The EIP-712 domain of this contract (ERC-5267).
    @return Which of the fields it has: 0x0f, all but the salt.
    @return Name.
    @return Version.
    @return Chain id.
    @return This contract.
    @return Salt: zero, there is none.
    @return Extensions: none.
    """
    return (_FIELDS, _NAME, _VERSION, chain.id, self, empty(bytes32), [])


@internal
@view
def _digest(struct_hash: bytes32) -> bytes32:
    """
    @dev What a signer signs.
    """
    separator: bytes32 = keccak256(
        abi_encode(_TYPEHASH, keccak256(_NAME), keccak256(_VERSION), chain.id, self)
    )
    return message_hash_utils._to_typed_data_hash(separator, struct_hash)
