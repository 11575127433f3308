"""Transactions that one watcher of all has to send: who tries first, and what comes of it.

All watchers know what is due. For each thing they have ranks, in another order each time. The
watcher of rank n waits n times `stagger`, asks the chain whether it is done, and only then sends.
So one transaction is sent, or two if one of them is slow, and nobody outbids anybody.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from seqpool.chain.jsonrpc import RpcError
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.chain.sender import (
    IsWanted,
    Sent,
    Superseded,
    Transaction,
    Unaffordable,
    WouldRevert,
)
from seqpool.watcher.duties.recent import shorten

log = logging.getLogger(__name__)

# Jobs that are over and remembered.
MOST_OVER = 4_096


def rank(me: str, fleet: Iterable[str], subject: bytes) -> int:
    """The place of an address in an order that depends on the subject; the last for a stranger."""

    def lot(address: str) -> bytes:
        return keccak(subject + to_canonical_address(address))

    fleet = set(fleet)
    if me not in fleet:
        return len(fleet)
    return sorted(fleet, key=lot).index(me)


class Sends(Protocol):
    """Sends transactions on one chain: watcher.chain.sender.Sender, as far as it is needed."""

    async def send(
        self, call: Transaction, is_wanted: IsWanted, is_urgent: bool = False
    ) -> Sent | None: ...

    async def refusal(self, call: Transaction) -> str | None: ...


@dataclass(frozen=True)
class Job:
    """Something to be sent."""

    key: str  # what it does, in whatever words: once a key
    sender: Sends
    call: Transaction
    is_wanted: IsWanted  # whether the chain does not have it yet
    due_at: float
    expires_at: float
    retry_after: float  # seconds, after a failure
    is_urgent: bool = False


class Agenda:
    """Jobs until they are done or have expired."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._waiting: dict[str, tuple[Job, float]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self.settled = 0  # transactions, for the metrics
        self.reverted = 0

    def add(self, job: Job) -> None:
        """Unless there is one of that key, or was."""
        if not self.has(job.key):
            self._waiting[job.key] = (job, job.due_at)

    def has(self, key: str) -> bool:
        """Whether there is one of that key, or was."""
        return key in self._waiting or key in self._running or key in self._over

    @property
    def next_at(self) -> float | None:
        """When the next job is due."""
        return min((at for _, at in self._waiting.values()), default=None)

    def start(self) -> None:
        """Starts what is due."""
        now = self._clock.now()
        for key, (job, at) in list(self._waiting.items()):
            if job.expires_at <= now:
                # not over: if it is still due, it comes again
                log.info("expired: %s", key)
                del self._waiting[key]
            elif at <= now:
                del self._waiting[key]
                self._running[key] = asyncio.create_task(self._run(job))

    async def finish(self) -> None:
        """Waits for what was started."""
        while self._running:
            await asyncio.gather(*self._running.values())

    async def close(self) -> None:
        """Stops what was started: what was sent stays sent, and is found on the chain later."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _run(self, job: Job) -> None:
        try:
            is_over = await self._try(job)
        except Exception:
            # one job must not take the others with it
            log.exception("failed: %s", job.key)
            is_over = False
        del self._running[job.key]
        if is_over:
            self._end(job.key)
        else:
            self._waiting[job.key] = (job, self._clock.now() + job.retry_after)

    async def _try(self, job: Job) -> bool:
        """Whether nothing is left to do."""
        try:
            if not await job.is_wanted():
                return True
            sent = await job.sender.send(job.call, job.is_wanted, job.is_urgent)
        except (WouldRevert, Unaffordable, Superseded, RpcError, RpcUnavailable) as error:
            log.info("later: %s: %s: %s", job.key, type(error).__name__, error)
            return False
        if sent is None:
            return True
        self.settled += 1
        if not sent.succeeded:
            self.reverted += 1
            log.warning("reverted: %s (%s)", job.key, sent.hash)
            return False
        log.info("done: %s in block %s (%s)", job.key, sent.block, sent.hash)
        return True

    def _end(self, key: str) -> None:
        self._waiting.pop(key, None)
        self._over[key] = None
        shorten(self._over, MOST_OVER)
