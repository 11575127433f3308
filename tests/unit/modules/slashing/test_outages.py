"""contracts/modules/slashing/outages.vy, fed by timeouts.vy, against a list of all timeouts"""

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
from contracts.modules.slashing import timeouts

initializes: outages
initializes: timeouts

@deploy
def __init__():
    outages.__init__()

@external
def note(id: uint256, quarter: uint256, power: uint256, size: uint256, total: uint256) -> uint256:
    entry: timeouts.Timeouts = timeouts._load(id)
    day: uint256 = quarter // timeouts.QUARTERS_A_DAY
    if day > entry.day:
        entry = timeouts._moved(entry, day)
    first: uint256 = 0
    last: uint256 = 0
    first, last = timeouts._new_windows(entry, quarter)
    timeouts._save(id, timeouts._with_one(entry, quarter))
    start: uint256 = 0
    stop: uint256 = 0
    start, stop = outages._note(quarter, first, last, power, size, total)
    if stop == 0:
        return outages._number_of(quarter)
    return outages._join(start, stop, quarter, convert(convert(id << 128, bytes32), bytes16))

@external
@view
def outage(number: uint256) -> outages.Outage:
    return outages._outage(number)

@external
@view
def number_of(quarter: uint256) -> uint256:
    return outages._number_of(quarter)

@external
@view
def count() -> uint256:
    return outages.count

@external
@view
def word(day: uint256) -> uint256:
    return outages._days[day % 16]
"""

METIS = LIMITS["METIS"]
UNIT = METIS // 1_000  # of power, in a word
DAY = 20_000
Q = 4 * DAY
POWER = 20_000 * METIS

# of the table in the module: first bit, width
WORD = {
    "age": (0, 12),
    "size": (12, 8),
    "largest": (20, 37),
    **{f"{what} {k}": (57 + 45 * k + at, width)
       for k in range(4) for what, at, width in (("number", 0, 8), ("power", 8, 37))},
}  # fmt: skip


@dataclass
class Timeout:
    id: int
    quarter: int
    power: int = POWER
    size: int = 9
    total: int = 9 * POWER

    @property
    def arguments(self):
        return self.id, self.quarter, self.power, self.size, self.total


class Model:
    """Without words and sums."""

    def __init__(self):
        self.all = []
        self.outages = []  # sets of quarters

    def is_third(self, end):
        first = {}
        for x in self.all:
            if end - 3 <= x.quarter <= end:
                first.setdefault(x.id, -(-x.power // UNIT))
        days = {end // 4, (end - 3) // 4}
        bars = [(x.size, x.total // UNIT) for x in self.all if x.quarter // 4 in days]
        return len(first) >= 3 and all(
            3 * len(first) >= size and 3 * sum(first.values()) >= power for size, power in bars
        )

    def number_of(self, quarter):
        return next((i for i, x in enumerate(self.outages, 1) if quarter in x), 0)

    def note(self, timeout):
        self.all.append(timeout)
        quarter = timeout.quarter
        ends = [end for end in range(quarter, quarter + 4) if self.is_third(end)]
        if ends:
            parts = range(min(ends) - 3, max(ends) + 1)
            numbers = [x for x in map(self.number_of, (quarter, *parts)) if x]
            if not numbers:
                self.outages.append(set())
                numbers = [len(self.outages)]
            self.outages[numbers[0] - 1] |= {x for x in parts if not self.number_of(x)}
        return self.number_of(quarter)


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def outages(template):
    return template.deploy()


def note(outages, *timeouts):
    """What the last of them is a part of."""
    for timeout in timeouts:
        number = outages.note(*timeout.arguments)
    return number


def field(word, name):
    at, width = WORD[name]
    return word >> at & (2**width - 1)


def span(outages, number=1):
    return outages.outage(number)[:2]


# words


def test_fields_of_a_days_word_lie_side_by_side():
    end = 0
    for at, width in WORD.values():
        assert at == end
        end += width
    assert end <= 256


def test_bounds_fit_into_their_fields():
    assert LIMITS["MAX_SEQUENCERS"] < 2**8
    # a whole committee at the highest cap
    assert LIMITS["MAX_SEQUENCERS"] * LIMITS["CAP_CEILING"] // UNIT < 2**37


def test_a_timeout_is_in_four_windows_of_two_days(outages):
    """Power is rounded up for a sequencer, and down for a committee."""
    note(outages, Timeout(1, Q + 2, UNIT + 1, 9, 2 * UNIT - 1))
    today, tomorrow = outages.word(DAY), outages.word(DAY + 1)
    assert [field(today, f"number {k}") for k in range(4)] == [0, 0, 1, 1]
    assert [field(today, f"power {k}") for k in range(4)] == [0, 0, 2, 2]
    assert [field(tomorrow, f"number {k}") for k in range(4)] == [1, 1, 0, 0]
    assert (field(today, "size"), field(today, "largest")) == (9, 1)
    # nobody voted on a timeout of that day
    assert (field(tomorrow, "size"), field(tomorrow, "largest")) == (0, 0)


@pytest.mark.parametrize(
    "name, argument",
    [("size", "size"), ("largest", "total"), ("power 3", "power")],
)
def test_what_is_too_large_is_cut_off(outages, name, argument):
    unit = 1 if argument == "size" else UNIT
    most = 2 ** WORD[name][1] - 1
    small = {"power": 0, "size": 0, "total": 0}
    note(outages, Timeout(1, Q + 3, **small | {argument: (most + 1) * unit}))
    word = outages.word(DAY)
    assert field(word, name) == most
    others = {"age", "number 3", name}
    assert not any(field(word, x) for x in WORD if x not in others)


def test_sums_are_cut_off_at_the_largest_values(outages):
    """Of 300 sequencers, with all METIS that there can be."""
    for id in range(1, 301):
        outages.note(id, Q, 10**9 * METIS, 9, 9)
    word = outages.word(DAY)
    assert [field(word, f"number {k}") for k in range(4)] == 4 * [255]
    assert [field(word, f"power {k}") for k in range(4)] == 4 * [2**37 - 1]


def test_a_days_word_is_forgotten_after_16_days(outages):
    note(outages, Timeout(1, Q), Timeout(2, Q))
    assert note(outages, Timeout(3, Q + 64)) == 0
    assert field(outages.word(DAY + 16), "number 0") == 1
    assert field(outages.word(DAY + 16), "age") == (DAY + 16) // 16


# thresholds


@pytest.mark.parametrize(
    "size, many, found",
    [(4, 2, 0), (4, 3, 1), (9, 3, 1), (10, 3, 0), (10, 4, 1), (12, 4, 1), (13, 4, 0), (128, 42, 0),
     (128, 43, 1)],
)  # fmt: skip
def test_a_third_by_number_is_rounded_up_and_is_three_at_least(outages, size, many, found):
    """Here everybody has all the power."""
    parts = [Timeout(id, Q, POWER, size, POWER) for id in range(1, many + 1)]
    assert note(outages, *parts) == found


@pytest.mark.parametrize("total, found", [(9 * POWER, 1), (9 * POWER + UNIT, 0)])
def test_a_third_by_power_to_the_thousandth(outages, total, found):
    assert note(outages, *(Timeout(id, Q, POWER, 9, total) for id in (1, 2, 3))) == found


def test_who_times_out_twice_is_one(outages):
    assert note(outages, Timeout(1, Q), Timeout(2, Q), Timeout(1, Q), Timeout(2, Q + 1)) == 0
    assert field(outages.word(DAY), "number 3") == 2
    assert note(outages, Timeout(3, Q + 1)) == 1


def test_no_place_of_the_ring_is_ever_zero(outages):
    """To fill a zero slot costs 17,100 gas more, and whoever reports would pay it."""
    assert [outages.word(day) >> 12 for day in range(16)] == 16 * [1]


def test_nobody_escapes_by_being_the_129th_of_a_day(outages):
    """Of 128 at most; each has timed out more than once."""
    note(outages, *(Timeout(id % 40 + 1, Q, 1, 128, POWER) for id in range(400)))
    assert outages.count() == 0
    note(outages, *(Timeout(id, Q, POWER, 128, POWER) for id in (41, 42)))
    assert outages.count() == 0
    assert note(outages, Timeout(43, Q, POWER, 128, POWER)) == 1


@pytest.mark.parametrize("large", [0, 1, 2])
def test_the_largest_committee_of_both_days_is_the_bar(outages, large):
    """Whichever of the reports came with it."""
    parts = [Timeout(id, Q + 2 * id) for id in (0, 1)] + [Timeout(3, Q + 3)]
    parts[large].size = 10
    # the day before ends in the window
    parts[0].quarter = Q - 1
    parts[1].quarter = Q
    parts[2].quarter = Q + 2
    assert note(outages, *parts) == 0
    parts[2].id = 4
    assert note(outages, parts[2]) == 1


def test_the_bar_of_a_day_that_the_window_does_not_touch_is_none(outages):
    """The window that ends with the last quarter is of one day."""
    note(outages, Timeout(9, Q - 4, POWER, 128, 128 * POWER))
    assert note(outages, *(Timeout(id, Q + 3) for id in (1, 2, 3))) == 1


# windows


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("apart, found", [(0, 1), (3, 1), (4, 0)])
def test_a_window_is_four_quarters_wherever_the_day_begins(outages, offset, apart, found):
    start = Q + offset
    parts = [Timeout(1, start), Timeout(2, start + apart), Timeout(3, start + apart)]
    assert note(outages, *parts) == found


def test_an_outage_is_all_windows_that_have_a_third(outages):
    assert note(outages, *(Timeout(id, Q) for id in (1, 2, 3))) == 1
    assert span(outages) == (Q - 3, Q + 3)


def test_an_outage_of_one_window(outages):
    assert note(outages, Timeout(1, Q), Timeout(2, Q + 1), Timeout(3, Q + 3)) == 1
    assert span(outages) == (Q, Q + 3)
    assert [outages.number_of(Q + x) for x in (-1, 0, 3, 4)] == [0, 1, 1, 0]


def test_an_outage_grows(outages):
    """So its top-ups have time again; its key stays."""
    note(outages, Timeout(1, Q), Timeout(2, Q + 1), Timeout(3, Q + 3))
    _, _, found_at, key = outages.outage(1)
    boa.env.time_travel(seconds=60)
    # no third more than there was
    note(outages, Timeout(4, Q + 2))
    assert outages.outage(1)[2] in (found_at, found_at + 60)
    before = span(outages)
    boa.env.time_travel(seconds=60)
    assert note(outages, Timeout(5, Q + 5), Timeout(6, Q + 6)) == 1
    first, last, grown_at, same = outages.outage(1)
    assert (first, last, same) == (before[0], Q + 6, key)
    assert grown_at == found_at + 120


def test_two_outages_have_two_numbers(outages):
    assert note(outages, *(Timeout(id, Q) for id in (1, 2, 3))) == 1
    assert note(outages, *(Timeout(id, Q + 20) for id in (1, 2, 3))) == 2
    assert (outages.count(), span(outages, 2)) == (2, (Q + 17, Q + 23))
    assert outages.outage(3) == (0, 0, 0, bytes(16))


def test_an_outage_between_two_joins_the_earlier(outages):
    """The other stays what it is: no quarter changes its outage."""
    note(outages, *(Timeout(id, Q) for id in (1, 2, 3)))
    note(outages, *(Timeout(id, Q + 8) for id in (1, 2, 3)))
    assert (span(outages, 1), span(outages, 2)) == ((Q - 3, Q + 3), (Q + 5, Q + 11))
    assert note(outages, *(Timeout(id, Q + 4) for id in (4, 5, 6))) == 1
    assert (span(outages, 1), span(outages, 2)) == ((Q - 3, Q + 4), (Q + 5, Q + 11))
    assert outages.count() == 2


def test_a_later_timeout_is_a_part_though_the_bar_has_risen(outages):
    note(outages, *(Timeout(id, Q) for id in (1, 2, 3)))
    assert note(outages, Timeout(4, Q + 1, POWER, 128, 128 * POWER)) == 1


def test_the_order_of_reports_does_not_matter(template):
    parts = [Timeout(1, Q), Timeout(1, Q + 2), Timeout(2, Q + 2), Timeout(3, Q + 4)]
    spans = set()
    for order in permutations(parts):
        outages = template.deploy()
        note(outages, *order)
        assert outages.count() == 1
        spans.add((span(outages), *map(outages.word, (DAY - 1, DAY, DAY + 1, DAY + 2))))
    assert len(spans) == 1


# what the Slasher tells: up to ten days late
reports = st.tuples(
    st.integers(0, 2) | st.integers(0, 24),
    st.integers(0, 3) | st.integers(0, 40),
    st.integers(1, 8),
    st.sampled_from([POWER, 2 * POWER, UNIT + 1, 0]),
    st.sampled_from([9, 9, 4, 12]),
    st.sampled_from([9 * POWER, 6 * POWER, 12 * POWER + UNIT - 1]),
)


@pytest.mark.slow
@given(st.lists(reports, min_size=5, max_size=40))
@settings(max_examples=80)
def test_outages_are_found_in_a_list(template, all_reports):
    outages, model, now = template.deploy(), Model(), Q
    for later, late, id, power, size, total in all_reports:
        now += later
        timeout = Timeout(id, now - late, power, size, total)
        assert outages.note(*timeout.arguments) == model.note(timeout)
        assert outages.count() == len(model.outages)
    for number, quarters in enumerate(model.outages, 1):
        assert span(outages, number) == (min(quarters), max(quarters))
        assert all(outages.number_of(x) == number for x in quarters)
