"""What depositors do."""

from hypothesis import strategies as st

from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.rewards.chain import USERS
from tests.stateful.rewards.model.records import VIRTUAL
from tests.stateful.rewards.rules.wanted import AMOUNTS, PARTS


class Depositors:
    """Deposits, requests and redemptions."""

    @action(weight=3, choice=CHOICE, amount=AMOUNTS, wrong=RARELY)
    def deposit(self, choice, amount, wrong):
        user = USERS[choice % 3]
        receiver = 0 if wrong else USERS[choice % 2]
        self.do("staked", user, "deposit", amount, receiver)

    @action(weight=1, choice=CHOICE, amount=AMOUNTS)
    def mint(self, choice, amount):
        self.do("staked", USERS[choice % 3], "mint", amount, USERS[choice % 3])

    @action(weight=5, choice=CHOICE, part=PARTS, other=RARELY, controller=RARELY, beyond=RARELY)
    def request_redeem(self, choice, part, other, controller, beyond):
        owner = USERS[choice % 3]
        shares = self.staked.shares[owner] * part[0] // part[1] + beyond
        sender = USERS[(choice + 1) % 3] if other else owner
        controller = USERS[(choice + 1) % 3] if controller else owner
        self.do("staked", sender, "requestRedeem", shares, controller, owner)

    @action(weight=1, choice=CHOICE, times=st.sampled_from([3, 17]))
    def many_requests(self, choice, times):
        """More than a list holds."""
        user = USERS[choice % 3]
        for _ in range(times):
            shares = self.staked.shares[user] // 50
            self.do("staked", user, "requestRedeem", shares, user, user)

    def has_requests(self) -> bool:
        return any(x.shares for x in self.staked.requests)

    def controller(self, choice: int) -> int:
        """Whose redemption is claimable, if there is one."""
        ready = [x for x in USERS if self.staked.claimable(x)[0]]
        return (ready or USERS)[choice % len(ready or USERS)]

    def be_ready(self, controller: int):
        requests = self.staked.open_requests(controller)
        if requests:
            self.wait_until(requests[0].ready_at)

    @action(
        weight=5,
        when=has_requests,
        choice=CHOICE,
        part=PARTS,
        patient=MOSTLY,
        wrong=RARELY,
        beyond=RARELY,
    )
    def redeem(self, choice, part, patient, wrong, beyond):
        user = self.controller(choice)
        if patient:
            self.be_ready(user)
        most = self.staked.claimable(user)[0]
        shares = most * part[0] // part[1] + beyond
        worth = sum(x.worth for x in self.staked.open_requests(user))
        sender = USERS[(USERS.index(user) + 1) % 3] if wrong else user
        assets = self.do("staked", sender, "redeem", shares, USERS[choice % 3], user)
        # never above the value at the request, but for the last who counts
        assert assets is None or assets <= worth or self.staked.supply < VIRTUAL

    @action(
        weight=2,
        when=has_requests,
        choice=CHOICE,
        part=PARTS,
        patient=MOSTLY,
        wrong=RARELY,
        beyond=RARELY,
    )
    def withdraw(self, choice, part, patient, wrong, beyond):
        user = self.controller(choice)
        if patient:
            self.be_ready(user)
        assets = self.staked.claimable(user)[1] * part[0] // part[1] + beyond
        sender = USERS[(USERS.index(user) + 1) % 3] if wrong else user
        shares = self.do("staked", sender, "withdraw", assets, USERS[choice % 3], user)
        if shares is not None:
            self.reached.add("withdraw")

    @action(weight=1, choice=CHOICE, approved=MOSTLY)
    def set_operator(self, choice, approved):
        user, other = USERS[choice % 3], USERS[(choice + 1) % 3]
        self.do("staked", user, "setOperator", other, int(approved))

    @action(weight=1, choice=CHOICE, part=PARTS, only_allow=st.booleans())
    def shares_move(self, choice, part, only_allow):
        user, other = USERS[choice % 3], USERS[(choice + 1) % 3]
        shares = self.staked.shares[user] * part[0] // part[1]
        self.do("staked", user, "approve" if only_allow else "transfer", other, shares)
