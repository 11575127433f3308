# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Slasher words
@custom:contract-name slasher_words
@license AGPL-3.0-only
@notice The packed words of the Slasher: what committees and votes have taken
        from a sequencer lately, what committees have taken from all, what is
        held, and the penalties. Stateless.
@dev word      | bits     | width   | field
     shares    | 0..15    | 16      | the latest bucket in which committees took some of a
               |          |         | sequencer's stake: two days, numbered from 1970
               | 16..191  | 16 x 11 | basis points that they took in that bucket, in the one before,
               |          |         | ...
               | 192..239 | 48      | bit i: the timeout in the quarter that is i before the last of
               |          |         | the day of its word in `timeouts` was charged as a part of a
               |          |         | mass outage, and so were all that share a window with it
               | 240      | 1       | there are votes or holds
     votes     | 0..15    | 16      | the latest bucket in which votes took some of it
               | 16..207  | 16 x 12 | basis points that they took in that bucket, in the one before,
               |          |         | ...
     daily     | 0..31    | 32      | the latest day on which committees took some of anybody's, days
               |          |         | since 1970
               | 32..255  | 8 x 28  | parts of limits.SHARE of all stake that they took on that day,
               |          |         | on the day before, ...
     hold      | 0..127   | 128     | wei of what is pending together
               | 128..191 | 64      | unix second at which it lapses in the pool
               | 192..255 | 64      | number of the hold: it is one until it lapses
     penalties | 16 x k.. | 16      | penalty of kind k of `offences`, basis points of what is
               |          |         | locked

     Lists of buckets are those of `brakes`. Sixteen of two days cover 30 to 32
     days, eight of a day 7 to 8. The penalty of BLOCK_TIMEOUT is for each
     strike. The most for all strikes together is in the bits of kind 0, which
     is no offence.
"""

from contracts.modules import limits
from contracts.modules.slashing import brakes


# As of now.
struct Shares:
    buckets: uint256
    charged: uint256
    has_more: bool


struct Hold:
    amount: uint256
    until: uint256
    number: uint256


SHARE_WIDTH: constant(uint256) = 11
VOTE_WIDTH: constant(uint256) = 12
DAILY_WIDTH: constant(uint256) = 28
_COUNT: constant(uint256) = limits.BRAKE_BUCKETS
_DAYS: constant(uint256) = limits.BRAKE_DAYS + 1
_BUCKET_MASK: constant(uint256) = 2**16 - 1
_BUCKETS_BIT: constant(uint256) = 16
_SHARES_MASK: constant(uint256) = 2**(SHARE_WIDTH * _COUNT) - 1
_VOTES_MASK: constant(uint256) = 2**(VOTE_WIDTH * _COUNT) - 1
_CHARGED_BIT: constant(uint256) = 192
_CHARGED_MASK: constant(uint256) = 2**48 - 1
_MORE_BIT: constant(uint256) = 240
_DAY_BITS: constant(uint256) = 32
_DAY_MASK: constant(uint256) = 2**32 - 1
_AMOUNT_MASK: constant(uint256) = 2**128 - 1
_UNTIL_BIT: constant(uint256) = 128
_UNTIL_MASK: constant(uint256) = 2**64 - 1
_NUMBER_BIT: constant(uint256) = 192
# Of the penalties.
_PENALTY_WIDTH: constant(uint256) = 16
_PENALTY_MASK: constant(uint256) = 2**16 - 1


# ---------------------------------------------------------------- shares of one


@internal
@view
def _unpack_shares(word: uint256) -> Shares:
    passed: uint256 = unsafe_sub(self._bucket(), word & _BUCKET_MASK)
    return Shares(
        buckets=brakes._moved((word >> _BUCKETS_BIT) & _SHARES_MASK, passed, SHARE_WIDTH, _COUNT),
        charged=(word >> _CHARGED_BIT) & _CHARGED_MASK,
        has_more=(word >> _MORE_BIT) != 0,
    )


@internal
@view
def _pack_shares(shares: Shares) -> uint256:
    return (
        self._bucket()
        | (shares.buckets << _BUCKETS_BIT)
        | (shares.charged << _CHARGED_BIT)
        | (convert(shares.has_more, uint256) << _MORE_BIT)
    )


@internal
@view
def _votes(word: uint256) -> uint256:
    """
    @dev The buckets, as of now.
    """
    passed: uint256 = unsafe_sub(self._bucket(), word & _BUCKET_MASK)
    return brakes._moved((word >> _BUCKETS_BIT) & _VOTES_MASK, passed, VOTE_WIDTH, _COUNT)


@internal
@view
def _pack_votes(buckets: uint256) -> uint256:
    return self._bucket() | (buckets << _BUCKETS_BIT)


@internal
@view
def _bucket() -> uint256:
    return block.timestamp // limits.BRAKE_BUCKET


# ---------------------------------------------------------------- shares of all


@internal
@view
def _daily(word: uint256) -> uint256:
    """
    @dev The buckets, as of now.
    """
    passed: uint256 = block.timestamp // limits.DAY - (word & _DAY_MASK)
    return brakes._moved(word >> _DAY_BITS, passed, DAILY_WIDTH, _DAYS)


@internal
@view
def _pack_daily(buckets: uint256) -> uint256:
    return (block.timestamp // limits.DAY) | (buckets << _DAY_BITS)


# ---------------------------------------------------------------- holds


@internal
@pure
def _unpack_hold(word: uint256) -> Hold:
    return Hold(
        amount=word & _AMOUNT_MASK,
        until=(word >> _UNTIL_BIT) & _UNTIL_MASK,
        number=word >> _NUMBER_BIT,
    )


@internal
@pure
def _pack_hold(hold: Hold) -> uint256:
    return hold.amount | (hold.until << _UNTIL_BIT) | (hold.number << _NUMBER_BIT)


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
