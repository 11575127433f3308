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
     80..91   | 12    | basis points that it has cost
     92..175  | 84    | wei of METIS that were locked, below 19 million METIS
     176..255 | 80    | wei of power in that committee
     One word a sequencer's part in an outage, in memory:
     0..31    | 32    | time of its latest timeout there
     32..55   | 24    | sequencer id
     56..139  | 84    | wei of METIS, the most that were locked at any of them
     140..223 | 84    | wei of METIS that they have cost
     224..231 | 8     | where that with its largest power is noted: place, and
              |       | above it 1 for the day of the window's end, 0 for the day before
     What does not fit is cut off at the largest value.
"""

from contracts.modules import limits


struct Timeout:
    time: uint256
    id: uint256
    nonce: uint256
    bps: uint256
    locked: uint256
    power: uint256


# A sequencer among those who timed out within one window.
struct Part:
    last: uint256
    id: uint256
    locked: uint256
    cost: uint256


# Windows that are looked at for one timeout: more than one only for a late report.
MOST_ENDS: constant(uint256) = 32

_TIME_MASK: constant(uint256) = 2**32 - 1
_ID_BIT: constant(uint256) = 32
_NONCE_BIT: constant(uint256) = 56
_MASK_24: constant(uint256) = 2**24 - 1
_BPS_BIT: constant(uint256) = 80
_MASK_12: constant(uint256) = 2**12 - 1
_LOCKED_BIT: constant(uint256) = 92
_MASK_84: constant(uint256) = 2**84 - 1
_POWER_BIT: constant(uint256) = 176
_MASK_80: constant(uint256) = 2**80 - 1
_PART_LOCKED_BIT: constant(uint256) = 56
_PART_COST_BIT: constant(uint256) = 140
_PART_PLACE_BIT: constant(uint256) = 224
_PLACE_BITS: constant(uint256) = 7
_PLACE_MASK: constant(uint256) = 2**7 - 1
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
            other: uint256 = self._days[day][place] & _TIME_MASK
            if other == 0:
                break
            if max(other, time) - min(other, time) < limits.OUTAGE_WINDOW:
                count += 1
                if other > time and len(ends) < MOST_ENDS:
                    ends.append(other)
    return count, ends


@internal
@view
def _parts(
    end: uint256,
) -> (DynArray[uint256, limits.MAX_SEQUENCERS], uint256, uint256, uint256):
    """
    @dev Who timed out within the window that ends at a time, which is included; their power
         together; and the lowest and the highest nonce of the committees that have voted.
    """
    parts: DynArray[uint256, limits.MAX_SEQUENCERS] = []
    power: uint256 = 0
    lowest: uint256 = max_value(uint256)
    highest: uint256 = 0
    for i: uint256 in range(2):
        day: uint256 = end // limits.DAY + i - 1
        for place: uint256 in range(limits.MAX_SEQUENCERS):
            word: uint256 = self._days[day][place]
            if word == 0:
                break
            time: uint256 = word & _TIME_MASK
            if time > end or time + limits.OUTAGE_WINDOW <= end:
                continue
            nonce: uint256 = (word >> _NONCE_BIT) & _MASK_24
            lowest = min(lowest, nonce)
            highest = max(highest, nonce)
            id: uint256 = (word >> _ID_BIT) & _MASK_24
            locked: uint256 = (word >> _LOCKED_BIT) & _MASK_84
            cost: uint256 = self._share(locked, (word >> _BPS_BIT) & _MASK_12)
            at: uint256 = 0
            for other: uint256 in parts:
                if (other >> _ID_BIT) & _MASK_24 == id:
                    break
                at += 1
            of_power: uint256 = word >> _POWER_BIT
            noted: uint256 = place | (i << _PLACE_BITS)
            if at == len(parts):
                if at == limits.MAX_SEQUENCERS:
                    continue
                power += of_power
                parts.append(0)
            else:
                earlier: Part = self._part(parts[at])
                time = max(time, earlier.last)
                locked = max(locked, earlier.locked)
                cost = min(cost + earlier.cost, _MASK_84)
                # Its largest power, so that the order of reports does not matter.
                before: uint256 = parts[at] >> _PART_PLACE_BIT
                counted: uint256 = (
                    self._days[end // limits.DAY + (before >> _PLACE_BITS) - 1][
                        before & _PLACE_MASK
                    ]
                    >> _POWER_BIT
                )
                if of_power > counted:
                    power += of_power - counted
                else:
                    noted = before
            parts[at] = (
                time
                | (id << _ID_BIT)
                | (locked << _PART_LOCKED_BIT)
                | (cost << _PART_COST_BIT)
                | (noted << _PART_PLACE_BIT)
            )
    return parts, power, lowest, highest


@internal
@pure
def _part(word: uint256) -> Part:
    return Part(
        last=word & _TIME_MASK,
        id=(word >> _ID_BIT) & _MASK_24,
        locked=(word >> _PART_LOCKED_BIT) & _MASK_84,
        cost=(word >> _PART_COST_BIT) & _MASK_84,
    )


@internal
@pure
def _share(amount: uint256, bps: uint256) -> uint256:
    """
    @dev Rounded up, so that dust is not free.
    """
    return (amount * bps + limits.BPS - 1) // limits.BPS
