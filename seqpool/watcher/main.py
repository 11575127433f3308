"""Puts a watcher together from its configuration, and runs it until it is told to stop."""

import asyncio
import contextlib
import dataclasses
import logging
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from seqpool.journal import Journal
from seqpool.units import HOUR
from seqpool.watcher.chain import L1, L2, Node, check_chains, find
from seqpool.watcher.clock import Clock, SystemClock
from seqpool.watcher.config import Chain, Config, load
from seqpool.watcher.exchange import Exchange, ExchangeSettings
from seqpool.watcher.keys import KeySettings, open_signer
from seqpool.watcher.rpc import Rpc, RpcUnavailable
from seqpool.watcher.store import Store
from seqpool.watcher.watch import Watcher

log = logging.getLogger(__name__)

# Seconds between attempts to reach nodes that are not up yet.
PATIENCE = 2


def run(path: Path) -> None:
    """Watches by a configuration file; UserError if it cannot begin."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_watch(load(path)))


async def _watch(config: Config) -> None:
    clock = SystemClock(config.clock_offset)
    async with _put_together(config, clock) as watcher:
        task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await watcher.run()
        log.info("stops")


@contextlib.asynccontextmanager
async def _put_together(config: Config, clock: Clock) -> AsyncIterator[Watcher]:
    async with contextlib.AsyncExitStack() as stack:

        def open_rpc(chain: Chain) -> Rpc:
            rpc = Rpc(chain.urls, clock, chain.timeout, websocket=chain.websocket)
            stack.push_async_callback(rpc.close)
            return rpc

        places = find(Journal.read(config.l1.deployment), Journal.read(config.l2.deployment))
        l1, l2 = L1(open_rpc(config.l1), places), L2(open_rpc(config.l2), places)
        reference = None
        if config.reference.urls:
            rpc = Rpc(config.reference.urls, clock, config.reference.timeout, attempts=1)
            stack.push_async_callback(rpc.close)
            reference = Node(rpc)
        store = Store(config.data)
        stack.callback(store.close)
        signer = await open_signer(KeySettings(**vars(config.key)))
        stack.push_async_callback(signer.close)
        await _reach(l1, l2, clock)
        watcher = Watcher(config, l1, l2, reference, signer, store, clock)
        settings = dataclasses.replace(ExchangeSettings(), **vars(config.exchange))
        exchange = Exchange(settings, store, watcher.accept, watcher.on_vote)
        await exchange.start()
        stack.push_async_callback(exchange.stop)
        watcher.use(exchange)
        pruner = asyncio.create_task(_prune(store, clock))
        stack.callback(pruner.cancel)
        log.info("watches for %s; votes at port %s", signer.address, exchange.port)
        yield watcher


async def _reach(l1: L1, l2: L2, clock: Clock) -> None:
    """Waits until both chains answer; UserError if they are others."""
    while True:
        try:
            await check_chains(l1, l2)
            return
        except RpcUnavailable as error:
            log.warning("waits: %s", error)
            await clock.sleep(PATIENCE)


async def _prune(store: Store, clock: Clock) -> None:
    while True:
        await clock.sleep(HOUR)
        store.prune()
