"""Who has produced how many blocks of L2, told from its epochs.

seqpool/epochs/production.py does the same with ape."""

from collections import Counter

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.reward_entries import NOBODY
from seqpool.watcher.chain.contracts import L1, L2
from seqpool.watcher.chain.registry import Epoch

# Epochs that are asked for at once.
_STEP = 50


async def count_blocks(l2: L2, start: int, end: int) -> Counter[str]:
    """Blocks of a range that are there, by signer; ZERO stands for the fallback and for nobody."""
    read = l2.sequencer_set.read
    last_epoch = await read("last_epoch")
    first = await _first_epoch(l2, start, last_epoch)
    fallbacks = await _fallbacks(l2, first, end)
    blocks: Counter[str] = Counter()
    counted = start - 1
    for some in range(first, last_epoch + 1, _STEP):
        ids = range(some, min(some + _STEP, last_epoch + 1))
        answers = await l2.ask([l2.sequencer_set.ask("epochs", id) for id in ids])
        for id, epoch in zip(ids, (Epoch(*x) for x in answers), strict=True):
            last = min(epoch.end_block, end)
            own = last + 1 - max(epoch.start_block, start)
            if own <= 0:
                continue
            is_fallback = (id, epoch.signer, epoch.start_block) in fallbacks
            blocks[ZERO if is_fallback else epoch.signer] += own
            # before it may be a gap
            blocks[ZERO] += last - counted - own
            counted = last
        if counted == end:
            break
    blocks[ZERO] += max(0, end - counted)
    return +blocks


async def by_sequencer(l1: L1, blocks: Counter[str]) -> dict[int, int]:
    """The same by sequencer id, in rising order."""
    signers = [signer for signer in blocks if signer != ZERO]
    ids = dict(zip(signers, await l1.ids_of(signers), strict=True)) if signers else {}
    found: Counter[int] = Counter()
    for signer, count in blocks.items():
        found[ids.get(signer, NOBODY)] += count
    return dict(sorted(found.items()))


async def _first_epoch(l2: L2, block: int, last_epoch: int) -> int:
    """The last epoch that starts no later than a block, by bisection; 0 if none does."""
    low, high = 0, last_epoch
    while low < high:
        middle = (low + high + 1) // 2
        if (await l2.sequencer_set.read("epochs", middle)).start_block > block:
            high = middle - 1
        else:
            low = middle
    return low


async def _fallbacks(l2: L2, first: int, end: int) -> set[tuple[int, str, int]]:
    """Id, signer and start of the epochs that a fallback sequencer took, some of them in vain."""
    # one is taken in the epoch before, or in its own first block
    start = 0
    if first:
        start = (await l2.sequencer_set.read("epochs", first - 1)).start_block
    start = max(start, l2.places.l2_from)
    events = await l2.sequencer_set.events("FallbackTaken", start, max(start, end))
    return {(x.fields["epoch"], x.fields["signer"], x.fields["start_block"]) for x in events}
