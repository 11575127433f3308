"""contracts/modules/brake.vy, against a sum over days"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import brake

word: public(uint256)

@external
def add(share: uint256):
    self.word = brake._with(self.word, share)

@external
@view
def used() -> uint256:
    return brake._used(self.word)
"""

DAY, LIMIT = LIMITS["DAY"], LIMITS["BRAKE_OF_ALL"]
COUNTED = LIMITS["BRAKE_DAYS"] + 1  # today and the seven before


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def brake(template):
    return template.deploy()


def to_day(start_of=1):
    """To the first second of a later day."""
    boa.env.time_travel(seconds=start_of * DAY - boa.env.timestamp % DAY)


def test_nothing_is_used_before_the_first(brake):
    assert (brake.used(), brake.word()) == (0, 0)


def test_the_word(brake):
    to_day()
    day = boa.env.timestamp // DAY
    brake.add(1)
    to_day(3)
    brake.add(LIMIT - 1)
    assert brake.word() == (day + 3) + ((LIMIT - 1) << 32) + (1 << (32 + 3 * 28))
    assert brake.used() == LIMIT


def test_a_share_counts_to_the_end_of_the_seventh_day_after(brake):
    to_day()
    brake.add(LIMIT)
    boa.env.time_travel(seconds=8 * DAY - 1)
    assert brake.used() == LIMIT
    boa.env.time_travel(seconds=1)
    assert brake.used() == 0


def test_a_share_of_a_days_last_second_counts_for_7_days(brake):
    to_day()
    boa.env.time_travel(seconds=DAY - 1)
    brake.add(LIMIT)
    # any 7 x 24 hours with it in them
    boa.env.time_travel(seconds=7 * DAY)
    assert brake.used() == LIMIT
    boa.env.time_travel(seconds=1)
    assert brake.used() == 0


def test_shares_of_one_day_are_added(brake):
    to_day()
    for share in (1, 2, 3):
        brake.add(share)
        boa.env.time_travel(seconds=DAY // 4)
    assert brake.used() == 6


def test_days_with_nothing_between_hide_nothing(brake):
    """An empty day is no end."""
    to_day()
    brake.add(5)
    to_day(7)
    assert brake.used() == 5
    brake.add(1)
    assert brake.used() == 6
    to_day()
    assert brake.used() == 1


def test_eight_days_of_the_largest_shares(brake):
    """More than the limit lets in: no share runs into the next one's bits."""
    to_day()
    for i in range(1, 12):
        brake.add(LIMIT)
        assert brake.used() == min(i, COUNTED) * LIMIT
        to_day()


@pytest.mark.parametrize("days", [8, 9, 100, 10_000])
def test_a_long_time_forgets_all(brake, days):
    to_day()
    brake.add(LIMIT)
    to_day(days)
    assert brake.used() == 0
    brake.add(1)
    assert brake.used() == 1
    assert brake.word() == boa.env.timestamp // DAY + (1 << 32)


def test_the_limit_fits_into_a_days_bits():
    assert LIMIT < 2**28
    assert 32 + COUNTED * 28 == 256


# seconds to wait, and the share to take then
steps = st.lists(
    st.tuples(st.integers(0, 3 * DAY) | st.integers(0, 12 * DAY), st.integers(0, LIMIT // 8)),
    max_size=25,
)


@pytest.mark.slow
@given(steps)
@settings(max_examples=100)
def test_brake_is_a_sum_over_eight_days(template, steps):
    brake, taken = template.deploy(), []
    for seconds, share in steps:
        boa.env.time_travel(seconds=seconds)
        today = boa.env.timestamp // DAY
        assert brake.used() == sum(share for day, share in taken if day > today - COUNTED)
        # the Slasher adds no more than this in a day
        share = min(share, LIMIT - brake.used()) if brake.used() < LIMIT else 0
        brake.add(share)
        taken.append((today, share))
        assert brake.used() == sum(share for day, share in taken if day > today - COUNTED)
