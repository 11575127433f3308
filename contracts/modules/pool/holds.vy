# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Holds
@custom:contract-name holds
@license AGPL-3.0-only
@notice What may not be claimed of a sequencer's stake while cases are
        undecided.
@dev A hold keeps what matures after it was set. Of what had matured before, it
     keeps what an earlier hold kept at that moment, and no more: so a hold that
     is made larger reaches nothing that was free already.
     A hold has two words:
     bits     | width | field
     0..95    | 96    | amount, wei
     96..135  | 40    | when it was set, unix seconds
     136..175 | 40    | when it lapses, unix seconds

     0..95    | 96    | wei that it keeps of what the owner had matured before
     96..191  | 96    | wei that it keeps of what the vault had matured before
     Importers check who may set one, and for how long. Amounts of METIS need 84
     bits; what is larger is cut off at the largest value.
"""


struct Hold:
    amount: uint256
    set_at: uint256
    until: uint256
    kept: uint256[2]  # by side


_AMOUNT_MASK: constant(uint256) = 2**96 - 1
_DATE_MASK: constant(uint256) = 2**40 - 1
_SET_BIT: constant(uint256) = 96
_UNTIL_BIT: constant(uint256) = 136
_PAIRED_BIT: constant(uint256) = 96

_holds: HashMap[uint256, uint256]  # sequencer id =>
_kept: HashMap[uint256, uint256]  # sequencer id =>


@internal
def _set(id: uint256, amount: uint256, until: uint256, kept: uint256[2]):
    """
    @dev In place of the one before. kept: what that one keeps now, by side.
    """
    self._holds[id] = (
        min(amount, _AMOUNT_MASK) | (block.timestamp << _SET_BIT) | (until << _UNTIL_BIT)
    )
    self._kept[id] = kept[0] | (kept[1] << _PAIRED_BIT)


@internal
def _renew(id: uint256, kept: uint256[2]):
    """
    @dev As if it were set now, with the same amount and end.
    """
    amount: uint256 = 0
    until: uint256 = 0
    amount, until = self._of(id)
    self._set(id, amount, until, kept)


@internal
@view
def _of(id: uint256) -> (uint256, uint256):
    """
    @dev The amount, and when it lapses or has lapsed.
    """
    word: uint256 = self._holds[id]
    return word & _AMOUNT_MASK, word >> _UNTIL_BIT


@internal
@view
def _in_force(id: uint256, since: uint256) -> Hold:
    """
    @dev All zero if it has lapsed, or was set before `since`.
    """
    word: uint256 = self._holds[id]
    hold: Hold = empty(Hold)
    until: uint256 = word >> _UNTIL_BIT
    set_at: uint256 = (word >> _SET_BIT) & _DATE_MASK
    if until > block.timestamp and set_at >= since:
        kept: uint256 = self._kept[id]
        hold = Hold(
            amount=word & _AMOUNT_MASK,
            set_at=set_at,
            until=until,
            kept=[kept & _AMOUNT_MASK, kept >> _PAIRED_BIT],
        )
    return hold
