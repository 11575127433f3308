"""What depositors do."""

from fractions import Fraction

from hypothesis.stateful import initialize, rule

from tests.stateful.staking.chain import EXIT_DELAY, MINTER, USERS
from tests.stateful.staking.rules.base import AMOUNT, MAX_REQUESTS, SHARE, USER


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
            with self.chain.anchor():
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
        with self.chain.anchor():
            before = self.metis_of(user)
            shares = self.done(user, "deposit", amount, user)
            receipt = self.send(user, "requestRedeem", shares, user, user)
            if receipt.reason is None:
                assert self.suite["vault"].view("request", receipt.words[0])[2] <= amount
            assert self.metis_of(user) == before - amount

    @rule(user=USER, bps=SHARE)
    def request(self, user, bps):
        shares = self.view("balanceOf", user) * bps // 10_000
        worth = self.view("convertToAssets", shares)
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
        worth = self.view("convertToAssets", shares)
        before = self.metis_of(user), self.view("maxWithdraw", user)
        everything = self.all_to_the_last(shares)
        paid = self.done(user, "redeem", shares, user, user)
        if everything is not None:
            assert paid == everything
            assert before[1] <= paid
            assert set(self.funds()) == {0}
            # nothing is lost that somebody else could have had
            paid = min(paid, before[1])
            before = self.metis_of(user) - paid, before[1]
        self.check_redeemed(user, shares, paid, worth, before)

    @rule(user=USER, bps=SHARE)
    def withdraw(self, user, bps):
        most = self.view("maxWithdraw", user)
        assets = most * bps // 10_000
        if assets == 0:
            return
        before, supply = (self.metis_of(user), most), self.view("totalSupply")
        price = self.price_now()
        shares = self.done(user, "withdraw", assets, user, user)
        assert self.view("totalSupply") == supply - shares
        assert assets <= shares * price
        self.check_redeemed(user, shares, assets, assets, before)

    def check_redeemed(self, user, shares, paid, worth, before):
        assert paid <= worth
        assert self.metis_of(user) == before[0] + paid
        assert self.view("maxWithdraw", user) <= before[1] - paid
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
        assert paid <= capped + MAX_REQUESTS

    @rule(user=USER)
    def redeem_too_much(self, user):
        shares, assets = self.view("maxRedeem", user), self.view("maxWithdraw", user)
        reason = "StakedMetis: more than claimable"
        assert self.send(user, "redeem", shares + 1, user, user).reason == reason
        assert self.send(user, "withdraw", assets + 1, user, user).reason == reason

    @rule(user=USER)
    def redeem_all(self, user):
        """Both ways, undone afterwards."""
        for most, name in (("maxRedeem", "redeem"), ("maxWithdraw", "withdraw")):
            with self.chain.anchor():
                amount, assets = self.view(most, user), self.view("maxWithdraw", user)
                everything = self.all_to_the_last(amount)
                if name == "redeem" and everything is not None:
                    assets = everything
                if amount > 0:
                    before = self.metis_of(user)
                    self.done(user, name, amount, user, user)
                    assert self.metis_of(user) - before == assets

    @rule(user=USER, other=USER)
    def act_for_another(self, user, other):
        """Only as its operator."""
        shares = self.view("maxRedeem", other)
        if user == other or shares == 0:
            return
        reason = "StakedMetis: not controller"
        assert self.send(user, "redeem", shares, user, other).reason == reason
        assert self.send(user, "withdraw", 1, user, other).reason == reason
        with self.chain.anchor():
            self.done(other, "setOperator", user, True)
            self.done(user, "redeem", shares, user, other)

    @rule(amount=AMOUNT)
    def previews_of_redemptions_revert(self, amount):
        for name in ("previewRedeem", "previewWithdraw"):
            assert self.send(USERS[0], name, amount).reason == "StakedMetis: request first"
