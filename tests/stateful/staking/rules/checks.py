"""What always holds."""

from hypothesis.stateful import invariant, rule

from seqpool.units import METIS
from tests.stateful.staking.chain import IDS, MINTER, USERS, VAULT


class Checks:
    """Asks the vault alone."""

    @invariant()
    def price_falls_by_losses_alone(self):
        price = self.price_now()
        assert price >= self.price or self.has_lost
        self.price, self.has_lost = price, False

    @invariant()
    def metis_is_there(self):
        idle, reserved, staked, unvested, _, missing, *_ = self.funds()
        assert self.metis_of(VAULT) == idle + reserved + unvested + self.donated
        assert missing == 0 or idle == 0
        # losses that are not counted are views' business too
        entries = [self.suite["pool"].view("sequencer", id) for id in IDS]
        assert sum(x[15] + x[16] + x[17] for x in entries) == staked

    @invariant()
    def shares_add_up(self):
        waiting = sum(shares - gone for _, shares, gone, *_ in self.requests.values())
        # what is set aside has no shares any more
        requests = [self.request_of(id) for id in self.requests]
        assert sum(shares for _, shares, *_ in requests) == waiting
        waiting = sum(shares for _, shares, _, ready_at, _ in requests if ready_at)
        assert self.view("balanceOf", VAULT) == waiting
        held = sum(self.view("balanceOf", user) for user in USERS)
        assert self.view("totalSupply") == held + waiting

    @invariant()
    def requests_are_pending_or_claimable(self):
        """Their sum is what was not redeemed; what is claimable stays so; first come first
        served."""
        earlier_is_ready = True
        for id, (user, shares, gone, _, ready_at) in self.requests.items():
            if gone == shares:
                self.claimable[id] = 0
                continue
            pending = self.view("pendingRedeemRequest", id, user)
            claimable = self.view("claimableRedeemRequest", id, user)
            assert pending + claimable == shares - gone
            assert pending == 0 or claimable == 0
            assert claimable >= self.claimable.get(id, 0)
            if claimable > 0:
                assert self.chain.now >= ready_at
                assert earlier_is_ready
            self.claimable[id] = claimable
            # all that come later are ready later: a gap is one in the queue
            earlier_is_ready = claimable > 0
        for user in {x[0] for x in self.requests.values()}:
            claimable = sum(self.claimable[x] for x, y in self.requests.items() if y[0] == user)
            assert self.view("maxRedeem", user) == claimable

    @rule()
    def views_do_not_depend_on_the_caller(self):
        answers = {
            tuple(
                self.suite["vault"].send(x, name, METIS).words[0]
                for name in ("convertToShares", "convertToAssets")
            )
            for x in (USERS[0], USERS[1], MINTER)
        }
        assert len(answers) == 1
        assert len({self.view("maxDeposit", user) for user in USERS}) == 1
        assert self.view("maxDeposit", 0) == self.view("maxDeposit", VAULT) == 0
