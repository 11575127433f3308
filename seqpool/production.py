"""Who has produced how many blocks of L2, told from its epochs: no block is read but the last."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ape
import click

from seqpool.cli import Context, file_option, options, progress
from seqpool.entries import NOBODY
from seqpool.epochs import EpochView
from seqpool.errors import UserError
from seqpool.journal import Journal, default_path
from seqpool.params import ZERO
from seqpool.pool import View
from seqpool.suite import check_link, load_registry

l2_options = options(
    click.option("--l2-network", help="Where the blocks are; by default as the deployment says."),
    file_option("--l2-deployment l2_path", "Deployment file of that network."),
)


@contextmanager
def l2_of(context: Context, l2_network: str | None = None, l2_path=None) -> Iterator[EpochView]:
    """The SequencerSet of a suite, connected; UserError if the two are not linked."""
    suite = context.suite
    if suite.registry is not None:
        yield EpochView(suite.registry, context.provider)
        return
    other = Journal.open(context.path, context.provider).other
    choice = l2_network or f"{other['ecosystem']}:{other['network']}"
    with ape.networks.parse_network_choice(choice) as provider:
        network, chain_id = provider.network, provider.chain_id
        path = l2_path or default_path(network.ecosystem.name, network.name)
        registry = load_registry(path, provider, context.project)
    check_link(suite, registry, chain_id)
    with ape.networks.parse_network_choice(choice) as provider:
        yield EpochView(registry, provider)


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


def count_shown(view: EpochView, start: int, end: int) -> Production:
    """The same, with a progress bar."""
    with progress("blocks of L2", max(0, end + 1 - start)) as advance:
        return count_blocks(view, start, end, advance)
