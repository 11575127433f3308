"""contracts/modules/access/timed_pause.vy: its clock against seconds counted one by one"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules.access import timed_pause

initializes: timed_pause

@external
def pause(duration: uint256, interval: uint256):
    timed_pause._pause(duration, interval)

@external
def unpause():
    timed_pause._unpause()

@external
@view
def paused() -> bool:
    return timed_pause._paused()

@external
@view
def clock() -> uint256:
    return timed_pause._clock()

@external
@view
def age(time: uint256) -> uint256:
    return timed_pause._age(time)
"""

DURATION, INTERVAL = 7, 14


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def pausable(template):
    return template.deploy()


def test_before_the_first_pause(pausable):
    assert not pausable.paused()
    assert pausable.clock() == boa.env.timestamp
    with boa.reverts("timed_pause: not paused"):
        pausable.unpause()


def test_a_pause_ends_by_itself(pausable):
    pausable.pause(DURATION, INTERVAL)
    started_at = boa.env.timestamp
    for second in range(2 * INTERVAL):
        assert pausable.paused() == (second < DURATION)
        assert pausable.clock() == started_at + max(0, second - DURATION)
        boa.env.time_travel(seconds=1)


def test_a_pause_cannot_be_renewed_too_soon(pausable):
    pausable.pause(DURATION, INTERVAL)
    boa.env.time_travel(seconds=INTERVAL - 1)
    with boa.reverts("timed_pause: too soon"):
        pausable.pause(DURATION, INTERVAL)
    boa.env.time_travel(seconds=1)
    pausable.pause(DURATION, INTERVAL)
    assert pausable.paused()


def test_age_before_the_first_pause(pausable):
    now = boa.env.timestamp
    assert [pausable.age(time) for time in (0, now - 1, now)] == [now, 1, 0]


def test_age_stands_still_in_a_pause(pausable):
    """Of what was before it, within it and, last, at its very end."""
    pausable.pause(DURATION, INTERVAL)
    start = boa.env.timestamp
    for second in range(2 * DURATION):
        after = max(0, second - DURATION)
        assert pausable.age(start - 3) == 3 + after
        assert pausable.age(start) == after
        if second >= 2:
            assert pausable.age(start + 2) == after
        if second >= DURATION:
            assert pausable.age(start + DURATION) == after
        boa.env.time_travel(seconds=1)


def test_age_of_what_is_younger_than_the_pause(pausable):
    pausable.pause(DURATION, INTERVAL)
    boa.env.time_travel(seconds=DURATION + 1)
    time = boa.env.timestamp
    boa.env.time_travel(seconds=5)
    assert pausable.age(time) == 5


def test_age_counts_from_where_a_pause_was_ended(pausable):
    time = boa.env.timestamp
    pausable.pause(DURATION, INTERVAL)
    boa.env.time_travel(seconds=2)
    pausable.unpause()
    assert pausable.age(time) == 0
    boa.env.time_travel(seconds=4)
    assert pausable.age(time) == 4


# seconds to wait, and then what to try
steps = st.lists(
    st.tuples(st.integers(0, 2 * INTERVAL), st.sampled_from(["pause", "unpause", "look"])),
    max_size=25,
)


@given(steps)
@settings(max_examples=60)
def test_the_clock_counts_the_seconds_that_are_not_paused(template, steps):
    contract = template.deploy()
    first = clock = boa.env.timestamp
    ends_at, started_at = 0, -INTERVAL
    for seconds, action in steps:
        for _ in range(seconds):
            clock += boa.env.timestamp >= ends_at
            boa.env.time_travel(seconds=1)
        now = boa.env.timestamp
        if action == "pause":
            if now < started_at + INTERVAL:
                with boa.reverts("timed_pause: too soon"):
                    contract.pause(DURATION, INTERVAL)
            else:
                contract.pause(DURATION, INTERVAL)
                started_at, ends_at = now, now + DURATION
        elif action == "unpause":
            if now < ends_at:
                contract.unpause()
                ends_at = now
            else:
                with boa.reverts("timed_pause: not paused"):
                    contract.unpause()
        assert contract.paused() == (now < ends_at)
        assert contract.clock() == clock
        # the seconds since, but for those of the latest pause
        for time in {first, (first + now) // 2, max(first, now - DURATION), now}:
            counted = sum(not started_at <= second < ends_at for second in range(time, now))
            assert contract.age(time) == counted
