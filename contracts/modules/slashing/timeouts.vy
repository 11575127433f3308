# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Timeouts
@custom:contract-name timeouts
@license AGPL-3.0-only
@notice When each sequencer timed out lately, and what that has cost it.
@dev A quarter is six hours, UTC, numbered from 1970. A sequencer has one word:
     bits     | width   | field
     0..15    | 16      | the latest day with a timeout, days since 1970
     16..111  | 32 x 3  | timeouts on that day, on the day before, ...: its strikes; 7 at most
     112..159 | 48      | bit i: there was one in the quarter that is i before that day's last
     160..255 | 12 x 8  | pairs of basis points that those of that day have cost, of the day
              |         | before, ...; rounded up, 255 at most
     A report is at most 10 days late, so 12 days are enough to know with whom
     a sequencer timed out. Where reports come late, a timeout may find fewer
     than 30 days before it.
"""

from contracts.modules import limits


struct Timeouts:
    day: uint256
    strikes: uint256
    quarters: uint256
    costs: uint256


QUARTERS_A_DAY: constant(uint256) = 4
# Quarters that are remembered, in the word and in the Slasher's word of charges.
QUARTERS: constant(uint256) = 12 * QUARTERS_A_DAY

_STRIKES_BIT: constant(uint256) = 16
_STRIKE_WIDTH: constant(uint256) = 3
_MOST_STRIKES: constant(uint256) = 2**3 - 1
_DAYS: constant(uint256) = 32
_QUARTERS_BIT: constant(uint256) = 112
_COSTS_BIT: constant(uint256) = 160
_COST_WIDTH: constant(uint256) = 8
_MOST_COST: constant(uint256) = 2**8 - 1
_DAY_MASK: constant(uint256) = 2**16 - 1
_STRIKES_MASK: constant(uint256) = 2**96 - 1
_QUARTERS_MASK: constant(uint256) = 2**48 - 1
_COSTS_MASK: constant(uint256) = 2**96 - 1

_words: HashMap[uint256, uint256]  # sequencer id =>


@internal
@view
def _load(id: uint256) -> Timeouts:
    word: uint256 = self._words[id]
    return Timeouts(
        day=word & _DAY_MASK,
        strikes=(word >> _STRIKES_BIT) & _STRIKES_MASK,
        quarters=(word >> _QUARTERS_BIT) & _QUARTERS_MASK,
        costs=word >> _COSTS_BIT,
    )


@internal
def _save(id: uint256, timeouts: Timeouts):
    self._words[id] = (
        timeouts.day
        | (timeouts.strikes << _STRIKES_BIT)
        | (timeouts.quarters << _QUARTERS_BIT)
        | (timeouts.costs << _COSTS_BIT)
    )


@internal
@pure
def _moved(before: Timeouts, day: uint256) -> Timeouts:
    """
    @dev As seen from a day that is not before its own.
    """
    # From 32 days on nothing is left.
    passed: uint256 = min(unsafe_sub(day, before.day), _DAYS)
    return Timeouts(
        day=day,
        strikes=(before.strikes << (_STRIKE_WIDTH * passed)) & _STRIKES_MASK,
        quarters=self._moved_quarters(before.quarters, passed),
        costs=(before.costs << (_COST_WIDTH * passed)) & _COSTS_MASK,
    )


@internal
@pure
def _moved_quarters(quarters: uint256, days: uint256) -> uint256:
    return (quarters << (QUARTERS_A_DAY * days)) & _QUARTERS_MASK


@internal
@pure
def _strikes(timeouts: Timeouts, day: uint256) -> uint256:
    """
    @dev How many there were less than 30 days before a day, on it, or after it.
    """
    left: uint256 = timeouts.strikes
    sum: uint256 = 0
    for i: uint256 in range(_DAYS):
        # Nothing is left in most cases, soon.
        if left == 0 or day >= timeouts.day - i + limits.STRIKE_DAYS:
            break
        sum = unsafe_add(sum, left & _MOST_STRIKES)
        left = left >> _STRIKE_WIDTH
    return sum


@internal
@pure
def _with_one(before: Timeouts, quarter: uint256) -> Timeouts:
    """
    @dev With another timeout, in a quarter of its latest day or of the 11 days before.
    """
    timeouts: Timeouts = before
    at: uint256 = _STRIKE_WIDTH * (timeouts.day - quarter // QUARTERS_A_DAY)
    if (timeouts.strikes >> at) & _MOST_STRIKES != _MOST_STRIKES:
        timeouts.strikes += 1 << at
    timeouts.quarters = timeouts.quarters | (1 << self._place(timeouts.day, quarter))
    return timeouts


@internal
@pure
def _place(day: uint256, quarter: uint256) -> uint256:
    """
    @dev The bit of a quarter that is not after that day.
    """
    return QUARTERS_A_DAY * day + QUARTERS_A_DAY - 1 - quarter


@internal
@pure
def _quarter(day: uint256, place: uint256) -> uint256:
    # Counting back from the day's last is its own inverse.
    return self._place(day, place)


@internal
@pure
def _new_windows(timeouts: Timeouts, quarter: uint256) -> (uint256, uint256):
    """
    @dev The first and the last quarter with which a window ends that has a timeout in this quarter
         and none of the sequencer's others; 1 and 0 if there is no such window.
         A window is four quarters in a row.
    """
    place: uint256 = self._place(timeouts.day, quarter)
    # Bit 3 is this quarter, bits 0..2 the three after it, bits 4..6 the three before.
    near: uint256 = (timeouts.quarters << 3) >> place
    first: uint256 = quarter
    last: uint256 = quarter + 3
    if near & 8 != 0:
        return 1, 0
    for i: uint256 in range(1, 4):
        if near & (8 << i) != 0:
            first = quarter + 4 - i
            break
    for i: uint256 in range(1, 4):
        if near & (8 >> i) != 0:
            last = quarter + i - 1
            break
    if first > last:
        return 1, 0
    return first, last


@internal
@pure
def _is_near(quarters: uint256, place: uint256) -> bool:
    """
    @dev Whether one of some quarters shares a window with that of a place.
    """
    return ((quarters << 3) >> place) & 127 != 0


@internal
@pure
def _with_cost(before: Timeouts, day: uint256, bps: uint256) -> Timeouts:
    """
    @dev With what a timeout of a day has cost.
    """
    timeouts: Timeouts = before
    at: uint256 = _COST_WIDTH * (timeouts.day - day)
    cost: uint256 = (timeouts.costs >> at) & _MOST_COST
    timeouts.costs += (min(cost + (bps + 1) // 2, _MOST_COST) - cost) << at
    return timeouts


@internal
@pure
def _take_cost(before: Timeouts, quarter: uint256) -> (uint256, Timeouts):
    """
    @dev What the timeouts of the days of the window that begins with a quarter have cost; it is
         forgotten, so that nothing is counted twice.
    """
    timeouts: Timeouts = before
    cost: uint256 = 0
    for i: uint256 in range(2):
        day: uint256 = (quarter + 3 * i) // QUARTERS_A_DAY
        if day <= timeouts.day:
            at: uint256 = _COST_WIDTH * (timeouts.day - day)
            of_day: uint256 = (timeouts.costs >> at) & _MOST_COST
            cost += 2 * of_day
            timeouts.costs -= of_day << at
    return cost, timeouts
