# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Offences
@custom:contract-name offences
@license AGPL-3.0-only
@notice Kinds of offences, and what each costs, in one word. Stateless.
@dev 16 bits a kind, at 16 x kind: basis points of what is locked. That of
     BLOCK_TIMEOUT is for each strike; the most for all strikes together is in
     the bits of no kind, 0.
     The kinds are the numbers of messages.Offence and of the cases.
@custom:source docs/design.md section 3.4
"""

from contracts.modules import limits


# Kinds.
SLOW_PRODUCTION: constant(uint8) = 1
BLOCK_TIMEOUT: constant(uint8) = 2
BACKLOG: constant(uint8) = 3
INVALID_EXECUTION: constant(uint8) = 4
EQUIVOCATION: constant(uint8) = 5
MANIPULATION: constant(uint8) = 6
MASS_OUTAGE: constant(uint8) = 7

# In place of a kind.
TIMEOUT_MAXIMUM: constant(uint8) = 0

_WIDTH: constant(uint256) = 16
_MASK: constant(uint256) = 2**16 - 1


@internal
@pure
def _penalty(word: uint256, kind: uint8) -> uint256:
    """
    @dev Basis points.
    """
    return (word >> (_WIDTH * convert(kind, uint256))) & _MASK


@internal
@pure
def _with_penalty(word: uint256, kind: uint8, bps: uint256) -> uint256:
    at: uint256 = _WIDTH * convert(kind, uint256)
    return (word & ~(_MASK << at)) | (bps << at)


@internal
@pure
def _ceiling(kind: uint8) -> uint256:
    """
    @dev The most that governance may set. SLOW_PRODUCTION is never punished, MANIPULATION has no
         penalty of its own: each is voted on.
    """
    if kind == TIMEOUT_MAXIMUM or kind == BLOCK_TIMEOUT:
        return limits.TIMEOUT_CEILING
    if kind == BACKLOG:
        return limits.BACKLOG_CEILING
    if kind == INVALID_EXECUTION:
        return limits.INVALID_EXECUTION_CEILING
    if kind == EQUIVOCATION:
        return limits.EQUIVOCATION_CEILING
    if kind == MASS_OUTAGE:
        return limits.MASS_OUTAGE_CEILING
    return 0
