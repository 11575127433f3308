"""Reads mass outages: who had a part in one, and what is still due for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seqpool.chain import ape
from seqpool.chain.transactions import Call
from seqpool.errors import UserError
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.outages import TIMEOUTS, pages
from seqpool.slashing.view import SlashingView
from seqpool.units import format_date, format_percent, format_time, in_metis

NOT_IN_IT = "Slasher: not in the outage"


@dataclass(frozen=True)
class Part:
    """What a sequencer has to pay for its part in an outage."""

    id: int
    bps: int  # of what it has locked; 0: it was charged
    locked: int  # wei

    @property
    def amount(self) -> int:
        """Wei that are due, before the brakes."""
        return self.locked * self.bps // LIMITS["BPS"]

    @property
    def due(self) -> str:
        """For people: "4.9 %, 1,960 METIS"."""
        return f"{format_percent(self.bps)}, {in_metis(self.amount)}"


@dataclass(frozen=True)
class Outage:
    """ISlasher.Outage with its number. Times are unix seconds."""

    number: int
    starts_at: int
    ends_at: int  # the first second after it
    found_at: int  # when it was found, or has last grown

    @property
    def span(self) -> str:
        return f"{format_time(self.starts_at)} to {format_time(self.ends_at)} UTC"


class OutageView:
    """The mass outages that the Slasher has found."""

    def __init__(self, slashing: SlashingView):
        self._slashing, self._view = slashing, slashing.view
        self._slasher = slashing.slasher

    @property
    def count(self) -> int:
        return self._read("outage_count")

    def outage(self, number: int) -> Outage:
        """An outage, or UserError."""
        count = self.count
        if not 0 < number <= count:
            latest = f"the latest is {count}" if count else "none was found"
            raise UserError(f"there is no outage {number}: {latest}")
        entry = self._read("outage", number)
        return Outage(number, entry.starts_at, entry.ends_at, entry.found_at)

    def outages(self) -> list[Outage]:
        """All of them, the oldest first."""
        return [self.outage(number) for number in range(1, self.count + 1)]

    def is_open(self, outage: Outage) -> bool:
        """Whether its sequencers may still be charged, in a stop or after it."""
        return self._slashing.age(outage.found_at) <= LIMITS["TOP_UP_PERIOD"]

    def parts(self, outage: Outage) -> list[Part]:
        """Of all sequencers that timed out in it, as far as the Slasher remembers them."""
        parts = (self.part(outage, id) for id in sorted(self._timed_out_since(outage.starts_at)))
        return [part for part in parts if part is not None]

    def part(self, outage: Outage, id: int) -> Part | None:
        """None for a sequencer that did not time out in it."""
        try:
            bps = self._read("due_in", outage.number, id)
        except ape.ContractLogicError as error:
            if error.revert_message != NOT_IN_IT:
                raise
            return None
        return Part(id, bps, self._view.read("stake_of", id)[1])

    def page_calls(self, outage: Outage, parts: Iterable[Part]) -> list[tuple[Call, list[Part]]]:
        """A call for each page of parts, and what is due in it."""
        due = {part.id: part for part in parts if part.bps}
        found = []
        for page in pages(due):
            ids = ", ".join(map(str, page))
            call = Call(
                f"top up outage {outage.number}: sequencer{'s' * (len(page) > 1)} {ids}",
                self._slasher,
                "top_up",
                (outage.number, page),
                self._view.block,
            )
            found.append((call, [due[id] for id in page]))
        return found

    def why_none(self, outage: Outage, parts: list[Part]) -> str | None:
        """Why nothing of an outage can be charged now; None if something can."""
        if not self.is_open(outage):
            return f"too late: it was found {format_date(outage.found_at, self._view.now)}"
        if not any(part.bps for part in parts):
            return "all were charged"
        _, until = self._slashing.stop_since(self._view.next_at)
        if until > self._view.next_at:
            return f"reports are stopped until {format_date(until, self._view.now)}"
        return None

    def _timed_out_since(self, at: int) -> set[int]:
        # reports come later than timeouts
        first = max(self._view.suite.from_block, self._view.block_by(at))
        events = self._slasher.OffencePunished.range(first, self._view.block_number + 1)
        return {event.id for event in events if event.kind in TIMEOUTS}

    def _read(self, name: str, *arguments: int):
        return self._view.read_of(self._slasher, name, *arguments)
