# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Unbonding
@custom:contract-name unbonding
@license AGPL-3.0-only
@notice Lists of stake on its way out: it stays slashable until it matures,
        and may be claimed from then on.
@dev A list has at most limits.MAX_UNBONDINGS entries, oldest first; an entry
     may be 0, never the newest. Its length is kept by the importer, in a word that changes at the
     same time, and handed in and out of every call. An entry is a
     `dated_amount`: the amount and the first second at which it has matured.
     The delay may have been lowered in between, so dates need not ascend.
"""

from contracts.modules import dated_amount
from contracts.modules import limits


# list key => position => entry
_lists: HashMap[uint256, uint256[limits.MAX_UNBONDINGS]]


@internal
def _add(key: uint256, length: uint256, amount: uint256, matures_at: uint256) -> (uint256, uint256):
    """
    @dev Appends, or joins the newest entry of a full list, at the later of both dates.
         Returns the new length and the date at which the amount matures.
    """
    if length < limits.MAX_UNBONDINGS:
        self._lists[key][length] = dated_amount._pack(amount, matures_at)
        return length + 1, matures_at
    newest: uint256 = self._lists[key][limits.MAX_UNBONDINGS - 1]
    oldest: uint256 = self._lists[key][0]
    # A word's date is in its high bits: the larger word has the later date.
    if dated_amount._date(max(newest, oldest)) <= block.timestamp:
        # Matured stake is not locked again: it joins the oldest, which has matured too.
        self._lists[key][0] = oldest + dated_amount._amount(newest)
        newest = 0
    later: uint256 = max(dated_amount._date(newest), matures_at)
    self._lists[key][limits.MAX_UNBONDINGS - 1] = dated_amount._pack(
        dated_amount._amount(newest) + amount, later
    )
    return length, later


@internal
def _take_matured(key: uint256, length: uint256, kept: uint256) -> (uint256, uint256):
    """
    @dev Takes all that has matured, but leaves `kept` of it, and closes the
         gaps. Returns the amount taken and the new length.
    """
    taken: uint256 = 0
    left_kept: uint256 = kept
    new_length: uint256 = 0
    for i: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        entry: uint256 = self._lists[key][i]
        self._lists[key][i] = 0
        if dated_amount._date(entry) <= block.timestamp:
            keep: uint256 = min(left_kept, dated_amount._amount(entry))
            left_kept -= keep
            taken += dated_amount._amount(entry) - keep
            if keep == 0:
                continue
            entry = dated_amount._pack(keep, dated_amount._date(entry))
        self._lists[key][new_length] = entry
        new_length += 1
    return taken, new_length


@internal
def _slash(key: uint256, length: uint256, wanted: uint256, kept: uint256) -> (uint256, uint256):
    """
    @dev Takes up to `wanted`, newest entry first, from what has not matured and
         from `kept` of what has. Returns the amount taken and the new length:
         an entry that was taken whole goes, or stays as 0 below others.
    """
    left: uint256 = wanted
    left_kept: uint256 = kept
    new_length: uint256 = length
    for j: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        i: uint256 = length - 1 - j
        entry: uint256 = self._lists[key][i]
        amount: uint256 = dated_amount._amount(entry)
        take: uint256 = min(amount, left)
        if dated_amount._date(entry) <= block.timestamp:
            take = min(take, left_kept)
            left_kept -= take
        left -= take
        entry -= take
        if take == amount:
            entry = 0
            if new_length == i + 1:
                new_length = i
        self._lists[key][i] = entry
    return wanted - left, new_length


@internal
@view
def _totals(key: uint256, length: uint256) -> (uint256, uint256):
    """
    @dev What has not matured, and what has.
    """
    unbonding: uint256 = 0
    matured: uint256 = 0
    for i: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        entry: uint256 = self._lists[key][i]
        if dated_amount._date(entry) <= block.timestamp:
            matured += dated_amount._amount(entry)
        else:
            unbonding += dated_amount._amount(entry)
    return unbonding, matured


@internal
@view
def _at(key: uint256, position: uint256) -> (uint256, uint256):
    entry: uint256 = self._lists[key][position]
    return dated_amount._amount(entry), dated_amount._date(entry)
