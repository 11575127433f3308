"""contracts/modules/slashing/outages.vy, against a list of all timeouts"""

from dataclasses import dataclass
from itertools import permutations

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.slashing import outages

initializes: outages

answer: public(uint256)

@external
def note(timeout: outages.Timeout):
    self.answer = outages._note(timeout)

@external
def set_cost(time: uint256, place: uint256, bps: uint256):
    outages._set_cost(time, place, bps)

@external
@view
def around(time: uint256) -> (uint256, DynArray[uint256, outages.MOST_ENDS]):
    return outages._around(time)

@external
@view
def parts(end: uint256) -> (DynArray[uint256, 128], uint256, uint256, uint256):
    return outages._parts(end)

@external
@pure
def part(word: uint256) -> outages.Part:
    return outages._part(word)

@external
@view
def word(day: uint256, place: uint256) -> uint256:
    return outages._days[day][place]

@external
@pure
def share(amount: uint256, bps: uint256) -> uint256:
    return outages._share(amount, bps)
"""

DAY, WINDOW, MOST = LIMITS["DAY"], LIMITS["OUTAGE_WINDOW"], LIMITS["MAX_SEQUENCERS"]
MOST_ENDS = 32
METIS = LIMITS["METIS"]
LOCKED, POWER = 20_000 * METIS, 15_000 * METIS

# of the table in the module: bit, width
WORD = {
    "time": (0, 32),
    "id": (32, 24),
    "nonce": (56, 24),
    "bps": (80, 12),
    "locked": (92, 84),
    "power": (176, 80),
}


@dataclass
class Timeout:
    time: int
    id: int
    nonce: int = 1
    bps: int = 0
    locked: int = LOCKED
    power: int = POWER

    @property
    def struct(self):
        return (self.time, self.id, self.nonce, self.bps, self.locked, self.power)


def share(amount, bps):
    return -(-amount * bps // LIMITS["BPS"])


class Model:
    """Without days, words and the order in which they are read, but for that of the answers."""

    def __init__(self):
        self.all = []

    def within(self, end):
        """By day, and then as they were reported."""
        found = [x for x in self.all if x.time <= end < x.time + WINDOW]
        return sorted(found, key=lambda x: x.time // DAY)

    def near(self, time):
        found = [x for x in self.all if abs(x.time - time) < WINDOW]
        return sorted(found, key=lambda x: x.time // DAY)

    def around(self, time):
        near = self.near(time)
        return len(near), ([time] + [x.time for x in near if x.time > time])[:MOST_ENDS]

    def parts(self, end):
        within = self.within(end)
        first = {}
        for x in within:
            first.setdefault(x.id, x)
        parts = []
        for id in first:
            own = [x for x in within if x.id == id]
            cost = sum(share(x.locked, x.bps) for x in own)
            parts.append((max(x.time for x in own), id, max(x.locked for x in own), cost))
        nonces = [x.nonce for x in within]
        return (
            parts,
            sum(max(x.power for x in within if x.id == id) for id in first),
            min(nonces, default=2**256 - 1),
            max(nonces, default=0),
        )


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def outages(template):
    return template.deploy()


@pytest.fixture
def midnight():
    """The first second of a day; now is four days later."""
    boa.env.time_travel(seconds=5 * DAY)
    return (boa.env.timestamp // DAY - 4) * DAY


def note(outages, *timeouts):
    for timeout in timeouts:
        outages.note(timeout.struct)


def parts(outages, end):
    """With the words of the parts unpacked."""
    words, power, lowest, highest = outages.parts(end)
    return [tuple(outages.part(word)) for word in words], power, lowest, highest


def ids_of(found):
    return [id for _, id, _, _ in found]


def test_fields_of_a_word_lie_side_by_side():
    end = 0
    for at, width in WORD.values():
        assert at == end
        end += width
    assert end == 256


@pytest.mark.parametrize("name", [name for name in WORD if name != "time"])
def test_word_of_the_largest_value(outages, midnight, name):
    """It touches no other field; where more than that may come, it is cut off."""
    at, width = WORD[name]
    values = {"time": midnight + 7, "id": 0, "nonce": 0, "bps": 0, "locked": 0, "power": 0}
    more = 0 if name == "bps" else 1
    note(outages, Timeout(**values | {name: 2**width - 1 + more}))
    assert outages.word(midnight // DAY, 0) == midnight + 7 + ((2**width - 1) << at)


def test_bounds_fit_into_their_fields():
    assert max(LIMITS["TIMEOUT_CEILING"], LIMITS["MASS_OUTAGE_CEILING"]) < 2 ** WORD["bps"][1]
    # what one may have in one committee; and all that it may have locked, many times over
    assert LIMITS["CAP_CEILING"] < 2 ** WORD["power"][1]
    assert 19 * LIMITS["CAP_CEILING"] < 2 ** WORD["locked"][1]


def test_note_gives_places_by_day(outages, midnight):
    for time, place in ((0, 0), (DAY - 1, 1), (DAY, 0), (5, 2), (2 * DAY - 1, 1)):
        note(outages, Timeout(midnight + time, 1))
        assert outages.answer() == place
    assert outages.word(midnight // DAY, 2) & (2**32 - 1) == midnight + 5
    assert outages.word(midnight // DAY, 3) == 0


@pytest.mark.slow
def test_note_of_a_full_day(outages, midnight):
    """More are not noted; the next day is as it was."""
    note(outages, *(Timeout(midnight + i, i + 1) for i in range(MOST)))
    assert outages.answer() == MOST - 1
    note(outages, Timeout(midnight + DAY - 1, MOST + 1))
    assert outages.answer() == MOST
    # a cost of what was not noted is nobody's
    before = outages.word(midnight // DAY, MOST - 1)
    outages.set_cost(midnight + DAY - 1, MOST, 10)
    assert outages.word(midnight // DAY, MOST - 1) == before
    assert outages.word(midnight // DAY + 1, 0) == 0
    # nor has it a part
    found, power, _, _ = parts(outages, midnight + DAY - 1)
    assert ids_of(found) == list(range(1, MOST + 1))
    assert power == MOST * POWER


@pytest.mark.slow
def test_parts_are_of_128_at_most(outages, midnight):
    """The last ones of the day before come first."""
    for day in (0, 1):
        note(
            outages,
            *(
                Timeout(midnight + (day + 1) * DAY - MOST + i, day * MOST + i + 1)
                for i in range(MOST)
            ),
        )
    end = midnight + 2 * DAY - MOST - 1
    assert ids_of(parts(outages, end)[0]) == list(range(1, MOST + 1))
    assert len(parts(outages, midnight + 2 * DAY - MOST // 2)[0]) == MOST


def test_set_cost(outages, midnight):
    note(outages, Timeout(midnight, 1), Timeout(midnight, 2))
    outages.set_cost(midnight, 1, 30)
    assert outages.word(midnight // DAY, 1) - (30 << WORD["bps"][0]) == (
        outages.word(midnight // DAY, 0) + (1 << WORD["id"][0])
    )
    assert parts(outages, midnight)[0] == [
        (midnight, 1, LOCKED, 0),
        (midnight, 2, LOCKED, share(LOCKED, 30)),
    ]


@pytest.mark.parametrize("offset", [0, 1, DAY // 2, DAY - 1])
def test_a_window_is_24_hours_to_the_second(outages, midnight, offset):
    """Its end is a part of it, the second 24 hours before is not."""
    end = midnight + DAY + offset
    for id, time in enumerate((end - WINDOW, end - WINDOW + 1, end, end + 1), start=1):
        note(outages, Timeout(time, id, nonce=id))
    found, *rest = parts(outages, end)
    # those of the day before first
    assert sorted(ids_of(found)) == [2, 3]
    assert rest == [2 * POWER, 2, 3]


def test_place_of_a_part_is_bounded_by_its_bits():
    assert MOST <= 2**7


def test_a_window_with_nobody(outages, midnight):
    assert parts(outages, midnight) == ([], 0, 2**256 - 1, 0)
    assert outages.around(midnight) == (0, [midnight])


def test_who_times_out_twice_is_one(outages, midnight):
    note(outages, Timeout(midnight, 1), Timeout(midnight + 1, 2), Timeout(midnight + 2, 1, nonce=2))
    found, *rest = parts(outages, midnight + 2)
    assert (ids_of(found), rest) == ([1, 2], [2 * POWER, 1, 2])


@pytest.mark.parametrize("powers", permutations([0, POWER, POWER + 7]), ids=str)
@pytest.mark.parametrize("seconds", [(0, 1, 2), (0, DAY - 1, DAY), (DAY - 1, DAY, 0)], ids=str)
def test_power_of_who_times_out_again_is_the_largest(outages, midnight, powers, seconds):
    """Whatever is reported first, on whichever day: else the order of reports would decide."""
    note(outages, Timeout(midnight + DAY - 1, 2, power=1))
    for power, second in zip(powers, seconds, strict=True):
        note(outages, Timeout(midnight + 1 + second, 1, power=power))
    found, power, *_ = parts(outages, midnight + 1 + DAY - 1)
    assert sorted(ids_of(found)) == [1, 2]
    within = [x for x, second in zip(powers, seconds, strict=True) if second < DAY]
    assert power == 1 + max(within)


@pytest.mark.parametrize("offset", [0, 1, DAY // 2, DAY - 1])
def test_around_is_less_than_24_hours_both_ways(outages, midnight, offset):
    time = midnight + DAY + offset
    for other in (-WINDOW, -WINDOW + 1, 0, 1, WINDOW - 1, WINDOW):
        note(outages, Timeout(time + other, 1))
    count, ends = outages.around(time)
    assert count == 4
    assert (ends[0], sorted(ends[1:])) == (time, [time + 1, time + WINDOW - 1])


def test_around_looks_at_32_ends_at_most(outages, midnight):
    note(outages, *(Timeout(midnight + i, i + 1) for i in range(MOST_ENDS + 5)))
    count, ends = outages.around(midnight)
    assert (count, ends) == (MOST_ENDS + 5, [midnight + i for i in range(MOST_ENDS)])


def test_part_has_the_last_time_the_most_that_was_locked_and_all_that_it_has_cost(
    outages, midnight
):
    for seconds, locked, bps in ((0, 100, 10), (2, 10_001, 20), (1, 9_999, 0)):
        note(outages, Timeout(midnight + seconds, 1, locked=locked, bps=bps))
    note(outages, Timeout(midnight, 2, locked=10**6, bps=50))
    found = parts(outages, midnight + 2)[0]
    # 0.1 and 20.002, each rounded up
    assert found == [(midnight + 2, 1, 10_001, 22), (midnight, 2, 10**6, 5_000)]


@pytest.mark.parametrize(
    "amount, bps, expected",
    [
        (0, 500, 0),
        (1, 0, 0),
        (1, 1, 1),
        (10_000, 1, 1),
        (10_001, 1, 2),
        (1, 10_000, 1),
        (METIS, 500, METIS // 20),
    ],
)
def test_share_is_rounded_up(outages, amount, bps, expected):
    assert outages.share(amount, bps) == expected == share(amount, bps)


# half days and their neighbours, over four days: most of what matters is at an edge
moments = st.builds(
    lambda half, seconds: half * DAY // 2 + seconds, st.integers(0, 7), st.integers(-2, 2)
).filter(lambda time: time >= 0)
ids = st.integers(1, 4)
reports = st.tuples(
    moments,
    ids,
    st.integers(1, 5),
    st.sampled_from([0, 10, 100]),
    st.integers(1, 30_000),
    st.integers(0, 30_000),
)


@pytest.mark.slow
@given(st.lists(reports, max_size=25), st.lists(moments, min_size=2, max_size=4))
@settings(max_examples=100)
def test_outages_are_a_list(template, all_reports, asked):
    boa.env.time_travel(seconds=5 * DAY)
    start = (boa.env.timestamp // DAY - 4) * DAY
    outages, model = template.deploy(), Model()
    for time, id, nonce, bps, locked, power in all_reports:
        timeout = Timeout(start + time, id, nonce, 0, locked, power)
        outages.note(timeout.struct)
        outages.set_cost(timeout.time, outages.answer(), bps)
        timeout.bps = bps
        model.all.append(timeout)
    for time in asked:
        assert outages.around(start + time) == model.around(start + time)
        assert parts(outages, start + time) == model.parts(start + time)
