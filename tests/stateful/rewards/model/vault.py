"""StakedMetis in the model."""

from collections import Counter
from copy import deepcopy
from fractions import Fraction
from math import ceil, floor

from seqpool.protocol.limits import LIMITS
from tests.stateful.pool.model.records import LEAVING, PAIRED, Sequencer
from tests.stateful.rewards.model.parts import Part
from tests.stateful.rewards.model.records import MAX_ASSETS, MAX_SHARES, VIRTUAL, Request
from tests.stateful.rewards.model.refunds import Refunds


class Vault(Part):
    """StakedMetis."""

    title, contract = "staked", "StakedMetis"

    def __init__(self, suite, at, *, allocator):
        super().__init__(suite, at)
        self.allocator = allocator
        self.shares: Counter = Counter()
        self.allowances: Counter = Counter()  # owner, spender => shares
        self.operators: set[tuple[int, int]] = set()  # controller, operator
        self.here = 0
        self.owed = 0  # to those for whom METIS is set aside
        self.refunds = Refunds()
        self.gains = (0, self.now, self.now)  # wei, from, to
        self.requests: list[Request] = []
        self.order: list[int] = []  # allocations
        self.deallocated_at: dict[int, int] = {}
        self.own_entries: dict[int, list[int]] = {}  # id => when the allocator's entries mature
        self.counted = 0  # cases

    # ------------------------------------------------------------ queries

    def mine(self) -> list[Sequencer]:
        """Sequencers that are or were paired, and that nobody else is paired with."""
        return [x for x in self.pool.sequencers.values() if x.vault == self.at]

    @property
    def staked(self) -> int:
        """All that the pool has: a loss counts when it is made."""
        return sum(x.sides[PAIRED].total() for x in self.mine())

    @property
    def held(self) -> int:
        return self.here + self.staked

    def losses(self) -> list[int]:
        """That were not counted yet."""
        cases = self.pool.cases[self.counted :]
        return [x.paired for x in cases if x.vault == self.at and x.paired]

    @property
    def unvested(self) -> int:
        amount, start, end = self.gains
        return ceil(Fraction(amount * (end - self.now), end - start)) if self.now < end else 0

    @property
    def total(self) -> int:
        return max(0, self.held - self.unvested)

    @property
    def available(self) -> int:
        """What is here and counts."""
        return max(0, self.here - self.unvested)

    @property
    def needed(self) -> int:
        """By redemptions."""
        return self.needed_for(sum(x.shares for x in self.requests if x.ready_at))

    def needed_for(self, shares: int) -> int:
        """All that there is is enough for all: the virtual METIS is not there."""
        return min(ceil(shares * self.price), self.total)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.available)

    @property
    def idle(self) -> int:
        return max(0, self.available - self.needed)

    @property
    def supply(self) -> int:
        return self.shares.total()

    @property
    def price(self) -> Fraction:
        return Fraction(self.total + VIRTUAL, self.supply + VIRTUAL)

    @property
    def refundable(self) -> int:
        """The most that the shares may get back of what was lost."""
        return self.refunds.of_shares + sum(self.losses())

    @property
    def price_of_deposits(self) -> Fraction:
        return Fraction(self.held + self.refundable + VIRTUAL, self.supply + VIRTUAL)

    @property
    def most(self) -> int:
        """That may be deposited."""
        left = MAX_ASSETS - self.held - self.refundable
        return max(0, left) if 2 * self.price_of_deposits >= 1 else 0

    def open_requests(self, controller: int) -> list[Request]:
        return [x for x in self.requests if x.controller == controller and x.shares]

    def is_claimable(self, request: Request) -> bool:
        return self.now >= request.ready_at and self.is_funded(request)

    def is_funded(self, request: Request) -> bool:
        """There is METIS for all that was asked for up to this one, and not set aside."""
        if request.ready_at == 0:
            return request.shares > 0
        asked = sum(x.asked for x in self.requests[: request.id])
        paid = sum(x.asked for x in self.requests if x.ready_at == 0)
        ahead = max(asked - paid, request.shares)
        return request.shares > 0 and self.needed_for(ahead) <= self.available

    def payable(self, request: Request) -> int:
        """The lower of the value at the request and the value now."""
        if request.ready_at == 0:
            return request.worth
        return min(request.worth, floor(request.shares * self.price), self.available)

    def claimable(self, controller: int) -> tuple[int, int]:
        """Shares and METIS, up to the first request that is not claimable."""
        shares = assets = floating = 0
        for request in self.open_requests(controller):
            if not self.is_claimable(request):
                break
            shares += request.shares
            if request.ready_at == 0:
                assets += request.worth
            else:
                floating += self.payable(request)
        return shares, assets + min(floating, self.available)

    def deallocatable(self) -> tuple[int, int]:
        """What anybody may take back: sequencer and amount."""
        bonded = {x.id: x.sides[PAIRED].bonded for x in self.mine()}
        last = next((id for id in reversed(self.order) if bonded.get(id)), 0)
        coming = self.staked - sum(bonded.values())
        return last, min(max(0, self.missing - coming), bonded.get(last, 0))

    @property
    def deallocatable_at(self) -> int:
        """Of the one that is the last."""
        return self.anybody_at(self.deallocatable()[0])

    def anybody_at(self, id: int) -> int:
        if id not in self.deallocated_at:
            return 0
        interval = self.pool.parameters["exit_delay"] // (LIMITS["MAX_UNBONDINGS"] // 2)
        return self.deallocated_at[id] + interval + 1

    # ------------------------------------------------------------ parts

    def may_act(self, sender: int, controller: int) -> bool:
        return sender == controller or (controller, sender) in self.operators

    def count_losses(self, sender=0):
        losses = sum(self.losses())
        for case_id, case in enumerate(self.pool.cases[self.counted :], self.counted + 1):
            if case.vault == self.at and case.paired:
                self.refunds.open(case_id, case.paired)
        self.counted = len(self.pool.cases)
        if losses:
            self.log("LossesCounted", self.counted, losses)

    def gain(self, amount: int):
        """It enters over a week; with what has not entered yet, over the mean of both times."""
        left = max(0, self.gains[2] - self.now) if self.unvested else 0
        both = self.unvested + amount
        duration = (self.unvested * left + amount * LIMITS["VESTING"]) // both
        self.gains = both, self.now, self.now + duration

    def come_in(self, amount: int):
        self.gain(amount)
        self.here += amount

    def move_shares(self, payer: int, to: int, shares: int):
        """0: nobody."""
        if payer:
            self.shares[payer] -= shares
        if to:
            self.shares[to] += shares
        self.log("Transfer", payer, to, shares)

    # ------------------------------------------------------------ depositors

    def deposit(self, sender, assets, receiver) -> int:
        shares = floor(assets / self.price_of_deposits)
        self.take(sender, assets, shares, receiver)
        return shares

    def mint(self, sender, shares, receiver) -> int:
        assets = ceil(shares * self.price_of_deposits)
        self.take(sender, assets, shares, receiver)
        return assets

    def take(self, sender: int, assets: int, shares: int, receiver: int):
        self.need(shares > 0, "zero shares")
        self.need(assets <= self.most and shares <= MAX_SHARES, "above maximum")
        self.need(receiver != 0, "erc20: mint to the zero address")
        self.need_metis(sender, assets)
        self.settle()
        self.count_losses()
        self.move_shares(0, receiver, shares)
        self.log("Deposit", sender, receiver, assets, shares)
        self.pool.move(sender, self.at, assets)
        self.here += assets

    def requestRedeem(self, sender, shares, controller, owner) -> int:
        self.need(self.may_act(sender, controller), "not controller")
        is_allowed = self.may_act(sender, owner)
        if not is_allowed:
            enough = self.allowances[owner, sender] >= shares
            self.need(enough, "erc20: insufficient allowance")
        self.need(self.shares[owner] >= shares, "erc20: transfer amount exceeds balance")
        whole = self.total + self.refundable + VIRTUAL
        worth = shares * whole // (self.supply + VIRTUAL)
        self.need(worth > 0, "zero shares")
        count = len(self.open_requests(controller))
        self.need(count < LIMITS["MAX_REQUESTS"], "redemptions: too many")
        self.settle()
        self.count_losses()
        if not is_allowed:
            self.allowances[owner, sender] -= shares
        ready_at = self.now + self.pool.parameters["exit_delay"]
        id = len(self.requests) + 1
        self.requests.append(Request(id, controller, shares, worth, ready_at, shares))
        self.move_shares(owner, self.at, shares)
        self.log("RedeemRequest", controller, owner, id, sender, shares)
        return id

    def redeem(self, sender, shares, receiver, controller) -> int:
        self.need(shares > 0, "zero shares")
        return self.pay_out(sender, receiver, controller, shares, None)[1]

    def withdraw(self, sender, assets, receiver, controller) -> int:
        self.need(assets > 0, "zero assets")
        return self.pay_out(sender, receiver, controller, None, assets)[0]

    def pay_out(self, sender: int, receiver: int, controller: int, most_shares, most_assets):
        """The oldest first; each is set aside as a whole."""
        self.need(self.may_act(sender, controller), "not controller")
        before = deepcopy((self.shares, self.requests, self.refunds))
        books = self.here, self.owed, self.gains, self.counted, len(self.suite.events)
        self.count_losses()
        shares = assets = 0
        for request in self.open_requests(controller):
            if shares == most_shares or assets == most_assets or not self.is_claimable(request):
                break
            self.set_aside(request)
            part, paid = request.shares, request.worth
            if most_shares is not None and most_shares - shares < part:
                part = most_shares - shares
                paid = request.worth * part // request.shares
            if most_assets is not None and most_assets - assets < paid:
                paid = most_assets - assets
                part = ceil(Fraction(request.shares * paid, request.worth))
            request.shares -= part
            request.worth = request.worth - paid if request.shares else 0
            shares += part
            assets += paid
        is_done = shares == most_shares or assets == most_assets
        if not is_done or self._faults:
            self.shares, self.requests, self.refunds = before
            self.here, self.owed, self.gains, self.counted, count = books
            del self.suite.events[count:]
        self.require(is_done, "more than claimable")
        self.log("Withdraw", sender, receiver, controller, assets, shares)
        self.pool.move(self.at, receiver, assets)
        self.owed -= assets
        return shares, assets

    def set_aside(self, request: Request):
        """What the shares have gained while they waited is a gain of the others; the last to leave
        gets all."""
        if request.ready_at == 0:
            return
        worth = min(floor(request.shares * self.price), self.available)
        assets = min(request.worth, worth)
        most, supply = request.worth - assets, self.supply + VIRTUAL
        rest = floor((self.supply - request.shares) * self.price_of_deposits)
        self.move_shares(self.at, 0, request.shares)
        if rest < VIRTUAL and not self.staked:
            assets, self.gains = self.here, (0, 0, 0)
            most, supply = 2**256, request.shares
        elif worth > assets:
            self.gain(worth - assets)
        self.refunds.keep(request.id, request.shares, supply, most)
        self.here -= assets
        self.owed += assets
        request.ready_at, request.worth = 0, assets

    def setOperator(self, sender, operator, approved) -> int:
        (self.operators.add if approved else self.operators.discard)((sender, operator))
        self.log("OperatorSet", sender, operator, bool(approved))
        return 1

    def transfer(self, sender, to, shares) -> int:
        self.require(self.shares[sender] >= shares, "erc20: transfer amount exceeds balance")
        self.move_shares(sender, to, shares)
        return 1

    def approve(self, sender, spender, shares) -> int:
        self.allowances[sender, spender] = shares
        return 1

    # ------------------------------------------------------------ anyone

    def collect(self, sender, id) -> int:
        amount = self.pool.claim_paired(self.at, id)
        self.count_losses()
        self.log("Collected", id, amount)
        self.here += amount
        return amount

    def harvest(self, sender, id, distributor) -> int:
        amount = self.suite.rewards.claim_vault(self.at, id)
        self.count_losses()
        self.come_in(amount)
        self.log("Harvested", id, amount, self.gains[2])
        return amount

    def collect_refund(self, sender, case_id) -> int:
        case = self.suite.escrow.case(case_id)
        self.require(case.refund_bps is not None or case.is_released, "not decided")
        loser, loss = case.losses[1]
        is_new = case_id > self.counted and loser == self.at and loss > 0
        is_open = is_new or case_id in self.refunds.opened
        self.require(is_open, "refunds: no open case")
        self.count_losses()
        amount = case.due(1)
        of_shares = self.refunds.close(case_id, loss, amount)
        self.here += of_shares
        self.owed += amount - of_shares
        self.log("RefundCollected", case_id, amount, of_shares)
        if amount:
            self.suite.escrow.collect_refund(self.at, case_id)
        return amount

    # ------------------------------------------------------------ allocator

    def allocate(self, sender, id, amount):
        self.require(sender == self.allocator, "not allocator")
        self.need(amount <= self.idle, "more than idle")
        with_stake = {x.id for x in self.mine() if x.sides[PAIRED].total()}
        order = [x for x in self.order if x != id and x in with_stake]
        self.need(len(order) < LIMITS["MAX_ALLOCATIONS"], "too many allocations")
        self.settle()
        self.pool.allowances[self.at] = amount
        self.pool.deposit_paired(self.at, id, amount)
        self.count_losses()
        self.here -= amount
        self.order = [*order, id]
        self.log("Allocated", id, amount)

    def deallocate(self, sender, id, amount) -> int:
        seq = self.pool.known(id)
        is_mine = seq.vault == self.at
        matured = seq.sides[PAIRED].matured(self.now) if is_mine else 0
        taken = amount
        if sender == self.allocator:
            room = LIMITS["MAX_UNBONDINGS"] // 2
            entries = [x for x in self.own_entries.get(id, []) if x > self.now]
            self.need(len(entries) < room, "too many unbondings")
        else:
            last, taken = self.deallocatable()
            self.need(self.now >= self.anybody_at(id), "too soon")
            self.need(id == last, "not the last allocated")
            self.need(taken > 0, "nothing is lacking")
            self.need(amount >= taken, "less than is lacking")
        self.need(is_mine, "SequencerPool: not vault")
        self.need(seq.state not in LEAVING, "SequencerPool: has left")
        self.need(taken > 0, "SequencerPool: zero amount")
        self.need(taken <= seq.sides[PAIRED].bonded, "SequencerPool: more than bonded")
        self.settle()
        if matured:
            self.collect(self.at, id)
        self.count_losses()
        self.pool.request_paired_withdrawal(self.at, id, taken)
        if sender != self.allocator:
            self.deallocated_at[id] = self.now
        else:
            matures_at = self.now + self.pool.parameters["exit_delay"]
            self.own_entries.setdefault(id, []).append(matures_at)
        self.log("Deallocated", id, sender, taken)
        return taken

    def appeal(self, sender, case_id, statement: bytes):
        self.require(sender == self.allocator, "not allocator")
        self.suite.escrow.appeal(self.at, case_id, statement)
