# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Gains
@custom:contract-name gains
@license AGPL-3.0-only
@notice What has come into the LST vault and does not count yet: it enters the
        share price evenly. In one word, with the losses already counted.
        Stateless.
@dev bits     | width | field
     0..83    | 84    | wei that did not count at `start`
     84..119  | 36    | start, unix seconds
     120..155 | 36    | end, from which on all counts
     156..195 | 40    | the SlashVault's cases whose losses are counted
"""

from contracts.modules import limits

_AMOUNT_MASK: constant(uint256) = 2**84 - 1
_START_BIT: constant(uint256) = 84
_END_BIT: constant(uint256) = 120
_TIME_MASK: constant(uint256) = 2**36 - 1
_CASES_BIT: constant(uint256) = 156
_GAINS_MASK: constant(uint256) = 2**156 - 1


@internal
@view
def _locked(word: uint256) -> uint256:
    """
    @dev What does not count now. Rounded up: the price is never too high.
    """
    end: uint256 = (word >> _END_BIT) & _TIME_MASK
    if block.timestamp >= end:
        return 0
    left: uint256 = end - block.timestamp
    duration: uint256 = end - ((word >> _START_BIT) & _TIME_MASK)
    return ((word & _AMOUNT_MASK) * left + duration - 1) // duration


@internal
@view
def _ends_at(word: uint256) -> uint256:
    return (word >> _END_BIT) & _TIME_MASK


@internal
@view
def _add(word: uint256, amount: uint256) -> uint256:
    """
    @dev What is new enters over a full period, and what has begun as it was: the end is the mean of
         both by amount, so that nobody can put off a large gain with a small one.
    """
    locked: uint256 = self._locked(word)
    sum: uint256 = locked + amount
    if sum == 0:
        return word
    left: uint256 = 0
    if locked > 0:
        left = self._ends_at(word) - block.timestamp
    duration: uint256 = (locked * left + amount * limits.VESTING) // sum
    return (
        (word & ~_GAINS_MASK)
        | sum
        | (block.timestamp << _START_BIT)
        | ((block.timestamp + duration) << _END_BIT)
    )


@internal
@pure
def _cases(word: uint256) -> uint256:
    return word >> _CASES_BIT


@internal
@pure
def _with_cases(word: uint256, count: uint256) -> uint256:
    return (word & _GAINS_MASK) | (count << _CASES_BIT)
