"""The network of one fault: two nodes, watchers, producers and a bridge, all of them processes."""

import asyncio
import contextlib
import json
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from seqpool.chain.jsonrpc import RpcError
from seqpool.chain.ports import free_port
from seqpool.deployment.deployment_file import Journal
from seqpool.drill.chains import start_node
from seqpool.drill.gate import SELECTORS, SEQUENCER_AT, Gate, Made
from seqpool.drill.plan import (
    L1_CHAIN_ID,
    L2_CHAIN_ID,
    PASSWORD,
    PASSWORD_VARIABLE,
    DrillStage,
    Person,
    merge,
    toml,
    watcher_table,
)
from seqpool.drill.processes import Processes, module
from seqpool.drill.wires import SlowRoad, Wire
from seqpool.errors import UserError
from seqpool.protocol.draw import draw
from seqpool.units import HOUR
from seqpool.watcher.base.clock import SystemClock
from seqpool.watcher.chain.abi import load
from seqpool.watcher.chain.contracts import L1Reader, L2Reader, find
from seqpool.watcher.chain.registry import BlockHeader, RegistryState
from seqpool.watcher.chain.rpc import Rpc, RpcUnavailable

POLL = 0.05  # seconds
# Seconds in which all processes have to be up: on a busy machine seven interpreters are slow.
STARTUP_SECONDS = 180
# Blocks come slowly until all are up, because an epoch has a limited number of them.
STARTUP_PACE = 4
# Epochs that are over when a network begins, at most.
_ENDED_MOST = 5
# A user who pays for something now and then.
_USER, _USER_EVERY = 55, 1.0


@dataclass
class Setup:
    """What is special about the network of a fault."""

    # what is added to configurations, by the place of a sequencer
    extra: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    everybody: dict[str, Any] = field(default_factory=dict)
    slow_road: float = 0  # seconds by which a vote is late at most; 0: none
    wires: bool = False  # whether connections to L2 go through wires that can be cut
    alive_ago: int = 0  # seconds since the last sign of life when the network begins
    fallback: bool = False  # whether the fallback sequencer has a watcher and a producer


@dataclass(frozen=True)
class LogLine:
    """What a watcher said."""

    name: str
    at: float
    message: str


@dataclass(frozen=True)
class Slash:
    """Seen on L1."""

    name: str  # of the sequencer
    kind: int
    amount: int
    at: float
    block: int


class Network:
    def __init__(self, stage: DrillStage, folder: Path, setup: Setup, chance: random.Random):
        self.stage, self.folder, self.setup, self._chance = stage, folder, setup, chance
        self.terms = stage.terms
        self.processes = Processes(folder)
        self.people = [*stage.sequencers, *([stage.fallback] if setup.fallback else [])]
        self.names = {x.address: x.name for x in (*stage.sequencers, stage.fallback)}
        self.slashes: list[Slash] = []
        self.wires: list[Wire] = []
        self.roads: dict[str, SlowRoad] = {}
        self._ids: dict[int, str] = {}
        self._clock = SystemClock()
        self._tasks: list[asyncio.Task] = []
        self._opened: list[Rpc] = []
        self._environment = {PASSWORD_VARIABLE: PASSWORD}

    def person(self, address: str) -> Person:
        return next(x for x in self.people if x.address == address)

    # ---------------------------------------------------------------- up and down

    async def start(self) -> None:
        """Starts everything; returns when all watchers follow the chains and know each other."""
        stage, processes = self.stage, self.processes
        self.l1_url = await asyncio.to_thread(
            start_node,
            *(processes, "l1", L1_CHAIN_ID, "--load-state", stage.folder / "l1.state"),
            *("--block-time", self.terms.l1_block_time),
        )
        self.l2_url = await asyncio.to_thread(
            start_node,
            *(processes, "l2", L2_CHAIN_ID, "--load-state", stage.folder / "l2.state"),
            # the node's clock is that of its last block, until a block has the present time
            *("--no-mining", "--order", "fifo", "--timestamp", int(time.time()) - 5 * HOUR),
        )
        journals = (Journal.read(stage.folder / name) for name in ("l1.json", "l2.json"))
        places = find(*journals)
        self.l1 = L1Reader(self._rpc(self.l1_url), places)
        self.l2 = L2Reader(self._rpc(self.l2_url), places)
        self.gate = Gate(self.l2.rpc, places.sequencer_set, self.folder / "gate.log")
        self.gate.pace = STARTUP_PACE
        await self._lay_wires()
        await self._begin_epoch()
        await self._start_all()
        self._tasks = [asyncio.create_task(work) for work in (self._use(), self._see_slashes())]
        await self._await_all()
        self.gate.pace = self.terms.block_time

    def _rpc(self, url: str) -> Rpc:
        rpc = Rpc([url], self._clock, timeout=30)
        self._opened.append(rpc)
        return rpc

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.processes.end)
        for road in self.roads.values():
            await road.stop()
        for wire in self.wires:
            await wire.stop()
        if hasattr(self, "gate"):
            await self.gate.stop()
        for rpc in self._opened:
            await rpc.close()

    async def _lay_wires(self) -> None:
        self._gate_port = free_port()
        # votes, monitor, slow road
        self.ports = {x.name: [free_port() for _ in range(3)] for x in self.people}
        await self.gate.start(self._gate_port)
        self.node_urls = [self.l2_url]
        if self.setup.wires:
            port = int(self.l2_url.rsplit(":", 1)[1])
            self.wires = [Wire(port), Wire(port)]
            self.node_urls = [f"http://127.0.0.1:{await wire.start()}" for wire in self.wires]
        if self.setup.slow_road:
            for person in self.people:
                votes, _, slow = self.ports[person.name]
                target = f"http://127.0.0.1:{votes}"
                road = SlowRoad(target, self.setup.slow_road, self._chance)
                await road.start(slow)
                self.roads[person.name] = road

    def vote_url(self, person: Person) -> str:
        """Where others reach a watcher."""
        votes, _, slow = self.ports[person.name]
        return f"http://127.0.0.1:{slow if self.setup.slow_road else votes}"

    async def _begin_epoch(self) -> None:
        """Begins an epoch alive_ago seconds ago, as the chain sees it, and makes a block of now.

        Some epochs before it are over, so that not all networks have the same signer in charge.
        """
        length, ended = self.terms.epoch_length, self._chance.randrange(_ENDED_MOST + 1)
        now = int(time.time())
        began_at = now - self.setup.alive_ago
        for number in range(ended):
            # the rest of it has a second a block, and then there is a gap
            at = began_at - (ended - number) * 2 * length
            await self._commit_epoch(at)
            await self.l2.rpc.call("anvil_mine", hex(length - 1), hex(1))
        drawn = await self._commit_epoch(began_at)
        if self.setup.alive_ago:
            await self.gate.mine((await self.head()).number + 1, drawn, None, now)

    async def _commit_epoch(self, at: int) -> str:
        """Commits an epoch in a gap; returns its signer."""
        stage, registry = self.stage, await self.l2.registry()
        members = list(stage.members)
        drawn = draw(members, registry.committee.seed, registry.last_epoch + 1, 0)
        call = {
            "from": stage.keeper,
            "to": self.l2.places.sequencer_set,
            "data": "0x" + load("SequencerSet").call("commit_epoch", members).hex(),
            "gas": hex(1_000_000),
        }
        sent = await self.l2.rpc.call("eth_sendTransaction", call)
        await self.gate.mine(registry.next_block, drawn, sent, at)
        return drawn

    async def _start_all(self) -> None:
        for person in self.people:
            self._configure(person)
            self.start_producer(person)
            self.start_watcher(person)
        self.processes.start(
            "carrier",
            module(
                "drill.carrier",
                *("--stage", self.stage.folder, "--l1", self.l1_url, "--l2", self.l2_url),
            ),
        )
        ids = await self.l1.ids_of([x.address for x in self.stage.sequencers])
        self._ids = dict(zip(ids, (x.name for x in self.stage.sequencers), strict=True))

    def _configure(self, person: Person) -> None:
        place = self.people.index(person)
        votes, monitor, _ = self.ports[person.name]
        # half of them ask one node first, half the other; and half have a websocket
        urls = self.node_urls if place % 2 == 0 else self.node_urls[::-1]
        table = watcher_table(
            self.stage,
            person,
            l1=self.l1_url,
            l2=urls,
            port=votes,
            monitor=monitor,
            url=self.vote_url(person),
            peers=[self.vote_url(x) for x in self.people if x is not person],
            has_websocket=place % 4 < 2,
        )
        for more in (self.setup.everybody, self.setup.extra.get(place, {})):
            table = merge(table, more)
        self.config_of(person).write_text(toml(table))

    def config_of(self, person: Person) -> Path:
        return self.folder / f"watcher-{person.name}.toml"

    def start_watcher(self, person: Person) -> None:
        command = module("", "watch", "--config", self.config_of(person))
        self.processes.start(f"watcher-{person.name}", command, self._environment)

    def start_producer(self, person: Person) -> None:
        command = module(
            "drill.producer",
            *("--signer", person.address, "--node", self.l2_url),
            *("--gate", f"http://127.0.0.1:{self._gate_port}"),
            *("--set", self.l2.places.sequencer_set, "--sequencer-at", SEQUENCER_AT),
            *("--block-time", self.terms.block_time, "--takeover", *SELECTORS),
        )
        self.processes.start(f"producer-{person.name}", command)

    async def _await_all(self) -> None:
        deadline = time.monotonic() + STARTUP_SECONDS
        waiting = list(self.people)
        while waiting:
            if time.monotonic() > deadline:
                raise UserError(f"not up: {', '.join(x.name for x in waiting)}")
            if ended := self.processes.ended():
                raise UserError(f"ended: {', '.join(ended)}")
            waiting = [x for x in waiting if not await self._is_ready(x)]
            await asyncio.sleep(0.2)

    async def _is_ready(self, person: Person) -> bool:
        readings = await self.readings(person)
        up = readings.get('seqpool_peers{state="up"}', 0)
        return up == len(self.people) - 1 and "seqpool_stake" in readings

    async def readings(self, person: Person) -> dict[str, float]:
        """What a watcher's /metrics says; empty if it does not answer."""
        url = f"http://127.0.0.1:{self.ports[person.name][1]}/metrics"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=5)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url) as answer,
            ):
                lines = (await answer.text()).splitlines()
                pairs = (x.rsplit(" ", 1) for x in lines if x and not x.startswith("#"))
                return {name: float(value) for name, value in pairs}
        return {}

    # ---------------------------------------------------------------- what happens to it

    def kill_producer(self, person: Person) -> None:
        self.processes.kill(f"producer-{person.name}")

    def kill_watcher(self, person: Person) -> None:
        self.processes.kill(f"watcher-{person.name}")

    def kill_machine(self, person: Person) -> None:
        self.kill_producer(person)
        self.kill_watcher(person)

    def start_machine(self, person: Person) -> None:
        self.start_producer(person)
        self.start_watcher(person)

    def freeze(self, person: Person) -> None:
        self.processes.signal(f"producer-{person.name}", signal.SIGSTOP)

    def thaw(self, person: Person) -> None:
        self.processes.signal(f"producer-{person.name}", signal.SIGCONT)

    def start_liar(self, person: Person) -> None:
        """Starts a liar in place of the watcher."""
        self.kill_watcher(person)
        command = module("drill.liar", "--config", self.config_of(person))
        self.processes.start(f"liar-{person.name}", command, self._environment)

    # ---------------------------------------------------------------- what it is like

    async def registry(self, number: int | None = None) -> RegistryState:
        return await self.l2.registry(number)

    async def head(self) -> BlockHeader:
        return await self.l2.block()

    async def members(self) -> list[int]:
        """The words of the committee that L2 has."""
        return await self.l1.members_of((await self.registry()).committee.nonce)

    async def line_up(self, rounds: int = 3) -> tuple[RegistryState, list[Person]]:
        """The registry, who is in charge of the next block, and who would take over by rounds."""
        registry, members = await self.registry(), await self.members()
        barred = await self.l2.barred(members)
        addresses = [
            registry.in_charge(members, barred),
            *(registry.successor(members, barred, n) for n in range(1, rounds + 1)),
        ]
        return registry, [self.person(x) for x in addresses]

    async def until(self, seconds: float, is_so: Callable[[], Any]) -> Any:
        """The function's result as soon as it is true; None if that takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            found = is_so()
            if found or time.monotonic() > deadline:
                return found or None
            await asyncio.sleep(POLL)

    def block(self, number: int) -> Made | None:
        return next((x for x in self.gate.blocks if x.number == number), None)

    def last_block(self) -> Made:
        return self.gate.blocks[-1]

    def said(self, prefix: str, names: set[str] | None = None) -> list[LogLine]:
        """The log lines of watchers that begin with a text, the earliest first."""
        found = []
        for person in self.people:
            if names is None or person.name in names:
                path = self.processes.log(f"watcher-{person.name}")
                lines = path.read_text().splitlines() if path.exists() else []
                found += [x for x in (_line(person.name, y, prefix) for y in lines) if x]
        return sorted(found, key=lambda x: x.at)

    async def votes_of(self, person: Person) -> list[dict[str, Any]]:
        """All votes that a watcher has."""
        found: list[dict[str, Any]] = []
        place, url = "", f"http://127.0.0.1:{self.ports[person.name][0]}/votes"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with aiohttp.ClientSession() as session:
                while True:
                    async with session.get(url, params={"since": place}) as answer:
                        lines = (await answer.text()).splitlines() if answer.status == 200 else []
                        following = answer.headers.get("Seqpool-Place", place)
                    if not lines or following == place:
                        break
                    found += [json.loads(x) for x in lines]
                    place = following
        return found

    async def strangers(self) -> list[int]:
        """Blocks that come from another signer than the registry names."""
        blocks = list(self.gate.blocks)
        contract = self.l2.sequencer_set
        named = await self.l2.ask([contract.ask("sequencer_at", x.number) for x in blocks])
        heads = await self.l2.rpc.batch(
            [("eth_getBlockByNumber", [hex(x.number), False]) for x in blocks]
        )
        return [
            x.number
            for x, signer, head in zip(blocks, named, heads, strict=True)
            if not x.signer.lower() == signer.lower() == head["miner"].lower()
        ]

    # ---------------------------------------------------------------- in the background

    async def _use(self) -> None:
        """Transfers, so that blocks are not empty and take part in the order of transactions."""
        accounts = await self.l2.rpc.call("eth_accounts")
        while True:
            with contextlib.suppress(RpcError, RpcUnavailable):
                transfer = {"from": accounts[_USER], "to": accounts[_USER + 1], "value": "0x1"}
                await self.l2.rpc.call("eth_sendTransaction", transfer)
            await asyncio.sleep(_USER_EVERY)

    async def _see_slashes(self) -> None:
        first = (await self.l1.block()).number + 1
        while True:
            with contextlib.suppress(RpcError, RpcUnavailable):
                last = (await self.l1.block()).number
                if last >= first:
                    for event in await self.l1.slasher.events("OffencePunished", first, last):
                        fields = event.fields
                        name = self._ids.get(fields["id"], f"id {fields['id']}")
                        slash = (name, fields["kind"], fields["amount"], time.time(), event.block)
                        self.slashes.append(Slash(*slash))
                    first = last + 1
            await asyncio.sleep(0.2)


def _line(name: str, text: str, prefix: str) -> LogLine | None:
    """A line of a watcher's log, if it begins so."""
    if prefix not in text:
        return None
    try:
        data = json.loads(text)
        message = data["message"]
        if not message.startswith(prefix):
            return None
        return LogLine(name, datetime.fromisoformat(data["at"]).timestamp(), message)
    except (ValueError, KeyError, TypeError):
        # half a line, of a process that was killed
        return None
