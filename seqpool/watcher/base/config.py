"""watcher.toml: docs/watcher.example.toml describes each line.

Two watchers with different thresholds under [detection] or another [upkeep] `batch_every` make
different messages of the same facts, and so no certificate.
"""

# ruff: noqa: RUF009 - each default is a field of a dataclass

import tomllib
from dataclasses import dataclass
from pathlib import Path

from seqpool.errors import UserError, shown
from seqpool.units import DAY
from seqpool.watcher.base.config_reader import (
    address,
    duration,
    file,
    flag,
    number,
    read_table,
    section,
    text,
    url,
    urls,
    wei,
)

GWEI, ETHER = 10**9, 10**18


@dataclass(frozen=True)
class Chain:
    """How to ask a chain."""

    urls: tuple[str, ...] = urls("http", "https")
    deployment: Path = file()
    websocket: str | None = url("ws", "wss", default=None)
    poll_milliseconds: int = number(4_000, 50, 60_000)
    timeout: int = duration(5, 1, 60)
    # how many blocks a reorganisation may undo
    confirmations: int = number(3, 0, 1_000)


@dataclass(frozen=True)
class L2Chain(Chain):
    poll_milliseconds: int = number(1_000, 50, 60_000)
    timeout: int = duration(2, 1, 60)
    confirmations: int = number(5, 0, 1_000)


@dataclass(frozen=True)
class Reference:
    """A node that executes each block itself; without one, no wrong block is noticed."""

    urls: tuple[str, ...] = urls("http", "https", default=(), least=0)
    timeout: int = duration(5, 1, 60)


@dataclass(frozen=True)
class Fees:
    """What may be paid on a chain."""

    max_fee: int = wei("gwei", GWEI, 200 * GWEI)
    max_priority_fee: int = wei("gwei", GWEI, 3 * GWEI)
    daily_budget: int = wei("ETH", ETHER, ETHER // 10)
    bump_after: int = duration(36, 1, 3_600)
    legacy: bool = flag(False)
    # who is next in rank waits so long for the one before
    stagger: int = duration(45, 1, 3_600)


@dataclass(frozen=True)
class L2Fees(Fees):
    daily_budget: int = wei("METIS", ETHER, ETHER // 10)
    bump_after: int = duration(6, 1, 3_600)
    legacy: bool = flag(True)
    stagger: int = duration(6, 1, 3_600)


@dataclass(frozen=True)
class AllFees:
    l1: Fees = section(Fees)
    l2: L2Fees = section(L2Fees)
    # of the bridge, for a message to L2; asked of the messenger if it can tell
    relay_fee: int | None = wei("ETH", ETHER, None)
    relay_gas_limit: int = number(300_000, 200_000, 10_000_000)


@dataclass(frozen=True)
class Tasks:
    """What is done unasked; each can be switched off."""

    reelect: bool = flag(True)
    accuse: bool = flag(True)  # sign what detection finds besides stalls
    correct: bool = flag(True)
    commitments: bool = flag(True)
    report: bool = flag(True)
    commit_epoch: bool = flag(True)
    heartbeat: bool = flag(True)
    fallback: bool = flag(True)
    checkpoint: bool = flag(True)
    seal: bool = flag(True)
    relay: bool = flag(True)
    rewards: bool = flag(True)
    activate: bool = flag(True)
    eject: bool = flag(True)
    release: bool = flag(True)


@dataclass(frozen=True)
class Detection:
    """When something is an offence."""

    backlog_blocks: int = number(60, 2, 1_000)
    backlog_pending: int = number(20, 1, 100_000)
    slow_factor: float = number(1.5, 1.0, 100.0)
    slow_epochs: int = number(10, 3, 100)
    # the reference node has to contradict for so long: it may be a block behind
    wrong_block_after: int = duration(4, 0, 600)


@dataclass(frozen=True)
class Upkeep:
    """When tasks are due."""

    every: int = duration(60, 1, DAY)
    batch_every: int = duration(DAY, 60, 30 * DAY)
    batch_delay: int = duration(600, 0, DAY)
    # the next epoch is scheduled when so much of the present one is left
    commit_left_percent: int = number(50, 1, 100)


@dataclass(frozen=True)
class Key:
    """The sequencer's key: exactly one of the first three is given. See keys.KeySettings."""

    keystore: Path | None = file(None)
    ape_account: str | None = text(None)
    remote: str | None = url("http", "https", default=None)
    password_env: str = text("SEQPOOL_PASSWORD")
    address: str | None = address(None)
    api: str = text("rest", ("rest", "json-rpc"))


@dataclass(frozen=True)
class Exchange:
    """Where votes come in, and whom they go to. See exchange.ExchangeSettings."""

    host: str = text("127.0.0.1")
    port: int = number(7_120, 0, 65_535)
    peers: tuple[str, ...] = urls("http", "https", default=(), least=0)
    url: str | None = url("http", "https", default=None)


@dataclass(frozen=True)
class Monitor:
    """Where /metrics and /healthz are. See metrics.MonitorSettings."""

    host: str = text("127.0.0.1")
    port: int = number(9_464, 0, 65_535)


@dataclass(frozen=True)
class Alerts:
    """Whom to tell what an operator has to know. See alerts.AlertSettings."""

    webhook: str | None = url("http", "https", default=None)
    command: str | None = text(None)
    timeout: int = duration(10, 1, 60)
    unclaimed: int = wei("METIS", ETHER, 100 * ETHER)
    appeal_warning: int = duration(2 * DAY, DAY // 24, 30 * DAY)
    least_balance_l1: int = wei("ETH", ETHER, ETHER // 50)
    least_balance_l2: int = wei("METIS", ETHER, ETHER // 10)


@dataclass(frozen=True)
class Config:
    """The whole file."""

    monitor: Monitor = section(Monitor)
    alerts: Alerts = section(Alerts)

    key: Key = section(Key)
    exchange: Exchange = section(Exchange)

    l1: Chain = section(Chain)
    l2: Chain = section(L2Chain)
    reference: Reference = section(Reference)
    fees: AllFees = section(AllFees)
    tasks: Tasks = section(Tasks)
    detection: Detection = section(Detection)
    upkeep: Upkeep = section(Upkeep)
    # where what must not be forgotten is kept
    data: Path = file()
    # seconds ahead of the computer's clock: for drills
    clock_offset: float = number(0, -3_600.0, 3_600)


def load(path: Path) -> Config:
    """The configuration in a file, or UserError."""
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"no configuration {shown(path)}: see docs/watcher.example.toml") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{shown(path)}: {error}") from None
    try:
        return read_table(Config, table, "", path.resolve().parent)
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from None
