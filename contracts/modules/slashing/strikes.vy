# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Strikes
@custom:contract-name strikes
@license AGPL-3.0-only
@notice When somebody timed out: the latest 16 times.
@dev Two words of eight unix seconds of 32 bits, the latest report in the
     lowest bits of the first. The second is only touched by the ninth.
     An id and an owner, as a number, are never the same.
"""

from contracts.modules import limits

_WIDTH: constant(uint256) = 32
_MASK: constant(uint256) = 2**32 - 1
_OLDEST_BIT: constant(uint256) = 224

# id or owner =>
_times: HashMap[uint256, uint256[2]]


@internal
def _add(whose: uint256, time: uint256):
    """
    @dev The seventeenth is forgotten.
    """
    word: uint256 = self._times[whose][0]
    oldest: uint256 = word >> _OLDEST_BIT
    if oldest != 0:
        self._times[whose][1] = (self._times[whose][1] << _WIDTH) | oldest
    self._times[whose][0] = (word << _WIDTH) | time


@internal
@view
def _count(whose: uint256, time: uint256) -> uint256:
    """
    @dev How many are less than a period from a time, before or after it: so the order of reports
         does not matter.
    """
    count: uint256 = 0
    for i: uint256 in range(2):
        word: uint256 = self._times[whose][i]
        for _: uint256 in range(8):
            if word == 0:
                return count
            if self._is_near(word & _MASK, time):
                count += 1
            word = word >> _WIDTH
    return count


@internal
@pure
def _is_near(one: uint256, other: uint256) -> bool:
    return max(one, other) - min(one, other) < limits.STRIKE_PERIOD
