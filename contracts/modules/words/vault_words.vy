# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Vault words
@custom:contract-name vault_words
@license AGPL-3.0-only
@notice The packed words of StakedMetis, the LST vault: where its METIS is, and
        its gains that do not count yet, with the losses that do. Stateless.
@dev word  | bits     | width | field
     funds | 0..83    | 84    | wei here that the shares have
           | 84..167  | 84    | wei in the SequencerPool: bonded, unbonding, or matured
           | 168..251 | 84    | wei here that are owed to those who have left
     gains | 0..83    | 84    | wei that did not count at `start`
           | 84..119  | 36    | start, unix seconds
           | 120..155 | 36    | end, from which on all counts
           | 156..195 | 40    | the SlashVault's cases whose losses are counted
           | 196      | 1     | some of a loss may still come back

     A gain enters the share price evenly, from its start to its end.
     The queue of redemptions has words of its own, in `redemptions`.
"""

from contracts.modules import limits


struct Funds:
    here: uint256
    staked: uint256
    owed: uint256


# There are less than 2**84 wei of METIS, 19 million.
MAX_METIS: constant(uint256) = 2**84 - 1

# Of the funds.
_STAKED_BIT: constant(uint256) = 84
_OWED_BIT: constant(uint256) = 168
# Of the gains.
_GAIN_MASK: constant(uint256) = 2**84 - 1
_START_BIT: constant(uint256) = 84
_END_BIT: constant(uint256) = 120
_TIME_MASK: constant(uint256) = 2**36 - 1
_CASES_BIT: constant(uint256) = 156
_CASES_MASK: constant(uint256) = 2**40 - 1
_GAINS_MASK: constant(uint256) = 2**156 - 1
_OPEN: constant(uint256) = 2**196


# ---------------------------------------------------------------- funds


@internal
@pure
def _pack_funds(funds: Funds) -> uint256:
    return funds.here | (funds.staked << _STAKED_BIT) | (funds.owed << _OWED_BIT)


@internal
@pure
def _unpack_funds(word: uint256) -> Funds:
    return Funds(
        here=word & MAX_METIS,
        staked=(word >> _STAKED_BIT) & MAX_METIS,
        owed=word >> _OWED_BIT,
    )


@internal
@pure
def _staked(amount: uint256) -> uint256:
    """
    @dev A word with nothing else. Words may be added, and subtracted while no field gets below 0: all
         METIS fits into each.
    """
    return amount << _STAKED_BIT


@internal
@pure
def _owed(amount: uint256) -> uint256:
    return amount << _OWED_BIT


# ---------------------------------------------------------------- gains


@internal
@view
def _unvested(gains: uint256) -> uint256:
    """
    @dev Wei that do not count now. Rounded up: the share price is never too high.
    """
    end: uint256 = (gains >> _END_BIT) & _TIME_MASK
    if block.timestamp >= end:
        return 0
    left: uint256 = end - block.timestamp
    duration: uint256 = end - ((gains >> _START_BIT) & _TIME_MASK)
    return ((gains & _GAIN_MASK) * left + duration - 1) // duration


@internal
@view
def _vested_at(gains: uint256) -> uint256:
    return (gains >> _END_BIT) & _TIME_MASK


@internal
@view
def _with_gain(gains: uint256, amount: uint256) -> uint256:
    """
    @dev What is new enters over a full period; what has begun to enter goes on as before. The end
         of both together is the mean by amount, so a small gain cannot put off a large one.
    """
    unvested: uint256 = self._unvested(gains)
    sum: uint256 = unvested + amount
    if sum == 0:
        return gains
    left: uint256 = 0
    if unvested > 0:
        left = self._vested_at(gains) - block.timestamp
    duration: uint256 = (unvested * left + amount * limits.VESTING) // sum
    return (
        (gains & ~_GAINS_MASK)
        | sum
        | (block.timestamp << _START_BIT)
        | ((block.timestamp + duration) << _END_BIT)
    )


@internal
@pure
def _without_gains(gains: uint256) -> uint256:
    """
    @dev All else stays.
    """
    return gains & ~_GAINS_MASK


@internal
@pure
def _counted_cases(gains: uint256) -> uint256:
    return (gains >> _CASES_BIT) & _CASES_MASK


@internal
@pure
def _with_counted_cases(gains: uint256, count: uint256) -> uint256:
    return (gains & ~(_CASES_MASK << _CASES_BIT)) | (count << _CASES_BIT)


@internal
@pure
def _is_open(gains: uint256) -> bool:
    """
    @dev Whether some of a loss may still come back.
    """
    return gains & _OPEN != 0


@internal
@pure
def _with_open(gains: uint256, is_open: bool) -> uint256:
    return gains | _OPEN if is_open else gains & ~_OPEN
