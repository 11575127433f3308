"""The time that blocks cover, against a sum block by block."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpool.errors import UserError
from seqpool.protocol.covered_time import (
    STRIDE,
    TIMES,
    CoveredTime,
    TimeoutChange,
    Timeouts,
)

START = 1_000  # the first block of the batches here
TIMEOUT = 60
GAPS = st.sampled_from([0, 1, 2, 2, 2, 17, 18, 59, 60, 61, 62, 3_600, 10**6])


class Node:
    """Answers with the times of blocks, of which the first is START - 1."""

    def __init__(self, times):
        self.times, self.asked, self.requests = times, 0, 0

    def answer(self, numbers):
        assert list(numbers) == sorted(set(numbers)) and 0 < len(numbers) <= TIMES
        self.asked += len(numbers)
        self.requests += 1
        return [self.times[number - START + 1] for number in numbers]

    def count(self, covered, end, timeouts, most=None):
        """Counts up to a block, or fails after so many answers."""
        steps = covered.count(end, timeouts)
        wanted = next(steps, None)
        while wanted is not None:
            if most == 0:
                return
            most = None if most is None else most - 1
            try:
                wanted = steps.send(self.answer(wanted))
            except StopIteration:
                wanted = None


def times_of(begin, gaps):
    times = [begin]
    for gap in gaps:
        times.append(times[-1] + gap)
    return times


def count(times, begin=None, timeouts=None):
    """Seconds that the blocks after the first one cover, and the node that was asked."""
    node, covered = Node(times), CoveredTime.before(START, times[0] if begin is None else begin)
    node.count(covered, START + len(times) - 2, timeouts or Timeouts(TIMEOUT))
    assert covered.block == START + len(times) - 2
    assert covered.time == max(covered.begin, times[-1])
    return covered.seconds, node


def naive(times, begin, timeout_at):
    inside = [max(time, begin) for time in times]
    return sum(
        min(after - before, timeout_at(START + place))
        for place, (before, after) in enumerate(pairwise(inside))
    )


@given(st.lists(GAPS, min_size=1, max_size=300), st.data())
def test_it_is_the_sum_over_all_blocks(gaps, data):
    """With changes of the timeout in between, and blocks older than what is paid for."""
    times = times_of(1_000_000, gaps)
    begin = data.draw(st.sampled_from([times[0], times[0] + 1, times[len(times) // 2], times[-1]]))
    numbers = st.integers(START, START + len(gaps) + 3)
    at = sorted(data.draw(st.lists(numbers, max_size=3, unique=True)))
    values = data.draw(st.lists(st.integers(10, 600), min_size=len(at) + 1, max_size=len(at) + 1))
    changes = [TimeoutChange(*row) for row in zip(at, values, values[1:], strict=False)]
    timeouts = Timeouts(values[-1], changes)

    def timeout_at(block):
        return values[sum(block > change for change in at)]

    assert [timeouts.at(x) for x in range(START, START + len(gaps) + 5)] == [
        timeout_at(x) for x in range(START, START + len(gaps) + 5)
    ]
    seconds, _ = count(times, begin, timeouts)
    assert seconds == naive(times, begin, timeout_at)
    assert 0 <= seconds <= max(times[-1], begin) - begin
    # without blocks there is no time; with time there are blocks
    assert (seconds > 0) == (times[-1] > begin)


@given(st.lists(GAPS, min_size=1, max_size=300), st.integers(0, 6), st.integers(1, 100))
def test_a_count_goes_on_where_a_node_has_failed(gaps, most, part):
    """And with blocks that came meanwhile."""
    times = times_of(5, 15 * gaps)
    node, covered, timeouts = Node(times), CoveredTime.before(START, 5), Timeouts(TIMEOUT)
    end = START + len(times) - 2
    node.count(covered, START - 1 + part * len(gaps) * 15 // 100, timeouts, most)
    before = covered.block
    node.asked = 0
    node.count(covered, end, timeouts)
    assert covered == CoveredTime(5, end, times[-1], count(times)[0])
    assert node.asked <= (end - before) * (STRIDE + 1) // STRIDE + 2


def test_the_end_of_the_batch_before_is_the_first_blocks_block_before():
    """It may have ended without a block, while the chain stood still."""
    assert count([1_000, 1_010], begin=1_007)[0] == 3
    assert count([1_000, 1_010], begin=900)[0] == TIMEOUT


@pytest.mark.parametrize("gap, of_a_hundred", [(2, 100), (60, 100), (61, 98), (120, 50)])
def test_a_gap_counts_up_to_the_timeout(gap, of_a_hundred):
    times = times_of(0, 1_000 * [gap])
    assert count(times)[0] * 100 // times[-1] == of_a_hundred


def test_faster_or_slower_blocks_cover_no_more():
    """As long as no gap is longer than the timeout, they cover all of the time."""
    for gaps in (86_400 * [1], 43_200 * [2], 4_937 * [17, 18], 4_320 * [20], 1_440 * [60]):
        times = times_of(0, gaps)
        assert count(times)[0] == times[-1]


def test_few_blocks_of_a_quick_chain_are_asked_for():
    times = times_of(0, 43_200 * [1, 2, 3])
    _, node = count(times)
    assert node.asked <= len(times) // STRIDE + 1
    assert node.requests <= node.asked // TIMES + 2


def test_a_change_that_nothing_was_before_is_the_constructors():
    timeouts = Timeouts(90, [TimeoutChange(5, 0, 60), TimeoutChange(7, 60, 90)])
    assert [timeouts.at(block) for block in (1, 5, 6, 7, 8)] == [60, 60, 60, 60, 90]
    assert timeouts.least == 60


@pytest.mark.parametrize("place", [1, 24, 25, 26, 2_500, 2_501, 5_999, 6_000])
def test_a_block_older_than_one_before__is_refused(place):
    """The node is not to be trusted, or has changed its mind."""
    times = times_of(10**6, 6_000 * [100])
    times[place] = times[place - 1] - 1 if place > 1 else times[place + 1] + 1
    with pytest.raises(UserError, match=r"^block \d+ of L2 is older than block \d+$"):
        count(times)
