# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Registry words
@custom:contract-name registry_words
@license AGPL-3.0-only
@notice The packed words of the CommitteeRegistry: the latest checkpoint, and a
        committee. Stateless.
@dev word       | bits     | width | field
     checkpoint | 0..39    | 40    | nonce of its committee
                | 40..79   | 40    | block number from which the seed's block is counted
                | 80..119  | 40    | departures that the pool had counted
                | 120      | 1     | sealed
     committee  | 0..86    | 87    | power, wei
                | 87..94   | 8     | number of members
                | 95..134  | 40    | created_at, unix seconds
                | 135..255 | 121   | power x seconds until then, wei x seconds

     A checkpoint was made when its committee was created, so that date is
     there alone. All members together have less than 2**87 wei of power, which
     leaves 2**34 seconds, 544 years, for the sum. Block numbers and counters fit
     into 40 bits.
"""


struct Checkpoint:
    nonce: uint256
    block_number: uint256
    departures: uint256
    is_sealed: bool


struct CommitteeInfo:
    power: uint256
    size: uint256
    created_at: uint256
    power_seconds: uint256  # until then


_M8: constant(uint256) = 2**8 - 1
_M40: constant(uint256) = 2**40 - 1
_M87: constant(uint256) = 2**87 - 1
_SIZE_BIT: constant(uint256) = 87
_CREATED_BIT: constant(uint256) = 95
_SUM_BIT: constant(uint256) = 135


@internal
@pure
def _unpack_checkpoint(word: uint256) -> Checkpoint:
    return Checkpoint(
        nonce=word & _M40,
        block_number=(word >> 40) & _M40,
        departures=(word >> 80) & _M40,
        is_sealed=word >> 120 != 0,
    )


@internal
@pure
def _pack_checkpoint(checkpoint: Checkpoint) -> uint256:
    return (
        checkpoint.nonce
        | (checkpoint.block_number << 40)
        | (checkpoint.departures << 80)
        | (convert(checkpoint.is_sealed, uint256) << 120)
    )


@internal
@pure
def _unpack_committee(word: uint256) -> CommitteeInfo:
    return CommitteeInfo(
        power=word & _M87,
        size=(word >> _SIZE_BIT) & _M8,
        created_at=(word >> _CREATED_BIT) & _M40,
        power_seconds=word >> _SUM_BIT,
    )


@internal
@pure
def _pack_committee(committee: CommitteeInfo) -> uint256:
    return (
        committee.power
        | (committee.size << _SIZE_BIT)
        | (committee.created_at << _CREATED_BIT)
        | (committee.power_seconds << _SUM_BIT)
    )
