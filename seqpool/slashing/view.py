"""Reads the SlashVault and the Slasher: cases, penalties, and what is punished already."""

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

from eth_abi import encode
from eth_utils import keccak

from seqpool.documents.evidence import file_hash
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from seqpool.units import format_percent


class CaseStatus(IntEnum):
    """ISlashVault.Status: a flag, which Ape gives as a number."""

    LOCKED = 1
    APPEALED = 2
    RESOLVED = 4
    RELEASED = 8


def cause_key(*numbers: int) -> bytes:
    """What the contracts know an offence, or the cause of a suspension, by."""
    return keccak(encode(["uint256"] * len(numbers), numbers))


class SlashingView:
    """Cases and penalties, as the next transaction finds them."""

    def __init__(self, view: View):
        self.view, self.suite = view, view.suite
        self.vault = view.suite.slash_vault

    @property
    def slasher(self):
        if self.suite.slasher is None:
            raise UserError("this suite has no Slasher of ours: nothing can be reported to it")
        return self.suite.slasher

    # cases

    def case(self, number: int):
        """A case, or UserError."""
        count = self.vault.case_count()
        if not 0 < number <= count:
            raise UserError(f"there is no case {number}: the latest is {count}")
        return self.vault.case_of(number)

    def cases(self, id: int | None = None) -> Iterator[tuple[int, object]]:
        """All cases, or those of a sequencer."""
        for number in range(1, self.vault.case_count() + 1):
            case = self.vault.case_of(number)
            if id in (None, case.id):
                yield number, case

    def evidence_of(self, number: int, path: Path) -> bool:
        """Whether a file is what a case rests on."""
        return bytes(self.case(number).evidence) == file_hash(path)

    # offences

    def is_punished(self, *offence: int) -> bool:
        """Whether an offence has a case: its kind, its sequencer, and where it was."""
        return bool(int.from_bytes(self.vault.evidence_of(cause_key(*offence)[:16])))

    def penalty(self, kind: Kind, id: int) -> str:
        """What an offence of a sequencer costs now, in words."""
        bps = self.slasher.penalty(kind)
        if kind == Kind.BLOCK_TIMEOUT:
            strikes = self.slasher.record_of(id).strikes + 1
            bps = min(bps * strikes, self.slasher.penalty(0))
            return f"{format_percent(bps)} for strike {strikes}, unless it is a mass outage"
        return format_percent(bps)

    # time

    def age(self, time: int) -> int:
        """Seconds since a time that is not in the future, less those of a stop: see timed_pause."""
        now = self.view.next_at
        started_at, ends_at = self.stop_since(time)
        return now - time - max(0, min(now, ends_at) - max(time, started_at))

    def stop_since(self, time: int) -> tuple[int, int]:
        """When the latest stop that may have touched what came since began and ends; (0, 0) if
        there was none. From the events: the contract tells only whether it is stopped."""
        first = max(self.suite.from_block, self.view.block_by(time - LIMITS["SLASHER_STOP"]))
        blocks = (first, self.view.block_number + 1)
        stops = list(self.slasher.Paused.range(*blocks))
        if not stops:
            return 0, 0
        last, ends_at = stops[-1], stops[-1].until
        for event in self.slasher.Unpaused.range(*blocks):
            if (event.block_number, event.log_index) > (last.block_number, last.log_index):
                ends_at = event.timestamp
        return last.timestamp, ends_at
