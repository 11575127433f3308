# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Brake
@custom:contract-name brake
@license AGPL-3.0-only
@notice How much of all stake was slashed on each of the last eight days, in
        one word. Stateless.
@dev bits     | width | field
     0..31    | 32    | the latest day with a slash, days since 1970
     32..255  | 8 x 28| shares slashed on that day, the day before, ...
     A share is parts of limits.SHARE of what the pool held when it was taken,
     rounded up. Today and the seven days before contain any 7 x 24 hours, so
     the limit is never exceeded; a share is counted for 7 to 8 days.
"""

from contracts.modules import limits

_DAY_BITS: constant(uint256) = 32
_DAY_MASK: constant(uint256) = 2**32 - 1
_WIDTH: constant(uint256) = 28
_MASK: constant(uint256) = 2**28 - 1
_DAYS: constant(uint256) = limits.BRAKE_DAYS + 1
_SHARES_MASK: constant(uint256) = 2**(_WIDTH * _DAYS) - 1


@internal
@view
def _used(word: uint256) -> uint256:
    """
    @dev The sum of the shares that count now.
    """
    shares: uint256 = self._today(word)
    sum: uint256 = 0
    for _: uint256 in range(_DAYS):
        if shares == 0:
            break
        sum += shares & _MASK
        shares = shares >> _WIDTH
    return sum


@internal
@view
def _with(word: uint256, share: uint256) -> uint256:
    """
    @dev A share more, today. The sum stays within the limit, and so within its bits.
    """
    return (((self._today(word) + share) << _DAY_BITS) | (block.timestamp // limits.DAY))


@internal
@view
def _today(word: uint256) -> uint256:
    """
    @dev The shares with today's in the lowest bits.
    """
    passed: uint256 = block.timestamp // limits.DAY - (word & _DAY_MASK)
    if passed >= _DAYS:
        return 0
    return ((word >> _DAY_BITS) << (_WIDTH * passed)) & _SHARES_MASK
