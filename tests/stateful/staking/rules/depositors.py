"""What depositors do."""

from fractions import Fraction

from hypothesis.stateful import initialize, rule

from tests.stateful.staking.chain import EXIT_DELAY, MINTER, USERS
from tests.stateful.staking.rules.base import AMOUNT, MAX_REQUESTS, SHARE, USER
from tests.utils.lst import VIRTUAL


class Depositors:
    """Deposits, requests and redemptions."""

    @initialize(amount=AMOUNT)
    def begin(self, amount):
        self.done(USERS[0], "deposit", amount, USERS[0])

    @rule(user=USER, amount=AMOUNT)
    def deposit(self, user, amount):
        """What was previewed, and never more than was paid for."""
        shares = self.view("previewDeposit", amount)
        if amount > min(self.view("maxDeposit", user), self.metis_of(user)) or shares == 0:
            return
        before = self.metis_of(user), self.view("balanceOf", user)
        assert self.done(user, "deposit", amount, user) == shares
        assert self.metis_of(user) == before[0] - amount
        assert self.view("balanceOf", user) == before[1] + shares
        assert self.view("convertToAssets", shares) <= amount

    @rule(user=USER, shares=AMOUNT)
    def mint(self, user, shares):
        """Never for nothing, and at least as much as the same shares are worth."""
        assets = self.view("previewMint", shares)
        assert assets > 0
        if shares > self.view("maxMint", user) or assets > self.metis_of(user):
            return
        before = self.metis_of(user)
        assert self.done(user, "mint", shares, user) == assets
        assert self.metis_of(user) == before - assets
        assert self.view("convertToAssets", shares) <= assets

    @rule(user=USER)
    def deposit_too_much(self, user):
        most = self.view("maxDeposit", user)
        assert self.send(user, "deposit", most + 1, user).reason == "StakedMetis: above maximum"
        most = self.view("maxMint", user)
        assert self.send(user, "mint", most + 1, user).reason == "StakedMetis: above maximum"

    @rule(user=USER)
    def deposit_the_most(self, user):
        """Of METIS that there is not: undone afterwards."""
        for most, name in (("maxDeposit", "deposit"), ("maxMint", "mint")):
            with self.undone():
                amount = self.view(most, user)
                if amount > 0 and self.view(f"preview{name.capitalize()}", amount) > 0:
                    self.suite["metis"].send(MINTER, "mint", user, 2**85)
                    self.done(user, name, amount, user)

    @rule(user=USER, amount=AMOUNT)
    def round_trips(self, user, amount):
        """None wins anything."""
        assert self.view("convertToAssets", self.view("convertToShares", amount)) <= amount
        assert self.view("convertToShares", self.view("convertToAssets", amount)) <= amount
        assert self.view("previewMint", self.view("previewDeposit", amount)) <= amount
        assert self.view("previewDeposit", self.view("previewMint", amount)) >= amount
        most = min(self.view("maxDeposit", user), self.metis_of(user))
        if self.view("previewDeposit", amount) == 0 or amount > most:
            return
        with self.undone():
            before = self.metis_of(user)
            shares = self.done(user, "deposit", amount, user)
            receipt = self.send(user, "requestRedeem", shares, user, user)
            if receipt.reason is None:
                assert self.suite["vault"].view("request", receipt.words[0])[2] <= amount
            assert self.metis_of(user) == before - amount

    @rule(user=USER, bps=SHARE)
    def request(self, user, bps):
        shares = self.view("balanceOf", user) * bps // 10_000
        total = self.view("totalAssets") + self.funds()[7] + VIRTUAL
        worth = shares * total // (self.view("totalSupply") + VIRTUAL)
        receipt = self.send(user, "requestRedeem", shares, user, user)
        open_ = len(self.open_requests(user))
        if worth == 0:
            assert receipt.reason == "StakedMetis: zero shares"
        elif open_ == MAX_REQUESTS:
            assert receipt.reason == "redemptions: too many"
        else:
            assert receipt.reason is None
            id = receipt.words[0]
            assert id == len(self.requests) + 1
            self.requests[id] = [user, shares, 0, worth, self.chain.now + EXIT_DELAY]

    def open_requests(self, user: int) -> list[int]:
        return [
            id
            for id, (who, shares, gone, *_) in self.requests.items()
            if who == user and gone < shares
        ]

    @rule(user=USER, bps=SHARE)
    def redeem(self, user, bps):
        """The lower of the value at the request and now, rounded against the controller."""
        most = self.view("maxRedeem", user)
        shares = most * bps // 10_000
        if shares == 0:
            return
        before = self.metis_of(user), self.view("maxWithdraw", user)
        takes_all = self.takes_all(user)
        paid = self.done(user, "redeem", shares, user, user)
        if shares == most:
            assert paid >= before[1]
        self.check_redeemed(user, shares, paid, before, takes_all)

    @rule(user=USER, bps=SHARE)
    def withdraw(self, user, bps):
        most = self.view("maxWithdraw", user)
        assets = most * bps // 10_000
        if assets == 0:
            return
        before = self.metis_of(user), most
        takes_all = self.takes_all(user)
        shares = self.done(user, "withdraw", assets, user, user)
        self.check_redeemed(user, shares, assets, before, takes_all)

    def check_redeemed(self, user, shares, paid, before, takes_all):
        assert self.metis_of(user) == before[0] + paid
        if not takes_all:
            # each request is rounded down, to the good of the next
            assert self.view("maxWithdraw", user) + paid <= before[1] + MAX_REQUESTS
        # the oldest first
        capped = Fraction(0)
        for id in self.open_requests(user):
            request = self.requests[id]
            part = min(shares, request[1] - request[2])
            capped += Fraction(request[3] * part, request[1])
            request[2] += part
            shares -= part
            self.claimable[id] = self.claimable.get(id, 0) - part
        assert shares == 0
        # a remainder of each request may have been carried over from an earlier part
        if takes_all:
            self.has_taken_all.add(user)
        assert user in self.has_taken_all or paid <= capped + MAX_REQUESTS

    @rule(user=USER)
    def redeem_too_much(self, user):
        shares, assets = self.view("maxRedeem", user), self.view("maxWithdraw", user)
        reason = "StakedMetis: more than claimable"
        assert self.send(user, "redeem", shares + 1, user, user).reason == reason
        if not self.takes_all(user):
            more = assets + MAX_REQUESTS + 1
            assert self.send(user, "withdraw", more, user, user).reason == reason

    @rule(user=USER)
    def redeem_all(self, user):
        """Both ways, undone afterwards."""
        for most, name in (("maxRedeem", "redeem"), ("maxWithdraw", "withdraw")):
            with self.undone():
                amount, assets = self.view(most, user), self.view("maxWithdraw", user)
                takes_all = self.takes_all(user)
                if amount > 0:
                    before = self.metis_of(user)
                    self.done(user, name, amount, user, user)
                    paid = self.metis_of(user) - before
                    assert assets <= paid
                    assert takes_all or paid <= assets + MAX_REQUESTS

    @rule(user=USER, other=USER)
    def act_for_another(self, user, other):
        """Only as its operator."""
        shares = self.view("maxRedeem", other)
        if user == other or shares == 0:
            return
        reason = "StakedMetis: not controller"
        assert self.send(user, "redeem", shares, user, other).reason == reason
        assert self.send(user, "withdraw", 1, user, other).reason == reason
        with self.undone():
            self.done(other, "setOperator", user, True)
            self.done(user, "redeem", shares, user, other)

    @rule(amount=AMOUNT)
    def previews_of_redemptions_revert(self, amount):
        for name in ("previewRedeem", "previewWithdraw"):
            assert self.send(USERS[0], name, amount).reason == "StakedMetis: request first"
