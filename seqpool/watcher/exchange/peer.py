"""A peer: another watcher, and the lines that wait for it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

from yarl import URL


@dataclass(frozen=True)
class PeerStatus:
    """How a peer is doing."""

    url: str
    is_up: bool
    failures: int  # in a row
    queued: int  # lines


class Peer:
    """A watcher to be told and asked, and what waits for it."""

    def __init__(self, url: str, limit: int):
        self.url, self._limit = URL(url), limit
        self.failures, self.retry_at, self.pull_at = 0, 0.0, 0.0
        self.is_up = False
        self.is_urgent = False  # a vote of this watcher's own waits
        self.wake = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        # name of a line => line
        self.queue: OrderedDict[bytes, bytes] = OrderedDict()

    def add(self, name: bytes, line: bytes) -> None:
        """Puts a line, by its name, into the queue."""
        self.queue[name] = line
        # a peer that is away for long asks for what it has missed
        while len(self.queue) > self._limit:
            self.queue.popitem(last=False)
        self.wake.set()

    def batch(self, lines: int, size: int) -> dict[bytes, bytes]:
        """The first lines that fit into a request."""
        batch: dict[bytes, bytes] = {}
        for name, line in self.queue.items():
            size -= len(line) + 1
            if batch and (size < 0 or len(batch) == lines):
                break
            batch[name] = line
        return batch

    def status(self) -> PeerStatus:
        """How it is doing."""
        return PeerStatus(str(self.url), self.is_up, self.failures, len(self.queue))


def line_name(line: bytes) -> bytes:
    """16 bytes that tell lines apart."""
    return blake2b(line, digest_size=16).digest()
