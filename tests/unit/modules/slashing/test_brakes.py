"""contracts/modules/slashing/brakes.vy, against a list of all that was taken"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.slashing import brakes

@external
@pure
def moved(buckets: uint256, by: uint256, width: uint256, count: uint256) -> uint256:
    return brakes._moved(buckets, by, width, count)

@external
@pure
def sum(buckets: uint256, width: uint256) -> uint256:
    return brakes._sum(buckets, width)

@external
@pure
def share(amount: uint256, base: uint256, whole: uint256) -> uint256:
    return brakes._share(amount, base, whole)

@external
@pure
def rest(limit: uint256, used: uint256) -> uint256:
    return brakes._rest(limit, used)
"""

BPS, SHARE = LIMITS["BPS"], LIMITS["SHARE"]
ALL_METIS = 2**84 - 1
# width of a bucket, and how many: of one by committees, of one by votes, of all
LISTS = [(11, 16), (12, 16), (28, 8)]


@pytest.fixture(scope="module")
def brakes():
    return boa.loads(SOURCE)


def packed(buckets, width):
    """Of a list with the present bucket first."""
    return sum(amount << width * i for i, amount in enumerate(buckets))


@pytest.mark.parametrize("width, count", LISTS)
def test_a_list_of_full_buckets_moves_up_and_forgets_the_oldest(brakes, width, count):
    most = 2**width - 1
    buckets = count * [most]
    for by in range(count + 2):
        expected = (by * [0] + buckets)[:count]
        moved = brakes.moved(packed(buckets, width), by, width, count)
        assert moved == packed(expected, width)
        assert brakes.sum(moved, width) == sum(expected)


@pytest.mark.parametrize("width, count", LISTS)
@pytest.mark.parametrize("by", [17, 100, 10**6, 2**64])
def test_a_list_is_empty_after_a_long_time(brakes, width, count, by):
    assert brakes.moved(packed(count * [1], width), by, width, count) == 0


@pytest.mark.parametrize("width, count", LISTS)
def test_empty_buckets_hide_nothing(brakes, width, count):
    """Neither the present one nor those between."""
    assert brakes.sum(5 << width * (count - 1), width) == 5
    assert brakes.sum(0, width) == 0


@pytest.mark.parametrize(
    "amount, base, whole, expected",
    [
        (0, 1, BPS, 0),
        (1, 1, BPS, BPS),
        (1, BPS, BPS, 1),
        (1, BPS + 1, BPS, 1),
        (1, ALL_METIS, BPS, 1),
        (2, BPS - 1, BPS, 3),
        (ALL_METIS, ALL_METIS, SHARE, SHARE),
        (ALL_METIS - 1, ALL_METIS, SHARE, SHARE),
    ],
)
def test_share_is_rounded_up(brakes, amount, base, whole, expected):
    assert brakes.share(amount, base, whole) == expected


@pytest.mark.parametrize("limit, used, left", [(0, 0, 0), (9, 0, 9), (9, 8, 1), (9, 9, 0)])
def test_rest_is_what_was_not_used(brakes, limit, used, left):
    assert brakes.rest(limit, used) == left


@pytest.mark.parametrize("used", [1_501, 3_000, 2**256 - 1])
def test_rest_is_nothing_when_more_was_used(brakes, used):
    """What votes took counts too."""
    assert brakes.rest(LIMITS["BRAKE_OF_ONE"], used) == 0


amounts = st.integers(1, ALL_METIS)
wholes = st.sampled_from([BPS, SHARE])


@given(amounts, wholes, st.data())
@settings(max_examples=200)
def test_what_fits_into_the_rest_never_passes_the_limit(brakes, base, whole, data):
    limit = data.draw(st.integers(0, whole))
    used = data.draw(st.integers(0, whole))
    room = base * brakes.rest(limit, used) // whole
    amount = data.draw(st.integers(0, room))
    share = brakes.share(amount, base, whole)
    assert share == -(-amount * whole // base)
    assert used >= limit or used + share <= limit


@pytest.mark.parametrize("width, count", LISTS)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3) | st.integers(0, 20), st.integers(0, 100)), max_size=40
    )
)
@settings(max_examples=60)
def test_a_sum_is_of_the_latest_buckets(brakes, width, count, steps):
    """Time passes, something is taken: as often as you like."""
    word, now, taken = 0, 0, []
    for by, amount in steps:
        now += by
        word = brakes.moved(word, by, width, count)
        assert brakes.sum(word, width) == sum(x for at, x in taken if at > now - count)
        if sum(x for at, x in taken if at == now) + amount < 2**width:
            word += amount
            taken.append((now, amount))
        assert brakes.sum(word, width) == sum(x for at, x in taken if at > now - count)


def test_limits_fit_into_their_buckets():
    assert LIMITS["BRAKE_OF_ONE"] < 2**11
    assert LIMITS["BRAKE_OF_VOTE"] < 2**12
    assert LIMITS["BRAKE_OF_ALL"] < 2**28
    assert all(width * count <= 255 for width, count in LISTS)
