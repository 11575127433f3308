# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Outages
@custom:contract-name outages
@license AGPL-3.0-only
@notice Mass outages: when so many sequencers timed out within a day that they
        were a third.
@dev A quarter is six hours, UTC, numbered from 1970; a window is four of them
     in a row, named by its last. For each window there are running sums, so
     that no report ever looks through others. A day has one word, for the
     windows that end on it:
     bits       | width | field
     0..11      | 12    | day // 16: the word's place in the ring holds every 16th day
     12..19     | 8     | members of the largest committee that has voted on a timeout of that day
     20..56     | 37    | power of the most powerful one
     57 + 45k.. | 8     | different sequencers that timed out in the window that ends with
                |       | quarter k of the day
                | 37    | their power
     Power is in thousandths of METIS, rounded up for a sequencer and down for
     a committee. What does not fit is cut off at the largest value.
     Windows that overlap, and in each of which a third timed out, are one
     outage. It has a number, from 1, and a word:
     0..23    | 24  | its first quarter
     24..47   | 24  | its last quarter
     48..87   | 40  | when it was found, or has last grown, unix seconds
     128..255 | 128 | key of the offence whose report has found it
@custom:source docs/design.md section 3.4
"""

from contracts.modules import limits
from contracts.modules.words import case_words as cases


struct Outage:
    first: uint256
    last: uint256
    found_at: uint256
    key: bytes16


_QUARTERS_A_DAY: constant(uint256) = 4
_RING: constant(uint256) = 16
_UNIT: constant(uint256) = limits.METIS // 1_000
_AGE_MASK: constant(uint256) = 2**12 - 1
_BAR_BIT: constant(uint256) = 12
_BAR_MASK: constant(uint256) = 2**45 - 1
_WINDOWS_BIT: constant(uint256) = 57
_WINDOW_WIDTH: constant(uint256) = 45
_WINDOW_MASK: constant(uint256) = 2**45 - 1
_COUNT_MASK: constant(uint256) = 2**8 - 1
_POWER_BIT: constant(uint256) = 8
_POWER_MASK: constant(uint256) = 2**37 - 1
_QUARTER_MASK: constant(uint256) = 2**24 - 1
_LAST_BIT: constant(uint256) = 24
_FOUND_BIT: constant(uint256) = 48
_FOUND_MASK: constant(uint256) = 2**40 - 1
_NUMBER_WIDTH: constant(uint256) = 64
_NUMBER_MASK: constant(uint256) = 2**64 - 1

count: uint256  # of outages: the latest number
_days: uint256[_RING]  # day % 16 =>
_numbers: HashMap[uint256, uint256]  # day => numbers of the outages of its quarters, 0: none
_outages: HashMap[uint256, uint256]  # number =>


@deploy
def __init__():
    """
    @notice Fills the ring, so that no report pays for a fresh slot: 17,100 gas for the first of each day.
    """
    for place: uint256 in range(_RING):
        # Of day `place` of 1970, when nobody timed out.
        self._days[place] = 1 << _BAR_BIT


@internal
def _note(
    quarter: uint256, first: uint256, last: uint256, power: uint256, size: uint256, total: uint256
) -> (uint256, uint256):
    """
    @dev Notes a timeout: in the windows from `first` to `last` it is the sequencer's only one. power
         is its power, size and total are those of the committee that has voted. Returns the first
         and the last quarter of all windows with this quarter in which a third timed out; 0 if
         there are none.
    """
    day: uint256 = quarter // _QUARTERS_A_DAY
    today: uint256 = self._with_bar(
        self._day(day), min(size, _COUNT_MASK), min(total // _UNIT, _POWER_MASK)
    )
    tomorrow: uint256 = self._day(day + 1)
    of_one: uint256 = min((power + _UNIT - 1) // _UNIT, _POWER_MASK)
    reaches_tomorrow: bool = False
    for end: uint256 in range(first, last + 1, bound=_QUARTERS_A_DAY):
        if end // _QUARTERS_A_DAY == day:
            today = self._with_one(today, end, of_one)
        else:
            tomorrow = self._with_one(tomorrow, end, of_one)
            reaches_tomorrow = True
    self._days[day % _RING] = today
    if reaches_tomorrow:
        self._days[(day + 1) % _RING] = tomorrow

    start: uint256 = 0
    stop: uint256 = 0
    for end: uint256 in range(quarter, quarter + _QUARTERS_A_DAY, bound=_QUARTERS_A_DAY):
        word: uint256 = today
        other: uint256 = tomorrow
        if end // _QUARTERS_A_DAY == day:
            other = self._day(day - 1)
        else:
            word = tomorrow
            other = today
        if self._is_third(word, end, other):
            if stop == 0:
                start = end - 3
            stop = end
    return start, stop


@internal
def _join(start: uint256, stop: uint256, quarter: uint256, key: bytes16) -> uint256:
    """
    @dev Makes the quarters from `start` to `stop`, this one among them, parts of an outage: of one
         that has a part of them, else of a new one. Returns the number of this quarter's.
    """
    number: uint256 = self._number_of(quarter)
    for other: uint256 in range(start, stop + 1, bound=7):
        if number != 0:
            break
        number = self._number_of(other)
    outage: Outage = self._outage(number)
    if number == 0:
        number = self.count + 1
        self.count = number
        outage = Outage(first=start, last=stop, found_at=0, key=key)
    has_grown: bool = False
    for other: uint256 in range(start, stop + 1, bound=7):
        if self._number_of(other) == 0:
            has_grown = True
            at: uint256 = _NUMBER_WIDTH * (other % _QUARTERS_A_DAY)
            self._numbers[other // _QUARTERS_A_DAY] = self._numbers[other // _QUARTERS_A_DAY] | (
                number << at
            )
            outage.first = min(outage.first, other)
            outage.last = max(outage.last, other)
    if has_grown:
        self._outages[number] = (
            outage.first
            | (outage.last << _LAST_BIT)
            | (block.timestamp << _FOUND_BIT)
            | convert(convert(outage.key, bytes32), uint256)
        )
    return number


@internal
@view
def _number_of(quarter: uint256) -> uint256:
    """
    @dev The outage of which a quarter is a part; 0: of none.
    """
    at: uint256 = _NUMBER_WIDTH * (quarter % _QUARTERS_A_DAY)
    return (self._numbers[quarter // _QUARTERS_A_DAY] >> at) & _NUMBER_MASK


@internal
@view
def _outage(number: uint256) -> Outage:
    """
    @dev All zero if there is none.
    """
    word: uint256 = self._outages[number]
    return Outage(
        first=word & _QUARTER_MASK,
        last=(word >> _LAST_BIT) & _QUARTER_MASK,
        found_at=(word >> _FOUND_BIT) & _FOUND_MASK,
        key=cases._key(convert(word, bytes32)),
    )


@internal
@view
def _day(day: uint256) -> uint256:
    """
    @dev The word of a day; what stands in its place of an earlier day is nothing.
    """
    word: uint256 = self._days[day % _RING]
    if word & _AGE_MASK == day // _RING:
        return word
    return day // _RING


@internal
@pure
def _with_bar(word: uint256, size: uint256, power: uint256) -> uint256:
    """
    @dev With a committee that has voted: what is larger of it than of those before.
    """
    bar: uint256 = self._larger(word >> _BAR_BIT, size | (power << _POWER_BIT))
    return (word & ~(_BAR_MASK << _BAR_BIT)) | (bar << _BAR_BIT)


@internal
@pure
def _larger(one: uint256, other: uint256) -> uint256:
    """
    @dev The larger size and the larger power of two committees, whose bits are the lowest of a number.
    """
    power: uint256 = max((one >> _POWER_BIT) & _POWER_MASK, (other >> _POWER_BIT) & _POWER_MASK)
    return max(one & _COUNT_MASK, other & _COUNT_MASK) | (power << _POWER_BIT)


@internal
@pure
def _window_bit(end: uint256) -> uint256:
    return _WINDOWS_BIT + _WINDOW_WIDTH * (end % _QUARTERS_A_DAY)


@internal
@pure
def _with_one(word: uint256, end: uint256, power: uint256) -> uint256:
    """
    @dev With one sequencer more in a window.
    """
    bit: uint256 = self._window_bit(end)
    window: uint256 = (word >> bit) & _WINDOW_MASK
    number: uint256 = min((window & _COUNT_MASK) + 1, _COUNT_MASK)
    sum: uint256 = min((window >> _POWER_BIT) + power, _POWER_MASK)
    return (word & ~(_WINDOW_MASK << bit)) | ((number | (sum << _POWER_BIT)) << bit)


@internal
@pure
def _is_third(word: uint256, end: uint256, other: uint256) -> bool:
    """
    @dev Whether in a window at least 3 timed out, and a third of the largest committee, both by
         number and by power. `other` is the word of the other day that the window may touch.
    """
    window: uint256 = (word >> self._window_bit(end)) & _WINDOW_MASK
    number: uint256 = window & _COUNT_MASK
    if number < limits.MIN_OUTAGE:
        return False
    # That of the other day is none of this window if the window is just this day.
    bar: uint256 = self._larger(
        word >> _BAR_BIT, other >> _BAR_BIT if end % _QUARTERS_A_DAY != 3 else 0
    )
    return 3 * number >= bar & _COUNT_MASK and 3 * (window >> _POWER_BIT) >= bar >> _POWER_BIT
