"""Whose each METIS of the vault is: what came in, what was gained, lost, and given back."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from tests.utils.lst import VIRTUAL

NOBODY = 0  # has the virtual shares


@dataclass
class Ledger:
    """It knows no price. Shares, and requests that wait, are lots. A lot is worth what it has in
    the vault, and what of the losses may still come back.

    Who deposits brings exactly what it pays, so nobody else's lot changes. A gain is shared by
    shares. A loss is shared by shares too: it is written off when its case is decided, less what
    is given back. Who leaves takes what it is paid, and its parts of the open cases; what it leaves
    behind is shared by those who stay.
    """

    shares: Counter = field(default_factory=lambda: Counter({NOBODY: VIRTUAL}))  # of users
    values: dict[int, Fraction] = field(default_factory=lambda: {NOBODY: Fraction(VIRTUAL)})
    # of requests that wait: id => who
    controllers: dict[int, int] = field(default_factory=dict)
    asked: Counter = field(default_factory=Counter)  # shares
    worth: dict[int, Fraction] = field(default_factory=dict)
    late: dict[int, Fraction] = field(default_factory=dict)  # gains that it has no right to
    # cases
    losses: dict[int, int] = field(default_factory=dict)
    parts: dict[int, Fraction] = field(default_factory=dict)  # of open ones, that shares have
    kept: dict[tuple[int, int], Fraction] = field(default_factory=dict)  # request, case => part
    due: dict[tuple[int, int], Fraction] = field(default_factory=dict)  # request, case => wei
    # user => wei by which it has gained, or lost, in all
    results: dict[int, Fraction] = field(default_factory=dict)

    @property
    def supply(self) -> int:
        return self.shares.total() + self.asked.total()

    @property
    def refundable(self) -> Fraction:
        return sum((self.losses[x] * part for x, part in self.parts.items()), Fraction(0))

    def change(self, user: int, amount: Fraction):
        self.results[user] = self.results.get(user, Fraction(0)) + amount

    def share_out(self, amount: Fraction):
        """To all lots, by their shares."""
        supply = self.supply
        for user, shares in self.shares.items():
            part = amount * shares / supply
            self.values[user] += part
            self.change(user, part)
        for id, shares in self.asked.items():
            part = amount * shares / supply
            self.worth[id] += part
            self.late[id] += max(part, Fraction(0))
            self.change(self.controllers[id], part)

    def deposit(self, user: int, assets: int, shares: int):
        self.values[user] = self.values.get(user, Fraction(0)) + assets
        self.shares[user] += shares

    def request(self, user: int, id: int, controller: int, shares: int, unvested: int):
        """What does not count yet is left to the others."""
        part = self.values[user] * shares / self.shares[user]
        self.late[id] = Fraction(unvested * shares, self.supply)
        self.values[user] -= part
        self.shares[user] -= shares
        self.change(user, -part)
        self.change(controller, part)
        self.controllers[id], self.asked[id], self.worth[id] = controller, shares, part

    def lose(self, case_id: int, amount: int):
        self.losses[case_id], self.parts[case_id] = amount, Fraction(1)

    def leave(self, id: int, assets: int, limit: int, is_last: bool) -> tuple[Fraction, Fraction]:
        """What it leaves behind, and the most of it that is not its own. The last takes all."""
        shares, worth, late = self.asked[id], self.worth.pop(id), self.late.pop(id)
        whole = self.refundable
        amount = min(whole * shares / self.supply, Fraction(limit - assets))
        if is_last:
            amount = whole
        for case_id, part in self.parts.items():
            kept = part * amount / whole if whole else Fraction(0)
            self.kept[id, case_id] = kept
            self.parts[case_id] = part - kept
        del self.asked[id]
        rest = worth - assets - amount
        self.change(self.controllers[id], -rest)
        self.share_out(rest)
        return rest, late

    def decide(self, case_id: int, refund: int):
        """What does not come back was its lots' and of those who left, by their parts."""
        part, gone = self.parts.pop(case_id), self.losses[case_id] - refund
        late = dict(self.late)
        self.share_out(-gone * part)
        self.late = late
        for (id, other), kept in list(self.kept.items()):
            if other == case_id:
                self.due[id, case_id] = refund * kept
                self.change(self.controllers[id], -gone * kept)
                del self.kept[id, case_id]
