"""Runs faults, each on a network of its own, and judges the outcome."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from pathlib import Path

from seqpool.chain.jsonrpc import RpcError
from seqpool.drill.faults import FAULTS, DrillFault, Scene
from seqpool.drill.network import Network
from seqpool.drill.plan import DrillStage, Person
from seqpool.drill.timeline import (
    BACK,
    FALLBACK_DUE,
    FAULT,
    FIRST_BLOCK,
    NOTICED,
    RECOVERED,
    SLASHED,
    TIMEOUT,
    TURN,
    TWO_THIRDS,
    FaultOutcome,
)
from seqpool.errors import UserError
from seqpool.protocol.messages import Kind
from seqpool.watcher.chain.contracts import Undone
from seqpool.watcher.chain.rpc import RpcUnavailable

# So many more blocks the successor has to make.
GOES_ON = 4
# Blocks that have to be left of the epoch in which a fault comes.
ENOUGH_LEFT = 3
# Seconds until a block that was offered is there.
ON_ITS_WAY = 0.5
# After the slashes that have to come, so many seconds are watched for slashes that must not come.
_CALM = 8
# of L1, by kind
_OUTAGES = (Kind.BLOCK_TIMEOUT, Kind.MASS_OUTAGE)


class Run:
    """One fault."""

    def __init__(self, fault: DrillFault, network: Network, quiet: float):
        self.fault, self.network, self._quiet_seconds = fault, network, quiet
        self.outcome = FaultOutcome(fault.name, fault.title, network.terms.block_timeout)
        self._chance = random.Random()

    def _problem(self, text: str) -> None:
        self.outcome.problems.append(text)

    # steps

    async def run(self) -> FaultOutcome:
        network, fault = self.network, self.fault
        await network.start()
        await self._quiet()
        odd = await fault.before(network)
        await self._quiet_while_disturbed()
        scene = await self._strike(odd)
        during = asyncio.create_task(fault.during(network, scene))
        try:
            if fault.has_fallback:
                is_over = await self._await_fallback(scene)
            else:
                is_over = await self._await_successor(scene)
            await during
        finally:
            during.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await during
        self._read_votes(scene)
        if is_over:
            await self._await_slashes(scene)
        await self._judge(scene)
        return self.outcome

    async def _quiet(self) -> None:
        """Waits while nothing is wrong, and notes the memory and load of idle watchers."""
        network = self.network
        before = {x.name: await network.readings(x) for x in network.stage.sequencers}
        began_at = time.monotonic()
        await asyncio.sleep(self._quiet_seconds)
        elapsed = time.monotonic() - began_at
        loads = []
        for person in network.stage.sequencers:
            now = await network.readings(person)
            used = now.get("process_cpu_seconds_total", 0) - before[person.name].get(
                "process_cpu_seconds_total", 0
            )
            loads.append(100 * used / elapsed)
            size = now.get("process_resident_memory_bytes", 0) / 1e6
            self.outcome.memory_mb = round(max(self.outcome.memory_mb, size), 1)
        self.outcome.cpu_percent = round(max(loads), 2)

    async def _quiet_while_disturbed(self) -> None:
        """Waits while something disturbs the network: no vote may succeed."""
        await asyncio.sleep(min(5, self._quiet_seconds))
        if certified := self.network.said("enough have signed reelection"):
            self._problem(f"a re-election without a fault: {certified[0].message}")

    async def _strike(self, odd: set[str]) -> Scene:
        network = self.network
        while True:
            await asyncio.sleep(self._chance.uniform(0, network.terms.block_time))
            async with network.gate.lock:
                registry, line_up = await network.line_up()
                epoch = registry.present[1]
                # else the next block, which may be on its way, could be the last one of an epoch
                left = 0 if epoch is None else epoch.end_block - registry.head.number
                if left > ENOUGH_LEFT and self.fault.suits(line_up):
                    in_charge, successors = line_up[0], line_up[1:]
                    apart = {x.address for x in (in_charge, successors[0])}
                    others = [x for x in network.stage.sequencers if x.address not in apart]
                    scene = Scene(registry.head, in_charge, successors, others, odd)
                    await self.fault.strike(network, scene)
                    self.outcome.moments[FAULT] = time.time()
                    break
            await asyncio.sleep(network.terms.block_time)
        # what was offered before the fault is a block
        await asyncio.sleep(ON_ITS_WAY)
        async with network.gate.lock:
            registry = await network.registry()
        scene.head, moments = registry.head, self.outcome.moments
        moments[TIMEOUT] = float(scene.head.timestamp + network.terms.block_timeout)
        if self.fault.has_fallback:
            moments[FALLBACK_DUE] = float(registry.alive_at + network.terms.fallback_delay)
        self.outcome.failed = in_charge.name
        return scene

    async def _await_block(self, seconds: float, is_it: Callable[[], object]) -> bool:
        return bool(await self.network.until(seconds, is_it))

    async def _await_successor(self, scene: Scene) -> bool:
        network, outcome = self.network, self.outcome
        number, timeout = scene.head.number + 1, network.terms.block_timeout
        # two rounds more than it should take
        patience = (self.fault.round + 3) * timeout
        if not await self._await_block(patience, lambda: network.block(number)):
            self._problem(f"nobody has produced block {number} in {patience} s")
            return False
        block = network.block(number)
        outcome.moments[FIRST_BLOCK] = block.at
        outcome.successor = network.names[block.signer]
        registry = await network.registry(number)
        outcome.round = (block.timestamp - scene.head.timestamp) // timeout
        if outcome.round > 1:
            outcome.moments[TURN] = outcome.moments[TIMEOUT] + (outcome.round - 1) * timeout
        if block.takeover != "reelect":
            self._problem(f"block {number} begins with {block.takeover}, not with a re-election")
        elif outcome.round > self.fault.round:
            self._problem(f"it took until round {outcome.round}")
        elif block.signer != scene.successors[outcome.round - 1].address:
            self._problem(f"{outcome.successor} was not drawn for round {outcome.round}")
        await self.fault.after(network, scene)
        last = number + GOES_ON
        if not await self._await_block(2 * timeout, lambda: network.block(last)):
            self._problem(f"{outcome.successor} does not go on")
        elif registry.last.signer != block.signer:
            self._problem(f"the registry names {registry.last.signer}")
        return True

    async def _await_fallback(self, scene: Scene) -> bool:
        network, outcome, moments = self.network, self.outcome, self.outcome.moments
        number, timeout = scene.head.number + 1, network.terms.block_timeout
        patience = max(0, moments[FALLBACK_DUE] - time.time()) + 3 * timeout
        if not await self._await_block(patience, lambda: network.block(number)):
            self._problem(f"the fallback sequencer has not come in {patience:.0f} s")
            return False
        block = network.block(number)
        moments[FIRST_BLOCK] = block.at
        outcome.successor = network.names[block.signer]
        if block.signer != network.stage.fallback.address:
            self._problem(f"block {number} is of {outcome.successor}")
        if network.said("enough have signed reelection"):
            self._problem("there was a certificate without two thirds")
        moments[BACK] = time.time()
        await self.fault.after(network, scene)
        people = {x.address for x in network.stage.sequencers}
        length = network.terms.epoch_length * network.terms.block_time
        if not await self._await_block(
            2 * length + 4 * timeout, lambda: network.last_block().signer in people
        ):
            self._problem("no sequencer produces after the fallback's epoch")
            return False
        moments[RECOVERED] = network.last_block().at
        last = network.last_block().number + GOES_ON
        if not await self._await_block(2 * timeout, lambda: network.block(last)):
            self._problem("nobody goes on after the fallback's epoch")
        return True

    def _read_votes(self, scene: Scene) -> None:
        """When votes came, read from the logs of watchers whose clocks are right."""
        network, moments = self.network, self.outcome.moments
        names = {x.name for x in network.people} - scene.odd
        decided = max(1, self.outcome.round)
        first, last = (f"reelection:{scene.head.number}:{n}" for n in (1, decided))
        for moment, words in (
            (NOTICED, f"signed {first}"),
            (TWO_THIRDS, f"enough have signed {last}"),
        ):
            if found := network.said(words, names):
                moments[moment] = found[0].at
        if scene.odd and (odd := network.said("does not sign twice", scene.odd)):
            self.outcome.notes.append(f"{len(odd)} times a second word was not given")

    async def _await_slashes(self, scene: Scene) -> None:
        network, outcome = self.network, self.outcome
        blamed = {x.name for x in self.fault.blamed(scene)}

        def are_slashed() -> bool:
            return blamed <= {x.name for x in network.slashes}

        within = network.terms.slash_within
        if not await network.until(within, are_slashed):
            missing = blamed - {x.name for x in network.slashes}
            self._problem(f"not slashed on L1 within {within} s: {', '.join(sorted(missing))}")
        first = next((x for x in network.slashes if x.name in blamed), None)
        if first is not None:
            outcome.moments[SLASHED] = first.at
        await asyncio.sleep(_CALM)

    async def _judge(self, scene: Scene) -> None:
        network, outcome = self.network, self.outcome
        fault = self.fault
        guilty: list[Person] = [*fault.blamed(scene), *fault.excused(scene)]
        outcome.slashed = sorted({x.name for x in network.slashes})
        for slash in network.slashes:
            if slash.name not in {x.name for x in guilty}:
                self._problem(f"{slash.name} was slashed, and has done nothing wrong")
            if slash.kind not in _OUTAGES:
                self._problem(f"{slash.name} was punished for {Kind(slash.kind).name}")
        if len(network.slashes) > len(outcome.slashed):
            self._problem("somebody was slashed twice")
        if strangers := await network.strangers():
            self._problem(f"blocks of whom the registry does not name: {strangers}")
        for conflict in await self._conflicts(scene):
            self._problem(conflict)
        if ended := network.processes.ended():
            self._problem(f"ended by themselves: {', '.join(ended)}")
        if network.gate.refusals:
            whys = sorted({why for _, why in network.gate.refusals})
            outcome.notes.append(f"blocks refused: {len(network.gate.refusals)} ({whys[0]})")

    async def _conflicts(self, scene: Scene) -> list[str]:
        """Slots in which an honest watcher has signed two different re-elections."""
        network = self.network
        liars = scene.odd if self.fault.name == "liar" else set()
        signed: dict[tuple[str, int, int], set[str]] = {}
        for person in network.people:
            for vote in await network.votes_of(person):
                name = network.names.get(vote["signer"], "")
                if vote["kind"] == "Reelection" and name not in liars:
                    message = vote["message"]
                    slot = (name, message["lastBlock"], message["round"])
                    signed.setdefault(slot, set()).add(str(sorted(message.items())))
        return [
            f"{name} has signed twice for block {block}, round {round}"
            for (name, block, round), found in signed.items()
            if len(found) > 1
        ]


async def run_fault(name: str, stage: DrillStage, folder: Path, quiet: float) -> FaultOutcome:
    """Runs a fault and returns its outcome; its processes have ended when this returns."""
    fault = FAULTS[name]()
    network = Network(stage, folder, fault.setup(stage.terms), random.Random())
    run = Run(fault, network, quiet)
    try:
        return await run.run()
    except (UserError, RpcError, RpcUnavailable, Undone, OSError) as error:
        run.outcome.problems.append(f"{type(error).__name__}: {error}")
        return run.outcome
    finally:
        await network.stop()
