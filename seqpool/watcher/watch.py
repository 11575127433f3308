"""The watcher at work: follows both chains, and has its parts do what is due.

Only its operator stops it. If something fails, it logs that and tries again at the next look.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import pairwise

from seqpool.chain.jsonrpc import RpcError
from seqpool.documents.votes import Vote
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import ChainConfig, Config, FeesConfig
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import (
    ChainReader,
    L1Reader,
    L2Reader,
    SuiteReader,
    Undone,
    parse_block,
)
from seqpool.watcher.chain.registry import BlockHeader, Epoch, RegistryState
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.chain.sender import Sender
from seqpool.watcher.duties.agenda import Agenda
from seqpool.watcher.duties.detect import Detector, Pace, Stall
from seqpool.watcher.duties.duty import Duty
from seqpool.watcher.duties.needs import Memory, Peers
from seqpool.watcher.duties.upkeep import Upkeep
from seqpool.watcher.exchange.keys import Signer
from seqpool.watcher.monitor.status import Status, read_own

log = logging.getLogger(__name__)

# So many blocks are read after an absence. Of older blocks only the epochs count.
CATCH_UP = 512
# The reference node is asked for so many heights at once.
REFERENCE_STEP = 16
# Seconds to wait after a failure: doubled each time, from the first to the last.
FIRST_PAUSE, LAST_PAUSE = 0.5, 10
# After so many seconds without an answer of L2, /healthz says that the watcher is not well.
L2_SILENCE = 30
# With a websocket, the watcher asks the node so many times less often.
PATIENCE = 3


class Watcher:
    """All parts of one watcher except the exchange of votes."""

    def __init__(
        self,
        config: Config,
        l1: L1Reader,
        l2: L2Reader,
        reference: ChainReader | None,
        signer: Signer,
        memory: Memory,
        clock: Clock,
    ):
        self.config, self.clock = config, clock
        self._l1, self._l2, self._reference = l1, l2, reference
        self.senders = self._senders(signer, memory)
        calls = Calls(l1.places)
        self.agenda, self.detector = Agenda(clock), Detector(config.detection)
        self.duty = Duty(
            SuiteReader(l1, l2),
            calls,
            signer,
            memory,
            self.agenda,
            self.detector,
            self.senders,
            config,
            clock,
        )
        self.upkeep = Upkeep(l1, l2, calls, self.duty, memory, config, clock)
        self.status = Status(signer.address, clock.now(), accused=self.duty.accused)
        self._agreed = 0  # height up to which the reference node agrees
        self._paced: int | None = None  # epoch up to which paces are known

    def _senders(self, signer: Signer, memory: Memory) -> tuple[Sender, Sender]:
        places, config = self._l1.places, self.config

        def sender(
            name: str, node: ChainReader, chain_id: int, fees: FeesConfig, chain: ChainConfig
        ) -> Sender:
            poll = chain.poll_milliseconds / 1_000
            return Sender(
                name,
                node.rpc,
                signer,
                chain_id,
                fees,
                chain.confirmations,
                memory,
                self.clock,
                poll,
            )

        on_l1 = sender("l1", self._l1, places.l1_chain_id, config.fees.l1, config.l1)
        if places.is_single:
            # one account, whose transactions have one order
            return on_l1, on_l1
        return on_l1, sender("l2", self._l2, places.l2_chain_id, config.fees.l2, config.l2)

    # ---------------------------------------------------------------- for the network

    def use(self, peers: Peers) -> None:
        """Tells votes to these peers from now on."""
        self.duty.use(peers)

    def accept(self, vote: Vote) -> str | None:
        """Why a verified vote is of no use; None if it is."""
        return self.duty.accept(vote)

    async def on_vote(self, vote: Vote) -> None:
        """A vote that was accepted."""
        try:
            await self.duty.on_vote(vote)
            self.agenda.start()
        except (RpcError, RpcUnavailable, Undone, UserError) as error:
            log.warning("a vote waits: %s", error)

    # ---------------------------------------------------------------- at work

    def problems(self) -> list[str]:
        """The reasons why it is not well, a line each."""
        now, status = self.clock.now(), self.status
        return [
            f"{name} has not answered for {now - at:.0f} s"
            for name, at, most in (
                ("L1", status.l1_looked_at or status.started_at, self._l1_silence),
                ("L2", status.looked_at or status.started_at, L2_SILENCE),
            )
            if now - at > most
        ]

    @property
    def _l1_silence(self) -> float:
        return 3 * self.config.upkeep.every + L2_SILENCE

    @property
    def rpc_failures(self) -> dict[str, int]:
        """Requests that a node did not answer, by chain."""
        return {"l1": self._l1.rpc.failures, "l2": self._l2.rpc.failures}

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._keep_up())
        finally:
            await self.agenda.close()

    async def _follow(self) -> None:
        poll = self.config.l2.poll_milliseconds / 1_000
        while True:
            await self._again(self.look)
            await self._l2.rpc.wait(self._pause(poll))

    async def _keep_up(self) -> None:
        while True:
            await self._again(self.look_at_l1)
            await self.clock.sleep(self.config.upkeep.every)

    async def _again(self, look: Callable[[], Awaitable[None]]) -> None:
        """Looks until that succeeds."""
        pause = FIRST_PAUSE
        while True:
            try:
                await look()
                return
            except (RpcError, RpcUnavailable, Undone, UserError) as error:
                log.warning("%s: %s: %s", look.__name__, type(error).__name__, error)
            except Exception:
                log.exception("%s failed", look.__name__)
            # what is due on the other chain is not held up
            self.agenda.start()
            await self.clock.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE)

    def _pause(self, poll: float) -> float:
        """Seconds until the next look, which is no later than the next round or the next job."""
        now, registry = self.clock.now(), self.status.registry
        moments = [now + poll * (PATIENCE if self._l2.rpc.is_subscribed else 1)]
        if registry is not None:
            timeout = registry.parameters.block_timeout
            turns = max(0, int(now - registry.head.timestamp)) // timeout
            moments.append(registry.head.timestamp + (turns + 1) * timeout)
        if (due_at := self.agenda.next_at) is not None:
            moments.append(due_at)
        return max(0.01, min(moments) - now)

    # ---------------------------------------------------------------- L2

    async def look(self) -> None:
        """Looks at L2 once, and acts on what it sees."""
        latest, pending = await self._l2.rpc.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("txpool_status", [])]
        )
        if not isinstance(latest, dict):
            raise Undone
        head = parse_block(latest)
        self._see_pending(pending)
        registry = self.status.registry
        if self.detector.head != head or registry is None or registry.head != head:
            registry = await self._see(head)
        await self._ask_reference(head)
        now = self.clock.now()
        self.status.looked_at = now
        timeout, depth = registry.parameters.block_timeout, self.config.l2.confirmations
        findings = list(self.detector.findings(now, timeout, depth))
        self.status.round = max((x.round for x in findings if isinstance(x, Stall)), default=0)
        await self.duty.act(findings)
        await self.upkeep.look_at_time(registry)
        self.agenda.start()

    def _see_pending(self, answer: object) -> None:
        self.status.pending = None
        if isinstance(answer, dict) and "pending" in answer:
            self.status.pending = int(answer["pending"], 16)
            self.detector.see_pending(self.status.pending)

    async def _see(self, head: BlockHeader) -> RegistryState:
        """The blocks up to a new head, and the SequencerSet after it."""
        registry = await self._l2.registry(head.number)
        if registry.head != head:
            raise Undone
        blocks = await self._new_blocks(head)
        for block in blocks:
            epoch, signer = await self._epoch_of(block, registry)
            self.detector.see_block(block, epoch, signer)
            self._agreed = min(self._agreed, block.number - 1)
            if signer == self.duty.me and self.config.tasks.commitments:
                await self.duty.commit(epoch, block)
        self.duty.registry = self.status.registry = registry
        id, present = registry.present
        self.status.epoch, self.status.in_charge = id, None if present is None else present.signer
        self.status.clock_ahead = max(0, head.timestamp - self.clock.now())
        await self._learn(registry)
        await self._see_epochs(registry)
        await self.upkeep.look_at_l2(registry)
        return registry

    async def _learn(self, registry: RegistryState) -> None:
        for committee in (registry.committee, registry.previous_committee):
            if committee.can_vote and self.duty.committees.known(committee.nonce) is None:
                await self.duty.committees.learn(committee.nonce, committee.committee_hash)

    async def _new_blocks(self, head: BlockHeader) -> list[BlockHeader]:
        """The blocks since the last one that was seen, but no more than CATCH_UP."""
        last = self.detector.head
        first = head.number if last is None else last.number + 1
        first = max(min(first, head.number), head.number - CATCH_UP)
        blocks = [*(await self._l2.blocks(range(first, head.number))), head]
        while (before := self.detector.block(blocks[0].number - 1)) is not None:
            if before.hash == blocks[0].parent:
                break
            # a reorganisation
            blocks = [*(await self._l2.blocks([before.number])), *blocks]
        if any(one.hash != other.parent for one, other in pairwise(blocks)):
            raise Undone
        return blocks

    async def _epoch_of(self, block: BlockHeader, registry: RegistryState) -> tuple[int, str]:
        """Its epoch and signer; ZERO if it is in none."""
        for id, epoch in (
            (registry.last_epoch, registry.last),
            (max(0, registry.last_epoch - 1), registry.before),
        ):
            if epoch.has(block.number):
                return id, epoch.signer
        if block.number > registry.before.end_block:
            return registry.last_epoch + 1, ZERO
        ask = self._l2.sequencer_set.ask
        try:
            id, signer = await self._l2.ask(
                [ask("epoch_at", block.number), ask("sequencer_at", block.number)]
            )
        except RpcError:
            # it is in a gap
            return 0, ZERO
        return id, signer

    async def _see_epochs(self, registry: RegistryState) -> None:
        """Epochs that are over, and too deep to be undone."""
        depth = registry.head.number - self.config.l2.confirmations
        if self._paced is None:
            self._paced = max(0, registry.last_epoch - 2 * self.config.detection.slow_epochs)
        while self._paced < registry.last_epoch:
            id = self._paced + 1
            epoch = Epoch(*await self._l2.sequencer_set.read("epochs", id))
            if epoch.end_block > depth:
                return
            if epoch.end_block > epoch.start_block:
                first, last = await self._l2.blocks((epoch.start_block, epoch.end_block))
                signer = epoch.signer
                if signer == registry.parameters.fallback_sequencer:
                    signer = ZERO
                self.detector.see_epoch(Pace(id, signer, first, last))
            self._paced = id

    async def _ask_reference(self, head: BlockHeader) -> None:
        """Whether the reference node has the same blocks. It may be behind, or not answer."""
        if self._reference is None:
            return
        first = max(self._agreed + 1, head.number + 1 - REFERENCE_STEP)
        numbers = range(first, head.number + 1)
        requests = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
        try:
            answers = await self._reference.rpc.batch(requests)
        except RpcUnavailable:
            return
        now = self.clock.now()
        for number, answer in zip(numbers, answers, strict=True):
            if not isinstance(answer, dict):
                return
            theirs, ours = parse_block(answer), self.detector.block(number)
            if ours is not None:
                self.detector.see_reference(theirs, now)
                if theirs.hash != ours.hash:
                    return
            self._agreed = number

    # ---------------------------------------------------------------- L1

    async def look_at_l1(self) -> None:
        """One round of upkeep, and the status of this watcher's own sequencer."""
        nonce = await self.duty.committees.last_nonce()
        if nonce:
            await self.duty.committees.of_l1(nonce)
        await self.upkeep.look_at_l1()
        self.status.outages = self.upkeep.outages.open
        self.status.vault_cases = self.upkeep.vault.cases
        self.status.unclaimed_refunds = self.upkeep.vault.unclaimed
        await self.duty.correct(self._right_block)
        now = int(self.clock.now())
        self.status.own = await read_own(self._l1, self.duty.me, now)
        for sender in self.senders:
            self.status.balances[sender.name] = await sender.balance()
        self.status.l1_looked_at = self.clock.now()
        self.agenda.start()

    async def _right_block(self, number: int) -> bytes | None:
        if self._reference is None:
            return None
        block = await self._reference.block(number)
        return None if block is None else block.hash
