"""Puts a watcher together from its configuration, and runs it until it is told to stop."""

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from seqpool.deployment.deployment_file import Journal
from seqpool.units import HOUR
from seqpool.watcher.base.clock import Clock, SystemClock
from seqpool.watcher.base.config import ChainConfig, Config, load
from seqpool.watcher.chain.contracts import ChainReader, L1Reader, L2Reader, check_chains, find
from seqpool.watcher.chain.rpc import Rpc, RpcUnavailable
from seqpool.watcher.exchange.keys import KeySettings, open_signer
from seqpool.watcher.exchange.peers import Exchange
from seqpool.watcher.exchange.settings import ExchangeSettings
from seqpool.watcher.exchange.store import Store
from seqpool.watcher.monitor.alerts import Alerts, AlertSettings
from seqpool.watcher.monitor.alerts import find as find_alerts
from seqpool.watcher.monitor.logs import configure, secrets_of
from seqpool.watcher.monitor.metrics import Monitor, MonitorSettings
from seqpool.watcher.readings import readings
from seqpool.watcher.watch import Watcher

log = logging.getLogger(__name__)

# Seconds between attempts to reach nodes that are not up yet, and between looks for alerts.
PATIENCE, ALERTS_EVERY = 2, 10


def run(path: Path) -> None:
    """Runs a watcher from a configuration file; UserError if it cannot begin."""
    config = load(path)
    urls = [*config.l1.urls, *config.l2.urls, *config.reference.urls, *config.exchange.peers]
    urls += [config.l1.websocket, config.l2.websocket, config.key.remote, config.alerts.webhook]
    password = os.environ.get(config.key.password_env, "")
    configure(secrets=[*secrets_of(*filter(None, urls)), password])
    asyncio.run(_watch(config))


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

        def open_rpc(chain: ChainConfig) -> Rpc:
            rpc = Rpc(chain.urls, clock, chain.timeout, websocket=chain.websocket)
            stack.push_async_callback(rpc.close)
            return rpc

        places = find(Journal.read(config.l1.deployment), Journal.read(config.l2.deployment))
        l1, l2 = L1Reader(open_rpc(config.l1), places), L2Reader(open_rpc(config.l2), places)
        reference = None
        if config.reference.urls:
            rpc = Rpc(config.reference.urls, clock, config.reference.timeout, attempts=1)
            stack.push_async_callback(rpc.close)
            reference = ChainReader(rpc)
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
        alerts = Alerts(_alert_settings(config), store, signer.address, clock.now)
        monitor = Monitor(
            MonitorSettings(**vars(config.monitor)),
            lambda: readings(watcher, exchange, alerts),
            watcher.problems,
        )
        await monitor.start()
        stack.push_async_callback(monitor.stop)
        for work in (
            _prune(store, clock),
            _tell(watcher, exchange, alerts, _alert_settings(config)),
        ):
            stack.callback(asyncio.create_task(work).cancel)
        log.info("watches for %s; votes at port %s", signer.address, exchange.port)
        yield watcher


async def _reach(l1: L1Reader, l2: L2Reader, clock: Clock) -> None:
    """Waits until both chains answer; UserError if they are the wrong chains."""
    while True:
        try:
            await check_chains(l1, l2)
            return
        except RpcUnavailable as error:
            log.warning("waits: %s", error)
            await clock.sleep(PATIENCE)


def _alert_settings(config: Config) -> AlertSettings:
    values = vars(config.alerts).copy()
    least = {chain: values.pop(f"least_balance_{chain}") for chain in ("l1", "l2")}
    return AlertSettings(**values, least_balance=least)


async def _tell(
    watcher: Watcher, exchange: Exchange, alerts: Alerts, settings: AlertSettings
) -> None:
    """Alerts, as long as the watcher runs."""
    while True:
        peers = exchange.peers()
        up = sum(peer.is_up for peer in peers)
        found = find_alerts(watcher.status, up, len(peers), watcher.clock.now(), settings)
        try:
            await alerts.update(found)
        except Exception:
            # one alert that cannot be told must not stop the next ones
            log.exception("alerts failed")
        await watcher.clock.sleep(ALERTS_EVERY)


async def _prune(store: Store, clock: Clock) -> None:
    while True:
        await clock.sleep(HOUR)
        store.prune()
