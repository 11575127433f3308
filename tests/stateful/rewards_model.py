"""A naive model of RewardDistributor and StakedMetis (docs/design.md): fractions, lists, scans."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from tests.stateful import epochs_model, model, slashing_model
from tests.stateful.epochs_model import Certificate
from tests.stateful.model import LEAVING, MAX_UNBONDINGS, PAIRED, Rejected, Sequencer
from tests.stateful.slashing_model import Case
from tests.utils.system import DAY

# docs/design.md sections 3.5, 3.6 and 4: what governance cannot change.
BPS, YEAR = 10_000, 365 * DAY
SHARE = 10**7
MAX_BATCH = 30 * DAY
RETIRED = 2**64 - 1
COMMITTEE_AGE = 7 * DAY
MAX_MRR, MRR_RISE, MRR_RISE_INTERVAL = 5_000, 1_000, 30 * DAY
BLOCK_TIMES = (1, 60)
VIRTUAL = 10**12  # shares and METIS that nobody owns
MAX_ASSETS, MAX_SHARES = 2**84 - 1, 2**96 - 1
MAX_ALLOCATIONS, MAX_REQUESTS = 8, 16
VESTING = 7 * DAY
NOBODY = 0  # the id of the fallback


class RewardBatch(NamedTuple):
    committee_nonce: int
    batch: int
    start_block: int
    end_block: int
    end_timestamp: int
    entries_hash: int


class Voters(NamedTuple):
    """A committee, for check_certificate."""

    nonce: int
    members: tuple[int, ...]


@dataclass
class Change:
    """Of what is for batches that begin at it or later: until one has begun, the value before
    holds, whatever is set meanwhile."""

    before: int
    now: int
    since: int

    def at(self, begin: int) -> int:
        return self.now if begin >= self.since else self.before

    def set(self, new: int, begin: int, now: int):
        self.before, self.now, self.since = self.at(begin), new, now


@dataclass
class Account:
    operator: int = 0
    vaults: Counter = field(default_factory=Counter)  # wei of each that is or was paired
    vault: int = 0
    share: Change = field(default_factory=lambda: Change(0, 0, 0))


@dataclass
class Request:
    id: int
    controller: int
    shares: int
    worth: int  # when it was made, of what is left of it
    ready_at: int
    asked: int  # shares, when it was made


class Pool(model.Model):
    """The pool, which tells what it moves."""

    def __init__(self, transfers: list[tuple], *rest, **named):
        super().__init__(*rest, **named)
        self.transfers = transfers

    def move(self, payer: int, to: int, amount: int):
        super().move(payer, to, amount)
        self.transfers.append((payer, to, amount))


class Part:
    """A contract beside the pool."""

    title = ""  # of events
    name = ""  # in reasons

    def __init__(self, suite: "Suite", at: int):
        self.suite, self.pool, self.at = suite, suite.pool, at
        self.faults: list[str] = []

    @property
    def now(self) -> int:
        return self.pool.now

    @property
    def governance(self) -> int:
        return self.pool.governance

    def need(self, ok: bool, reason: str):
        """Notes a broken rule: which of several is named is not specified."""
        if not ok:
            self.faults.append(reason if ": " in reason else f"{self.name}: {reason}")

    def settle(self):
        if self.faults:
            raise Rejected(*self.faults)

    def require(self, ok: bool, reason: str):
        self.need(ok, reason)
        self.settle()

    def log(self, name: str, *args):
        self.suite.events.append((f"{self.title}.{name}", *args))

    def as_governance(self, sender: int):
        self.require(sender == self.governance, "roles: not governance")

    def need_metis(self, payer: int, amount: int):
        self.need(self.pool.balances[payer] >= amount, "MockMETIS: amount exceeds balance")


class Rewards(Part):
    """RewardDistributor."""

    title, name = "rewards", "RewardDistributor"
    check_certificate = epochs_model.Model.check_certificate

    def __init__(self, suite, at, *, domain, bridge, l2_metis, first_block, mrr, block_time):
        super().__init__(suite, at)
        self.domain, self.bridge, self.l2_metis = domain, bridge, l2_metis
        self.number, self.end_block, self.end = 0, first_block - 1, 0
        self.used = Fraction(0)
        self.deployed_at = self.begun_at = self.now
        self.accounts: dict[int, Account] = defaultdict(Account)
        self.terms = {"mrr": Change(mrr, mrr, 0), "block_time": Change(block_time, block_time, 0)}
        self.rises: list[int] = []

    # ------------------------------------------------------------ queries

    @property
    def owed(self) -> int:
        return sum(x.operator + x.vaults.total() for x in self.accounts.values())

    @property
    def reserve(self) -> int:
        return self.pool.balances[self.at] - self.owed

    @property
    def next_begin(self) -> int:
        """Of the next batch; not begun, no earlier than now."""
        return self.end or self.now

    @property
    def is_in_use(self) -> bool:
        return 0 < self.end < RETIRED

    def may_start(self) -> range:
        """Blocks that the next batch may start with: the first of what time is paid for, which two
        thirds know; at most one a second since the deployment."""
        waited = 0 if self.number else max(0, self.begun_at - self.deployed_at)
        return range(self.end_block + 1, self.end_block + waited + 2)

    def term(self, name: str) -> int:
        """Of the next batch."""
        return self.terms[name].at(self.next_begin)

    def mean_power(self) -> Fraction:
        """Of all power x seconds that no batch has used, since the last batch."""
        return Fraction(self.pool.power_seconds - self.used, self.now - self.end)

    # ------------------------------------------------------------ anyone

    def need_use(self):
        self.need(self.end != 0, "not begun")
        self.need(self.end != RETIRED, "retired")

    def begin(self, sender):
        self.need(self.pool.distributor == self.at, "not the pool's distributor")
        self.need(self.end == 0, "has begun")
        self.settle()
        self.end = self.begun_at = self.now
        self.used = Fraction(self.pool.power_seconds)
        self.log("Begun", self.end_block, self.pool.power_seconds)

    def retire(self, sender):
        self.need(self.pool.distributor != self.at, "still the pool's distributor")
        self.need_use()
        self.settle()
        self.log("Retired", self.number, self.end_block, self.end)
        self.end = RETIRED

    def fund(self, sender, amount):
        self.need(amount > 0, "zero amount")
        self.need_metis(sender, amount)
        self.settle()
        self.log("Funded", sender, amount)
        self.pool.move(sender, self.at, amount)

    def submit_batch(
        self, sender, batch: RewardBatch, entries: tuple[int, ...], certificate: Certificate
    ) -> int:
        duration = batch.end_timestamp - self.end
        blocks = batch.end_block + 1 - batch.start_block
        self.need(self.pool.distributor == self.at, "not the pool's distributor")
        self.need_use()
        self.need(batch.batch == self.number + 1, "wrong batch")
        self.need(batch.start_block in self.may_start(), "gap or overlap")
        self.need(duration > 0, "time does not rise")
        self.need(batch.end_timestamp <= self.now, "in the future")
        self.need(duration <= MAX_BATCH, "too long")
        self.need(blocks >= 0, "bad end block")
        self.need(blocks <= duration, "too many blocks")
        committee = self.pool.committees.get(batch.committee_nonce)
        self.need(committee is not None, "unknown committee")
        if committee and committee.superseded_at:
            self.need(self.now - committee.superseded_at <= COMMITTEE_AGE, "old committee")
        self.need(batch.entries_hash == self.suite.entries_hash(entries), "wrong entries")
        self.settle()
        voters = Voters(batch.committee_nonce, tuple(committee.words))
        self.check_certificate(certificate, voters, batch)
        parts = [(word % 2**32, word >> 32) for word in entries]
        ids = [id for id, _ in parts]
        self.need(ids == sorted(set(ids)), "ids do not rise")
        self.need(all(produced for _, produced in parts), "no blocks")
        self.need(sum(produced for _, produced in parts) == blocks, "wrong sum")
        known = {NOBODY, *self.pool.sequencers}
        self.need(all(id in known for id in ids), "unknown sequencer")
        self.settle()

        mean = self.mean_power()
        paid_for = min(blocks * self.term("block_time"), duration)
        budget = floor(mean * paid_for * self.term("mrr") / (YEAR * BPS))
        paid = min(budget, self.reserve)
        self.used += ceil(mean * duration)
        vault_parts = []
        for id, produced in parts:
            vault_parts.append(0)
            if id != NOBODY:
                account = self.accounts[id]
                reward = floor(Fraction(paid * produced, blocks))
                vault_parts[-1] = floor(Fraction(reward * account.share.at(self.end), SHARE))
                account.operator += reward - vault_parts[-1]
                account.vaults[account.vault] += vault_parts[-1]
        self.number, self.end_block, self.end = batch.batch, batch.end_block, batch.end_timestamp
        if paid < budget:
            self.log("ReserveShort", batch.batch, budget - paid)
        self.log(
            *("BatchAccepted", *batch[1:5], floor(mean), budget, paid, entries),
            tuple(vault_parts),
        )
        return paid

    def sync(self, sender, id) -> int:
        seq = self.pool.known(id)
        account = self.accounts[id]
        self.require(self.next_begin >= account.share.since, "share is changing")
        share = account.share.now
        if share == 0:  # the vault before has nothing to come
            account.vault = seq.vault
        own, paired = (side.bonded for side in seq.sides)
        new = 0
        if account.vault == seq.vault and paired:
            new = floor(Fraction(paired * (BPS - seq.commission) * SHARE, (own + paired) * BPS))
        if new != share:
            account.share.set(new, self.next_begin, self.now)
        self.log("ShareSet", id, account.vault, share, new)
        return new

    def recipient(self, id: int) -> int:
        seq = self.pool.sequencers.get(id)
        return seq.recipient if seq else 0

    def claim(self, sender, id) -> int:
        amount = self.operator_of(id)
        self.require(amount > 0, "nothing to claim")
        recipient = self.recipient(id)
        self.accounts[id].operator = 0
        self.log("Claimed", id, recipient, amount)
        self.pool.move(self.at, recipient, amount)
        return amount

    def operator_of(self, id: int) -> int:
        return self.accounts[id].operator if id in self.accounts else 0

    # ------------------------------------------------------------ vaults and operators

    def claim_vault(self, sender, id) -> int:
        amount = self.vault_claimable(id, sender)
        self.require(amount > 0, "nothing to claim")
        del self.accounts[id].vaults[sender]
        self.log("VaultClaimed", id, sender, amount)
        self.pool.move(self.at, sender, amount)
        return amount

    def vault_claimable(self, id: int, vault: int) -> int:
        return self.accounts[id].vaults[vault] if id in self.accounts else 0

    def restake(self, sender, id) -> int:
        seq = self.pool.known(id)
        self.require(sender == seq.owner, "not owner")
        amount = min(self.operator_of(id), self.pool.cap - seq.bonded)
        self.need(seq.bonded < self.pool.cap, "above cap")
        self.need(amount != 0, "nothing to claim")
        self.settle()
        self.pool.allowances[self.at] = amount
        self.pool.relock(self.at, id, amount)
        self.accounts[id].operator -= amount
        self.log("Restaked", id, sender, amount)
        return amount

    def claim_to_l2(self, sender, id, l2_gas) -> int:
        """Nothing is paid for the gas."""
        amount = self.operator_of(id)
        self.need(sender == self.recipient(id), "not recipient")
        self.need(amount > 0, "nothing to claim")
        self.settle()
        self.require(l2_gas == 0, "MockL1ERC20Bridge: insufficient fee")
        self.accounts[id].operator = 0
        self.log("ClaimedToL2", id, sender, amount)
        tokens = self.suite.token, self.l2_metis
        deposit = "bridge.ERC20DepositInitiated"
        self.suite.events.append((deposit, *tokens, self.at, sender, amount, 0))
        self.pool.move(self.at, self.bridge, amount)
        return amount

    # ------------------------------------------------------------ governance

    def reimburse(self, sender, id, amount, reason: bytes):
        self.as_governance(sender)
        self.need(id in self.pool.sequencers, "unknown sequencer")
        self.need(amount > 0, "zero amount")
        self.need(len(reason) > 0, "empty reason")
        self.need(amount <= self.reserve, "reserve is short")
        self.settle()
        self.accounts[id].operator += amount
        self.log("Reimbursed", id, amount, reason.decode())

    def set_mrr(self, sender, mrr):
        self.as_governance(sender)
        old = self.terms["mrr"].now
        self.need(mrr <= MAX_MRR, "bad mrr")
        if mrr > old:
            is_slow = not self.rises or self.now >= self.rises[-1] + MRR_RISE_INTERVAL
            self.need(mrr - old <= MRR_RISE and is_slow, "mrr rises too fast")
            self.settle()
            self.rises.append(self.now)
        self.set("mrr", mrr)

    def set_block_time(self, sender, block_time):
        self.as_governance(sender)
        self.need(BLOCK_TIMES[0] <= block_time <= BLOCK_TIMES[1], "bad block_time")
        self.set("block_time", block_time)

    def set(self, name: str, new: int):
        self.settle()
        self.log("ParameterSet", name, self.terms[name].now, new)
        self.terms[name].set(new, self.next_begin, self.now)


class Escrow(Part):
    """What of the SlashVault the losers use."""

    title, name = "escrow", "SlashVault"
    case = slashing_model.Model.case
    sides_of = slashing_model.Model.sides_of
    appeal = slashing_model.Model.appeal
    resolve = slashing_model.Model.resolve
    collect_refund = slashing_model.Model.collect_refund

    def __init__(self, suite, at):
        super().__init__(suite, at)
        self._cases: list[Case] = []
        self.vault = at

    @property
    def cases(self) -> list[Case]:
        for x in self.pool.cases[len(self._cases) :]:
            losses = [(x.owner, x.own), (x.vault, x.paired)]
            self._cases.append(Case(x.id, losses, x.kind, x.evidence, x.slashed_at))
        return self._cases

    def pay(self, payer: int, payee: int, amount: int):
        self.pool.move(payer, payee, amount)


class Vault(Part):
    """StakedMetis."""

    title, name = "staked", "StakedMetis"

    def __init__(self, suite, at, *, allocator):
        super().__init__(suite, at)
        self.allocator = allocator
        self.shares: Counter = Counter()
        self.allowances: Counter = Counter()  # owner, spender => shares
        self.operators: set[tuple[int, int]] = set()  # controller, operator
        self.here = 0
        self.gains = (0, self.now, self.now)  # wei, from, to
        self.requests: list[Request] = []
        self.order: list[int] = []  # allocations
        self.deallocated_at: dict[int, int] = {}
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
        return self.needed_for(sum(x.shares for x in self.requests))

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
    def most(self) -> int:
        """That may be deposited."""
        return max(0, MAX_ASSETS - self.total) if 2 * self.price >= 1 else 0

    def open_requests(self, controller: int) -> list[Request]:
        return [x for x in self.requests if x.controller == controller and x.shares]

    def is_claimable(self, request: Request) -> bool:
        return self.now >= request.ready_at and self.is_funded(request)

    def is_funded(self, request: Request) -> bool:
        """There is METIS for all that was asked for up to this one, and not paid."""
        asked = sum(x.asked for x in self.requests[: request.id])
        paid = sum(x.asked - x.shares for x in self.requests)
        ahead = max(asked - paid, request.shares)
        return request.shares > 0 and self.needed_for(ahead) <= self.available

    def payable(self, request: Request) -> int:
        """The lower of the value at the request and the value now."""
        return min(request.worth, floor(request.shares * self.price))

    def claimable(self, controller: int) -> tuple[int, int]:
        """Shares and METIS, up to the first request that is not claimable."""
        shares = assets = 0
        for request in self.open_requests(controller):
            if not self.is_claimable(request):
                break
            shares += request.shares
            assets += self.payable(request)
        return shares, min(assets, self.available)

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
        interval = self.pool.parameters["exit_delay"] // (MAX_UNBONDINGS // 2)
        return self.deallocated_at[id] + interval + 1

    # ------------------------------------------------------------ parts

    def may_act(self, sender: int, controller: int) -> bool:
        return sender == controller or (controller, sender) in self.operators

    def count_losses(self, sender=0):
        losses = sum(self.losses())
        self.counted = len(self.pool.cases)
        if losses:
            self.log("LossesCounted", self.counted, losses)

    def gain(self, amount: int):
        """It enters over a week; with what has not entered yet, over the mean of both times."""
        left = max(0, self.gains[2] - self.now) if self.unvested else 0
        both = self.unvested + amount
        duration = (self.unvested * left + amount * VESTING) // both
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
        shares = floor(assets / self.price)
        self.take(sender, assets, shares, receiver)
        return shares

    def mint(self, sender, shares, receiver) -> int:
        assets = ceil(shares * self.price)
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
        self.need(controller == owner or self.may_act(sender, controller), "not controller")
        is_allowed = self.may_act(sender, owner)
        if not is_allowed:
            enough = self.allowances[owner, sender] >= shares
            self.need(enough, "erc20: insufficient allowance")
        self.need(self.shares[owner] >= shares, "erc20: transfer amount exceeds balance")
        worth = floor(shares * self.price)
        self.need(worth > 0, "zero shares")
        count = len(self.open_requests(controller))
        self.need(count < MAX_REQUESTS, "redemptions: too many")
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
        parts, left = [], shares
        for request in self.claimable_requests(sender, controller):
            part = min(left, request.shares)
            worth = floor(Fraction(request.worth * part, request.shares))
            if part:
                parts.append((request, part, worth, min(worth, floor(part * self.price))))
            left -= part
        self.require(left == 0, "more than claimable")
        everybody = shares == self.supply and not self.staked
        return self.pay_out(sender, receiver, controller, parts, everybody)[1]

    def withdraw(self, sender, assets, receiver, controller) -> int:
        self.need(assets > 0, "zero assets")
        parts, left = [], assets
        for request in self.claimable_requests(sender, controller):
            if left == 0:
                break
            payable = self.payable(request)
            part, paid = request.shares, min(left, payable)
            if paid < payable:
                part = ceil(Fraction(request.shares * paid, payable))
            worth = floor(Fraction(request.worth * part, request.shares))
            parts.append((request, part, worth, paid))
            left -= paid
        self.require(left == 0 and assets <= self.available, "more than claimable")
        return self.pay_out(sender, receiver, controller, parts)[0]

    def claimable_requests(self, sender: int, controller: int) -> list[Request]:
        self.need(self.may_act(sender, controller), "not controller")
        answer = []
        for request in self.open_requests(controller):
            if not self.is_claimable(request):
                break
            answer.append(request)
        return answer

    def pay_out(
        self, sender: int, receiver: int, controller: int, parts: list[tuple], everybody=False
    ) -> tuple[int, int]:
        """What the shares have gained while they waited is a gain of the others; the last to leave
        gets all."""
        self.count_losses()
        shares, assets = (sum(x[place] for x in parts) for place in (1, 3))
        assets = min(assets, self.available)
        worth = sum(floor(part * self.price) for _, part, _, _ in parts)
        surplus = min(worth, self.available) - assets
        if everybody:
            assets, self.gains = self.here, (0, 0, 0)
        elif surplus:
            self.gain(surplus)
        for request, part, worth, _ in parts:
            request.shares -= part
            request.worth -= worth
        self.move_shares(self.at, 0, shares)
        self.log("Withdraw", sender, receiver, controller, assets, shares)
        self.pool.move(self.at, receiver, assets)
        self.here -= assets
        return shares, assets

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

    def harvest(self, sender, id) -> int:
        amount = self.suite.rewards.claim_vault(self.at, id)
        self.count_losses()
        self.come_in(amount)
        self.log("Harvested", id, amount, self.gains[2])
        return amount

    def collect_refund(self, sender, case_id) -> int:
        amount = self.suite.escrow.collect_refund(self.at, case_id)
        self.count_losses()
        self.come_in(amount)
        self.log("RefundCollected", case_id, amount, self.gains[2])
        return amount

    # ------------------------------------------------------------ allocator

    def allocate(self, sender, id, amount):
        self.require(sender == self.allocator, "not allocator")
        self.need(amount <= self.idle, "more than idle")
        with_stake = {x.id for x in self.mine() if x.sides[PAIRED].total()}
        order = [x for x in self.order if x != id and x in with_stake]
        self.need(len(order) < MAX_ALLOCATIONS, "too many allocations")
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
        unbondings = len([x for x in seq.sides[PAIRED].unbondings if x.matures_at > self.now])
        taken = amount
        if sender == self.allocator:
            room = MAX_UNBONDINGS // 2 if is_mine else MAX_UNBONDINGS
            self.need(unbondings < room, "too many unbondings")
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
        self.log("Deallocated", id, sender, taken)
        return taken

    def appeal(self, sender, case_id, statement: bytes):
        self.require(sender == self.allocator, "not allocator")
        self.suite.escrow.appeal(self.at, case_id, statement)


class Suite:
    """Pool, SlashVault, RewardDistributor and StakedMetis. A call is a method of one of them; it
    raises Rejected, or acts and appends to `events` and `transfers`."""

    def __init__(
        self, *, token: int, pool: dict, rewards: dict, escrow: int, vault: dict, hashed: Callable
    ):
        self.token = token
        self.entries_hash = hashed
        self.events: list[tuple] = []
        self.transfers: list[tuple] = []  # of METIS: from, to, amount
        self.pool = Pool(self.transfers, **pool)
        self.rewards = Rewards(self, **rewards)
        self.escrow = Escrow(self, escrow)
        self.staked = Vault(self, **vault)

    def call(self, part: str, name: str, sender: int, *args):
        """What the call returns; raises Rejected."""
        self.events.clear()
        self.transfers.clear()
        for each in (self.rewards, self.escrow, self.staked):
            each.faults.clear()
        if part == "pool":
            answer = self.pool.call(name, sender, *args)
        else:
            self.pool.events, self.pool._faults = [], []
            answer = getattr(getattr(self, part), name)(sender, *args)
        self.events += [(f"pool.{event}", *values) for event, *values in self.pool.events]
        return answer

    def donate(self, sender: int, to: int, amount: int):
        """A plain transfer."""
        self.pool.move(sender, to, amount)
