# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Dossier
@custom:contract-name dossier
@license AGPL-3.0-only
@notice What the Slasher keeps of a sequencer, in one word. Stateless.
@dev bits     | width | field
     0..31    | 32    | when the present 30 days began, unix seconds
     32..127  | 96    | wei of METIS that were locked then
     128..159 | 32    | share of it taken without a vote since
     160..191 | 32    | share of it taken in all since
     192..223 | 32    | time of the last strike; earlier ones are in `strikes`
     224..255 | 32    | time of the last timeout charged as a part of a mass outage
     Shares are parts of limits.SHARE, at most three tenths.
"""


struct Dossier:
    began_at: uint256
    base: uint256
    taken: uint256
    taken_in_all: uint256
    last_strike: uint256
    charged_at: uint256


_BASE_BIT: constant(uint256) = 32
_BASE_MASK: constant(uint256) = 2**96 - 1
_TAKEN_BIT: constant(uint256) = 128
_IN_ALL_BIT: constant(uint256) = 160
_STRIKE_BIT: constant(uint256) = 192
_CHARGED_BIT: constant(uint256) = 224
_MASK: constant(uint256) = 2**32 - 1


@internal
@pure
def _pack(dossier: Dossier) -> uint256:
    return (
        dossier.began_at
        | (dossier.base << _BASE_BIT)
        | (dossier.taken << _TAKEN_BIT)
        | (dossier.taken_in_all << _IN_ALL_BIT)
        | (dossier.last_strike << _STRIKE_BIT)
        | (dossier.charged_at << _CHARGED_BIT)
    )


@internal
@pure
def _unpack(word: uint256) -> Dossier:
    return Dossier(
        began_at=word & _MASK,
        base=(word >> _BASE_BIT) & _BASE_MASK,
        taken=(word >> _TAKEN_BIT) & _MASK,
        taken_in_all=(word >> _IN_ALL_BIT) & _MASK,
        last_strike=(word >> _STRIKE_BIT) & _MASK,
        charged_at=word >> _CHARGED_BIT,
    )
