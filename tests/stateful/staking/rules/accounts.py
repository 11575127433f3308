"""The ledger follows each call, and says what everybody has."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from fractions import Fraction
from math import ceil

from hypothesis.stateful import invariant

from tests.stateful.chain import Receipt
from tests.stateful.staking.chain import GRIEFER, USERS
from tests.stateful.staking.ledger import Ledger
from tests.utils.lst import VIRTUAL

MANY = 10**30
# the index of open cases is exact to this part of a loss
INDEX = 2**43


class Accounts:
    """Each difference between the vault and the ledger is rounding: at most 2 wei and the value of
    a wei of shares for each call, a part of 2**43 of the losses for each request that left, and the
    virtual METIS, which the last to leave lacks."""

    def open_accounts(self):
        self.ledger = Ledger()
        self.highest = Fraction(1)  # METIS a share
        self.left = 0
        self.spent: dict[int, int] = dict.fromkeys(USERS, 0)  # sent to the vault for nothing

    @contextmanager
    def undone(self) -> Iterator[None]:
        """All that happens in it."""
        names = ("ledger", "highest", "left", "spent", "calls", "refunds", "closed", "cases")
        kept = {name: deepcopy(getattr(self, name)) for name in names}
        with self.chain.anchor():
            yield
        vars(self).update(kept)

    @property
    def rounding(self) -> Fraction:
        lost = Fraction(self.left * sum(self.ledger.losses.values()), INDEX)
        return (2 + ceil(self.highest)) * (self.calls + 1) + lost

    def price_of_deposits(self) -> Fraction:
        return Fraction(self.view("previewMint", MANY), MANY)

    def follow(self, sender: int, name: str, arguments: tuple, call) -> Receipt:
        """Makes a call of the vault, and writes down what it has done."""
        leaving = self.leaving(name, arguments)
        unvested = self.funds()[3]
        before = self.metis_of(sender)
        receipt = call()
        if receipt.reason is None:
            if name in ("deposit", "mint"):
                shares = receipt.words[0] if name == "deposit" else arguments[0]
                self.ledger.deposit(arguments[1], before - self.metis_of(sender), shares)
            elif name == "requestRedeem":
                shares, controller, owner = arguments
                self.ledger.request(owner, receipt.words[0], controller, shares, unvested)
            elif name == "harvest":
                self.ledger.share_out(Fraction(receipt.words[0]))
            elif name == "collect_refund":
                self.ledger.decide(arguments[0], receipt.words[0])
            elif name == "claim_refund":
                due = self.ledger.due.pop(arguments[:2])
                assert abs(receipt.words[0] - due) <= self.rounding
            for id, assets, limit, is_last in leaving:
                if self.request_of(id)[3] == 0:
                    self.leave(id, assets, limit, is_last)
            self.highest = max(self.highest, self.price_of_deposits())
        return receipt

    def leaving(self, name: str, arguments: tuple) -> list[tuple[int, int, int, bool]]:
        """Requests that a call may set aside, in their order: what each is paid, its limit, and
        whether nobody is left then."""
        if name == "fund":
            ids = [arguments[0]]
        elif name in ("redeem", "withdraw"):
            ids = self.suite["vault"].view("requests_of", arguments[2])[2:]
        else:
            return []
        found = []
        with self.chain.anchor():
            for id in ids:
                _, shares, limit, ready_at, _ = self.request_of(id)
                if shares == 0 or ready_at == 0:
                    continue
                rest = (self.view("totalSupply") - shares) * self.price_of_deposits()
                is_last = rest < VIRTUAL and self.funds()[2] == 0
                if self.suite["vault"].send(GRIEFER, "fund", id).reason is not None:
                    break
                found.append((id, self.request_of(id)[2], limit, is_last))
        return found

    def leave(self, id: int, assets: int, limit: int, is_last: bool):
        """It takes no more than its own, and leaves no more than what it has no right to."""
        self.left += 1
        rest, late = self.ledger.leave(id, assets, limit, is_last)
        # what others have is less than the virtual METIS then, and counts as nothing
        self.has_lost |= is_last
        assert is_last or -self.rounding <= rest <= late + self.rounding + VIRTUAL

    @invariant()
    def everybody_has_its_own(self):
        """What shares and requests are worth, all that may come back included, is what the ledger
        says: whoever has come, left, gained or lost in between."""
        price = self.price_of_deposits()
        ledger = self.ledger
        for user in USERS:
            value = self.view("balanceOf", user) * price
            assert abs(value - ledger.values.get(user, 0)) <= self.rounding + VIRTUAL
        for id, shares in ledger.asked.items():
            assert abs(shares * price - ledger.worth[id]) <= self.rounding + VIRTUAL
        for (id, case_id), due in ledger.due.items():
            assert abs(self.view("refund_of", id, case_id) - due) <= self.rounding
