"""Whose the refunds of the vault are, in the model."""

from dataclasses import dataclass, field

ONE, LEAST = 2**87, 2**44


@dataclass
class Refunds:
    """Open cases, and the parts that requests keep which left in between."""

    index: int = ONE
    of_shares: int = 0
    number: int = 0
    anew_at: int = 0
    opened: dict[int, tuple[int, int]] = field(default_factory=dict)  # case => index, number
    parts: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # request =>

    def open(self, case_id: int, loss: int):
        if not self.opened:
            self.index = ONE
        self.opened[case_id] = self.index, self.number
        self.of_shares += loss

    def keep(self, request_id: int, shares: int, supply: int, most: int):
        amount = min(self.of_shares * shares // supply, most)
        if not self.opened or amount <= 0:
            return
        part = self.index * amount // self.of_shares
        self.number += 1
        self.parts[request_id] = part, self.number, self.anew_at
        self.of_shares -= self.of_shares * part // self.index
        self.index -= part
        if self.index < LEAST:
            self.anew_at, self.index, self.of_shares = self.number, ONE, 0

    def close(self, case_id: int, loss: int, refund: int) -> int:
        """The shares' part."""
        index, number = self.opened.pop(case_id)
        part = 0
        if number >= self.anew_at:
            part = refund * self.index // index
            self.of_shares -= min(self.of_shares, loss * self.index // index)
        if not self.opened:
            self.of_shares = 0
        return part
