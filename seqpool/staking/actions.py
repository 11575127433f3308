"""What is done with the LST vault, StakedMetis: checked, explained, and ready to be sent."""

from dataclasses import dataclass
from functools import cached_property

from seqpool.chain.transactions import Action
from seqpool.errors import UserError
from seqpool.pool.actions import Actions, check_amount, funding
from seqpool.pool.certified import Certified
from seqpool.pool.view import Unbonding
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.slashing.actions import Appeal, Slashing
from seqpool.units import METIS, format_date, format_metis, in_metis

COUNT = "`ape run stake count`"
# entries of the pool's list of unbondings for the allocator; as many are left to others
HALF_OF_LIST = LIMITS["MAX_UNBONDINGS"] // 2


def in_shares(wei: int) -> str:
    """An amount of shares with its unit: 1,500.25 stMTS."""
    return f"{format_metis(wei)} stMTS"


@dataclass(frozen=True)
class Redemption:
    """An open request."""

    id: int
    shares: int
    worth: int  # wei at the request
    pays: int  # wei, as things stand
    ready_at: int
    is_funded: bool

    def is_claimable(self, now: int) -> bool:
        return self.is_funded and now >= self.ready_at


@dataclass(frozen=True)
class Stake:
    """What the vault has with a sequencer, wei."""

    id: int
    state: int
    bonded: int
    unbonding: int
    matured: int
    claimable: int  # of what has matured
    unbondings: list[Unbonding]  # matured ones as well

    @property
    def total(self) -> int:
        return self.bonded + self.on_its_way

    @property
    def on_its_way(self) -> int:
        return self.unbonding + self.matured


class Staking(Certified):
    """All actions of one account, and what tables show."""

    @cached_property
    def vault(self):
        return self.suite.lst

    def read(self, name: str, *arguments):
        """The answer of a view of the vault, as the next transaction finds it."""
        return getattr(self.vault, name)(*arguments, block_identifier=self.view.block)

    # the vault

    def check_counted(self) -> None:
        """UserError if there are more cases than the vault looks at in passing."""
        count, most = self.read("uncounted_cases"), LIMITS["MAX_LOSSES"]
        if count > most:
            raise UserError(
                f"{count:,} cases may be losses of the vault, and one transaction looks at"
                f" {most:,}: {COUNT} has to come first"
            )

    @cached_property
    def funds(self):
        """Where the METIS is."""
        self.check_counted()
        return self.read("funds")

    @property
    def allocator(self) -> str:
        """Who may allocate."""
        return self.name(self.read("allocator"))

    @property
    def price(self) -> str:
        """Of a share, to nine places."""
        wei = self.worth(METIS)
        return f"{in_metis(wei - wei % 10**9)} a share"

    def worth(self, shares: int) -> int:
        """Wei of METIS."""
        return self.read("convertToAssets", shares)

    def uncounted_loss(self) -> int:
        """Wei of losses that the vault's books do not have yet; all views reckon with them."""
        last = self.suite.slash_vault.case_count()
        losses = map(
            self.suite.slash_vault.loss_of,
            range(last - self.read("uncounted_cases") + 1, last + 1),
        )
        return sum(amount for vault, amount in losses if vault == self.vault.address)

    @cached_property
    def stakes(self) -> list[Stake]:
        """With each sequencer, the last allocated one last."""
        return [stake for id in self.read("allocations") if (stake := self._stake(id)).total]

    def _stake(self, id: int) -> Stake:
        record = self.view.sequencer(id)
        if record.vault != self.vault.address:
            return Stake(id, record.state, 0, 0, 0, 0, [])
        side = record.paired
        return Stake(
            id,
            record.state,
            side.bonded,
            side.unbonding,
            side.matured,
            self.view.claimable(side),
            [entry for entry in self.view.unbondings(id) if entry.paired],
        )

    @property
    def on_its_way(self) -> int:
        """Wei that were taken back and are not here yet."""
        return sum(stake.on_its_way for stake in self.stakes)

    @property
    def lacking(self) -> int:
        """Wei that redemptions miss and that are not on their way."""
        return max(0, self.funds.missing - self.on_its_way)

    @property
    def last_bonded(self) -> Stake | None:
        """From whom anyone may take back what is lacking."""
        return next((stake for stake in reversed(self.stakes) if stake.bonded), None)

    def remedies(self) -> list[str]:
        """What brings the METIS that redemptions miss."""
        found = [
            f"`ape run stake collect {stake.id}` brings {in_metis(stake.claimable)}"
            for stake in self.stakes
            if stake.claimable
        ]
        dates = [x.matures_at for stake in self.stakes for x in stake.unbondings]
        if coming := [at for at in dates if at > self.view.now]:
            found.append(f"the next matures {self._date(min(coming))}")
        last = self.last_bonded
        if self.lacking and last is not None:
            amount = min(self.lacking, last.bonded)
            found.append(f"`ape run stake deallocate {last.id}` takes back {in_metis(amount)}")
        return found

    # depositors

    def redemptions(self, account: str) -> list[Redemption]:
        """Open requests, oldest first."""
        found = []
        for id in self.read("requests_of", account):
            request = self.read("request", id)
            pays = min(request.worth, self.worth(request.shares))
            found.append(
                Redemption(
                    id, request.shares, request.worth, pays, request.ready_at, request.is_funded
                )
            )
        return found

    def waits_for(self, redemption: Redemption) -> str:
        """Why a request is not claimable yet."""
        reasons = []
        if redemption.ready_at > self.view.now:
            reasons.append(f"it is ready {self._date(redemption.ready_at)}")
        if not redemption.is_funded:
            text = (
                "its METIS is not there: all redemptions together miss"
                f" {in_metis(self.funds.missing)}"
            )
            reasons.append("; ".join((text, *self.remedies())))
        return ", and ".join(reasons)

    def _next(self, account: str) -> str:
        """The first redemption that is not claimable."""
        for redemption in self.redemptions(account):
            if not redemption.is_claimable(self.view.now):
                return f"request {redemption.id} is next: {self.waits_for(redemption)}"
        return "no other redemption is requested"

    def deposit(self, amount: int) -> Action:
        self.check_counted()
        check_amount(amount)
        most = self.read("maxDeposit", self._me)
        if amount > most:
            raise UserError(f"above the maximum: at most {in_metis(most)} can be deposited")
        shares = self.read("previewDeposit", amount)
        if not shares:
            raise UserError(f"too little: {in_metis(amount)} gives no share at {self.price}")
        after = self.read("balanceOf", self._me) + shares
        rows = [
            ("shares", in_shares(shares)),
            ("price", self.price),
            ("position afterwards", f"{in_shares(after)}, worth {in_metis(self.worth(after))}"),
        ]
        prior = funding(self.view, self._me, amount, self.vault, "the vault")
        title = f"deposit {in_metis(amount)}"
        return self._action(title, self.vault, "deposit", amount, self._me, rows=rows, prior=prior)

    def request(self, amount: int | None, is_shares: bool = False) -> Action:
        """Of METIS or of shares; None: all."""
        funds, balance = self.funds, self.read("balanceOf", self._me)
        if not balance:
            raise UserError(f"{self._me} has no shares")
        shares = self._shares(balance if amount is None else amount, is_shares or amount is None)
        if shares > balance:
            raise UserError(
                f"too few shares: {self._me} has {in_shares(balance)}, worth"
                f" {in_metis(self.worth(balance))}"
            )
        worth = self.worth(shares)
        if not worth:
            raise UserError(f"too little: {in_shares(shares)} are worth nothing at {self.price}")
        if len(self.read("requests_of", self._me)) >= LIMITS["MAX_REQUESTS"]:
            raise UserError(
                f"{self._me} has {LIMITS['MAX_REQUESTS']} open requests, and cannot have more:"
                " redeem first"
            )
        missing = max(0, funds.missing + worth - funds.idle)
        rows = [
            ("shares", in_shares(shares)),
            ("worth now, the most that is paid", in_metis(worth)),
            ("price", self.price),
            ("ready", self._date(self.view.now + self.view.parameters.exit_delay)),
            ("METIS then missing for all redemptions", in_metis(missing)),
        ]
        if missing:
            rows += [
                ("on its way", in_metis(self.on_its_way)),
                ("note", "it takes longer if METIS is still missing when it is ready"),
            ]
        title = f"request to redeem {in_shares(shares)}"
        arguments = (shares, self._me, self._me)
        return self._action(title, self.vault, "requestRedeem", *arguments, rows=rows)

    def _shares(self, amount: int, is_shares: bool) -> int:
        """Of an amount; of METIS as few as are worth it."""
        check_amount(amount)
        if is_shares:
            return amount
        shares = self.read("convertToShares", amount)
        return shares + (self.worth(shares) < amount)

    def redeem(self, amount: int | None) -> Action:
        """Of METIS; None: all that is claimable."""
        self.check_counted()
        shares, most = (self.read(name, self._me) for name in ("maxRedeem", "maxWithdraw"))
        if not shares:
            raise UserError(f"nothing to redeem: {self._next(self._me)}")
        method, number = "redeem", shares
        if amount is not None:
            check_amount(amount)
            if amount > most:
                raise UserError(f"only {in_metis(most)} can be redeemed: {self._next(self._me)}")
            method, number = "withdraw", amount
        rows = [
            ("claimable", f"{in_metis(most)} for {in_shares(shares)}"),
            ("then", self._next(self._me)),
        ]
        title = f"redeem {in_metis(most if amount is None else amount)}"
        arguments = (number, self._me, self._me)
        return self._action(title, self.vault, method, *arguments, rows=rows)

    def set_operator(self, operator: str, approved: bool) -> Action:
        if self.read("isOperator", self._me, operator) == approved:
            state = "already" if approved else "not"
            raise UserError(f"{operator} is {state} an operator of {self._me}")
        what = "may request from its shares, and redeem to any account" if approved else "nothing"
        rows = [("operator", self.name(operator)), ("may for the sender", what)]
        title = f"{'allow' if approved else 'end'} operator {operator}"
        return self._action(title, self.vault, "setOperator", operator, approved, rows=rows)

    # stake

    def allocate(self, id: int, amount: int) -> Action:
        self._check_allocator("allocate")
        idle = self.funds.idle
        if amount > idle:
            raise UserError(f"more than is idle: {in_metis(idle)}")
        others = [stake for stake in self.stakes if stake.id != id]
        if len(others) >= LIMITS["MAX_ALLOCATIONS"]:
            raise UserError(
                f"the vault has stake with {len(others)} sequencers, and cannot have more"
            )
        rows = [
            *self._in_pool("deposit_paired", id, amount),
            ("idle afterwards", in_metis(idle - amount)),
        ]
        title = f"allocate {in_metis(amount)} to sequencer {id}"
        return self._action(title, self.vault, "allocate", id, amount, rows=rows)

    def _check_allocator(self, what: str) -> None:
        if self._me != self.read("allocator"):
            raise UserError(f"only the allocator may {what}: {self.allocator}")

    def deallocate(self, id: int, amount: int | None) -> Action:
        """None: what redemptions lack, as far as the sequencer has it."""
        self.check_counted()
        stake = self._stake(id)
        is_allocator = self._me == self.read("allocator")
        if not is_allocator:
            self._check_anyone(stake, amount)
        elif len(stake.unbondings) >= HALF_OF_LIST:
            raise UserError(
                f"sequencer {id} has {len(stake.unbondings)} open withdrawals of the vault: the"
                " other half of its list is for redemptions"
            )
        if amount is None:
            self._check_lacking()
            amount = min(self.lacking, stake.bonded)
        rows = [
            *self._in_pool("request_paired_withdrawal", id, amount),
            ("lacking for redemptions", in_metis(self.lacking)),
        ]
        title = f"take back {in_metis(amount)} from sequencer {id}"
        # what is lacking may grow until then, and no less than that is taken of others
        most = amount if is_allocator else stake.bonded
        return self._action(title, self.vault, "deallocate", id, most, rows=rows)

    def collect(self, id: int) -> Action:
        self.check_counted()
        rows = self._in_pool("claim_paired", id)
        amount, missing = self._stake(id).claimable, self.funds.missing
        rows = [*rows, ("of it for redemptions", in_metis(min(amount, missing)))]
        title = f"collect {in_metis(amount)} from sequencer {id}"
        return self._action(title, self.vault, "collect", id, rows=rows)

    def _in_pool(self, name: str, *arguments: int) -> list[tuple[str, str]]:
        """What an action of the vault in the pool shows; UserError if the pool would refuse it."""
        # its address is all that is asked of a sender here
        action = getattr(Actions(self.view, self.vault), name)(*arguments)
        return action.rows[1:]

    def _check_lacking(self) -> None:
        if not self.lacking:
            raise UserError(
                f"redemptions lack nothing: {in_metis(self.funds.missing)} are missing, and"
                f" {in_metis(self.on_its_way)} are on their way"
            )

    def _check_anyone(self, stake: Stake, amount: int | None) -> None:
        """UserError if somebody who is not the allocator may not take stake back."""
        self._check_lacking()
        last = self.last_bonded  # what is lacking is bonded somewhere
        if stake.id != last.id:
            raise UserError(
                f"sequencer {last.id} comes first: it is the last allocated one with bonded stake"
            )
        wanted = min(self.lacking, last.bonded)
        if amount not in (None, wanted):
            raise UserError(
                f"only the allocator may choose the amount; others take back {in_metis(wanted)},"
                " which redemptions lack"
            )
        pause = self.view.parameters.exit_delay // HALF_OF_LIST + 1
        earliest = self._taken_back_at(stake.id, pause) + pause
        if self.view.next_at < earliest:
            raise UserError(
                "too soon after the last time: nobody but the allocator before"
                f" {self._date(earliest)}"
            )

    def _taken_back_at(self, id: int, age: int) -> int:
        """When somebody who was not the allocator has last taken stake back from a sequencer, if no
        longer ago than an age; else 0. From the events: the contract does not tell."""
        stop = self.view.block_number + 1
        first = max(self.suite.from_block, self.view.block_by(self.view.now - age))
        taken = list(self.vault.Deallocated.range(first, stop, search_topics={"id": id}))
        changes = list(self.vault.AllocatorSet.range(self.suite.from_block, stop)) if taken else []
        for event in reversed(taken):
            place = (event.block_number, event.log_index)
            before = [x.new for x in changes if (x.block_number, x.log_index) < place]
            if event.by != (before[-1] if before else ZERO):
                return event.timestamp
        return 0

    # gains and losses

    def harvest(self, id: int) -> Action:
        self.check_counted()
        self.view.sequencer(id)
        distributor = self.suite.distributor
        if distributor is None or self.view.read("distributor") != distributor.address:
            raise UserError("the pool has no RewardDistributor of ours: it pays the vault nothing")
        amount = distributor.vault_claimable(
            id, self.vault.address, block_identifier=self.view.block
        )
        if not amount:
            raise UserError(
                f"nothing to harvest: sequencer {id} has no unpaid rewards of the vault"
            )
        rows = [("sequencer", str(id)), self._gain_row(amount)]
        title = f"harvest {in_metis(amount)} of rewards"
        return self._action(title, self.vault, "harvest", id, rows=rows)

    @property
    def _loser(self) -> Slashing:
        """What the vault may do about a case; only the address of a sender is asked for there."""
        return Slashing(self.view, self.vault, self._is_local)

    def appeal(self, number: int, appeal: Appeal) -> Action:
        self._check_allocator("appeal")
        rows = self._loser.appeal(number, appeal).rows[1:]
        title = f"appeal for the vault against case {number}"
        return self._action(title, self.vault, "appeal", number, appeal.statement, rows=rows)

    def refund(self, number: int) -> Action:
        self.check_counted()
        rows = self._loser.collect(number).rows[1:]
        amount = self._loser.case(number).paired_refund
        title = f"collect the vault's refund of case {number}"
        rows = [*rows, self._gain_row(amount)]
        return self._action(title, self.vault, "collect_refund", number, rows=rows)

    def _gain_row(self, amount: int) -> tuple[str, str]:
        """Until when a gain enters the price, together with those before, as the vault reckons."""
        locked = self.funds.unvested
        left = max(0, self.funds.vested_at - self.view.now)
        duration = (locked * left + amount * LIMITS["VESTING"]) // (locked + amount)
        return ("enters the price evenly until", self._date(self.view.now + duration))

    def count(self) -> Action:
        count = self.read("uncounted_cases")
        if not count:
            raise UserError("all losses are counted")
        now = min(count, LIMITS["MAX_LOSSES"])
        rows = [("cases that are looked at", f"{now:,} of {count:,}")]
        return self._action("count losses", self.vault, "count_losses", rows=rows)

    # helpers

    @property
    def _me(self) -> str:
        return self.sender.address

    def name(self, address: str) -> str:
        """An address, with its name where it has one."""
        return self._name(address)

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)
