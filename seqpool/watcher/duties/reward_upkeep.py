"""Upkeep of rewards: syncs shares, counts the next batch and votes for it; begins and retires the
distributor."""

from typing import Any

from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.covered_time import CoveredTime
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch
from seqpool.protocol.reward_entries import NOT_BEGUN, RETIRED, entries, entries_hash, first_start
from seqpool.protocol.shares import present_share
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import UpkeepConfig
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import Contract, L1Reader, L2Reader, Undone
from seqpool.watcher.chain.registry import BlockHeader
from seqpool.watcher.duties.duty import Duty
from seqpool.watcher.duties.production import by_sequencer, count_blocks, count_time

# Of a vault's share, parts of 10**7: a smaller change is not worth the gas, and whoever gains by it
# can sync it. So nobody makes watchers pay with dust.
_WORTH_A_SYNC = 10_000


class RewardUpkeep:
    """The tasks of one watcher at the distributor."""

    def __init__(
        self,
        l1: L1Reader,
        l2: L2Reader,
        calls: Calls,
        duty: Duty,
        config: UpkeepConfig,
        clock: Clock,
    ):
        self._l1, self._l2, self._calls, self._duty = l1, l2, calls, duty
        self._config, self._clock = config, clock
        # the last batch that was counted: number, first block, end and nonce; message and entries
        self._counted: tuple[tuple[int, ...], tuple[RewardBatch, list[int]]] | None = None
        # how far the next one's time is counted: a node may fail in between
        self._covered = CoveredTime.before(0, 0)

    async def look(self) -> None:
        """Signs the next batch, which ends with a multiple of `batch_every`: so all watchers
        count the same blocks."""
        distributor = self._l1.distributor
        if distributor is None:
            return
        last = await distributor.read("last_batch")
        if last.end_timestamp == NOT_BEGUN:
            await self._begin(distributor)
            return
        if last.end_timestamp == RETIRED:
            return
        if await self._is_replaced():
            await self._retire(distributor, last)
            return
        await self._sync(distributor)
        every, delay = self._config.batch_every, self._config.batch_delay
        now = min(self._clock.now(), (await self._l1.present_block()).timestamp)
        longest = last.end_timestamp + LIMITS["BATCH_CEILING"]
        until = min(int(now - delay) // every * every, longest)
        nonce = await self._duty.committees.last_nonce()
        if until <= last.end_timestamp or nonce == 0:
            return
        start = last.end_block + 1
        if last.batch == 0:
            waited = last.end_timestamp - await distributor.read("deployed_at")
            begun_in = (await self._l2.block_by(last.end_timestamp)).number
            start = first_start(range(start, start + waited + 1), begun_in)
        batch = (last.batch + 1, start, until, nonce)
        if self._counted is None or self._counted[0] != batch:
            begin = last.end_timestamp
            counted = await self._count(last.batch + 1, start, begin, until, nonce)
            if counted is None:
                return
            self._counted = (batch, counted)
        message, words = self._counted[1]
        members = await self._duty.committees.of_l1(nonce)
        if members is not None:
            await self._duty.vote_batch(message, members, words)

    async def _count(
        self, batch: int, start: int, begin: int, until: int, nonce: int
    ) -> tuple[RewardBatch, list[int]] | None:
        """A batch from block `start` to the last block by `until`, and its entries. Its time begins
        with `begin`.

        None if there is no such block. The longest there may be ends without one.
        """
        longest = begin + LIMITS["BATCH_CEILING"]
        end = await self._l2.block_by(until)
        if end.number < start and until < longest:
            return None
        counted: dict[int, int] = {}
        last_number, ends_at, covered_time = start - 1, longest, 0
        if end.number >= start:
            last_number, ends_at = end.number, end.timestamp
            blocks = await count_blocks(self._l2, start, last_number)
            counted = await by_sequencer(self._l1, blocks)
            covered_time = await self._count_time(start, begin, end)
        words = entries(counted)
        message = RewardBatch(
            eip712_domain=self._l2.domain,
            committeeNonce=nonce,
            batch=batch,
            startBlock=start,
            endBlock=last_number,
            endTimestamp=ends_at,
            coveredTime=covered_time,
            entriesHash=entries_hash(words),
        )
        return message, words

    async def _count_time(self, start: int, begin: int, end: BlockHeader) -> int:
        """Seconds that blocks cover; goes on where the last try has ended."""
        covered = self._covered
        is_of_batch = covered.begin == begin and start - 1 <= covered.block <= end.number
        if not is_of_batch:
            covered = self._covered = CoveredTime.before(start, begin)
        try:
            await count_time(self._l2, covered, end.number)
            if covered.time != end.timestamp:
                raise UserError(f"block {end.number} of L2 was replaced while it was counted")
        except (Undone, UserError):
            # what was counted may be of another branch
            self._covered = CoveredTime.before(start, begin)
            raise
        return covered.seconds

    async def _begin(self, distributor: Contract) -> None:
        async def is_wanted() -> bool:
            last = await distributor.read("last_batch")
            return bool(last.end_timestamp == NOT_BEGUN)

        call = self._calls.begin_rewards()
        await self._duty.scheduler.try_on_l1("begin rewards", call, is_wanted)

    async def _is_replaced(self) -> bool:
        distributor = await self._l1.pool.read("distributor")
        return bool(distributor != self._l1.places.distributor)

    async def _retire(self, distributor: Contract, last: Any) -> None:
        """The pool names another: named again, this one would pay for the time of the other. First
        comes notice, which the contract takes once, and after some days the end."""

        async def is_wanted(before: Any = last) -> bool:
            now = await distributor.read("last_batch")
            is_as_before = (now.end_timestamp, now.notice_at) == (
                before.end_timestamp,
                before.notice_at,
            )
            return is_as_before and await self._is_replaced()

        # notice lapses, and a batch makes it void: both may come again, and a key is done only once
        term = f"{last.end_timestamp}:{last.notice_at}"
        for name, call in (
            ("give notice", self._calls.give_notice()),
            ("retire rewards", self._calls.retire_rewards()),
        ):
            await self._duty.scheduler.try_on_l1(f"{name}:{term}", call, is_wanted)

    async def _sync(self, distributor: Contract) -> None:
        """Takes over shares that have changed: nobody else may do it for depositors."""
        pool = self._l1.pool
        ids = range(1, (await pool.read("roster")).count + 1)
        records = await self._l1.ask([pool.ask("sequencer", id) for id in ids])
        paired = [(id, x) for id, x in zip(ids, records, strict=True) if x.vault != ZERO]
        accounts = await self._l1.ask([distributor.ask("account", id) for id, _ in paired])
        for (id, record), account in zip(paired, accounts, strict=True):
            share = present_share(record)
            is_same_vault = record.vault == account.vault
            if is_same_vault and abs(share - account.share) < _WORTH_A_SYNC:
                continue

            async def is_wanted(id: int = id, before: Any = account) -> bool:
                now = await distributor.read("account", id)
                return (now.vault, now.share) == (before.vault, before.share)

            # and when it last changed: a share may come back, and a key is done only once
            key = f"sync:{id}:{record.vault}:{share}:{account.since}"
            await self._duty.scheduler.try_on_l1(key, self._calls.sync_share(id), is_wanted)
