"""Many exchanges in one process, over real HTTP on loopback.

`python -m tests.seqpool.watcher.crowd 100` measures how long so many take to a certificate.
"""

import asyncio
import contextlib
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from seqpool.chain.ports import free_port
from seqpool.documents.votes import Vote
from seqpool.protocol.certificates import Turnout
from seqpool.watcher.exchange.peers import Exchange
from seqpool.watcher.exchange.settings import ExchangeSettings
from seqpool.watcher.exchange.store import Store
from tests.seqpool.watcher.ballots import votes

# all are at one address here
GENEROUS = ExchangeSettings(at_once=10_000, rate=1e6, burst=1e6, backoff=0.05, timeout=10)


class Node:
    """An exchange, and what its owner has seen."""

    def __init__(self, folder: Path, settings: ExchangeSettings = GENEROUS):
        port = free_port()
        self.folder = folder
        self.settings = replace(settings, port=port, url=f"http://127.0.0.1:{port}")
        self.seen: list[Vote] = []
        self.refusal: str | None = None
        self.on_vote: Callable[[Vote], None] = lambda vote: None

    async def start(self) -> None:
        self.store = Store(self.folder)
        self.exchange = Exchange(self.settings, self.store, self._accept, self._on_vote)
        await self.exchange.start()

    async def stop(self) -> None:
        await self.exchange.stop()
        self.store.close()

    @property
    def url(self) -> str:
        return self.settings.url

    def _accept(self, vote: Vote) -> str | None:
        return self.refusal

    async def _on_vote(self, vote: Vote) -> None:
        self.seen.append(vote)
        self.on_vote(vote)


@contextlib.asynccontextmanager
async def crowd(folder: Path, count: int, settings: ExchangeSettings = GENEROUS):
    """So many nodes, each of which knows all others."""
    nodes = [Node(folder / str(number), settings) for number in range(count)]
    async with contextlib.AsyncExitStack() as stack:
        for node in nodes:
            await node.start()
            stack.push_async_callback(node.stop)
        for node in nodes:
            node.exchange.set_peers([other.url for other in nodes])
        yield nodes


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Waits for a condition; AssertionError if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in vain"
        await asyncio.sleep(0.01)


def run(act: Callable[[], Awaitable]) -> None:
    asyncio.run(act())


@dataclass(frozen=True)
class Mark:
    """When so many had two thirds, since the first vote."""

    seconds: float
    cpu: float  # seconds of one core, of all watchers together

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.cpu:.2f} s of one core)"


@dataclass(frozen=True)
class Figures:
    first: Mark
    half: Mark
    last: Mark

    def __str__(self) -> str:
        return f"two thirds: the first after {self.first}, half after {self.half}, all {self.last}"


async def measure(count: int) -> Figures:
    """How long a certificate takes if all vote at once. Signing is not counted."""
    ballots = votes(count)
    # asked for what they missed later than this takes
    settings = replace(GENEROUS, pull_every=600, timeout=60)
    # on one disk for a hundred watchers the disk would be measured
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.exists() else None) as folder:
        async with crowd(Path(folder), count, settings) as nodes:
            least = min(count - 1, settings.hubs)
            await until(
                lambda: all(sum(x.is_up for x in n.exchange.peers()) >= least for n in nodes), 60
            )
            # to look through a hundred watchers' memory at once is no watcher's work
            gc.collect()
            gc.disable()
            done: list[Mark] = []
            clock = _Clock()
            for node in nodes:
                node.on_vote = _counter(set(), count, done, clock)
            for node, ballot in zip(nodes, ballots, strict=True):
                node.on_vote(ballot)
            await asyncio.gather(
                *(node.exchange.publish(x) for node, x in zip(nodes, ballots, strict=True))
            )
            await until(lambda: len(done) == count, 120)
            gc.enable()
    return Figures(done[0], done[count // 2], done[-1])


class _Clock:
    def __init__(self) -> None:
        self._start, self._cpu = time.monotonic(), time.process_time()

    def mark(self) -> Mark:
        return Mark(time.monotonic() - self._start, time.process_time() - self._cpu)


def _counter(
    signers: set[str], count: int, done: list[Mark], clock: _Clock
) -> Callable[[Vote], None]:
    def see(vote: Vote) -> None:
        had = are_enough()
        signers.add(vote.signer)
        if not had and are_enough():
            done.append(clock.mark())

    def are_enough() -> bool:
        return Turnout(len(signers), count, len(signers), count).is_enough

    return see


if __name__ == "__main__":
    print(asyncio.run(measure(int(sys.argv[1]))))
