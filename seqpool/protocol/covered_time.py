"""How much of the time some blocks of L2 cover: what rewards are paid for. This module reads no
chain.

A block covers the time since the block before it, at most `block_timeout`: a chain that stands
still longer has stalled. The first block of a batch covers the time since the last batch ended.

seqpool/epochs/covered_time.py reads the times with ape, seqpool/watcher/duties/production.py
without.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from seqpool.errors import UserError

# The time of one block in so many is asked for, as long as none of those between can matter: with a
# block every 2 seconds, and a block_timeout of a minute.
STRIDE = 25
# Blocks whose times are asked for at once.
TIMES = 100


class TimeoutChange(NamedTuple):
    """A ParameterSet of `block_timeout`: it counts for the blocks after its own."""

    block: int
    old: int  # seconds
    new: int


class Timeouts:
    """The `block_timeout` of a SequencerSet, as it was for each block."""

    def __init__(self, present: int, changes: Sequence[TimeoutChange] = ()):
        """`present` is that of the latest block, in seconds; `changes` are all from the first block
        asked for to the latest, in their order."""
        self._changes = changes
        # the constructor's own has no value before it
        self._first = changes[0].old or changes[0].new if changes else present
        self.least = min([self._first, *(change.new for change in changes)])

    def at(self, block: int) -> int:
        """Seconds that a block covers at most."""
        seconds = self._first
        for change in self._changes:
            if change.block >= block:
                break
            seconds = change.new
        return seconds


@dataclass
class CoveredTime:
    """How far a count has come. It can be kept, and go on later."""

    begin: int  # when the last batch ended, unix seconds: no time before is covered
    block: int  # the last that is counted; at first the one before the first
    time: int  # of that block, unix seconds; at first `begin`
    seconds: int = 0  # that the counted blocks cover

    @classmethod
    def before(cls, start: int, begin: int) -> "CoveredTime":
        """Of a batch that starts with block `start`, with no block counted."""
        return cls(begin, start - 1, begin)

    def count(self, end: int, timeouts: Timeouts) -> Generator[Sequence[int], Sequence[int], None]:
        """Counts up to block `end`. Yields rising numbers of blocks, at most TIMES; is sent their
        times, unix seconds.

        The fields change together, each time that a stretch of up to STRIDE * TIMES blocks is done.
        UserError if a block is older than one before it.
        """
        while self.block < end:
            last = min(end, self.block + STRIDE * TIMES)
            marks = [*range(self.block + STRIDE, last, STRIDE), last]
            times = {self.block: self.time} | self._of_batch(marks, (yield marks))
            # no gap in it can be longer than all of it
            inner = [
                number
                for before, mark in pairwise([self.block, *marks])
                if times[mark] - times[before] > timeouts.least
                for number in range(before + 1, mark)
            ]
            for start in range(0, len(inner), TIMES):
                part = inner[start : start + TIMES]
                times |= self._of_batch(part, (yield part))
            seconds = self.seconds
            for before, number in pairwise(sorted(times)):
                gap = times[number] - times[before]
                if gap < 0:
                    raise UserError(f"block {number} of L2 is older than block {before}")
                seconds += min(gap, timeouts.at(number))
            self.block, self.time, self.seconds = last, times[last], seconds

    def _of_batch(self, numbers: Sequence[int], times: Sequence[int]) -> dict[int, int]:
        """Times by block: the first blocks of all may be older than what is paid for."""
        return {number: max(time, self.begin) for number, time in zip(numbers, times, strict=True)}
