# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Committee
@custom:contract-name committee
@license AGPL-3.0-only
@notice The words a committee is made of, and the hash that stands for it on
        both chains. Stateless.
@dev A member is one word, so that the list is cheap to pass and to hash:

       bits     | width | field
       0..159   | 160   | signer
       160..255 | 96    | power, wei of METIS (or bonded stake in the pool's
                |       | own list of seats)

     A power never exceeds limits.CAP_CEILING < 2**80, so it always fits.
@custom:source docs/design.md section 2
"""

from contracts.modules import limits


# An EIP-2098 compact signature: vs = y parity << 255 | s.
struct Signature:
    r: uint256
    vs: uint256


# For loops over members, where a call for each would cost as much as the work.
POWER_BIT: constant(uint256) = 160
SIGNER_MASK: constant(uint256) = 2**160 - 1


@internal
@pure
def _word(power: uint256, signer: address) -> uint256:
    return (power << POWER_BIT) | convert(signer, uint256)


@internal
@pure
def _power(word: uint256) -> uint256:
    return word >> POWER_BIT


@internal
@pure
def _signer(word: uint256) -> address:
    return convert(word & SIGNER_MASK, address)


@internal
@pure
def _with_power(word: uint256, power: uint256) -> uint256:
    """
    @dev The same signer with another power.
    """
    return (power << POWER_BIT) | (word & SIGNER_MASK)


@internal
@pure
def _hash(nonce: uint256, members: DynArray[uint256, limits.MAX_SEQUENCERS]) -> bytes32:
    return keccak256(abi_encode(nonce, members))
