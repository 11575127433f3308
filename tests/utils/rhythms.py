"""When chains of unlike rhythms make their blocks, and what such a chain earns in a year."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from seqpool.protocol.covered_time import CoveredTime, Timeouts
from seqpool.units import DAY, HOUR
from tests.utils.payroll import Payroll

BLOCK_TIMEOUT = 60  # seconds, at launch
YEAR_BATCHES = [28] * 13 + [1]  # days


@dataclass(frozen=True)
class Rhythm:
    """Seconds between blocks, again and again."""

    name: str
    gaps: tuple[int, ...]

    @cached_property
    def _sums(self) -> list[int]:
        return [*accumulate(self.gaps, initial=0)]

    def time_of(self, block: int) -> int:
        """Seconds from block 0."""
        rounds, rest = divmod(block, len(self.gaps))
        return rounds * self._sums[-1] + self._sums[rest]

    def block_by(self, seconds: int) -> int:
        """The last block no later."""
        rounds, rest = divmod(seconds, self._sums[-1])
        return rounds * len(self.gaps) + sum(x <= rest for x in self._sums[1:])

    def covered(self, start: int, end: int) -> int:
        """Seconds that a range of blocks covers, as all counters have it."""
        covered = CoveredTime.before(start, self.time_of(start - 1))
        steps = covered.count(end, Timeouts(BLOCK_TIMEOUT))
        wanted = next(steps, None)
        while wanted is not None:
            try:
                wanted = steps.send([self.time_of(block) for block in wanted])
            except StopIteration:
                wanted = None
        return covered.seconds


STEADY = [
    Rhythm("a block every 2 s", (2,)),
    Rhythm("a block every 17.5 s", (17, 18)),
    Rhythm("idle, a heartbeat every 20 s", (20,)),
]
# 60 of the 3,600 seconds are paid
STALLING = Rhythm("a block every 2 s, and none for an hour each day", (2,) * 41_400 + (HOUR,))


class Moment(NamedTuple):
    """Of a year, at the end of a batch."""

    seconds: int
    covered: int  # of these seconds
    paid: int  # wei


def year(payroll: Payroll, ids: list[int], rhythm: Rhythm) -> list[Moment]:
    """A year of batches, shared by the sequencers with these ids."""
    first, seconds, covered, paid = 1, 0, 0, 0
    moments = [Moment(0, 0, 0)]
    for days in accumulate(YEAR_BATCHES):
        last = rhythm.block_by(days * DAY)
        each, rest = divmod(last + 1 - first, len(ids))
        produced = {id: each + (rest if id == ids[0] else 0) for id in ids}
        time = rhythm.covered(first, last)
        receipt = payroll.pay(produced, rhythm.time_of(last) - seconds, coveredTime=time)
        first, seconds, covered = last + 1, rhythm.time_of(last), covered + time
        paid += payroll.accepted(receipt).paid
        moments.append(Moment(seconds, covered, paid))
    return moments
