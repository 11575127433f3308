"""contracts/modules/words/slasher_words.vy: the words of the Slasher"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.unit.modules.words.fields import end_of, numbers, pack, values

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import slasher_words as words

daily: public(uint256)

@external
@pure
def pack_history(history: words.History) -> uint256:
    return words._pack_history(history)

@external
@pure
def unpack_history(word: uint256) -> words.History:
    return words._unpack_history(word)

@external
def add_share(share: uint256):
    self.daily = words._with_share(self.daily, share)

@external
@view
def counted_shares() -> uint256:
    return words._counted_shares(self.daily)

@external
@pure
def penalty(penalties: uint256, kind: uint8) -> uint256:
    return words._penalty(penalties, kind)

@external
@pure
def with_penalty(penalties: uint256, kind: uint8, bps: uint256) -> uint256:
    return words._with_penalty(penalties, kind, bps)
"""

# from the table in the module: first bit, width
HISTORY = {
    "began_at": (0, 32),
    "base": (32, 96),
    "taken": (128, 32),
    "taken_in_all": (160, 32),
    "last_strike": (192, 32),
    "charged_at": (224, 32),
}

DAY, LIMIT = LIMITS["DAY"], LIMITS["BRAKE_OF_ALL"]
COUNTED = LIMITS["BRAKE_DAYS"] + 1  # today and the seven before

# where the most for all strikes of a timeout is: no kind
TIMEOUT_MAXIMUM = 0
kinds = st.sampled_from([TIMEOUT_MAXIMUM, *Kind])


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture(scope="module")
def words(template):
    return template.deploy()


@pytest.fixture
def brake(template):
    """One that has counted nothing yet."""
    return template.deploy()


# ---------------------------------------------------------------- history


def test_fields_of_the_history_lie_side_by_side():
    assert end_of(HISTORY) == 256


@given(values(HISTORY))
@settings(max_examples=200)
def test_history_round_trip(words, fields):
    struct = tuple(fields[name] for name in HISTORY)
    assert words.pack_history(struct) == pack(HISTORY, fields)
    assert tuple(words.unpack_history(pack(HISTORY, fields))) == struct


def test_history_that_was_never_written_is_empty(words):
    assert tuple(words.unpack_history(0)) == (0, 0, 0, 0, 0, 0)


def test_bounds_of_the_history_fit_into_their_fields():
    # a wei more than the room, at most, is rounded up
    assert LIMITS["BRAKE_OF_VOTE"] + 1 < 2 ** HISTORY["taken_in_all"][1]
    assert LIMITS["BRAKE_OF_ONE"] + 1 < 2 ** HISTORY["taken"][1]
    # what both sides may have unbonding, on top of the cap, many times over
    assert 1_000 * LIMITS["CAP_CEILING"] < 2 ** HISTORY["base"][1]


# ---------------------------------------------------------------- daily shares


def to_day(start_of=1):
    """To the first second of a later day."""
    boa.env.time_travel(seconds=start_of * DAY - boa.env.timestamp % DAY)


def test_no_share_counts_before_the_first(brake):
    assert (brake.counted_shares(), brake.daily()) == (0, 0)


def test_daily_shares_in_their_word(brake):
    to_day()
    day = boa.env.timestamp // DAY
    brake.add_share(1)
    to_day(3)
    brake.add_share(LIMIT - 1)
    assert brake.daily() == (day + 3) + ((LIMIT - 1) << 32) + (1 << (32 + 3 * 28))
    assert brake.counted_shares() == LIMIT


def test_a_share_counts_to_the_end_of_the_seventh_day_after(brake):
    to_day()
    brake.add_share(LIMIT)
    boa.env.time_travel(seconds=8 * DAY - 1)
    assert brake.counted_shares() == LIMIT
    boa.env.time_travel(seconds=1)
    assert brake.counted_shares() == 0


def test_a_share_of_a_days_last_second_counts_for_7_days(brake):
    to_day()
    boa.env.time_travel(seconds=DAY - 1)
    brake.add_share(LIMIT)
    # any 7 x 24 hours with it in them
    boa.env.time_travel(seconds=7 * DAY)
    assert brake.counted_shares() == LIMIT
    boa.env.time_travel(seconds=1)
    assert brake.counted_shares() == 0


def test_shares_of_one_day_are_added(brake):
    to_day()
    for share in (1, 2, 3):
        brake.add_share(share)
        boa.env.time_travel(seconds=DAY // 4)
    assert brake.counted_shares() == 6


def test_days_with_nothing_between_hide_nothing(brake):
    """An empty day is no end."""
    to_day()
    brake.add_share(5)
    to_day(7)
    assert brake.counted_shares() == 5
    brake.add_share(1)
    assert brake.counted_shares() == 6
    to_day()
    assert brake.counted_shares() == 1


def test_eight_days_of_the_largest_shares(brake):
    """More than the limit lets in: no share runs into the next one's bits."""
    to_day()
    for i in range(1, 12):
        brake.add_share(LIMIT)
        assert brake.counted_shares() == min(i, COUNTED) * LIMIT
        to_day()


@pytest.mark.parametrize("days", [8, 9, 100, 10_000])
def test_a_long_time_forgets_all(brake, days):
    to_day()
    brake.add_share(LIMIT)
    to_day(days)
    assert brake.counted_shares() == 0
    brake.add_share(1)
    assert brake.counted_shares() == 1
    assert brake.daily() == boa.env.timestamp // DAY + (1 << 32)


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
def test_counted_shares_are_a_sum_over_eight_days(template, steps):
    brake, taken = template.deploy(), []
    for seconds, share in steps:
        boa.env.time_travel(seconds=seconds)
        today = boa.env.timestamp // DAY
        assert brake.counted_shares() == sum(share for day, share in taken if day > today - COUNTED)
        # the Slasher adds no more than this in a day
        share = min(share, LIMIT - brake.counted_shares()) if brake.counted_shares() < LIMIT else 0
        brake.add_share(share)
        taken.append((today, share))
        assert brake.counted_shares() == sum(share for day, share in taken if day > today - COUNTED)


# ---------------------------------------------------------------- penalties


@given(st.lists(st.tuples(kinds, numbers(16)), max_size=20))
@settings(max_examples=60)
def test_a_penalty_changes_no_other(words, changes):
    word, penalties = 0, dict.fromkeys([TIMEOUT_MAXIMUM, *Kind], 0)
    for kind, bps in changes:
        word = words.with_penalty(word, kind, bps)
        penalties[kind] = bps
    assert word == sum(bps << 16 * kind for kind, bps in penalties.items())
    assert {kind: words.penalty(word, kind) for kind in penalties} == penalties


@pytest.mark.parametrize("kind", [TIMEOUT_MAXIMUM, *Kind])
def test_a_penalty_replaces_the_one_before(words, kind):
    word = words.with_penalty(2**256 - 1, kind, 0)
    assert word == 2**256 - 1 - ((2**16 - 1) << 16 * kind)
    assert words.with_penalty(word, kind, 2**16 - 1) == 2**256 - 1
