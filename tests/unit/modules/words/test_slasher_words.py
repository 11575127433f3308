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
from contracts.modules.slashing import brakes
from contracts.modules.words import slasher_words as words

daily: public(uint256)

@external
@view
def pack_shares(shares: words.Shares) -> uint256:
    return words._pack_shares(shares)

@external
@view
def unpack_shares(word: uint256) -> words.Shares:
    return words._unpack_shares(word)

@external
@view
def pack_votes(buckets: uint256) -> uint256:
    return words._pack_votes(buckets)

@external
@view
def votes(word: uint256) -> uint256:
    return words._votes(word)

@external
@pure
def pack_hold(hold: words.Hold) -> uint256:
    return words._pack_hold(hold)

@external
@pure
def unpack_hold(word: uint256) -> words.Hold:
    return words._unpack_hold(word)

@external
def add_share(share: uint256):
    self.daily = words._pack_daily(words._daily(self.daily) + share)

@external
@view
def counted_shares() -> uint256:
    return brakes._sum(words._daily(self.daily), words.DAILY_WIDTH)

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
SHARES = {"bucket": (0, 16), "buckets": (16, 176), "charged": (192, 48), "has_more": (240, 1)}
VOTES = {"bucket": (0, 16), "buckets": (16, 192)}
HOLD = {"amount": (0, 128), "until": (128, 64), "number": (192, 64)}
BUCKET, COUNT = LIMITS["BRAKE_BUCKET"], LIMITS["BRAKE_BUCKETS"]

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


# ---------------------------------------------------------------- shares of one, holds


def bucket():
    return boa.env.timestamp // BUCKET


@pytest.mark.parametrize("table", [SHARES, VOTES, HOLD])
def test_fields_lie_side_by_side(table):
    assert end_of(table) <= 256


def test_lists_of_buckets_have_their_bits():
    assert SHARES["buckets"][1] == 11 * COUNT
    assert VOTES["buckets"][1] == 12 * COUNT


@given(values(SHARES))
@settings(max_examples=100)
def test_shares_round_trip(words, fields):
    fields["bucket"] = bucket()
    struct = (fields["buckets"], fields["charged"], bool(fields["has_more"]))
    assert words.pack_shares(struct) == pack(SHARES, fields)
    assert tuple(words.unpack_shares(pack(SHARES, fields))) == struct


@pytest.mark.parametrize("width, name", [(11, "shares"), (12, "votes")])
@pytest.mark.parametrize("by", [0, 1, 15, 16, 10_000])
def test_buckets_move_as_time_goes_on(words, width, name, by):
    """And nothing else does."""
    most = 2 ** (width * COUNT) - 1
    left = (most << width * by) & most
    if name == "shares":
        word = words.pack_shares((most, 2**48 - 1, True))
    else:
        word = words.pack_votes(most)
    boa.env.time_travel(seconds=by * BUCKET)
    if name == "shares":
        assert tuple(words.unpack_shares(word)) == (left, 2**48 - 1, True)
    else:
        assert words.votes(word) == left


@given(values(VOTES))
@settings(max_examples=60)
def test_votes_round_trip(words, fields):
    fields["bucket"] = bucket()
    assert words.pack_votes(fields["buckets"]) == pack(VOTES, fields)
    assert words.votes(pack(VOTES, fields)) == fields["buckets"]


@given(values(HOLD))
@settings(max_examples=100)
def test_hold_round_trip(words, fields):
    struct = tuple(fields[name] for name in HOLD)
    assert words.pack_hold(struct) == pack(HOLD, fields)
    assert tuple(words.unpack_hold(pack(HOLD, fields))) == struct


def test_words_that_were_never_written_are_empty(words):
    assert tuple(words.unpack_shares(0)) == (0, 0, False)
    assert words.votes(0) == 0
    assert tuple(words.unpack_hold(0)) == (0, 0, 0)


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
