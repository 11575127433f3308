# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Dated amount
@custom:contract-name dated_amount
@license AGPL-3.0-only
@notice An amount of METIS and a date in one word. Stateless.
@dev bits    | width | field
     0..127  | 128   | amount, wei: METIS' whole supply needs 84
     128..   | 128   | date, unix seconds

     The amount sits in the low bits, so an amount no larger than the entry's
     own may be subtracted from the word itself.
"""

_AMOUNT_MASK: constant(uint256) = 2**128 - 1
_DATE_BITS: constant(uint256) = 128


@internal
@pure
def _pack(amount: uint256, date: uint256) -> uint256:
    return amount | (date << _DATE_BITS)


@internal
@pure
def _amount(word: uint256) -> uint256:
    return word & _AMOUNT_MASK


@internal
@pure
def _date(word: uint256) -> uint256:
    return word >> _DATE_BITS
