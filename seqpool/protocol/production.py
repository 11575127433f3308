"""Who has produced how many blocks of L2, by its epochs. This module reads no chain.

seqpool/epochs/production.py reads it with ape, seqpool/watcher/duties/production.py without.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.reward_entries import NOBODY

# Id, signer and start block of an epoch that a fallback sequencer has taken.
FallbackEpoch = tuple[int, str, int]


class EpochBounds(Protocol):
    """ISequencerSet.Epoch."""

    @property
    def signer(self) -> str: ...

    @property
    def start_block(self) -> int: ...

    @property
    def end_block(self) -> int:
        """Inclusive; before start_block if the epoch was replaced before it began."""


def blocks_by_signer(
    epochs: Iterable[tuple[int, EpochBounds]],
    fallbacks: Collection[FallbackEpoch],
    start: int,
    end: int,
    advance: Callable[[int], None] = lambda blocks: None,
) -> Counter[str]:
    """How many of the blocks `start` to `end` each signer has produced.

    `epochs` are epochs with their ids, in rising order: from the last one that starts no later than
    `start`, to the last one of all, or to one that ends no earlier than `end`. No more is taken
    from them than needed. `fallbacks` may hold epochs that were replaced. `advance` is told of
    progress, in blocks.

    ZERO stands for the fallback sequencer, and for blocks that are in no epoch.
    """
    blocks: Counter[str] = Counter()
    counted = start - 1
    for id, epoch in epochs:
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
        if counted == end:
            break
    blocks[ZERO] += max(0, end - counted)
    advance(max(0, end - counted))
    return +blocks


def blocks_by_sequencer(blocks: Mapping[str, int], ids: Mapping[str, int]) -> Counter[int]:
    """The same by sequencer id, in rising order.

    `ids` says whose key each signer is or was; ZERO needs none and becomes NOBODY.
    """
    found: Counter[int] = Counter()
    for signer, count in blocks.items():
        found[NOBODY if signer == ZERO else ids[signer]] += count
    return Counter(dict(sorted(found.items())))
