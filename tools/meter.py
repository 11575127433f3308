"""What calls cost, and how a meter notes it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from ape.api import ReceiptAPI

from tools.new_slots import new_slots


class Cost(NamedTuple):
    """Of a whole transaction."""

    gas: int
    new_slots: int  # storage slots that it turns from zero to another value


@dataclass
class Meter:
    """Drives contracts through calls, and notes what each costs."""

    costs: dict[str, Cost] = field(default_factory=dict, kw_only=True)

    def note(self, name: str, *receipts: ReceiptAPI) -> ReceiptAPI:
        """Notes what these transactions cost together; returns the last."""
        self.costs[name] = Cost(sum(x.gas_used for x in receipts), sum(map(new_slots, receipts)))
        return receipts[-1]
