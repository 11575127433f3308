# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Conduct
@custom:contract-name conduct
@license AGPL-3.0-only
@notice What the SequencerSet remembers of a signer, in one word: how often it
        was replaced, and the wrong block for which it is barred. Stateless.
@dev bits     | width | field
     0..63    | 64    | re-elections that replaced it
     64..127  | 64    | epoch of the wrong block
     128..191 | 64    | number of the wrong block
     192      | 1     | barred

     A draw reads nothing else of a member, so a bar costs it one slot.
"""

_MASK: constant(uint256) = 2**64 - 1
_EPOCH_BIT: constant(uint256) = 64
_BLOCK_BIT: constant(uint256) = 128
_BARRED_BIT: constant(uint256) = 192


@internal
@pure
def _replaced(word: uint256) -> uint256:
    """
    @dev The same, replaced once more: 2**64 re-elections never happen.
    """
    return unsafe_add(word, 1)


@internal
@pure
def _with_bar(word: uint256, epoch: uint256, block_number: uint256) -> uint256:
    """
    @dev Both fit into 64 bits: they come from a message that has them so.
    """
    return (
        (word & _MASK) | (epoch << _EPOCH_BIT) | (block_number << _BLOCK_BIT) | (1 << _BARRED_BIT)
    )


@internal
@pure
def _without_bar(word: uint256) -> uint256:
    return word & _MASK


@internal
@pure
def _is_barred(word: uint256) -> bool:
    return word >> _BARRED_BIT != 0


@internal
@pure
def _reelections(word: uint256) -> uint256:
    return word & _MASK


@internal
@pure
def _epoch(word: uint256) -> uint256:
    return (word >> _EPOCH_BIT) & _MASK


@internal
@pure
def _block(word: uint256) -> uint256:
    return (word >> _BLOCK_BIT) & _MASK
