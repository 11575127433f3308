# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Vault funds
@custom:contract-name vault_funds
@license AGPL-3.0-only
@notice Where the METIS of the LST vault is, in one word. Stateless.
@dev bits     | width | field
     0..95    | 96    | wei here
     96..191  | 96    | wei in the SequencerPool: bonded, unbonding, or matured
"""


struct Funds:
    here: uint256
    staked: uint256


# There are less than 2**84 wei of METIS, 19 million.
MAX: constant(uint256) = 2**84 - 1

_MASK: constant(uint256) = 2**96 - 1
_STAKED_BIT: constant(uint256) = 96


@internal
@pure
def _pack(funds: Funds) -> uint256:
    return funds.here | (funds.staked << _STAKED_BIT)


@internal
@pure
def _unpack(word: uint256) -> Funds:
    return Funds(here=word & _MASK, staked=word >> _STAKED_BIT)
