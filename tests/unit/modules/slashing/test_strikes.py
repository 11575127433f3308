"""contracts/modules/slashing/strikes.vy, against a list of the latest 16"""

from collections import defaultdict, deque

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.slashing import strikes

initializes: strikes

@external
def add(whose: uint256, time: uint256):
    strikes._add(whose, time)

@external
@view
def count(whose: uint256, time: uint256) -> uint256:
    return strikes._count(whose, time)

@external
@pure
def is_near(one: uint256, other: uint256) -> bool:
    return strikes._is_near(one, other)
"""

PERIOD, MOST = LIMITS["STRIKE_PERIOD"], 16
NOW, OWNER = 1_800_000_000, 2**160 - 1


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def strikes(template):
    return template.deploy()


def test_nobody_has_a_strike_before_the_first(strikes):
    assert strikes.count(1, NOW) == 0


@pytest.mark.parametrize(
    "seconds, near", [(0, True), (1, True), (PERIOD - 1, True), (PERIOD, False)]
)
def test_a_strike_counts_for_less_than_30_days_both_ways(strikes, seconds, near):
    assert 30 * LIMITS["DAY"] == PERIOD
    strikes.add(1, NOW)
    for time in (NOW - seconds, NOW + seconds):
        assert strikes.count(1, time) == near
        assert strikes.is_near(NOW, time) == strikes.is_near(time, NOW) == near


def test_strikes_are_of_whom_they_are(strikes):
    strikes.add(1, NOW)
    strikes.add(OWNER, NOW)
    strikes.add(OWNER, NOW + 1)
    assert [strikes.count(whose, NOW) for whose in (0, 1, 2, OWNER)] == [0, 1, 0, 2]


def test_two_of_one_second_are_two(strikes):
    strikes.add(1, NOW)
    strikes.add(1, NOW)
    assert strikes.count(1, NOW) == 2


def test_the_order_of_reports_does_not_matter(strikes):
    for whose, times in ((1, (0, 10, 20)), (2, (20, 0, 10))):
        for day in times:
            strikes.add(whose, NOW + day * LIMITS["DAY"])
    for day in (-30, -20, -10, 0, 30, 40, 50):
        time = NOW + day * LIMITS["DAY"]
        assert strikes.count(1, time) == strikes.count(2, time)


def test_the_seventeenth_is_forgotten(strikes):
    far = NOW + 10 * PERIOD
    strikes.add(1, far)
    for i in range(MOST - 1):
        strikes.add(1, NOW + i)
        # also when it moves from one word into the other
        assert (strikes.count(1, far), strikes.count(1, NOW)) == (1, i + 1)
    strikes.add(1, NOW)
    assert (strikes.count(1, far), strikes.count(1, NOW)) == (0, MOST)
    strikes.add(1, NOW)
    assert strikes.count(1, NOW) == MOST


def test_the_largest_time_fits(strikes):
    for _ in range(MOST):
        strikes.add(1, 2**32 - 1)
    assert strikes.count(1, 2**32 - 1) == MOST
    assert strikes.count(1, NOW) == 0


whose = st.sampled_from([1, 2, OWNER])
times = st.integers(NOW - 2 * PERIOD, NOW + 2 * PERIOD)


@given(st.lists(st.tuples(whose, times), max_size=45), st.lists(times, min_size=1, max_size=4))
@settings(max_examples=60)
def test_strikes_are_a_list(template, added, asked):
    strikes, model = template.deploy(), defaultdict(lambda: deque(maxlen=MOST))
    for whose, time in added:
        strikes.add(whose, time)
        model[whose].append(time)
    for time in asked:
        for whose in (1, 2, OWNER):
            near = sum(abs(other - time) < PERIOD for other in model[whose])
            assert strikes.count(whose, time) == near
