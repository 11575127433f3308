# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Offences
@custom:contract-name offences
@license AGPL-3.0-only
@notice Kinds of offences, and the most that each may cost. Stateless.
@dev The kinds are the numbers of messages.Offence and of the SlashVault's
     cases. `slasher_words` has what each costs.
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

# No kind. In its place stands the most that all strikes of a timeout cost together.
TIMEOUT_MAXIMUM: constant(uint8) = 0


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
