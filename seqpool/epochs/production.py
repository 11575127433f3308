"""Who has produced how many blocks of L2, told from its epochs: no block is read but the last."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.reward_entries import NOBODY


@dataclass(frozen=True)
class Production:
    """What was produced in blocks `start` to `end`; there is none if `end` is before `start`."""

    start: int
    end: int
    end_timestamp: int  # that of block `end`
    blocks: Counter[str]  # by signer; ZERO stands for the fallback, and for who is in no epoch

    @property
    def count(self) -> int:
        return self.end + 1 - self.start

    def by_sequencer(self, pool: View) -> Counter[int]:
        """Of whom each signer is or was, now that L1 is connected; NOBODY for all others."""
        found: Counter[int] = Counter()
        for signer, blocks in self.blocks.items():
            id = NOBODY if signer == ZERO else pool.read("signer_of_record", signer)[0]
            found[id] += blocks
        return found


def count_blocks(
    view: EpochView, start: int, end: int, advance: Callable[[int], None] = lambda blocks: None
) -> Production:
    """What was produced in a range of blocks that are there; `advance` is told of progress."""
    if end > view.block_number:
        raise UserError(f"block {end} of L2 is not there yet: the latest is {view.block_number}")
    blocks: Counter[str] = Counter()
    counted = start - 1
    first = _first_epoch(view, start)
    fallbacks = _fallbacks(view, first, end)
    for id in range(first, view.last_epoch + 1):
        epoch = view.read("epochs", id)
        if epoch.start_block > end:
            break
        last = min(epoch.end_block, end)
        own = last + 1 - max(epoch.start_block, start)
        if own <= 0:
            continue
        is_fallback = (id, epoch.signer, epoch.start_block) in fallbacks
        blocks[ZERO if is_fallback else epoch.signer] += own
        # before it may be a gap
        blocks[ZERO] += last - counted - own
        advance(last - counted)
        counted = last
    blocks[ZERO] += max(0, end - counted)
    advance(max(0, end - counted))
    return Production(start, end, view.provider.get_block(end).timestamp, +blocks)


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


def _fallbacks(view: EpochView, first: int, end: int) -> set[tuple[int, str, int]]:
    """Id, signer and start of the epochs that a fallback sequencer took, some of them in vain."""
    # one is taken in the epoch before, or in its own first block
    start = view.read("epochs", first - 1).start_block if first else 0
    start = max(start, view.registry.from_block)
    events = view.sequencer_set.FallbackTaken.range(start, max(start, end) + 1)
    return {(event.epoch, event.signer, event.start_block) for event in events}
