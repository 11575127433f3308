# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Outages
@custom:contract-name outages
@license AGPL-3.0-only
@notice All timeouts, by the day on which they were, and who timed out together.
@dev One word a timeout:
     bits     | width | field
     0..31    | 32    | time, unix seconds
     32..55   | 24    | sequencer id
     56..79   | 24    | nonce of the committee that has voted
     80..90   | 11    | basis points that it has cost
     91       | 1     | charged as a part of a mass outage
     92..175  | 84    | wei of METIS that were locked, below 19 million METIS
     176..255 | 80    | wei of power in that committee
     What does not fit is cut off at the largest value.
     Lists are read from storage again and again, where they are warm: in
     memory they would make every report dearer.
"""

from contracts.modules import limits


struct Timeout:
    time: uint256
    id: uint256
    nonce: uint256
    bps: uint256
    locked: uint256
    power: uint256


# Who timed out within one window.
struct Outage:
    ids: DynArray[uint256, limits.MAX_SEQUENCERS]
    power: uint256  # wei, of all together
    lowest: uint256  # nonce of a committee that has voted
    highest: uint256


# Windows that are looked at for one timeout: more than one only for a late report.
MOST_ENDS: constant(uint256) = 32

_TIME_MASK: constant(uint256) = 2**32 - 1
_ID_BIT: constant(uint256) = 32
_NONCE_BIT: constant(uint256) = 56
_MASK_24: constant(uint256) = 2**24 - 1
_BPS_BIT: constant(uint256) = 80
_MASK_11: constant(uint256) = 2**11 - 1
_CHARGED_BIT: constant(uint256) = 91
_LOCKED_BIT: constant(uint256) = 92
_MASK_84: constant(uint256) = 2**84 - 1
_POWER_BIT: constant(uint256) = 176
_MASK_80: constant(uint256) = 2**80 - 1
# Days that a window around a moment may touch.
_DAYS: constant(uint256) = 3

# day, since 1970 => its timeouts in the order of their reports, 0 after the last.
_days: HashMap[uint256, uint256[limits.MAX_SEQUENCERS]]


@internal
def _note(timeout: Timeout) -> uint256:
    """
    @dev Its place in its day. More than 128 on one day are not noted, and have place 128: by then
         the outage is known.
    """
    day: uint256 = timeout.time // limits.DAY
    place: uint256 = 0
    for _: uint256 in range(limits.MAX_SEQUENCERS):
        if self._days[day][place] == 0:
            self._days[day][place] = (
                timeout.time
                | (min(timeout.id, _MASK_24) << _ID_BIT)
                | (min(timeout.nonce, _MASK_24) << _NONCE_BIT)
                | (timeout.bps << _BPS_BIT)
                | (min(timeout.locked, _MASK_84) << _LOCKED_BIT)
                | (min(timeout.power, _MASK_80) << _POWER_BIT)
            )
            break
        place += 1
    return place


@internal
def _set_cost(time: uint256, place: uint256, bps: uint256):
    """
    @dev What a timeout, noted with 0, has cost.
    """
    if place < limits.MAX_SEQUENCERS:
        day: uint256 = time // limits.DAY
        self._days[day][place] = self._days[day][place] | (bps << _BPS_BIT)


@internal
def _charge(id: uint256, end: uint256) -> (bool, uint256, uint256):
    """
    @dev Notes that a sequencer was charged for its timeouts in the window that ends at a time, by a
         mark at the last of them. Whether it was not, for one less than a window from that one,
         before; the most that it had locked at any of them; and what they have cost.
    """
    locked: uint256 = 0
    cost: uint256 = 0
    last: uint256 = 0  # word
    last_day: uint256 = 0
    last_place: uint256 = 0
    earlier: uint256 = 0  # time of a mark up to the end
    later: uint256 = 0  # and after it
    for i: uint256 in range(_DAYS):
        day: uint256 = end // limits.DAY + i - 1
        if day > block.timestamp // limits.DAY:
            break
        for place: uint256 in range(limits.MAX_SEQUENCERS):
            word: uint256 = self._days[day][place]
            if word == 0:
                break
            if not self._is_of(word, id):
                continue
            time: uint256 = word & _TIME_MASK
            if (word >> _CHARGED_BIT) & 1 == 1:
                if time <= end:
                    earlier = max(earlier, time)
                elif later == 0 or time < later:
                    later = time
            if self._is_within(word, end):
                amount: uint256 = (word >> _LOCKED_BIT) & _MASK_84
                locked = max(locked, amount)
                cost += self._share(amount, (word >> _BPS_BIT) & _MASK_11)
                if time >= last & _TIME_MASK:
                    last = word
                    last_day = day
                    last_place = place
    time: uint256 = last & _TIME_MASK
    if time < earlier + limits.OUTAGE_WINDOW or (
        later != 0 and later < time + limits.OUTAGE_WINDOW
    ):
        return False, locked, cost
    self._days[last_day][last_place] = last | (1 << _CHARGED_BIT)
    return True, locked, cost


@internal
@view
def _is_covered(id: uint256, time: uint256) -> bool:
    """
    @dev Whether a sequencer was charged for a timeout less than a window from a time.
    """
    for i: uint256 in range(_DAYS):
        day: uint256 = time // limits.DAY + i - 1
        for place: uint256 in range(limits.MAX_SEQUENCERS):
            word: uint256 = self._days[day][place]
            if word == 0:
                break
            if (
                self._is_of(word, id)
                and (word >> _CHARGED_BIT) & 1 == 1
                and self._is_near(word, time)
            ):
                return True
    return False


@internal
@view
def _around(time: uint256) -> (uint256, DynArray[uint256, MOST_ENDS]):
    """
    @dev How many timeouts were less than a window from a time, before or after it; and when windows
         may end that contain it: then, or at a timeout after it, of which there are some when a
         report is late.
    """
    count: uint256 = 0
    ends: DynArray[uint256, MOST_ENDS] = [time]
    for i: uint256 in range(_DAYS):
        day: uint256 = time // limits.DAY + i - 1
        if day > block.timestamp // limits.DAY:
            break
        for place: uint256 in range(limits.MAX_SEQUENCERS):
            word: uint256 = self._days[day][place]
            if word == 0:
                break
            if self._is_near(word, time):
                count += 1
                if word & _TIME_MASK > time and len(ends) < MOST_ENDS:
                    ends.append(word & _TIME_MASK)
    return count, ends


@internal
@view
def _outage(end: uint256) -> Outage:
    """
    @dev Who timed out within the window that ends at a time, which is included.
    """
    outage: Outage = empty(Outage)
    outage.lowest = max_value(uint256)
    for i: uint256 in range(2):
        day: uint256 = end // limits.DAY + i - 1
        for place: uint256 in range(limits.MAX_SEQUENCERS):
            word: uint256 = self._days[day][place]
            if word == 0:
                break
            if not self._is_within(word, end):
                continue
            id: uint256 = (word >> _ID_BIT) & _MASK_24
            nonce: uint256 = (word >> _NONCE_BIT) & _MASK_24
            outage.lowest = min(outage.lowest, nonce)
            outage.highest = max(outage.highest, nonce)
            if id not in outage.ids and len(outage.ids) < limits.MAX_SEQUENCERS:
                outage.ids.append(id)
                outage.power += word >> _POWER_BIT
    return outage


@internal
@pure
def _is_of(word: uint256, id: uint256) -> bool:
    return (word >> _ID_BIT) & _MASK_24 == id


@internal
@pure
def _is_near(word: uint256, time: uint256) -> bool:
    other: uint256 = word & _TIME_MASK
    return max(other, time) - min(other, time) < limits.OUTAGE_WINDOW


@internal
@pure
def _is_within(word: uint256, end: uint256) -> bool:
    time: uint256 = word & _TIME_MASK
    return time <= end and end < time + limits.OUTAGE_WINDOW


@internal
@pure
def _share(amount: uint256, bps: uint256) -> uint256:
    """
    @dev Rounded up, so that dust is not free.
    """
    return (amount * bps + limits.BPS - 1) // limits.BPS
