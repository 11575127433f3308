# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Epoch
@custom:contract-name epoch
@license AGPL-3.0-only
@notice The one word that an epoch is. Stateless.
@dev bits     | width | field
     0..159   | 160   | signer
     160..207 | 48    | start block
     208..255 | 48    | end block, inclusive

     2**48 blocks, one a millisecond, are 8,900 years.
"""

_SIGNER_MASK: constant(uint256) = 2**160 - 1
_BLOCK_MASK: constant(uint256) = 2**48 - 1
_START_BIT: constant(uint256) = 160
_END_BIT: constant(uint256) = 208

# The end of an epoch that lasts until another is committed.
OPEN_END: constant(uint256) = 2**48 - 1


@internal
@pure
def _pack(signer: address, start_block: uint256, end_block: uint256) -> uint256:
    assert start_block <= OPEN_END and end_block <= OPEN_END, "epoch: block number too large"
    return (convert(signer, uint256) | (start_block << _START_BIT) | (end_block << _END_BIT))


@internal
@pure
def _signer(word: uint256) -> address:
    return convert(word & _SIGNER_MASK, address)


@internal
@pure
def _start(word: uint256) -> uint256:
    return (word >> _START_BIT) & _BLOCK_MASK


@internal
@pure
def _end(word: uint256) -> uint256:
    return word >> _END_BIT
