"""What keeps the suite going, done by whoever is first in rank: epochs, committees, rewards,
reports, the queue, and cases whose year is over. Each task can be switched off."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from eth_abi import encode
from eth_utils import keccak

from seqpool.chain.jsonrpc import RpcError
from seqpool.documents.votes import read_message
from seqpool.errors import UserError
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.committee import member
from seqpool.protocol.draw import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, Reelection, RewardBatch
from seqpool.protocol.reward_entries import NOT_BEGUN, RETIRED, entries, entries_hash, first_start
from seqpool.protocol.signatures import CompactSignature
from seqpool.units import DAY, HOUR
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.abi import Event
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.chain.sender import Sender, Transaction
from seqpool.watcher.duties.agenda import Agenda, Job, rank
from seqpool.watcher.duties.production import by_sequencer, count_blocks
from seqpool.watcher.duties.voting import Duty, Memory, certified_key

log = logging.getLogger(__name__)

# A message to L2 that has not arrived after so long is sent again.
RELAY_AGAIN = 6 * HOUR
# What is looked at only once in so many rounds: it changes by the day.
SELDOM = 10
# Reports of older re-elections would come too late.
OLDEST_REPORT = LIMITS["CERTIFICATE_MAX_AGE"] - DAY
# ISequencerPool.State, those that may be ejected: queued, active, jailed, suspended
_HAS_CLOCK = 2 | 4 | 8 | 16
_RELEASED = 8  # ISlashVault.Status

IsWanted = Callable[[], Awaitable[bool]]


class Upkeep:
    """All tasks of one watcher."""

    def __init__(
        self,
        l1: L1Reader,
        l2: L2Reader,
        calls: Calls,
        duty: Duty,
        agenda: Agenda,
        memory: Memory,
        senders: tuple[Sender, Sender],
        config: Config,
        clock: Clock,
    ):
        self._l1, self._l2, self._calls, self._duty = l1, l2, calls, duty
        self._agenda, self._memory, self._config, self._clock = agenda, memory, config, clock
        self._sender1, self._sender2 = senders
        self._tasks = config.tasks
        self._rounds = 0
        self._reported_to: int | None = None  # block of L2
        self._counted: tuple[tuple[int, ...], list[int]] | None = None
        self._released: set[int] = set()

    # ---------------------------------------------------------------- L2, at each block

    async def look_at_l2(self, registry: RegistryState) -> None:
        """What the SequencerSet wants."""
        committee = registry.committee
        if not committee.can_vote:
            return
        members = await self._duty.committees.learn(committee.nonce, committee.committee_hash)
        if members is None:
            return
        is_due = self._is_commit_due(registry)
        if is_due and self._tasks.commit_epoch:
            await self._commit(registry, members)
        elif not is_due and self._tasks.heartbeat:
            self._beat(registry, members)

    async def look_at_time(self, registry: RegistryState) -> None:
        """What the fallback sequencer owes the chain, though no block comes."""
        me, terms, now = self._duty.me, registry.parameters, self._clock.now()
        if terms.fallback_sequencer != me or not self._tasks.fallback:
            return
        epoch = registry.present[1]
        if epoch is not None and epoch.signer == me:
            return
        # client rule 6: not from a chain that produces
        if now < registry.head.timestamp + terms.block_timeout:
            return
        members: list[int] = []
        if now < registry.alive_at + terms.fallback_delay:
            found = await self._nobody_eligible(registry)
            if found is None:
                return
            members = found

        async def is_wanted() -> bool:
            later = await self._l2.registry()
            return (later.head.hash, later.alive_at) == (registry.head.hash, registry.alive_at)

        key = f"fallback:{registry.head.number}:{registry.alive_at}"
        self._add(key, self._sender2, self._calls.fallback(members), is_wanted, 0)

    async def _nobody_eligible(self, registry: RegistryState) -> list[int] | None:
        """What shows the contract that nobody can be drawn in a gap; None if somebody can."""
        committee = registry.committee
        if registry.present[1] is not None:
            return None
        if not committee.can_vote:
            return []
        members = await self._duty.committees.learn(committee.nonce, committee.committee_hash)
        if members is None:
            return None
        barred = await self._l2.barred(members, registry.head.number)
        return members if len(barred) == len(members) else None

    def _is_commit_due(self, registry: RegistryState) -> bool:
        if registry.is_scheduled:
            return False
        id, epoch = registry.present
        if epoch is None or id == 0:
            return True
        left = epoch.end_block - registry.head.number
        length = epoch.end_block + 1 - epoch.start_block
        return left * 100 <= length * self._config.upkeep.commit_left_percent

    async def _commit(self, registry: RegistryState, members: list[int]) -> None:
        next_id = registry.last_epoch + 1
        order = self._order_on_l2(registry, members, f"commit {next_id}")
        if registry.present[1] is None:
            # rule 3: in a gap only the drawn signer produces, and begins with this
            barred = await self._l2.barred(members, registry.head.number)
            if registry.in_charge(members, barred) != self._duty.me:
                return
            order = 0
        end = registry.last.end_block

        async def is_wanted() -> bool:
            now = await self._l2.registry()
            return (now.last_epoch, now.last.end_block) == (next_id - 1, end)

        self._add(
            f"commit:{next_id}:{end}",
            self._sender2,
            self._calls.commit_epoch(members, next_id),
            is_wanted,
            order,
        )

    def _beat(self, registry: RegistryState, members: list[int]) -> None:
        """Rule 15."""
        alive_at, delay = registry.alive_at, registry.parameters.fallback_delay
        if registry.head.timestamp < alive_at + delay // 2:
            return

        async def is_wanted() -> bool:
            return await self._l2.sequencer_set.read("alive_at") == alive_at

        order = self._order_on_l2(registry, members, f"heartbeat {alive_at}")
        self._add(f"heartbeat:{alive_at}", self._sender2, self._calls.heartbeat(), is_wanted, order)

    def _order_on_l2(self, registry: RegistryState, members: list[int], subject: str) -> int:
        """Whoever produces is first: its own node takes the transaction."""
        epoch = registry.present[1]
        if epoch is not None and epoch.signer == self._duty.me:
            return 0
        return 1 + self._rank(members, subject)

    # ---------------------------------------------------------------- L1, now and then

    async def look_at_l1(self) -> None:
        """All other tasks; one that fails does not keep the others from being done."""
        self._rounds += 1
        tasks = self._tasks
        for is_on, task in (
            (tasks.seal or tasks.checkpoint, self._committee),
            (tasks.relay, self._relay),
            (tasks.report, self._reports),
            (tasks.rewards, self._rewards),
            (tasks.activate, self._activate),
            (tasks.eject and self._rounds % SELDOM == 1, self._eject),
            (tasks.release and self._rounds % SELDOM == 1, self._release),
        ):
            if is_on:
                try:
                    await task()
                except (RpcError, RpcUnavailable, UserError) as error:
                    log.warning("upkeep: %s: %s", task.__name__.strip("_"), error)

    async def _committee(self) -> None:
        """A checkpoint when members have changed or a day has passed, and its seal."""
        last = await self._last_checkpoint()
        if last.nonce and not last.is_sealed:
            next_block = (await self._l1.block()).number + 1
            if self._tasks.seal and next_block >= last.block_number + LIMITS["SEAL_DELAY"]:

                async def is_unsealed() -> bool:
                    now = await self._last_checkpoint()
                    return (now.nonce, now.is_sealed, now.block_number) == (
                        last.nonce,
                        False,
                        last.block_number,
                    )

                key = f"seal:{last.nonce}:{last.block_number}"
                await self._add_on_l1(key, self._calls.seal(), is_unsealed)
            return
        if not self._tasks.checkpoint:
            return

        async def is_last() -> bool:
            return (await self._last_checkpoint()).nonce == last.nonce

        await self._try_on_l1(f"checkpoint:{last.nonce + 1}", self._calls.checkpoint(), is_last)

    async def _last_checkpoint(self) -> Any:
        return await self._l1.pool.read("last_checkpoint")

    async def _relay(self) -> None:
        """The latest sealed committee to L2, unless it is on its way."""
        nonce, _, _ = await self._l1.pool.read("sealed_committee")
        installed = (await self._l2.sequencer_set.read("committee")).nonce
        if nonce <= installed:
            return
        first = (await self._last_checkpoint()).block_number
        sent = await self._sent(nonce, first)
        if sent:
            at = (await self._l1.block(sent[-1].block)).timestamp
            if self._clock.now() < at + RELAY_AGAIN:
                return

        async def is_wanted() -> bool:
            return len(await self._sent(nonce, first)) == len(sent)

        fees = self._config.fees
        gas_limit, fee = fees.relay_gas_limit, fees.relay_fee
        if fee is None:
            fee = await self._relay_fee(gas_limit)
        call = self._calls.relay(nonce, gas_limit, fee)
        await self._add_on_l1(f"relay:{nonce}:{len(sent)}", call, is_wanted)

    async def _sent(self, nonce: int, first: int) -> list[Event]:
        # a committee is sealed after its checkpoint, and sent after its seal
        last = (await self._l1.block()).number
        return await self._l1.relay.events("CommitteeSent", first, last, [nonce])

    async def _relay_fee(self, gas_limit: int) -> int:
        """Wei that the messenger wants; UserError if it cannot tell."""
        if self._l1.places.is_single:
            return 0
        messenger = await self._l1.relay.read("messenger")
        data = "0x" + keccak(text="gas_price()")[:4].hex()
        try:
            answer = await self._l1.rpc.call("eth_call", {"to": messenger, "data": data}, "latest")
            return int(answer, 16) * gas_limit
        except (RpcError, ValueError):
            raise UserError("the bridge's fee is not known: set fees.relay_fee") from None

    async def _activate(self) -> None:
        pool = self._l1.pool
        roster, parameters = await self._l1.ask([pool.ask("roster"), pool.ask("parameters")])
        if not roster.queued or roster.seated >= parameters.max_sequencers:
            return

        async def is_wanted() -> bool:
            now = await pool.read("roster")
            return (now.queue_head, now.seated) == (roster.queue_head, roster.seated)

        count = min(roster.queue_tail - roster.queue_head, LIMITS["MAX_SEQUENCERS"])
        key = f"activate:{roster.queue_head}:{roster.queue_tail}:{roster.seated}"
        await self._try_on_l1(key, self._calls.activate(count), is_wanted)

    async def _eject(self) -> None:
        pool = self._l1.pool
        roster, parameters = await self._l1.ask([pool.ask("roster"), pool.ask("parameters")])
        ids = range(1, roster.count + 1)
        records = await self._l1.ask([pool.ask("sequencer", id) for id in ids])
        for id, record in zip(ids, records, strict=True):
            bonded = record.own.bonded + record.paired.bonded
            if not record.state & _HAS_CLOCK or bonded >= parameters.min_stake:
                continue

            async def is_wanted(id: int = id, before: Any = record) -> bool:
                now = await pool.read("sequencer", id)
                return (now.state, now.below_since) == (before.state, before.below_since)

            key = f"eject:{id}:{record.state}:{record.below_since}"
            await self._try_on_l1(key, self._calls.eject(id), is_wanted)

    async def _release(self) -> None:
        vault = self._l1.slash_vault
        count = await vault.read("case_count")
        ids = [id for id in range(1, count + 1) if id not in self._released]
        now = (await self._l1.block()).timestamp
        cases = await self._l1.ask([vault.ask("case_of", id) for id in ids])
        for id, case in zip(ids, cases, strict=True):
            if case.status == _RELEASED:
                self._released.add(id)
            elif case.releasable_at <= now:

                async def is_wanted(id: int = id) -> bool:
                    return (await vault.read("case_of", id)).status != _RELEASED

                await self._try_on_l1(f"release:{id}", self._calls.release(id), is_wanted)

    # ---------------------------------------------------------------- reports of re-elections

    async def _reports(self) -> None:
        """What L2 has decided costs stake on L1.

        Reported is who failed in a stall that another has ended, by the votes of each round. In a
        later round that is a successor, who may be blamed only if it had its certificate in time:
        without a quorum rounds go by, and nobody could have taken over.
        """
        if self._l1.slasher is None:
            return
        head = (await self._l2.block()).number - self._config.l2.confirmations
        if self._reported_to is None:
            oldest = await self._l2.block_by(int(self._clock.now()) - OLDEST_REPORT)
            self._reported_to = max(self._l2.places.l2_from, oldest.number)
        first = self._reported_to + 1
        if head < first:
            return
        timeout = (await self._l2.sequencer_set.read("parameters")).block_timeout
        for name in ("EpochReelected", "FallbackTaken"):
            for event in await self._l2.sequencer_set.events(name, first, head):
                await self._report(event, timeout)
        self._reported_to = head

    async def _report(self, event: Event, timeout: int) -> None:
        last_block = event.fields["start_block"] - 1
        decided = event.fields.get("round", LIMITS["MAX_ROUND"])
        sent = await self._of_transaction(event) if event.name == "EpochReelected" else None
        for round in range(1, decided + 1):
            if sent is not None and sent[0].round == round:
                message, certificate = sent
            elif (known := self._certified(last_block, round)) is not None:
                message, certificate = known[0], self._duty.certificate_of(known[0])
            else:
                continue
            if certificate is not None and self._is_to_blame(message, timeout):
                await self._duty.report_reelection(message, certificate)

    def _certified(self, last_block: int, round: int) -> tuple[Reelection, float] | None:
        """What two thirds have signed as far as is known here, and when."""
        text = self._memory.get(certified_key(last_block, round))
        if text is None:
            return None
        data = json.loads(text)
        return read_message({k: v for k, v in data.items() if k != "at"}), data["at"]

    def _is_to_blame(self, message: Reelection, timeout: int) -> bool:
        if message.failed == ZERO:
            return False
        if message.round == 1 or message.reason == Reason.INVALID_EXECUTION:
            return True
        before = self._certified(message.lastBlock, message.round - 1)
        if before is None:
            return False
        turn_began_at = message.lastBlockTimestamp + (message.round - 1) * timeout
        return before[1] <= turn_began_at + timeout // 2

    async def _of_transaction(self, event: Event) -> tuple[Reelection, Certificate] | None:
        """Message and certificate from the calldata; None if a contract has called."""
        data = await self._l2.rpc.call("eth_getTransactionByHash", event.transaction)
        if data is None:
            return None
        calldata = bytes.fromhex(data["input"][2:])
        found = self._l2.sequencer_set.abi.arguments("reelect", 2, calldata)
        if found is None:
            return None
        values, (members, signers, signatures) = found
        names = [name for name in Reelection.model_fields if name != "eip712_domain"]
        fields = dict(zip(names, values, strict=True))
        message = Reelection(eip712_domain=self._l2.domain, **fields)
        signed = [CompactSignature(*signature) for signature in signatures]
        return message, Certificate(list(members), signers, signed)

    # ---------------------------------------------------------------- rewards

    async def _rewards(self) -> None:
        """Signs the next batch, which ends with a multiple of `batch_every`: so all watchers
        count the same blocks."""
        distributor = self._l1.distributor
        if distributor is None:
            return
        last = await distributor.read("last_batch")
        if last.end_timestamp == NOT_BEGUN:
            await self._begin_rewards()
            return
        if last.end_timestamp == RETIRED:
            return
        if await self._is_replaced():
            await self._retire_rewards()
            return
        upkeep = self._config.upkeep
        now = min(self._clock.now(), (await self._l1.block()).timestamp)
        longest = last.end_timestamp + LIMITS["BATCH_CEILING"]
        until = int(now - upkeep.batch_delay) // upkeep.batch_every * upkeep.batch_every
        until = min(until, longest)
        nonce = await self._duty.last_nonce()
        if until <= last.end_timestamp or nonce == 0:
            return
        start = last.end_block + 1
        if last.batch == 0:
            waited = last.end_timestamp - await distributor.read("deployed_at")
            begun_in = (await self._l2.block_by(last.end_timestamp)).number
            start = first_start(range(start, start + waited + 1), begun_in)
        batch = (last.batch + 1, start, until, nonce)
        if self._counted is not None and self._counted[0] == batch:
            message, words = self._counted[1]
        else:
            end = await self._l2.block_by(until)
            if end.number < start and until < longest:
                return
            counted: dict[int, int] = {}
            last_number, ends_at = start - 1, longest
            if end.number >= start:
                last_number, ends_at = end.number, end.timestamp
                blocks = await count_blocks(self._l2, start, last_number)
                counted = await by_sequencer(self._l1, blocks)
            words = entries(counted)
            message = RewardBatch(
                eip712_domain=self._l2.domain,
                committeeNonce=nonce,
                batch=last.batch + 1,
                startBlock=start,
                endBlock=last_number,
                endTimestamp=ends_at,
                entriesHash=entries_hash(words),
            )
            self._counted = (batch, (message, words))
        members = await self._duty.l1_members(nonce)
        if members is not None:
            await self._duty.vote_batch(message, members, words)

    async def _begin_rewards(self) -> None:
        async def is_wanted() -> bool:
            last = await self._l1.distributor.read("last_batch")
            return last.end_timestamp == NOT_BEGUN

        await self._try_on_l1("begin rewards", self._calls.begin_rewards(), is_wanted)

    async def _is_replaced(self) -> bool:
        return await self._l1.pool.read("distributor") != self._l1.places.distributor

    async def _retire_rewards(self) -> None:
        """The pool names another: named again, this one would pay for the time of the other."""

        async def is_wanted() -> bool:
            last = await self._l1.distributor.read("last_batch")
            return last.end_timestamp != RETIRED and await self._is_replaced()

        await self._try_on_l1("retire rewards", self._calls.retire_rewards(), is_wanted)

    # ---------------------------------------------------------------- jobs

    def _rank(self, members: list[int], subject: str) -> int:
        signers = (member(word).signer for word in members)
        return rank(self._duty.me, signers, keccak(encode(["string"], [subject])))

    async def _try_on_l1(self, key: str, call: Transaction, is_wanted: IsWanted) -> None:
        """If it would not be refused now."""
        if not self._agenda.has(key) and await self._sender1.refusal(call) is None:
            await self._add_on_l1(key, call, is_wanted)

    async def _add_on_l1(self, key: str, call: Transaction, is_wanted: IsWanted) -> None:
        nonce = await self._duty.last_nonce()
        members = await self._duty.l1_members(nonce) or []
        self._add(key, self._sender1, call, is_wanted, self._rank(members, key))

    def _add(
        self, key: str, sender: Sender, call: Transaction, is_wanted: IsWanted, order: int
    ) -> None:
        stagger = self._duty.fees(sender).stagger
        now = self._clock.now()
        self._agenda.add(
            Job(
                key=key,
                sender=sender,
                call=call,
                is_wanted=is_wanted,
                due_at=now + order * stagger,
                expires_at=now + DAY,
                retry_after=2 * stagger,
            )
        )
