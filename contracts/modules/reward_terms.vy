# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Reward terms
@custom:contract-name reward_terms
@license AGPL-3.0-only
@notice Rate and block time of rewards, in one word, with what each was before
        its last change. Stateless.
@dev A change is for batches that begin at it or later, so that it never touches
     blocks already produced. Until then the value before is kept, whatever is
     set meanwhile.
     bits     | width | field
     0..15    | 16    | rate before, basis points a year
     16..31   | 16    | rate
     32..63   | 32    | since, unix seconds
     64..79   | 16    | block time before, seconds
     80..95   | 16    | block time
     96..127  | 32    | since
     128..159 | 32    | the rate's last rise, unix seconds
"""

MRR_AT: constant(uint256) = 0
BLOCK_TIME_AT: constant(uint256) = 64

_VALUE_MASK: constant(uint256) = 2**16 - 1
_NOW_BIT: constant(uint256) = 16
_SINCE_BIT: constant(uint256) = 32
_SINCE_MASK: constant(uint256) = 2**32 - 1
_FIELD_MASK: constant(uint256) = 2**64 - 1
_RISE_BIT: constant(uint256) = 128


@internal
@pure
def _now(word: uint256, at: uint256) -> uint256:
    """
    @dev The value last set.
    """
    return (word >> (at + _NOW_BIT)) & _VALUE_MASK


@internal
@pure
def _of_batch(word: uint256, at: uint256, begin: uint256) -> uint256:
    """
    @dev The value for a batch that begins at a time.
    """
    if begin >= (word >> (at + _SINCE_BIT)) & _SINCE_MASK:
        return self._now(word, at)
    return (word >> at) & _VALUE_MASK


@internal
@view
def _with(word: uint256, at: uint256, new: uint256, begin: uint256) -> uint256:
    """
    @dev With another value from now on. `begin` is that of the batch that comes next.
    """
    field: uint256 = (
        self._of_batch(word, at, begin) | (new << _NOW_BIT) | (block.timestamp << _SINCE_BIT)
    )
    return (word & ~(_FIELD_MASK << at)) | (field << at)


@internal
@pure
def _risen_at(word: uint256) -> uint256:
    return word >> _RISE_BIT


@internal
@view
def _risen(word: uint256) -> uint256:
    """
    @dev With a rise of the rate now.
    """
    return (word & (2**_RISE_BIT - 1)) | (block.timestamp << _RISE_BIT)
