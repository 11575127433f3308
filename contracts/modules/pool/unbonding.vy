# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Unbonding
@custom:contract-name unbonding
@license AGPL-3.0-only
@notice Lists of stake on its way out: it stays slashable until it matures,
        and may be claimed from then on.
@dev A list has at most limits.MAX_UNBONDINGS entries, oldest first. An entry
     may be 0, but never the newest. Its dates need not ascend: the delay may
     have been lowered between two entries.
     The importer keeps the length of each list, in a word of its own that
     changes at the same time, and hands it in and out of every call.
     An entry is one word:
     bits     | width | field
     0..127   | 128   | amount, wei: all METIS needs 84
     128..255 | 128   | date: the unix second from which on it has matured
     The amount is in the low bits, so an amount that is no larger may be
     subtracted from the word itself. The date is in the high bits, so the
     larger word has the later date.
"""

from contracts.modules import limits

_AMOUNT_MASK: constant(uint256) = 2**128 - 1
_DATE_BIT: constant(uint256) = 128

# list key => position => entry
_lists: HashMap[uint256, uint256[limits.MAX_UNBONDINGS]]


@internal
def _add(key: uint256, length: uint256, amount: uint256, matures_at: uint256) -> (uint256, uint256):
    """
    @dev Appends, or joins the newest entry of a full list, at the later of both dates.
         Returns the new length and the date at which the amount matures.
    """
    if length < limits.MAX_UNBONDINGS:
        self._lists[key][length] = self._pack(amount, matures_at)
        return unsafe_add(length, 1), matures_at
    newest: uint256 = self._lists[key][limits.MAX_UNBONDINGS - 1]
    oldest: uint256 = self._lists[key][0]
    if self._date(max(newest, oldest)) <= block.timestamp:
        # Matured stake is not locked again: it joins the oldest, which has matured too. It takes its
        # date there: a hold that keeps it finds it by that.
        self._lists[key][0] = self._pack(
            unsafe_add(self._amount(oldest), self._amount(newest)), self._date(max(newest, oldest))
        )
        newest = 0
    later: uint256 = max(self._date(newest), matures_at)
    self._lists[key][limits.MAX_UNBONDINGS - 1] = self._pack(
        unsafe_add(self._amount(newest), amount), later
    )
    return length, later


@internal
def _take_matured(key: uint256, length: uint256, free: uint256) -> uint256:
    """
    @dev Takes `free` wei of what has matured, the oldest first, and closes the gaps. `free` is at
         most what has matured. Returns the new length.
    """
    left: uint256 = free
    new_length: uint256 = 0
    for i: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        entry: uint256 = self._lists[key][i]
        self._lists[key][i] = 0
        if self._date(entry) <= block.timestamp:
            take: uint256 = min(left, self._amount(entry))
            left = unsafe_sub(left, take)
            entry = unsafe_sub(entry, take)
            if self._amount(entry) == 0:
                continue
        self._lists[key][new_length] = entry
        new_length = unsafe_add(new_length, 1)
    return new_length


@internal
def _slash(
    key: uint256, length: uint256, wanted: uint256, kept: uint256
) -> (uint256, uint256, uint256):
    """
    @dev Takes up to `wanted`, newest entry first, from what has not matured and
         from `kept` of what has. Returns the amount taken, the new length, and
         what is left of `kept`. An entry that was taken whole goes, or stays as
         0 below others.
    """
    left: uint256 = wanted
    left_kept: uint256 = kept
    new_length: uint256 = length
    for j: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        i: uint256 = unsafe_sub(unsafe_sub(length, 1), j)
        entry: uint256 = self._lists[key][i]
        amount: uint256 = self._amount(entry)
        take: uint256 = min(amount, left)
        if self._date(entry) <= block.timestamp:
            take = min(take, left_kept)
            left_kept = unsafe_sub(left_kept, take)
        left = unsafe_sub(left, take)
        entry = unsafe_sub(entry, take)
        if take == amount:
            entry = 0
            if new_length == unsafe_add(i, 1):
                new_length = i
        self._lists[key][i] = entry
    return unsafe_sub(wanted, left), new_length, left_kept


@internal
@view
def _totals(key: uint256, length: uint256, since: uint256) -> (uint256, uint256, uint256):
    """
    @dev What has not matured, what has, and how much of the latter has after a time.
    """
    unbonding: uint256 = 0
    matured: uint256 = 0
    after: uint256 = 0
    for i: uint256 in range(length, bound=limits.MAX_UNBONDINGS):
        entry: uint256 = self._lists[key][i]
        if self._date(entry) > block.timestamp:
            unbonding = unsafe_add(unbonding, self._amount(entry))
        else:
            matured = unsafe_add(matured, self._amount(entry))
            if self._date(entry) > since:
                after = unsafe_add(after, self._amount(entry))
    return unbonding, matured, after


@internal
@view
def _at(key: uint256, position: uint256) -> (uint256, uint256):
    entry: uint256 = self._lists[key][position]
    return self._amount(entry), self._date(entry)


@internal
@pure
def _pack(amount: uint256, date: uint256) -> uint256:
    return amount | (date << _DATE_BIT)


@internal
@pure
def _amount(entry: uint256) -> uint256:
    return entry & _AMOUNT_MASK


@internal
@pure
def _date(entry: uint256) -> uint256:
    return entry >> _DATE_BIT
