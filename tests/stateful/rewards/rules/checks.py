"""What always holds; I1, I2 and I5."""

from hypothesis.stateful import invariant

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS
from tests.stateful.pool.model.records import OWN, PAIRED
from tests.stateful.rewards.chain import (
    OTHER_VAULT,
    POOL,
    PURSES,
    REWARDS,
    SHAREHOLDERS,
    STAKED,
    STRANGER,
    USERS,
)
from tests.stateful.rewards.rules.wanted import is_live
from tests.utils.system import PARAMETERS


class Checks:
    """Compares the chain with the model."""

    def finish(self):
        if self.model.sequencers:
            self.leave()

    def leave(self):
        """I5: whatever has happened, everybody gets out. First the depositors, to whom strangers
        help; then the owners."""
        model, staked = self.model, self.staked
        for _ in range(4):
            for user in SHAREHOLDERS:
                shares = staked.shares[user]
                is_full = len(staked.open_requests(user)) == LIMITS["MAX_REQUESTS"]
                if int(shares * staked.price) and not is_full:
                    assert self.do("staked", user, "requestRedeem", shares, user, user)
            if not self.has_requests():
                break
            self.bring_back()
            self.wait_until(max(x.ready_at for x in staked.requests))
            for user in SHAREHOLDERS:
                shares = staked.claimable(user)[0]
                if shares:
                    assert self.do("staked", user, "redeem", shares, user, user) is not None
        assert not self.has_requests()
        assert all(int(staked.shares[x] * staked.price) == 0 for x in SHAREHOLDERS)
        for seq in model.sequencers.values():
            if self.rewards.operator_of(seq.id):
                assert self.do("rewards", seq.owner, "claim", seq.id)
            if self.rewards.vault_claimable(seq.id, STAKED):
                assert self.do("staked", STRANGER, "harvest", seq.id, REWARDS)
            if self.rewards.vault_claimable(seq.id, OTHER_VAULT):
                assert self.do("rewards", OTHER_VAULT, "claim_vault", seq.id)
        assert self.contracts.rewards.view("owed") == [0]
        for seq in model.sequencers.values():
            if is_live(seq):
                assert self.do("pool", seq.owner, "unlock", seq.id)
        self.wait(PARAMETERS["exit_delay"])
        for seq in model.sequencers.values():
            if seq.sides[OWN].total():
                assert self.do("pool", STRANGER, "claim", seq.id)
            if seq.sides[PAIRED].total() and seq.vault == STAKED:
                assert self.do("staked", STRANGER, "collect", seq.id)
            elif seq.sides[PAIRED].total():
                assert self.do("pool", OTHER_VAULT, "claim_paired", seq.id)
            assert (seq.locked, seq.state) == (0, State.EXITED)
        assert self.contracts.staked.view("funds")[2] == 0
        self.compare_all()

    def bring_back(self):
        """Anybody takes back what redemptions lack, and waits for it."""
        staked = self.staked
        for _ in range(2 * len(self.model.sequencers)):
            self.wait_until(staked.deallocatable_at)
            id, amount = staked.deallocatable()
            if amount:
                assert self.do("staked", STRANGER, "deallocate", id, amount)
        self.wait(PARAMETERS["exit_delay"])
        for seq in staked.mine():
            if seq.sides[PAIRED].unbondings:
                assert self.do("staked", STRANGER, "collect", seq.id)
        assert staked.missing == 0

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at times."""
        if not self.model.sequencers:
            return
        self.steps += 1
        self.is_sound = False
        if self.steps % 20 == 0:
            self.compare_all()
        elif self.is_new:
            self.compare_sums()
            self.compare_sequencer(self.steps % len(self.model.sequencers) + 1)
            self.compare_user(USERS[self.steps % 3])
        self.is_new = False
        self.is_sound = True

    def compare_sums(self):
        """And I1. What METIS has moved was compared: so balances are those of the model."""
        model, rewards, staked = self.model, self.rewards, self.staked
        see = self.contracts.rewards.view
        assert model.balances[REWARDS] >= rewards.owed
        assert model.balances[POOL] >= sum(seq.locked for seq in model.sequencers.values())
        assert see("reserve") == [rewards.reserve]
        assert see("power_seconds_used") == [rewards.used]
        see = self.contracts.staked.view
        funds = see("funds")
        assert model.balances[STAKED] >= funds[0] + funds[1]
        reserved = staked.available - staked.idle + staked.owed
        expected = [staked.idle, reserved, staked.staked, staked.unvested]
        assert funds[:4] == expected, f"{funds}, not {expected}"
        expected = [staked.missing, 0, staked.refundable]
        assert funds[5:] == expected, f"{funds[5:]}, not {expected}"
        assert not staked.unvested or funds[4] == staked.gains[2]
        # the share price
        assert see("totalAssets") == [staked.total]
        assert see("totalSupply") == [staked.supply]

    def compare_sequencer(self, id: int):
        rewards, see = self.rewards, self.contracts.rewards.view
        account = rewards.accounts[id]
        seen = see("account", id)
        assert seen[0] == account.operator
        assert seen[2:4] == [account.vault, account.share]
        assert seen[6] == account.is_closed
        vault = account.vault or STAKED
        assert see("vault_claimable", id, vault) == [account.vaults[vault]]

    def compare_user(self, user: int):
        staked, see = self.staked, self.contracts.staked.view
        assert see("maxWithdraw", user) == [staked.claimable(user)[1]]

    def compare_request(self, id: int):
        staked, see = self.staked, self.contracts.staked.view
        x = staked.requests[id - 1]
        # once redeemed, only that nothing is left
        assert see("request", id) == [
            *(x.controller, x.shares, x.worth, x.ready_at, staked.is_funded(x)),
        ]
        claimable = x.shares if staked.is_claimable(x) else 0
        assert see("claimableRedeemRequest", id, x.controller) == [claimable]
        assert see("pendingRedeemRequest", id, x.controller) == [x.shares - claimable]

    def compare_all(self):
        """I2, and all that does not change often."""
        model, rewards, staked = self.model, self.rewards, self.staked
        self.compare_sums()
        for id in model.sequencers:
            self.compare_sequencer(id)
            for vault in (STAKED, OTHER_VAULT):
                claimable = rewards.vault_claimable(id, vault)
                assert self.contracts.rewards.view("vault_claimable", id, vault) == [claimable]
        see = self.contracts.staked.view
        for user in USERS:
            self.compare_user(user)
            assert see("balanceOf", user) == [staked.shares[user]]
            assert see("maxRedeem", user) == [staked.claimable(user)[0]]
            assert see("requests_of", user)[2:] == [x.id for x in staked.open_requests(user)]
        for request in staked.requests:
            self.compare_request(request.id)
        see = self.contracts.rewards.view
        assert see("owed") == [rewards.owed]
        last = [rewards.number, rewards.end_block, rewards.end, rewards.notice_at]
        assert see("last_batch") == last
        assert see("mrr_of_next_batch") == [rewards.next_mrr]
        assert see("mrr") == [rewards.mrr.now]
        see = self.contracts.staked.view
        assert see("allocations")[2:] == staked.order
        assert see("uncounted_cases") == [len(model.cases) - staked.counted]
        assert see("maxDeposit", STRANGER) == [staked.most]
        assert see("maxMint", STRANGER) == [int(staked.most / staked.price_of_deposits)]
        waiting = sum(x.shares for x in staked.requests if x.ready_at)
        assert see("balanceOf", STAKED) == [waiting]
        for amount in (1, 10**18 + 1, 77_777 * METIS):
            shares, assets = int(amount / staked.price), int(amount * staked.price)
            assert see("convertToShares", amount) == [shares]
            price = staked.price_of_deposits
            assert see("previewDeposit", amount) == [int(amount / price)]
            assert see("convertToAssets", amount) == [assets]
            assert see("previewMint", amount) == [-int(-amount * price // 1)]
        seen = {x: self.contracts.metis.view("balanceOf", x)[0] for x in model.balances}
        assert seen == model.balances
        assert sum(seen.values()) == sum(PURSES.values())
        self.note_reached()

    def note_reached(self):
        staked = self.staked
        reached = {
            "two vaults of one": any(len(+x.vaults) > 1 for x in self.rewards.accounts.values()),
            "16 requests": any(
                len(staked.open_requests(x)) == LIMITS["MAX_REQUESTS"] for x in USERS
            ),
            "queue of three": sum(x.shares > 0 and not staked.is_funded(x) for x in staked.requests)
            > 2,
            "unvested above all": staked.unvested > staked.held,
            "all lost": staked.supply > 0 and staked.held == 0,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}
