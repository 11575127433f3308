# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Pool words
@custom:contract-name pool_words
@license AGPL-3.0-only
@notice The packed words of the SequencerPool: the status of a sequencer, the
        admission of an owner, and the parameters. Stateless.
@dev word       | bits     | width | field
     status     | 0..7     | 8     | state
                | 8..47    | 40    | place: number of the seat, or of the place in the queue
                | 48..55   | 8     | length of the list of own unbondings
                | 56..63   | 8     | length of the list of paired unbondings
                | 64..103  | 40    | below_since, on the cure clock; 0: not below min_stake
                | 104..143 | 40    | jailed_until, unix seconds
                | 144..175 | 32    | open causes of suspension
                | 176..215 | 40    | generation of those causes
     admission  | 0..63    | 64    | id of the owner's present or last sequencer
                | 64..71   | 8     | approval
                | 72..135  | 64    | id of the sequencer that the owner had before; 0: none
                | 136..255 | 120   | nonce of the next SignerConsent
     parameters | 0..79    | 80    | min_stake, wei
                | 80..159  | 80    | cap, wei
                | 160..167 | 8     | max_sequencers
                | 168..191 | 24    | exit_delay, seconds
                | 192..215 | 24    | cure_period, seconds
                | 216..239 | 24    | rotation_period, seconds

     A word has what is read and written together: `lock` fills six fresh
     slots. Bonded stake never exceeds limits.CAP_CEILING < 2**80 wei; unix
     seconds and counters fit into 40 bits; the bounds of the rest stand in
     `limits`.
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
    former: uint256
    nonce: uint256


_M8: constant(uint256) = 2**8 - 1
_M24: constant(uint256) = 2**24 - 1
_M32: constant(uint256) = 2**32 - 1
_M40: constant(uint256) = 2**40 - 1
_M64: constant(uint256) = 2**64 - 1
_M80: constant(uint256) = 2**80 - 1


# view, not pure: a flag's members cannot be named in a pure function.
@internal
@view
def _unpack_status(word: uint256) -> Status:
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
def _pack_status(status: Status) -> uint256:
    return (
        convert(status.state, uint256)
        | (status.place << 8)
        | (status.unbondings[0] << 48)
        | (status.unbondings[1] << 56)
        | (status.below_since << 64)
        | (status.jailed_until << 104)
        | (status.causes << 144)
        | (status.generation << 176)
    )


@internal
@view
def _unpack_admission(word: uint256) -> Admission:
    return Admission(
        id=word & _M64,
        approval=convert((word >> 64) & _M8, ISequencerPool.Approval),
        former=(word >> 72) & _M64,
        nonce=word >> 136,
    )


@internal
@view
def _pack_admission(admission: Admission) -> uint256:
    return (
        admission.id
        | (convert(admission.approval, uint256) << 64)
        | (admission.former << 72)
        | (admission.nonce << 136)
    )


@internal
@pure
def _unpack_parameters(word: uint256) -> ISequencerPool.Parameters:
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
    return old, word ^ ((old ^ new) << at)
