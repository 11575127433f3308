"""What Prometheus and a load balancer ask: /metrics and /healthz, on a port of their own.

Each field of Readings is a metric, `seqpool_` and its name; docs/metrics.md has a table of them.
Nothing is kept here: the readings are taken when somebody asks.
"""

# ruff: noqa: RUF009 - each default is a field of a dataclass

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "seqpool_"
GAUGE, COUNTER = "gauge", "counter"

Value = float | None  # None: not known, and so not shown
Labelled = Mapping[str, float]  # value of the label => value


def _field(kind: str, text: str, label: str | None) -> Any:
    metadata = {"kind": kind, "text": text, "label": label}
    if label is None:
        return field(default=None, metadata=metadata)
    return field(default_factory=dict, metadata=metadata)


def _gauge(text: str, label: str | None = None) -> Any:
    return _field(GAUGE, text, label)


def _counter(text: str, label: str | None = None) -> Any:
    return _field(COUNTER, text, label)


@dataclass(frozen=True)
class Readings:
    """What a watcher has to show at a moment."""

    healthy: Value = _gauge("1 if /healthz says so, else 0")
    height: Value = _gauge("Number of the newest L2 block")
    lag_seconds: Value = _gauge("Time since the newest L2 block")
    epoch: Value = _gauge("Epoch of the next L2 block")
    my_turn: Value = _gauge("1 if this sequencer is to produce the next L2 block, else 0")
    round: Value = _gauge("Round of the re-election under way, 0 if there is none")
    pending_transactions: Value = _gauge("Transactions that wait at the L2 node")
    votes_signed_total: Value = _counter("Messages signed since the start")
    votes_seen_total: Value = _counter("Good votes of others since the start")
    sign_conflicts_total: Value = _counter("Messages not signed, since their slot was taken")
    certificates_total: Value = _counter("Messages that enough members were seen to have signed")
    lines_total: Labelled = _counter("Lines received from peers, by what they were", "result")
    requests_limited_total: Value = _counter("Requests of peers beyond their limit")
    submissions_total: Labelled = _counter("Transactions sent, by chain", "chain")
    rpc_failures_total: Labelled = _counter("Requests that a node did not answer", "chain")
    gas_spent_today: Labelled = _gauge("Paid or reserved for gas since midnight UTC", "chain")
    balance: Labelled = _gauge("Balance of the signer, in the chain's coin", "chain")
    peers: Labelled = _gauge("Peers that answer, and that do not", "state")
    stake: Value = _gauge("Own and paired bonded stake in METIS")
    min_stake: Value = _gauge("Least stake of a committee's member in METIS")
    unclaimed_rewards: Value = _gauge("Rewards to be claimed in METIS")
    cases: Value = _gauge("Slashes of this sequencer that are not settled")
    outages: Value = _gauge("Mass outages whose sequencers may be charged")
    outage_due: Value = _gauge("Sequencers that were not yet charged for a mass outage")
    outage_cost: Value = _gauge("What this sequencer still has to pay for mass outages, in METIS")
    days_to_deadline: Value = _gauge("Days until the operator has to have acted")
    alerts: Labelled = _gauge("Alerts that are raised now, by kind", "kind")


METRICS: dict[str, Field[Any]] = {PREFIX + x.name: x for x in fields(Readings)}


@dataclass(frozen=True)
class MonitorSettings:
    """Where to answer. It has no password: keep it off the public network."""

    host: str = "127.0.0.1"
    port: int = 9_464


class _Collector(Collector):
    def __init__(self, read: Callable[[], Readings]):
        self._read = read

    def describe(self) -> Iterable[Metric]:
        return [_family(x) for x in METRICS.values()]

    def collect(self) -> Iterable[Metric]:
        readings = self._read()
        for one in METRICS.values():
            value = getattr(readings, one.name)
            family = _family(one)
            if one.metadata["label"] is not None:
                for name, part in value.items():
                    family.add_metric([name], part)
            elif value is not None:
                family.add_metric([], value)
            yield family


def _family(one: Field[Any]) -> GaugeMetricFamily | CounterMetricFamily:
    label = one.metadata["label"]
    kind = CounterMetricFamily if one.metadata["kind"] == COUNTER else GaugeMetricFamily
    return kind(PREFIX + one.name, one.metadata["text"], labels=[label] if label else [])


class Monitor:
    """Answers /metrics and /healthz."""

    def __init__(
        self,
        settings: MonitorSettings,
        read: Callable[[], Readings],
        problems: Callable[[], Sequence[str]],
    ):
        """`problems` says why the watcher is not well, a line each."""
        self._settings, self._problems = settings, problems
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Collector(read))

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        self._runner = web.AppRunner(app, access_log=None, keepalive_timeout=30)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        await self._site.start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._runner.addresses[0][1]
        return port

    async def _metrics(self, request: web.Request) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _health(self, request: web.Request) -> web.Response:
        reasons = list(self._problems())
        status = 503 if reasons else 200
        return web.json_response({"ok": not reasons, "reasons": reasons}, status=status)
