"""Upkeep of the LST vault on L1: counts its losses, closes its cases, sets METIS aside."""

from typing import Any

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.redemptions import FUND_AFTER
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import Contract, L1Reader
from seqpool.watcher.duties.duty import Duty
from seqpool.watcher.monitor.status import UnclaimedRefund, VaultCase

# Requests are asked for in steps of so many, until there is none.
STEP = 64
_CLOSED = "no open case"


class VaultUpkeep:
    """What one watcher does for the vault, and what it knows of it."""

    def __init__(self, l1: L1Reader, calls: Calls, duty: Duty, config: Config, clock: Clock):
        self._l1, self._calls, self._duty, self._clock = l1, calls, duty, clock
        self._is_on = config.tasks.vault
        # for alerts; empty unless this watcher's sequencer is paired with the vault
        self.cases: tuple[VaultCase, ...] = ()
        self.unclaimed: tuple[UnclaimedRefund, ...] = ()
        # case => wei that the vault has lost; only of cases that were asked about
        self._losses: dict[int, int] = {}
        self._asked = 0
        self._closed: set[int] = set()
        # case => when this watcher first saw that it was decided, and not closed
        self._decided_since: dict[int, int] = {}
        # ids that may still be set aside, and up to which id all are known
        self._waiting: set[int] = set()
        self._requests = 0
        # closed case => requests whose part was not claimed when it was last looked at
        self._parts: dict[int, set[int]] = {}

    async def look(self) -> None:
        """Looks at all of it, and sends what is due when it is this watcher's turn."""
        vault = self._l1.lst
        if vault is None:
            return
        await self._learn_losses(vault)
        await self._count(vault)
        cases = await self._close(vault)
        await self._learn_requests(vault)
        # a refund that is still to come is in the payment, and a hold would lower it
        if self._is_on and not any(case.is_decided for case in cases):
            await self._fund(vault)
        unclaimed = await self._unclaimed(vault)
        is_ours = await self._is_ours(vault)
        self.cases = tuple(cases) if is_ours else ()
        self.unclaimed = tuple(unclaimed) if is_ours else ()

    async def _is_ours(self, vault: Contract) -> bool:
        id = await self._l1.id_of(self._duty.me)
        if not id:
            return False
        record = await self._l1.pool.read("sequencer", id)
        return bool(record.vault == vault.address)

    # ---------------------------------------------------------------- cases

    async def _learn_losses(self, vault: Contract) -> None:
        ledger = self._l1.slash_vault
        last = await ledger.read("case_count")
        numbers = range(self._asked + 1, last + 1)
        found = await self._l1.ask([ledger.ask("loss_of", number) for number in numbers])
        for number, (loser, amount) in zip(numbers, found, strict=True):
            if loser == vault.address and amount:
                self._losses[number] = amount
        self._asked = last

    async def _count(self, vault: Contract) -> None:
        """One call looks at a limited number of cases, so it is not left to the next depositor."""
        uncounted = await vault.read("uncounted_cases")
        first = self._asked - uncounted + 1
        is_due = any(number >= first for number in self._losses)
        if not self._is_on or not (is_due or uncounted >= LIMITS["MAX_LOSSES"] // 2):
            return

        async def is_wanted() -> bool:
            return bool(await vault.read("uncounted_cases") >= uncounted)

        call = self._calls.count_losses()
        await self._duty.scheduler.try_on_l1(f"count:{self._asked}", call, is_wanted)

    async def _close(self, vault: Contract) -> list[VaultCase]:
        """The cases that are open. Those that are decided are closed when it is the turn."""
        ledger, now = self._l1.slash_vault, int(self._clock.now())
        numbers = [number for number in self._losses if number not in self._closed]
        answers = await self._l1.ask([ledger.ask("refund_of", number) for number in numbers])
        found = []
        for number, (is_decided, refund) in zip(numbers, answers, strict=True):
            if is_decided and await self._is_closed(vault, number):
                self._closed.add(number)
                self._decided_since.pop(number, None)
                continue
            since = self._decided_since.setdefault(number, now) if is_decided else None
            found.append(VaultCase(number, self._losses[number], refund, since))
        return found

    async def _is_closed(self, vault: Contract, number: int) -> bool:
        """Whether somebody has closed a decided case; if not, a job to do it is there."""
        call = self._calls.collect_refund(number)
        refusal = await self._duty.scheduler.l1.refusal(call)
        if refusal is not None:
            return _CLOSED in refusal

        async def is_wanted() -> bool:
            return await self._duty.scheduler.l1.refusal(call) is None

        if self._is_on:
            await self._duty.scheduler.add_on_l1(f"refund:{number}", call, is_wanted)
        return False

    # ---------------------------------------------------------------- requests

    async def _learn_requests(self, vault: Contract) -> None:
        while True:
            ids = range(self._requests + 1, self._requests + STEP + 1)
            found = await self._l1.ask([vault.ask("request", id) for id in ids])
            made = [id for id, x in zip(ids, found, strict=True) if x.controller != ZERO]
            self._waiting.update(made)
            self._requests += len(made)
            if len(made) < STEP:
                return

    async def _fund(self, vault: Contract) -> None:
        """Sets METIS aside for requests that were not redeemed in time, so that they reserve no
        more than they are paid. Not while the Slasher holds anything: that lowers the payment."""
        ids, now = sorted(self._waiting), (await self._l1.present_block()).timestamp
        found = await self._l1.ask([vault.ask("request", id) for id in ids])
        is_held = (await vault.read("funds")).pending > 0
        for id, request in zip(ids, found, strict=True):
            if _has_left(request):
                self._waiting.discard(id)
            elif request.is_funded and request.ready_at + FUND_AFTER <= now and not is_held:

                async def is_wanted(id: int = id) -> bool:
                    return not _has_left(await vault.read("request", id))

                await self._duty.scheduler.try_on_l1(f"fund:{id}", self._calls.fund(id), is_wanted)

    async def _unclaimed(self, vault: Contract) -> list[UnclaimedRefund]:
        """Refunds that wait for requests that have left. Who left before a case was closed is fixed
        by then: a request that has no part is not asked about again."""
        found = []
        for number in self._closed:
            ids = sorted(self._parts.get(number, set(range(1, self._requests + 1))))
            answers = await self._l1.ask([vault.ask("refund_of", id, number) for id in ids])
            amounts = {id: x for id, x in zip(ids, answers, strict=True) if x}
            self._parts[number] = set(amounts)
            if amounts:
                found.append(UnclaimedRefund(number, amounts))
        return found


def _has_left(request: Any) -> bool:
    """METIS is set aside for it, or it was redeemed."""
    return bool(request.shares == 0 or request.ready_at == 0)
