"""Holders of unlike behaviour, and what each may end with."""

from hypothesis.stateful import rule

from tests.stateful.staking.chain import (
    ALLOCATOR,
    EXIT_DELAY,
    GOVERNANCE,
    GRIEFER,
    IDS,
    LEAVER,
    NEWCOMER,
    PURSE,
    SANDWICHER,
    USERS,
)
from tests.stateful.staking.rules.base import AMOUNT, SHARE
from tests.utils.lst import VIRTUAL

STATEMENT = (64, 1, int.from_bytes(b"x".ljust(32, b"\0"), "big"))


class Holders:
    """Who stays does nothing but the first deposit."""

    def come(self, user: int, amount: int):
        most = min(self.view("maxDeposit", user), self.metis_of(user))
        if amount <= most and self.view("previewDeposit", amount):
            self.done(user, "deposit", amount, user)

    @rule(amount=AMOUNT)
    def newcomer_comes_after_a_slash(self, amount):
        if self.refunds:
            self.come(NEWCOMER, amount)

    @rule(amount=AMOUNT, bps=SHARE)
    def sandwicher_comes_before_a_refund_and_asks_after_it(self, amount, bps):
        if self.refunds:
            self.come(SANDWICHER, amount)
            self.refund_next(bps)
            self.request_all(SANDWICHER)

    @rule()
    def leaver_leaves(self):
        self.request_all(LEAVER)

    @rule(amount=AMOUNT, bps=SHARE)
    def leaver_is_paid_while_a_case_is_open(self, amount, bps):
        """And keeps its part of it."""
        self.come(LEAVER, amount)
        for id in IDS:
            self.allocate(id, 10_000)
            self.slash(id, bps)
        self.request_all(LEAVER)
        for id in IDS:
            self.deallocate(id, 10_000)
        self.chain.now += EXIT_DELAY
        for id in IDS:
            self.send(USERS[0], "collect", id)
        self.redeem(LEAVER, 10_000)

    @rule()
    def griefer_sends_dust(self):
        """And asks for it."""
        self.come(GRIEFER, 2)
        if self.view("balanceOf", GRIEFER):
            self.request_some(GRIEFER, 1)

    def request_all(self, user: int):
        self.request_some(user, self.view("balanceOf", user))

    def request_some(self, user: int, shares: int):
        """Keeps what `requests` has to know."""
        receipt = self.send(user, "requestRedeem", shares, user, user)
        if receipt.reason is None:
            id = receipt.words[0]
            worth = self.request_of(id)[2]
            self.requests[id] = [user, shares, 0, worth, self.chain.now + EXIT_DELAY]

    def refund_next(self, bps: int):
        case_id = self.refunds.pop(0)
        receipt = self.suite["vault"].send(ALLOCATOR, "appeal", case_id, *STATEMENT)
        if receipt.reason is None:
            self.suite["slash_vault"].send(GOVERNANCE, "resolve", case_id, bps)
            self.done(USERS[0], "collect_refund", case_id)
            self.closed.append(case_id)

    @rule()
    def fund(self):
        """What is claimable can be set aside by anybody, and pays no less then."""
        for id, (user, *_) in self.requests.items():
            if self.claimable.get(id):
                before = self.view("maxWithdraw", user)
                self.done(GRIEFER, "fund", id)
                assert self.request_of(id)[3] == 0
                assert self.view("maxWithdraw", user) >= before
                break

    @rule(bps=SHARE)
    def everybody_ends_with_its_own(self, bps):
        """The cases that are open are decided, everybody leaves, and takes its part of each refund:
        undone afterwards. Each has what it brought, its part of each gain, and less its part of
        each loss that did not come back."""
        with self.undone():
            while self.refunds:
                self.refund_next(bps)
            for _ in range(3):
                for user in USERS:
                    if self.view("balanceOf", user):
                        shares = self.view("balanceOf", user)
                        self.send(user, "requestRedeem", shares, user, user)
                self.chain.now += EXIT_DELAY
                for id in IDS:
                    self.send(USERS[0], "collect", id)
                    if bonded := self.paired(id)[0]:
                        self.send(ALLOCATOR, "deallocate", id, bonded)
                for user in USERS:
                    if shares := self.view("maxRedeem", user):
                        self.done(user, "redeem", shares, user, user)
            for id, case_id in list(self.ledger.due):
                user = self.request_of(id)[0]
                if self.view("refund_of", id, case_id):
                    self.done(user, "claim_refund", id, case_id, user)
            for user in USERS:
                if not self.view("balanceOf", user) and not self.open_on_chain(user):
                    own = PURSE - self.spent[user] + self.ledger.results.get(user, 0)
                    assert abs(self.metis_of(user) - own) <= self.rounding + VIRTUAL

    def open_on_chain(self, user: int) -> list[int]:
        return self.suite["vault"].view("requests_of", user)[2:]
