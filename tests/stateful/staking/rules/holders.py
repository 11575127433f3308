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
    def nobody_ends_above_what_it_brought(self, bps):
        """The cases that are open are decided, everybody leaves, and takes its part of each refund:
        undone afterwards. Without rewards nobody has gained, whatever came back of what was lost,
        and whoever came or left in between: but for 2 wei a call, and the millionth of a METIS that
        the virtual shares have."""
        if self.has_rewards:
            return
        with self.chain.anchor():
            refunds, closed = list(self.refunds), list(self.closed)
            calls = self.calls
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
            for id in range(1, self.last_request() + 1):
                user = self.request_of(id)[0]
                for case_id in self.closed:
                    if self.view("refund_of", id, case_id):
                        self.done(user, "claim_refund", id, case_id, user)
            for user in USERS:
                if not self.view("balanceOf", user) and not self.open_on_chain(user):
                    assert self.metis_of(user) <= PURSE + VIRTUAL + 2 * self.calls
            self.refunds, self.closed, self.calls = refunds, closed, calls

    def last_request(self) -> int:
        id = len(self.requests)
        while self.request_of(id + 1)[0]:
            id += 1
        return id

    def open_on_chain(self, user: int) -> list[int]:
        return self.suite["vault"].view("requests_of", user)[2:]
