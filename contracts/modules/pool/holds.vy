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
     176..255 | 80    | the lowest bits of the address that has set it

     0..95    | 96    | wei that it keeps of what the owner had matured before
     96..191  | 96    | wei that it keeps of what the vault had matured before
     Importers check who may set one, and for how long. To anyone but whom it was
     set by it is void. Amounts of METIS need 84 bits; what is larger is cut off
     at the largest value.
"""


struct Hold:
    amount: uint256
    set_at: uint256
    kept: uint256[2]  # by side


_AMOUNT_MASK: constant(uint256) = 2**96 - 1
_DATE_MASK: constant(uint256) = 2**40 - 1
_SET_BIT: constant(uint256) = 96
_UNTIL_BIT: constant(uint256) = 136
_PAIRED_BIT: constant(uint256) = 96
_SETTER_BIT: constant(uint256) = 176
_SETTER_MASK: constant(uint256) = 2**80 - 1

_holds: HashMap[uint256, uint256]  # sequencer id =>
_kept: HashMap[uint256, uint256]  # sequencer id =>


@internal
def _replace(id: uint256, amount: uint256, until: uint256, kept: uint256[2], setter: address):
    """
    @dev In place of the one before. kept: what that one keeps now, by side.
    """
    self._holds[id] = (
        min(amount, _AMOUNT_MASK)
        | (block.timestamp << _SET_BIT)
        | (until << _UNTIL_BIT)
        | (convert(setter, uint256) << _SETTER_BIT)
    )
    self._kept[id] = kept[0] | (kept[1] << _PAIRED_BIT)


@internal
def _renew(id: uint256, kept: uint256[2], setter: address):
    """
    @dev As if it were set now, with the same amount and end.
    """
    amount: uint256 = 0
    until: uint256 = 0
    amount, until = self._of(id)
    self._replace(id, amount, until, kept, setter)


@internal
@view
def _of(id: uint256) -> (uint256, uint256):
    """
    @dev The amount, and when it lapses or has lapsed.
    """
    word: uint256 = self._holds[id]
    return word & _AMOUNT_MASK, (word >> _UNTIL_BIT) & _DATE_MASK


@internal
@view
def _in_force(id: uint256, setter: address) -> Hold:
    """
    @dev All zero if it has lapsed, or was set by another.
    """
    word: uint256 = self._holds[id]
    hold: Hold = empty(Hold)
    if (word >> _UNTIL_BIT) & _DATE_MASK > block.timestamp and word >> _SETTER_BIT == convert(
        setter, uint256
    ) & _SETTER_MASK:
        kept: uint256 = self._kept[id]
        hold.amount = word & _AMOUNT_MASK
        hold.set_at = (word >> _SET_BIT) & _DATE_MASK
        hold.kept[0] = kept & _AMOUNT_MASK
        hold.kept[1] = kept >> _PAIRED_BIT
    return hold
