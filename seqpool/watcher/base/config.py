"""watcher.toml: docs/watcher.example.toml describes each line.

Two watchers with different thresholds under [detection] or another [upkeep] `batch_every` make
different messages of the same facts, and so no certificate.
"""

import tomllib
from dataclasses import field
from pathlib import Path
from typing import Annotated

from seqpool.errors import UserError, shown
from seqpool.files.strict_json import Address
from seqpool.files.strict_model import BadValue, read_as, strict
from seqpool.units import DAY
from seqpool.watcher.base.config_reader import (
    File,
    Flag,
    Text,
    choice,
    duration,
    number,
    web_address,
    web_addresses,
    wei,
)

GWEI, ETHER = 10**9, 10**18


@strict
class ChainConfig:
    """How to ask a chain."""

    urls: Annotated[tuple[str, ...], web_addresses("http", "https", least=1)]
    deployment: File
    websocket: Annotated[str | None, web_address("ws", "wss")] = None
    poll_milliseconds: Annotated[int, number(50, 60_000)] = 4_000
    timeout: Annotated[int, duration(1, 60)] = 5
    # how many blocks a reorganisation may undo
    confirmations: Annotated[int, number(0, 1_000)] = 3


@strict
class L2ChainConfig(ChainConfig):
    poll_milliseconds: Annotated[int, number(50, 60_000)] = 1_000
    timeout: Annotated[int, duration(1, 60)] = 2
    confirmations: Annotated[int, number(0, 1_000)] = 5


@strict
class ReferenceConfig:
    """A node that executes each block itself; without one, no wrong block is noticed."""

    urls: Annotated[tuple[str, ...], web_addresses("http", "https")] = ()
    timeout: Annotated[int, duration(1, 60)] = 5


@strict
class FeesConfig:
    """What may be paid on a chain."""

    max_fee: Annotated[int, wei("gwei", GWEI)] = 200 * GWEI
    max_priority_fee: Annotated[int, wei("gwei", GWEI)] = 3 * GWEI
    daily_budget: Annotated[int, wei("ETH", ETHER)] = ETHER // 10
    bump_after: Annotated[int, duration(1, 3_600)] = 36
    legacy: Flag = False
    # who is next in rank waits so long for the one before
    stagger: Annotated[int, duration(1, 3_600)] = 45


@strict
class L2FeesConfig(FeesConfig):
    daily_budget: Annotated[int, wei("METIS", ETHER)] = ETHER // 10
    bump_after: Annotated[int, duration(1, 3_600)] = 6
    legacy: Flag = True
    stagger: Annotated[int, duration(1, 3_600)] = 6


@strict
class AllFeesConfig:
    l1: FeesConfig = field(default_factory=FeesConfig)
    l2: L2FeesConfig = field(default_factory=L2FeesConfig)
    # of the bridge, for a message to L2; asked of the messenger if it can tell
    relay_fee: Annotated[int | None, wei("ETH", ETHER)] = None
    relay_gas_limit: Annotated[int, number(200_000, 10_000_000)] = 300_000


@strict
class TasksConfig:
    """What is done unasked; each can be switched off."""

    reelect: Flag = True
    accuse: Flag = True  # sign what detection finds besides stalls
    correct: Flag = True
    commitments: Flag = True
    report: Flag = True
    commit_epoch: Flag = True
    heartbeat: Flag = True
    fallback: Flag = True
    checkpoint: Flag = True
    seal: Flag = True
    relay: Flag = True
    rewards: Flag = True
    top_up: Flag = True
    activate: Flag = True
    eject: Flag = True
    release: Flag = True
    vault: Flag = True


@strict
class DetectionConfig:
    """When something is an offence."""

    backlog_blocks: Annotated[int, number(2, 1_000)] = 60
    backlog_pending: Annotated[int, number(1, 100_000)] = 20
    slow_factor: Annotated[float, number(1.0, 100.0)] = 1.5
    slow_epochs: Annotated[int, number(3, 100)] = 10
    # the reference node has to contradict for so long: it may be a block behind
    wrong_block_after: Annotated[int, duration(0, 600)] = 4


@strict
class UpkeepConfig:
    """When tasks are due."""

    every: Annotated[int, duration(1, DAY)] = 60
    batch_every: Annotated[int, duration(60, 30 * DAY)] = DAY
    batch_delay: Annotated[int, duration(0, DAY)] = 600
    # the next epoch is scheduled when so much of the present one is left
    commit_left_percent: Annotated[int, number(1, 100)] = 50


@strict
class KeyConfig:
    """The sequencer's key: exactly one of the first three is given. See keys.KeySettings."""

    keystore: File | None = None
    ape_account: Text | None = None
    remote: Annotated[str | None, web_address("http", "https")] = None
    password_env: Text = "SEQPOOL_PASSWORD"
    address: Address | None = None
    api: Annotated[str, choice("rest", "json-rpc")] = "rest"


@strict
class ExchangeConfig:
    """Where votes come in, and whom they go to. See exchange.ExchangeSettings."""

    host: Text = "127.0.0.1"
    port: Annotated[int, number(0, 65_535)] = 7_120
    peers: Annotated[tuple[str, ...], web_addresses("http", "https")] = ()
    url: Annotated[str | None, web_address("http", "https")] = None


@strict
class MonitorConfig:
    """Where /metrics and /healthz are. See metrics.MonitorSettings."""

    host: Text = "127.0.0.1"
    port: Annotated[int, number(0, 65_535)] = 9_464


@strict
class AlertsConfig:
    """Whom to tell what an operator has to know. See alerts.AlertSettings."""

    webhook: Annotated[str | None, web_address("http", "https")] = None
    command: Text | None = None
    timeout: Annotated[int, duration(1, 60)] = 10
    unclaimed: Annotated[int, wei("METIS", ETHER)] = 100 * ETHER
    appeal_warning: Annotated[int, duration(DAY // 24, 30 * DAY)] = 2 * DAY
    top_up_warning: Annotated[int, duration(60, 7 * DAY)] = 1_800
    refund_warning: Annotated[int, duration(60, 30 * DAY)] = 3_600
    least_balance_l1: Annotated[int, wei("ETH", ETHER)] = ETHER // 50
    least_balance_l2: Annotated[int, wei("METIS", ETHER)] = ETHER // 10


@strict
class Config:
    """The whole file."""

    # where what must not be forgotten is kept
    data: File
    l1: ChainConfig
    l2: L2ChainConfig

    monitor: MonitorConfig = field(default_factory=MonitorConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)

    key: KeyConfig = field(default_factory=KeyConfig)
    exchange: ExchangeConfig = field(default_factory=ExchangeConfig)

    reference: ReferenceConfig = field(default_factory=ReferenceConfig)
    fees: AllFeesConfig = field(default_factory=AllFeesConfig)
    tasks: TasksConfig = field(default_factory=TasksConfig)
    detection: DetectionConfig = field(default_factory=DetectionConfig)
    upkeep: UpkeepConfig = field(default_factory=UpkeepConfig)
    # seconds ahead of the computer's clock: for drills
    clock_offset: Annotated[float, number(-3_600.0, 3_600)] = 0


def load(path: Path) -> Config:
    """The configuration in a file, or UserError."""
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"no configuration {shown(path)}: see docs/watcher.example.toml") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{shown(path)}: {error}") from None
    try:
        return read_as(Config, table, {"folder": path.resolve().parent})
    except BadValue as error:
        raise UserError(f"{shown(path)}: {error}") from None
