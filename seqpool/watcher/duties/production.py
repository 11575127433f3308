"""Reads who has produced how many blocks of L2, for whom, and how much of the time they cover."""

from collections import Counter

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.covered_time import CoveredTime, TimeoutChange, Timeouts
from seqpool.protocol.production import FallbackEpoch, blocks_by_sequencer, blocks_by_signer
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.chain.registry import Epoch

# Epochs that are asked for at once.
_STEP = 50


async def count_blocks(l2: L2Reader, start: int, end: int) -> Counter[str]:
    """Blocks of a range that are there, by signer; ZERO stands for the fallback and for nobody."""
    read = l2.sequencer_set.read
    last_epoch = await read("last_epoch")
    first = await _first_epoch(l2, start, last_epoch)
    fallbacks = await _fallbacks(l2, first, end)
    epochs: list[tuple[int, Epoch]] = []
    for some in range(first, last_epoch + 1, _STEP):
        ids = range(some, min(some + _STEP, last_epoch + 1))
        answers = await l2.ask([l2.sequencer_set.ask("epochs", id) for id in ids])
        epochs += [(id, Epoch(*answer)) for id, answer in zip(ids, answers, strict=True)]
        if epochs[-1][1].end_block >= end:
            break
    return blocks_by_signer(epochs, fallbacks, start, end)


async def count_time(l2: L2Reader, covered: CoveredTime, end: int) -> None:
    """Goes on with a count up to block `end`. If a node fails, it can go on from there later."""
    steps = covered.count(end, await timeouts_of(l2, covered.block + 1))
    wanted = next(steps, None)
    while wanted is not None:
        times = [block.timestamp for block in await l2.blocks(wanted)]
        try:
            wanted = steps.send(times)
        except StopIteration:
            wanted = None


async def timeouts_of(l2: L2Reader, start: int) -> Timeouts:
    """Of the blocks from `start` to the latest."""
    latest = (await l2.present_block()).number
    present = (await l2.sequencer_set.read("parameters", at=latest)).block_timeout
    events = await l2.sequencer_set.events("ParameterSet", max(start, l2.places.l2_from), latest)
    changes = [
        TimeoutChange(event.block, event.fields["old"], event.fields["new"])
        for event in events
        if event.fields["name"] == "block_timeout"
    ]
    return Timeouts(present, changes)


async def by_sequencer(l1: L1Reader, blocks: Counter[str]) -> Counter[int]:
    """The same by sequencer id, in rising order; NOBODY for the fallback and for nobody."""
    signers = [signer for signer in blocks if signer != ZERO]
    ids = await l1.ids_of(signers) if signers else []
    return blocks_by_sequencer(blocks, dict(zip(signers, ids, strict=True)))


async def _first_epoch(l2: L2Reader, block: int, last_epoch: int) -> int:
    """The last epoch that starts no later than a block, by bisection; 0 if none does."""
    low, high = 0, last_epoch
    while low < high:
        middle = (low + high + 1) // 2
        if (await l2.sequencer_set.read("epochs", middle)).start_block > block:
            high = middle - 1
        else:
            low = middle
    return low


async def _fallbacks(l2: L2Reader, first: int, end: int) -> set[FallbackEpoch]:
    """Id, signer and start of the epochs that a fallback sequencer took, some of them in vain."""
    # one is taken in the epoch before, or in its own first block
    start = 0
    if first:
        start = (await l2.sequencer_set.read("epochs", first - 1)).start_block
    start = max(start, l2.places.l2_from)
    events = await l2.sequencer_set.events("FallbackTaken", start, max(start, end))
    return {(x.fields["epoch"], x.fields["signer"], x.fields["start_block"]) for x in events}
