# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Slasher words
@custom:contract-name slasher_words
@license AGPL-3.0-only
@notice The packed words of the Slasher: what it has taken from a sequencer
        lately, what it has taken from all, and the penalties. Stateless.
@dev word      | bits     | width  | field
     history   | 0..31    | 32     | when the sequencer's present 30 days began, unix seconds
               | 32..127  | 96     | base: wei of METIS that were locked then
               | 128..159 | 32     | share of the base taken without a vote since
               | 160..191 | 32     | share of the base taken in all since
               | 192..223 | 32     | time of the last strike; `strikes` has the earlier ones
               | 224..255 | 32     | time of the last timeout charged as a part of a mass
               |          |        | outage
     daily     | 0..31    | 32     | the latest day with a slash, days since 1970
               | 32..255  | 8 x 28 | shares of all stake slashed on that day, the day
               |          |        | before, ...
     penalties | 16 x k.. | 16     | penalty of kind k of `offences`, basis points of what is
               |          |        | locked

     Shares are parts of limits.SHARE; those of one sequencer are three tenths
     at most. A share of all stake is rounded up. Today and the seven days
     before contain any 7 x 24 hours, so the daily shares keep the limit on all
     stake at any time; each counts for 7 to 8 days. That is the brake on all.
     The penalty of BLOCK_TIMEOUT is for each strike. The most for all strikes
     together is in the bits of kind 0, which is no offence.
"""

from contracts.modules import limits


struct History:
    began_at: uint256
    base: uint256
    taken: uint256
    taken_in_all: uint256
    last_strike: uint256
    charged_at: uint256


# Of a history.
_BASE_BIT: constant(uint256) = 32
_BASE_MASK: constant(uint256) = 2**96 - 1
_TAKEN_BIT: constant(uint256) = 128
_IN_ALL_BIT: constant(uint256) = 160
_STRIKE_BIT: constant(uint256) = 192
_CHARGED_BIT: constant(uint256) = 224
_MASK_32: constant(uint256) = 2**32 - 1
# Of the daily shares.
_DAY_BITS: constant(uint256) = 32
_SHARE_WIDTH: constant(uint256) = 28
_SHARE_MASK: constant(uint256) = 2**28 - 1
_DAYS: constant(uint256) = limits.BRAKE_DAYS + 1
_SHARES_MASK: constant(uint256) = 2**(_SHARE_WIDTH * _DAYS) - 1
# Of the penalties.
_PENALTY_WIDTH: constant(uint256) = 16
_PENALTY_MASK: constant(uint256) = 2**16 - 1


# ---------------------------------------------------------------- history


@internal
@pure
def _pack_history(history: History) -> uint256:
    return (
        history.began_at
        | (history.base << _BASE_BIT)
        | (history.taken << _TAKEN_BIT)
        | (history.taken_in_all << _IN_ALL_BIT)
        | (history.last_strike << _STRIKE_BIT)
        | (history.charged_at << _CHARGED_BIT)
    )


@internal
@pure
def _unpack_history(word: uint256) -> History:
    return History(
        began_at=word & _MASK_32,
        base=(word >> _BASE_BIT) & _BASE_MASK,
        taken=(word >> _TAKEN_BIT) & _MASK_32,
        taken_in_all=(word >> _IN_ALL_BIT) & _MASK_32,
        last_strike=(word >> _STRIKE_BIT) & _MASK_32,
        charged_at=word >> _CHARGED_BIT,
    )


# ---------------------------------------------------------------- daily shares


@internal
@view
def _counted_shares(daily: uint256) -> uint256:
    """
    @dev The sum of the shares that count now.
    """
    shares: uint256 = self._as_of_today(daily)
    sum: uint256 = 0
    for _: uint256 in range(_DAYS):
        if shares == 0:
            break
        sum += shares & _SHARE_MASK
        shares = shares >> _SHARE_WIDTH
    return sum


@internal
@view
def _with_share(daily: uint256, share: uint256) -> uint256:
    """
    @dev With a share more, today. The sum stays within the limit, and so within its bits.
    """
    return (((self._as_of_today(daily) + share) << _DAY_BITS) | (block.timestamp // limits.DAY))


@internal
@view
def _as_of_today(daily: uint256) -> uint256:
    """
    @dev The shares alone, with today's in the lowest bits.
    """
    passed: uint256 = block.timestamp // limits.DAY - (daily & _MASK_32)
    if passed >= _DAYS:
        return 0
    return ((daily >> _DAY_BITS) << (_SHARE_WIDTH * passed)) & _SHARES_MASK


# ---------------------------------------------------------------- penalties


@internal
@pure
def _penalty(penalties: uint256, kind: uint8) -> uint256:
    """
    @dev Basis points.
    """
    return (penalties >> (_PENALTY_WIDTH * convert(kind, uint256))) & _PENALTY_MASK


@internal
@pure
def _with_penalty(penalties: uint256, kind: uint8, bps: uint256) -> uint256:
    at: uint256 = _PENALTY_WIDTH * convert(kind, uint256)
    return (penalties & ~(_PENALTY_MASK << at)) | (bps << at)
