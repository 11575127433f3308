# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Vault funds
@custom:contract-name vault_funds
@license AGPL-3.0-only
@notice Where the METIS of the LST vault is, in one word. Stateless.
@dev bits     | width | field
     0..83    | 84    | wei here that may be allocated
     84..167  | 84    | wei here that is set aside for redemptions
     168..251 | 84    | wei in the SequencerPool: bonded, unbonding, or matured
     There are less than 2**84 wei of METIS, 19 million.
"""


struct Funds:
    idle: uint256
    reserved: uint256
    staked: uint256


MAX: constant(uint256) = 2**84 - 1

_RESERVED_BIT: constant(uint256) = 84
_STAKED_BIT: constant(uint256) = 168


@internal
@pure
def _pack(funds: Funds) -> uint256:
    return funds.idle | (funds.reserved << _RESERVED_BIT) | (funds.staked << _STAKED_BIT)


@internal
@pure
def _unpack(word: uint256) -> Funds:
    return Funds(
        idle=word & MAX, reserved=(word >> _RESERVED_BIT) & MAX, staked=word >> _STAKED_BIT
    )


@internal
@pure
def _sum(funds: Funds) -> uint256:
    return funds.idle + funds.reserved + funds.staked
