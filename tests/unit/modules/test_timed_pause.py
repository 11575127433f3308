"""contracts/modules/timed_pause.vy: its clock against seconds counted one by one"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import timed_pause

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


# seconds to wait, and then what to try
steps = st.lists(
    st.tuples(st.integers(0, 2 * INTERVAL), st.sampled_from(["pause", "unpause", "look"])),
    max_size=25,
)


@given(steps)
@settings(max_examples=60)
def test_the_clock_counts_the_seconds_that_are_not_paused(template, steps):
    contract = template.deploy()
    clock, ends_at, started_at = boa.env.timestamp, 0, -INTERVAL
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
