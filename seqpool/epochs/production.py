"""Reads with ape who has produced how many blocks of L2, and how much of the time they cover."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqpool.epochs.covered_time import covered_time
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.production import FallbackEpoch, blocks_by_sequencer, blocks_by_signer


@dataclass(frozen=True)
class Production:
    """What was produced in blocks `start` to `end`; there is none if `end` is before `start`."""

    start: int
    end: int
    end_timestamp: int  # that of block `end`
    covered_time: int  # seconds that the blocks are paid for
    blocks: Counter[str]  # by signer; ZERO stands for the fallback, and for who is in no epoch

    @property
    def count(self) -> int:
        return self.end + 1 - self.start

    def by_sequencer(self, pool: View) -> Counter[int]:
        """Blocks by id, in rising order, now that L1 is connected; NOBODY for the fallback."""
        signers = [signer for signer in self.blocks if signer != ZERO]
        ids = {signer: pool.read("signer_of_record", signer)[0] for signer in signers}
        return blocks_by_sequencer(self.blocks, ids)


# Shows how far a count is: given what is counted, and how many blocks there are, it yields what is
# told of progress.
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def _no_bar(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda blocks: None)


def count_blocks(
    view: EpochView,
    start: int,
    end: int,
    begin: int | None = None,
    cache: Path | None = None,
    bar: Bar = _no_bar,
) -> Production:
    """What was produced in a range of blocks that are there.

    Time before `begin` is not covered; by default that is the time of the block before. `cache` is
    a folder that keeps what was counted, if the node fails in between.
    """
    if end > view.block_number:
        raise UserError(f"block {end} of L2 is not there yet: the latest is {view.block_number}")
    if begin is None:
        begin = view.provider.get_block(max(0, start - 1)).timestamp
    first = _first_epoch(view, start)
    fallbacks = _fallbacks(view, first, end)
    with bar("blocks of L2", end + 1 - start) as advance:
        blocks = blocks_by_signer(_epochs(view, first), fallbacks, start, end, advance)
    with bar("times of blocks", end + 1 - start) as advance:
        covered = covered_time(view, start, end, begin, cache, advance)
    return Production(start, end, view.provider.get_block(end).timestamp, covered, blocks)


def _epochs(view: EpochView, first: int) -> Iterator[tuple[int, Any]]:
    return ((id, view.read("epochs", id)) for id in range(first, view.last_epoch + 1))


def _first_epoch(view: EpochView, block: int) -> int:
    """The last epoch that starts no later than a block, by bisection; 0 if none does."""
    low, high = 0, view.last_epoch
    while low < high:
        middle = (low + high + 1) // 2
        if view.read("epochs", middle).start_block > block:
            high = middle - 1
        else:
            low = middle
    return low


def _fallbacks(view: EpochView, first: int, end: int) -> set[FallbackEpoch]:
    """Id, signer and start of the epochs that a fallback sequencer took, some of them in vain."""
    # one is taken in the epoch before, or in its own first block
    start = view.read("epochs", first - 1).start_block if first else 0
    start = max(start, view.registry.from_block)
    events = view.sequencer_set.FallbackTaken.range(start, max(start, end) + 1)
    return {(event.epoch, event.signer, event.start_block) for event in events}
