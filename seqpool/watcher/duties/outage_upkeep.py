"""Upkeep of mass outages on L1: follows them, and charges their sequencers in pages of `top_up`."""

from collections.abc import Collection
from typing import Any

from seqpool.chain.jsonrpc import RpcError
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.outages import TIMEOUTS, pages
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import Contract, L1Reader
from seqpool.watcher.duties.duty import Duty
from seqpool.watcher.monitor.status import OpenOutage

# So many seconds after its end, stops of the Slasher counted, an outage neither grows nor is
# charged any more.
OVER = LIMITS["CERTIFICATE_MAX_AGE"] + LIMITS["TOP_UP_PERIOD"] + 2 * LIMITS["SLASHER_STOP"]
_STOPPED, _TOO_LATE, _STRANGER = "Slasher: stopped", "Slasher: too late", "not in the outage"


class OutageUpkeep:
    """The mass outages that one watcher follows."""

    def __init__(self, l1: L1Reader, calls: Calls, duty: Duty, config: Config):
        self._l1, self._calls, self._duty = l1, calls, duty
        self._tops_up, self._confirmations = config.tasks.top_up, config.l1.confirmations
        # those that may be charged for, for metrics and alerts
        self.open: tuple[OpenOutage, ...] = ()
        self._over: set[int] = set()
        # sequencers that were punished for timeouts in these blocks
        self._timed_out: set[int] = set()
        self._first, self._last = 0, -1
        # outage => who is due, and since when that is so
        self._waiting: dict[int, tuple[frozenset[int], int]] = {}

    async def look(self) -> None:
        """Looks at all outages, and sends each page that is due when it is this watcher's turn."""
        slasher = self._l1.slasher
        if slasher is None:
            return
        count, now = await slasher.read("outage_count"), await self._now()
        found = []
        for number in range(1, count + 1):
            if number in self._over:
                continue
            entry = await slasher.read("outage", number)
            if entry.ends_at + OVER < now:
                self._over.add(number)
            elif entry.found_at + LIMITS["TOP_UP_PERIOD"] + LIMITS["SLASHER_STOP"] >= now:
                found += await self._follow(slasher, number, entry, now)
        self.open = tuple(found)

    async def _follow(
        self, slasher: Contract, number: int, entry: Any, now: int
    ) -> list[OpenOutage]:
        """The outage, if it may still be charged for."""
        due = await self._due(slasher, number, await self._candidates(slasher, entry.starts_at))
        calls = {tuple(page): self._calls.top_up(number, page) for page in pages(due)}
        refusal = None
        if calls:
            # one is as good as another: what is refused is the outage
            refusal = await self._duty.scheduler.l1.refusal(next(iter(calls.values())))
        elif entry.found_at + LIMITS["TOP_UP_PERIOD"] < now:
            return []
        if refusal is not None and _TOO_LATE in refusal:
            return []
        if self._tops_up and refusal is None:
            for page, call in calls.items():

                async def is_wanted(page: tuple[int, ...] = page) -> bool:
                    # others have sent a part of it, or more is due: then the pages are others
                    left = await self._due(slasher, number, due)
                    return list(page) in pages(left)

                key = f"top_up:{number}:{entry.found_at}:{','.join(map(str, page))}"
                await self._duty.scheduler.add_on_l1(key, call, is_wanted)
        is_stopped = refusal is not None and _STOPPED in refusal
        return [
            OpenOutage(
                number=number,
                starts_at=entry.starts_at,
                ends_at=entry.ends_at,
                due=due,
                waits_since=self._waits_since(number, due, entry.found_at, now, is_stopped),
                own_cost=await self._own_cost(due),
            )
        ]

    def _waits_since(
        self, number: int, due: Collection[int], found_at: int, now: int, is_stopped: bool
    ) -> int | None:
        """Since when nobody has charged anybody, though something is due."""
        ids = frozenset(due)
        if is_stopped or not ids:
            self._waiting[number] = (frozenset(), now)
            return None
        # after a restart nobody knows since when; the outage is no younger than that
        waited_for, since = self._waiting.get(number, (ids, found_at))
        if waited_for != ids:
            since = now
        self._waiting[number] = (ids, since)
        return since

    async def _own_cost(self, due: dict[int, int]) -> tuple[int, int] | None:
        """Basis points and wei that this watcher's own sequencer has to pay."""
        id = await self._l1.id_of(self._duty.me) if due else 0
        if id not in due:
            return None
        _, locked, _ = await self._l1.pool.read("stake_of", id)
        return due[id], locked * due[id] // LIMITS["BPS"]

    async def _due(self, slasher: Contract, number: int, ids: Collection[int]) -> dict[int, int]:
        """Sequencer => basis points that are due; only those of which something is."""
        wanted = sorted(ids)
        answers = await self._l1.ask_each([slasher.ask("due_in", number, id) for id in wanted])
        found = {}
        for id, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, RpcError):
                if _STRANGER not in answer.message:
                    raise answer
            elif answer:
                found[id] = answer
        return found

    async def _candidates(self, slasher: Contract, starts_at: int) -> set[int]:
        """All that were punished for a timeout since an outage began, and maybe others."""
        first = max(self._l1.places.l1_from, (await self._l1.block_by(starts_at)).number)
        head = (await self._l1.present_block()).number
        is_known = self._first <= first <= self._last
        # the latest blocks again: they may have been replaced
        start = max(first, self._last + 1 - self._confirmations) if is_known else first
        for event in await slasher.events("OffencePunished", start, head):
            if event.fields["kind"] in TIMEOUTS:
                self._timed_out.add(event.fields["id"])
        self._first = min(self._first, first) if is_known else first
        self._last = head
        return self._timed_out

    async def _now(self) -> int:
        return (await self._l1.present_block()).timestamp
