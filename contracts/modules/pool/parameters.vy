# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Parameters
@custom:contract-name parameters
@license AGPL-3.0-only
@notice The parameters of the SequencerPool, and their bounds.
@dev A parameter is named by its first bit in the word: see `pool_words`.
     Importers check who may set one, and that its new value is allowed.
@custom:source docs/design.md section 4
"""

from contracts.modules import limits
from contracts.modules.words import pool_words as words
from interfaces import ISequencerPool

_word: uint256


@internal
@view
def _load() -> ISequencerPool.Parameters:
    return words._unpack_parameters(self._word)


@internal
@view
def _allows(at: uint256, new: uint256) -> bool:
    """
    @dev min_stake and cap bound each other.
    """
    lowest: uint256 = limits.ROTATION_PERIOD_FLOOR
    highest: uint256 = limits.ROTATION_PERIOD_CEILING
    if at == words.MIN_STAKE_AT:
        lowest = limits.MIN_STAKE_FLOOR
        highest = self._load().cap
    elif at == words.CAP_AT:
        lowest = self._load().min_stake
        highest = limits.CAP_CEILING
    elif at == words.MAX_SEQUENCERS_AT:
        lowest = limits.SEATS_FLOOR
        highest = limits.MAX_SEQUENCERS
    elif at == words.EXIT_DELAY_AT:
        # The floor leaves time to punish: see limits.CERTIFICATE_MAX_AGE.
        lowest = limits.EXIT_DELAY_FLOOR
        highest = limits.EXIT_DELAY_CEILING
    elif at == words.CURE_PERIOD_AT:
        lowest = limits.CURE_PERIOD_FLOOR
        highest = limits.CURE_PERIOD_CEILING
    return new >= lowest and new <= highest


@internal
def _replace(at: uint256, new: uint256) -> uint256:
    """
    @dev Returns the old value. `new` has to be allowed, else it may not fit into its bits.
    """
    old: uint256 = 0
    old, self._word = words._replace_parameter(self._word, at, new)
    return old
