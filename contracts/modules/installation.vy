# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Installation
@custom:contract-name installation
@license AGPL-3.0-only
@notice Which committee is installed on L2 since when, in one word. Stateless.
@dev bits     | width | field
     0..63    | 64    | nonce of the committee
     64..127  | 64    | number of the block in which it was installed
     128..191 | 64    | the block's time, unix seconds
"""

_MASK: constant(uint256) = 2**64 - 1
_BLOCK_BIT: constant(uint256) = 64
_TIME_BIT: constant(uint256) = 128


@internal
@view
def _now(nonce: uint256) -> uint256:
    """
    @dev Installed in this block. `nonce` is below 2**64.
    """
    return nonce | (block.number << _BLOCK_BIT) | (block.timestamp << _TIME_BIT)


@internal
@pure
def _nonce(word: uint256) -> uint256:
    return word & _MASK


@internal
@pure
def _block(word: uint256) -> uint256:
    return (word >> _BLOCK_BIT) & _MASK


@internal
@pure
def _time(word: uint256) -> uint256:
    return word >> _TIME_BIT
