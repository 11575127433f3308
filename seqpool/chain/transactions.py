"""Calls of contracts: tried, explained and sent, one by one or as an action of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI
    from ape.contracts import ContractInstance


@dataclass(frozen=True)
class Call:
    """One transaction."""

    what: str
    contract: ContractInstance
    method: str
    arguments: tuple[Any, ...]
    block: str = "latest"  # on which it is tried
    value: int = 0  # wei of ETH

    def send(self, sender: AccountAPI) -> ReceiptAPI:
        return getattr(self.contract, self.method)(*self.arguments, sender=sender, **self._options)

    @property
    def data(self) -> bytes:
        """What is sent to the contract."""
        return bytes(getattr(self.contract, self.method).encode_input(*self.arguments))

    @property
    def _options(self) -> dict[str, int]:
        # ape refuses a value, even 0, where none is taken
        return {"value": self.value} if self.value else {}

    def simulate(self, sender: AccountAPI | str) -> Any:
        """What it would return to an account or address; an error of ape's if it would fail."""
        method = getattr(self.contract, self.method)
        # ape prints the trace of a failure otherwise
        options = self._options | {"block_id": self.block, "skip_trace": True}
        return method.call(*self.arguments, sender=sender, **options)


@dataclass
class Action:
    """Transactions that belong together, and the numbers to look at before."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def send(self, sender: AccountAPI, say: Callable[[str], None] = lambda line: None) -> None:
        """Sends all, after a trial of the first."""
        self.calls[0].simulate(sender)
        for call in self.calls:
            receipt = call.send(sender)
            say(f"{call.what}: done in block {receipt.block_number}, {receipt.txn_hash}")
