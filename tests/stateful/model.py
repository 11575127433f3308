"""What the models have in common: calls that act or are refused, and events."""

from typing import Any


class Rejected(Exception):
    """The call must revert, with one of these reasons."""

    def __init__(self, *reasons: str):
        super().__init__(*reasons)
        self.reasons = reasons


class Model:
    """Each external call is a method; it raises Rejected, or acts and appends to `events`."""

    contract = ""  # named by the reasons that name none

    def __init__(self):
        self.start_call()

    def call(self, name: str, sender: int, *args) -> Any:
        """What the call returns; raises Rejected."""
        self.start_call()
        return getattr(self, name)(sender, *args)

    def start_call(self):
        self.events: list[tuple] = []
        self._faults: list[str] = []

    def need(self, ok: bool, *reasons: str):
        """Notes a broken rule. Which of several broken rules a contract names is not specified."""
        if not ok:
            self._faults += (x if ": " in x else f"{self.contract}: {x}" for x in reasons)

    def settle(self):
        if self._faults:
            raise Rejected(*self._faults)

    def require(self, ok: bool, *reasons: str):
        self.need(ok, *reasons)
        self.settle()

    def log(self, *event):
        self.events.append(event)
