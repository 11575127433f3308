"""contracts/modules/slashing/timeouts.vy, against a list of all timeouts of a sequencer"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.slashing import timeouts

initializes: timeouts

@external
def save(id: uint256, entry: timeouts.Timeouts):
    timeouts._save(id, entry)

@external
@view
def load(id: uint256) -> timeouts.Timeouts:
    return timeouts._load(id)

@external
@view
def word(id: uint256) -> uint256:
    return timeouts._words[id]

@external
def add(id: uint256, quarter: uint256):
    entry: timeouts.Timeouts = timeouts._load(id)
    day: uint256 = quarter // timeouts.QUARTERS_A_DAY
    if day > entry.day:
        entry = timeouts._moved(entry, day)
    timeouts._save(id, timeouts._with_one(entry, quarter))

@external
def add_cost(id: uint256, day: uint256, bps: uint256):
    timeouts._save(id, timeouts._with_cost(timeouts._load(id), day, bps))

@external
def take_cost(id: uint256, quarter: uint256) -> uint256:
    cost: uint256 = 0
    entry: timeouts.Timeouts = empty(timeouts.Timeouts)
    cost, entry = timeouts._take_cost(timeouts._load(id), quarter)
    timeouts._save(id, entry)
    return cost

@external
@view
def strikes(id: uint256, day: uint256) -> uint256:
    return timeouts._strikes(timeouts._load(id), day)

@external
@view
def moved(id: uint256, day: uint256) -> timeouts.Timeouts:
    return timeouts._moved(timeouts._load(id), day)

@external
@view
def new_windows(id: uint256, quarter: uint256) -> (uint256, uint256):
    entry: timeouts.Timeouts = timeouts._load(id)
    day: uint256 = quarter // timeouts.QUARTERS_A_DAY
    if day > entry.day:
        entry = timeouts._moved(entry, day)
    return timeouts._new_windows(entry, quarter)

@external
@pure
def is_near(quarters: uint256, place: uint256) -> bool:
    return timeouts._is_near(quarters, place)

@external
@pure
def moved_quarters(quarters: uint256, days: uint256) -> uint256:
    return timeouts._moved_quarters(quarters, days)

@external
@pure
def place(day: uint256, quarter: uint256) -> uint256:
    return timeouts._place(day, quarter)

@external
@pure
def quarter(day: uint256, place: uint256) -> uint256:
    return timeouts._quarter(day, place)
"""

DAY = 20_000  # 2024-10-04
QUARTERS_A_DAY = LIMITS["DAY"] // LIMITS["QUARTER"]
Q = DAY * QUARTERS_A_DAY
KEPT_DAYS, STRIKES_A_DAY, MOST_COST = 12, 7, 255
ID, OTHER = 1, 2

# of the table in the module: first bit, width
WORD = {"day": (0, 16), "strikes": (16, 96), "quarters": (112, 48), "costs": (160, 96)}


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def timeouts(template):
    return template.deploy()


def test_fields_of_a_word_lie_side_by_side():
    end = 0
    for at, width in WORD.values():
        assert at == end
        end += width
    assert end == 256


@pytest.mark.parametrize("name", WORD)
def test_word_of_the_largest_value_touches_no_other_field(timeouts, name):
    at, width = WORD[name]
    struct = tuple(2**width - 1 if x == name else 0 for x in WORD)
    timeouts.save(ID, struct)
    assert timeouts.word(ID) == (2**width - 1) << at
    assert tuple(timeouts.load(ID)) == struct
    assert timeouts.word(OTHER) == 0


def test_a_day_has_four_quarters():
    assert QUARTERS_A_DAY == 4
    # a report is at most so late
    latest = LIMITS["CERTIFICATE_MAX_AGE"] + LIMITS["SLASHER_STOP"]
    assert latest + LIMITS["DAY"] < KEPT_DAYS * LIMITS["DAY"]


@pytest.mark.parametrize("back, place", [(-3, 0), (-2, 1), (0, 3), (1, 4), (44, 47)])
def test_place_counts_from_the_last_quarter_of_the_day(timeouts, back, place):
    assert timeouts.place(DAY, Q - back) == place
    assert timeouts.quarter(DAY, place) == Q - back


# strikes


@pytest.mark.parametrize("days, counted", [(0, 1), (1, 1), (29, 1), (30, 0), (31, 0), (1_000, 0)])
def test_a_strike_counts_for_30_days(timeouts, days, counted):
    assert LIMITS["STRIKE_DAYS"] == 30
    timeouts.add(ID, Q + 3)
    assert timeouts.strikes(ID, DAY + days) == counted
    assert timeouts.strikes(OTHER, DAY + days) == 0


def test_a_strike_counts_for_days_before_it(timeouts):
    """Of which a report may be late."""
    timeouts.add(ID, Q)
    assert timeouts.strikes(ID, DAY - 10) == 1


def test_a_day_has_seven_strikes_at_most(timeouts):
    """An eighth does not run into the bits of the day before."""
    timeouts.add(ID, Q - 4)
    for count in range(1, 10):
        timeouts.add(ID, Q)
        assert timeouts.strikes(ID, DAY) == 1 + min(count, STRIKES_A_DAY)
        assert timeouts.strikes(ID, DAY + 29) == min(count, STRIKES_A_DAY)


def test_the_order_of_reports_does_not_matter(timeouts):
    for id, days in ((ID, (0, 4, 9)), (OTHER, (9, 0, 4))):
        for day in days:
            timeouts.add(id, Q + 4 * day)
    assert timeouts.word(ID) == timeouts.word(OTHER)


@pytest.mark.parametrize("days", [32, 33, 1_000, 40_000])
def test_a_long_time_forgets_all(timeouts, days):
    timeouts.save(ID, (DAY, 2**96 - 1, 2**48 - 1, 2**96 - 1))
    assert tuple(timeouts.moved(ID, DAY + days)) == (DAY + days, 0, 0, 0)


def test_charges_move_as_quarters_do(timeouts):
    timeouts.save(ID, (DAY, 0, 2**48 - 1, 0))
    for days in (0, 1, 5, 11, 12, 13, 31, 32, 20_000):
        moved = timeouts.moved(ID, DAY + days)
        assert timeouts.moved_quarters(2**48 - 1, days) == moved.quarters


# windows


def windows(quarters):
    """Last quarters of all windows with one of these in them."""
    return {end for quarter in quarters for end in range(quarter, quarter + 4)}


@pytest.mark.parametrize("others", [(), (-4,), (4,), (-1,), (-3,), (3,), (1,), (-3, 3), (-2, 1)])
def test_new_windows_are_those_that_had_none(timeouts, others):
    for other in others:
        timeouts.add(ID, Q + other)
    first, last = timeouts.new_windows(ID, Q)
    known = windows(Q + other for other in others)
    assert set(range(first, last + 1)) == windows([Q]) - known


def test_new_windows_of_the_same_quarter_are_none(timeouts):
    timeouts.add(ID, Q)
    first, last = timeouts.new_windows(ID, Q)
    assert first > last


@pytest.mark.parametrize("apart, near", [(-4, False), (-3, True), (0, True), (3, True), (4, False)])
@pytest.mark.parametrize("place", [0, 3, 20, 44, 47])
def test_near_is_within_three_quarters(timeouts, place, apart, near):
    """Then there is a window with both."""
    other = place + apart
    if 0 <= other < 48:
        assert timeouts.is_near(1 << other, place) == near


# costs


def test_costs_of_a_day_are_added_and_cut_off(timeouts):
    timeouts.add(ID, Q)
    # pairs of basis points, each cost rounded up
    for bps, sum_ in ((100, 50), (0, 50), (9, 55), (400, 255), (1, 255), (200, 255)):
        timeouts.add_cost(ID, DAY, bps)
        assert timeouts.load(ID).costs == sum_
    timeouts.add_cost(ID, DAY - 1, 7)
    assert timeouts.load(ID).costs == 255 + (4 << 8)


def test_the_dearest_timeout_fits():
    assert LIMITS["TIMEOUT_CEILING"] <= MOST_COST


@pytest.mark.parametrize(
    "quarter, days", [(0, {0}), (1, {0, 1}), (3, {0, 1}), (-4, {-1}), (-1, {-1, 0}), (4, {1})]
)
def test_a_cost_is_of_the_days_of_the_window_and_is_taken_once(timeouts, quarter, days):
    timeouts.add(ID, Q + 4)
    for day in (-1, 0, 1):
        timeouts.add_cost(ID, DAY + day, 2 * (10 + day))
    cost = sum(2 * (10 + day) for day in days)
    assert timeouts.take_cost(ID, Q + quarter) == cost
    assert timeouts.take_cost(ID, Q + quarter) == 0
    left = {10 + day for day in (-1, 0, 1) if day not in days}
    costs = timeouts.load(ID).costs
    assert {costs >> 8 * i & 255 for i in range(3)} - {0} == left


def test_a_cost_of_a_day_that_is_not_known_yet_is_nothing(timeouts):
    """The window ends on a day after the latest one with a timeout."""
    timeouts.add(ID, Q + 3)
    timeouts.add_cost(ID, DAY, 10)
    assert timeouts.take_cost(ID, Q + 3) == 10


# all together


class Model:
    """Without words."""

    def __init__(self):
        self.quarters = []

    @property
    def day(self):
        return max((x // 4 for x in self.quarters), default=0)

    def strikes(self, day):
        """Of each day at most seven; of the 32 days that are remembered."""
        by_day = [x // 4 for x in self.quarters if x // 4 > self.day - 32]
        return sum(min(by_day.count(x), STRIKES_A_DAY) for x in {*by_day} if x > day - 30)

    def remembered(self):
        return {x for x in self.quarters if x // 4 > self.day - KEPT_DAYS}


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 9) | st.integers(0, 150), st.integers(0, 40)), max_size=40)
)
@settings(max_examples=60)
def test_timeouts_are_a_list(template, steps):
    """Time passes by quarters; each report is up to ten days late."""
    timeouts, model, now = template.deploy(), Model(), Q
    for later, late in steps:
        now += later
        quarter = now - late
        first, last = timeouts.new_windows(ID, quarter)
        remembered = {
            x for x in model.quarters if x // 4 > max(model.day, quarter // 4) - KEPT_DAYS
        }
        assert set(range(first, last + 1)) == windows([quarter]) - windows(remembered)
        timeouts.add(ID, quarter)
        model.quarters.append(quarter)
        entry = timeouts.load(ID)
        assert entry.day == model.day
        seen = {timeouts.quarter(entry.day, i) for i in range(48) if entry.quarters >> i & 1}
        assert seen == model.remembered()
        for day in (quarter // 4, now // 4, now // 4 + 20):
            assert timeouts.strikes(ID, day) == model.strikes(day)
