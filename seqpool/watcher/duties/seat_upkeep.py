"""Upkeep of seats and stake on L1: the queue, ejections, and cases whose year is over."""

from typing import Any

from seqpool.protocol.limits import LIMITS
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L1Reader
from seqpool.watcher.duties.duty import Duty

# ISequencerPool.State, those that may be ejected: queued, active, jailed, suspended
_HAS_CLOCK = 2 | 4 | 8 | 16
_RELEASED = 8  # ISlashVault.Status


class SeatUpkeep:
    """The tasks of one watcher that anybody may do for the pool and the vault."""

    def __init__(self, l1: L1Reader, calls: Calls, duty: Duty):
        self._l1, self._calls, self._scheduler = l1, calls, duty.scheduler
        self._released: set[int] = set()

    async def activate(self) -> None:
        """Seats whoever is first in the queue, as long as there are seats."""
        pool = self._l1.pool
        roster, parameters = await self._l1.ask([pool.ask("roster"), pool.ask("parameters")])
        if not roster.queued or roster.seated >= parameters.max_sequencers:
            return

        async def is_wanted() -> bool:
            now = await pool.read("roster")
            return (now.queue_head, now.seated) == (roster.queue_head, roster.seated)

        count = min(roster.queue_tail - roster.queue_head, LIMITS["MAX_SEQUENCERS"])
        key = f"activate:{roster.queue_head}:{roster.queue_tail}:{roster.seated}"
        await self._scheduler.try_on_l1(key, self._calls.activate(count), is_wanted)

    async def eject(self) -> None:
        """Ejects each sequencer that has been below the least stake for too long."""
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
            await self._scheduler.try_on_l1(key, self._calls.eject(id), is_wanted)

    async def release(self) -> None:
        """Releases each case whose year is over."""
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
                    return bool((await vault.read("case_of", id)).status != _RELEASED)

                await self._scheduler.try_on_l1(f"release:{id}", self._calls.release(id), is_wanted)
