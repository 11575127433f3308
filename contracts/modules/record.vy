# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Record
@custom:contract-name record
@license AGPL-3.0-only
@notice The packed words of the SequencerPool. Stateless: it packs and unpacks,
        nothing else.
@dev Packed is what is read and written together, so that `lock` fills seven
     fresh slots and a checkpoint one. Bonded stake never exceeds
     limits.CAP_CEILING < 2**80 wei; unix seconds, counters and block numbers
     fit into 40 bits; the bounds of the rest stand in `limits`.

     Status of a sequencer          Parameters
       0..7     state                 0..79    min_stake, wei
       8..47    place                 80..159  cap, wei
       48..55   own unbondings        160..167 max_sequencers
       56..63   paired unbondings     168..191 exit_delay
       64..103  below_since           192..215 cure_period
       104..143 jailed_until          216..239 rotation_period
       144..175 open causes
       176..215 generation          Checkpoint
                                      0..39    nonce
     Admission of an owner            40..79   made_at
       0..63    last sequencer        80..119  block number
       64..71   approval              120      sealed
       72..255  consent nonce         121      member left
                                      122..255 power x seconds

     Committee
       0..95    power, wei
       96..103  size
       104..143 created_at
"""

from interfaces import ISequencerPool


# Sides of a sequencer's stake.
OWN: constant(uint256) = 0
PAIRED: constant(uint256) = 1


# First bits of the parameters.
MIN_STAKE_AT: constant(uint256) = 0
CAP_AT: constant(uint256) = 80
MAX_SEQUENCERS_AT: constant(uint256) = 160
EXIT_DELAY_AT: constant(uint256) = 168
CURE_PERIOD_AT: constant(uint256) = 192
ROTATION_PERIOD_AT: constant(uint256) = 216


struct Status:
    state: ISequencerPool.State
    place: uint256
    unbondings: uint256[2]  # lengths of the lists, by side
    below_since: uint256
    jailed_until: uint256
    causes: uint256
    generation: uint256


struct Admission:
    id: uint256
    approval: ISequencerPool.Approval
    nonce: uint256


struct Checkpoint:
    nonce: uint256
    made_at: uint256
    block_number: uint256
    is_sealed: bool
    member_left: bool
    power_seconds: uint256


struct CommitteeInfo:
    power: uint256
    size: uint256
    created_at: uint256


_M8: constant(uint256) = 2**8 - 1
_M24: constant(uint256) = 2**24 - 1
_M32: constant(uint256) = 2**32 - 1
_M40: constant(uint256) = 2**40 - 1
_M64: constant(uint256) = 2**64 - 1
_M80: constant(uint256) = 2**80 - 1
_M96: constant(uint256) = 2**96 - 1


# view, not pure: a flag's members cannot be named in a pure function.
@internal
@view
def _status(word: uint256) -> Status:
    return Status(
        state=convert(word & _M8, ISequencerPool.State),
        place=(word >> 8) & _M40,
        unbondings=[(word >> 48) & _M8, (word >> 56) & _M8],
        below_since=(word >> 64) & _M40,
        jailed_until=(word >> 104) & _M40,
        causes=(word >> 144) & _M32,
        generation=word >> 176,
    )


@internal
@view
def _pack_status(x: Status) -> uint256:
    return (
        convert(x.state, uint256)
        | (x.place << 8)
        | (x.unbondings[0] << 48)
        | (x.unbondings[1] << 56)
        | (x.below_since << 64)
        | (x.jailed_until << 104)
        | (x.causes << 144)
        | (x.generation << 176)
    )


@internal
@view
def _admission(word: uint256) -> Admission:
    return Admission(
        id=word & _M64,
        approval=convert((word >> 64) & _M8, ISequencerPool.Approval),
        nonce=word >> 72,
    )


@internal
@view
def _pack_admission(x: Admission) -> uint256:
    return x.id | (convert(x.approval, uint256) << 64) | (x.nonce << 72)


@internal
@pure
def _parameters(word: uint256) -> ISequencerPool.Parameters:
    return ISequencerPool.Parameters(
        min_stake=word & _M80,
        cap=(word >> CAP_AT) & _M80,
        max_sequencers=(word >> MAX_SEQUENCERS_AT) & _M8,
        exit_delay=(word >> EXIT_DELAY_AT) & _M24,
        cure_period=(word >> CURE_PERIOD_AT) & _M24,
        rotation_period=word >> ROTATION_PERIOD_AT,
    )


@internal
@pure
def _replace_parameter(word: uint256, at: uint256, new: uint256) -> (uint256, uint256):
    """
    @dev `at` is one of the *_AT, `new` within the bounds of that parameter.
         Returns the old value and the new word.
    """
    mask: uint256 = _M24
    if at <= CAP_AT:
        mask = _M80
    elif at == MAX_SEQUENCERS_AT:
        mask = _M8
    old: uint256 = (word >> at) & mask
    return old, word - (old << at) + (new << at)


@internal
@pure
def _checkpoint(word: uint256) -> Checkpoint:
    return Checkpoint(
        nonce=word & _M40,
        made_at=(word >> 40) & _M40,
        block_number=(word >> 80) & _M40,
        is_sealed=(word >> 120) & 1 != 0,
        member_left=(word >> 121) & 1 != 0,
        power_seconds=word >> 122,
    )


@internal
@pure
def _pack_checkpoint(x: Checkpoint) -> uint256:
    return (
        x.nonce
        | (x.made_at << 40)
        | (x.block_number << 80)
        | (convert(x.is_sealed, uint256) << 120)
        | (convert(x.member_left, uint256) << 121)
        | (x.power_seconds << 122)
    )


@internal
@pure
def _committee(word: uint256) -> CommitteeInfo:
    return CommitteeInfo(power=word & _M96, size=(word >> 96) & _M8, created_at=word >> 104)


@internal
@pure
def _pack_committee(x: CommitteeInfo) -> uint256:
    return x.power | (x.size << 96) | (x.created_at << 104)
