"""What is done with the LST vault, StakedMetis: checked, explained, and ready to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqpool.chain.transactions import Action, Call
from seqpool.errors import UserError
from seqpool.pool.actions import Actions, check_amount, funding
from seqpool.pool.certified import Certified
from seqpool.pool.view import View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.slashing.actions import Appeal, SlashingActions
from seqpool.staking.view import HALF_OF_LIST, Loss, Stake, StakingView, in_shares
from seqpool.units import format_date, in_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI


class StakingActions(Certified):
    """All actions of one account."""

    def __init__(self, view: View, sender: AccountAPI | None, is_local: bool = False):
        super().__init__(view, sender, is_local)
        self.staking = StakingView(view, is_local)
        self.vault = self.staking.vault

    # depositors

    def deposit(self, amount: int) -> Action:
        self.staking.check_counted()
        check_amount(amount)
        most = self.staking.read("maxDeposit", self._me)
        if amount > most:
            raise UserError(f"above the maximum: at most {in_metis(most)} can be deposited")
        shares = self.staking.read("previewDeposit", amount)
        if not shares:
            raise UserError(
                f"too little: {in_metis(amount)} gives no share at {self.staking.deposit_price}"
            )
        after = self.staking.read("balanceOf", self._me) + shares
        rows = [
            ("shares", in_shares(shares)),
            ("price of deposits", self.staking.deposit_price),
            ("price of redemptions", self.staking.price),
            (
                "position afterwards",
                f"{in_shares(after)}, worth {in_metis(self.staking.worth(after))}",
            ),
            *self._undecided(),
        ]
        prior = funding(self.view, self._me, amount, self.vault, "the vault")
        title = f"deposit {in_metis(amount)}"
        return self._action(title, self.vault, "deposit", amount, self._me, rows=rows, prior=prior)

    def _undecided(self) -> list[tuple[str, str]]:
        """Why the price of deposits is above that of redemptions, and whether it stays so."""
        funds = self.staking.funds
        rows = []
        if funds.pending:
            rows.append(("held by the Slasher", f"{in_metis(funds.pending)}: it may be slashed"))
        if funds.refundable:
            note = f"{in_metis(funds.refundable)} may come back: it is in the price of deposits"
            rows.append(("open cases", note))
        decided = [x.case_id for x in self.staking.losses if x.is_decided and not x.is_closed]
        for number in decided:
            note = f"case {number} is decided: `ape run stake refund {number}` first"
            rows.append(("note", note))
        return rows

    def request(self, amount: int | None, is_shares: bool = False) -> Action:
        """Of METIS or of shares; None: all."""
        funds, balance = self.staking.funds, self.staking.read("balanceOf", self._me)
        if not balance:
            raise UserError(f"{self._me} has no shares")
        shares = self._shares(balance if amount is None else amount, is_shares or amount is None)
        if shares > balance:
            raise UserError(
                f"too few shares: {self._me} has {in_shares(balance)}, worth"
                f" {in_metis(self.staking.worth(balance))}"
            )
        worth = self.staking.worth(shares)
        if not worth:
            raise UserError(
                f"too little: {in_shares(shares)} are worth nothing at {self.staking.price}"
            )
        if len(self.staking.read("requests_of", self._me)) >= LIMITS["MAX_REQUESTS"]:
            raise UserError(
                f"{self._me} has {LIMITS['MAX_REQUESTS']} open requests, and cannot have more:"
                " redeem first"
            )
        missing = max(0, funds.missing + self.staking.needed(shares) - funds.idle)
        rows = [
            ("shares", in_shares(shares)),
            ("worth now", in_metis(worth)),
            ("the most that is paid, with refunds", in_metis(self.staking.limit(shares))),
            ("price of redemptions", self.staking.price),
            ("ready", self._date(self.view.now + self.view.parameters.exit_delay)),
            ("METIS then missing for all redemptions", in_metis(missing)),
        ]
        if missing:
            rows += [
                ("on its way", in_metis(self.staking.on_its_way)),
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
        shares = self.staking.read("convertToShares", amount)
        return shares + (self.staking.worth(shares) < amount)

    def redeem(self, amount: int | None) -> Action:
        """Of METIS; None: all that is claimable."""
        self.staking.check_counted()
        shares, most = (self.staking.read(name, self._me) for name in ("maxRedeem", "maxWithdraw"))
        if not shares:
            raise UserError(f"nothing to redeem: {self.staking.next_redemption(self._me)}")
        method, number = "redeem", shares
        if amount is not None:
            check_amount(amount)
            if amount > most:
                following = self.staking.next_redemption(self._me)
                raise UserError(f"only {in_metis(most)} can be redeemed: {following}")
            method, number = "withdraw", amount
        rows = [
            ("claimable", f"{in_metis(most)} for {in_shares(shares)}"),
            ("then", self.staking.next_redemption(self._me)),
        ]
        title = f"redeem {in_metis(most if amount is None else amount)}"
        arguments = (number, self._me, self._me)
        return self._action(title, self.vault, method, *arguments, rows=rows)

    def set_operator(self, operator: str, approved: bool) -> Action:
        if self.staking.read("isOperator", self._me, operator) == approved:
            state = "already" if approved else "not"
            raise UserError(f"{operator} is {state} an operator of {self._me}")
        what = "may request from its shares, and redeem to any account" if approved else "nothing"
        rows = [("operator", self._name(operator)), ("may for the sender", what)]
        title = f"{'allow' if approved else 'end'} operator {operator}"
        return self._action(title, self.vault, "setOperator", operator, approved, rows=rows)

    # stake

    def allocate(self, id: int, amount: int) -> Action:
        self._check_allocator("allocate")
        idle = self.staking.funds.idle
        if amount > idle:
            raise UserError(f"more than is idle: {in_metis(idle)}")
        others = [stake for stake in self.staking.stakes if stake.id != id]
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
        if self._me != self.staking.read("allocator"):
            raise UserError(f"only the allocator may {what}: {self.staking.allocator}")

    def deallocate(self, id: int, amount: int | None) -> Action:
        """None: what redemptions lack, as far as the sequencer has it."""
        self.staking.check_counted()
        stake = self.staking.stake(id)
        is_allocator = self._me == self.staking.read("allocator")
        if not is_allocator:
            self._check_anyone(stake, amount)
        elif (entries := self.staking.taken_by_allocator(id)) >= HALF_OF_LIST:
            raise UserError(
                f"sequencer {id} has {entries} open withdrawals of the allocator: the other half of"
                " its list is for redemptions"
            )
        if amount is None:
            self._check_lacking()
            amount = min(self.staking.lacking, stake.bonded)
        rows = [
            *self._in_pool("request_paired_withdrawal", id, amount),
            ("lacking for redemptions", in_metis(self.staking.lacking)),
        ]
        title = f"take back {in_metis(amount)} from sequencer {id}"
        # what is lacking may grow until then, and no less than that is taken of others
        most = amount if is_allocator else stake.bonded
        return self._action(title, self.vault, "deallocate", id, most, rows=rows)

    def collect(self, id: int) -> Action:
        self.staking.check_counted()
        rows = self._in_pool("claim_paired", id)
        amount, missing = self.staking.stake(id).claimable, self.staking.funds.missing
        rows = [*rows, ("of it for redemptions", in_metis(min(amount, missing)))]
        title = f"collect {in_metis(amount)} from sequencer {id}"
        return self._action(title, self.vault, "collect", id, rows=rows)

    def _in_pool(self, name: str, *arguments: int) -> list[tuple[str, str]]:
        """What an action of the vault in the pool shows; UserError if the pool would refuse it."""
        # its address is all that is asked of a sender here
        action = getattr(Actions(self.view, self.vault), name)(*arguments)
        return action.rows[1:]

    def _check_lacking(self) -> None:
        if not self.staking.lacking:
            raise UserError(
                f"redemptions lack nothing: {in_metis(self.staking.funds.missing)} are missing, and"
                f" {in_metis(self.staking.on_its_way)} are on their way"
            )

    def _check_anyone(self, stake: Stake, amount: int | None) -> None:
        """UserError if somebody who is not the allocator may not take stake back."""
        self._check_lacking()
        last = self.staking.last_bonded  # what is lacking is bonded somewhere
        if stake.id != last.id:
            raise UserError(
                f"sequencer {last.id} comes first: it is the last allocated one with bonded stake"
            )
        wanted = min(self.staking.lacking, last.bonded)
        if amount not in (None, wanted):
            raise UserError(
                f"only the allocator may choose the amount; others take back {in_metis(wanted)},"
                " which redemptions lack"
            )
        pause = self.view.parameters.exit_delay // HALF_OF_LIST + 1
        earliest = self.staking.taken_back_at(stake.id, pause) + pause
        if self.view.next_at < earliest:
            raise UserError(
                "too soon after the last time: nobody but the allocator before"
                f" {self._date(earliest)}"
            )

    def fund(self, number: int) -> Action:
        """Sets METIS aside for a request."""
        self.staking.check_counted()
        redemption = self.staking.redemption(number)
        if not redemption.shares:
            raise UserError(f"request {number} was redeemed already")
        if redemption.is_set_aside:
            raise UserError(f"METIS is set aside for request {number} already")
        if not redemption.is_claimable(self.view.now):
            raise UserError(
                f"request {number} is not claimable: {self.staking.waits_for(redemption)}"
            )
        if self.staking.funds.pending:
            # what is held is not paid: whether to leave it to the others is up to who leaves
            self._check_controller(number)
        rows = [
            ("of", self._name(redemption.controller)),
            ("shares that are gone then", in_shares(redemption.shares)),
            ("is paid", in_metis(redemption.pays)),
            ("the most that it is paid, with refunds", in_metis(redemption.worth)),
            *self._undecided(),
        ]
        title = f"set METIS aside for request {number}"
        return self._action(title, self.vault, "fund", number, rows=rows)

    def claim_refunds(self, number: int | None) -> Action:
        """What a request that has left kept of closed cases; None: all requests of the sender.

        One transaction a case. What was claimed is left out, so it can be called again.
        """
        if number is not None:
            self._check_controller(number)
        numbers = self.staking.requests_ever(self._me) if number is None else [number]
        refunds = self.staking.refunds(numbers)
        if not refunds:
            raise UserError(f"no refund to claim: {self._no_refund(numbers)}")
        calls = [
            Call(
                f"claim {in_metis(amount)} of case {case} for request {request}",
                self.vault,
                "claim_refund",
                (request, case, self._me),
                self.view.block,
            )
            for request, case, amount in refunds
        ]
        rows = [
            ("sender, who is paid", self._name(self._me)),
            *((f"request {request}, case {case}", in_metis(x)) for request, case, x in refunds),
            ("all", in_metis(sum(x for *_, x in refunds))),
        ]
        return Action("claim refunds", rows, calls)

    def _check_controller(self, number: int) -> None:
        controller = self.staking.redemption(number).controller
        is_operator = self.staking.read("isOperator", controller, self._me)
        if self._me != controller and not is_operator:
            raise UserError(f"request {number} is that of {self._name(controller)}")

    def _no_refund(self, numbers: Sequence[int]) -> str:
        if not numbers:
            return f"{self._me} has made no request"
        waiting = [x.case_id for x in self.staking.losses if not x.is_closed]
        if not waiting:
            return "no case of the vault is open"
        cases = ", ".join(map(str, waiting))
        return f"cases {cases} are open; `ape run stake refund CASE` closes one that is decided"

    # gains and losses

    def harvest(self, id: int, distributor: str | None = None) -> Action:
        """From a distributor's address; None: the pool's present one."""
        self.staking.check_counted()
        self.view.sequencer(id)
        source = self.view.read("distributor") if distributor is None else distributor
        amount = self.staking.owed_by(source, id)
        if amount is None:
            raise UserError(f"{source} is no RewardDistributor: it owes the vault nothing")
        if not amount:
            raise UserError(
                f"nothing to harvest: RewardDistributor {source} has no unpaid rewards of the vault"
                f" for sequencer {id}{self._others_owe(id, source)}"
            )
        rows = [
            ("sequencer", str(id)),
            ("distributor", self._distributor(source)),
            ("owes, as it says", in_metis(amount)),
            self._gain_row(amount),
        ]
        title = f"harvest {in_metis(amount)} of rewards"
        return self._action(title, self.vault, "harvest", id, source, rows=rows)

    def _distributor(self, address: str) -> str:
        known = self.staking.distributors()
        if address not in known:
            return f"{address}: the pool never named it"
        return f"{address}: {'the present one' if address == known[-1] else 'a former one'}"

    def _others_owe(self, id: int, source: str) -> str:
        """In words: which distributors that the pool has named owe the vault something."""
        owed = [
            f"; {other} owes {in_metis(amount)}: add --distributor {other}"
            for other in self.staking.distributors()
            if other != source and (amount := self.staking.owed_by(other, id))
        ]
        return "".join(owed)

    @property
    def _loser(self) -> SlashingActions:
        """What the vault may do about a case; only the address of a sender is asked for there."""
        return SlashingActions(self.view, self.vault, self._is_local)

    def appeal(self, number: int, appeal: Appeal) -> Action:
        self._check_may_appeal()
        rows = self._loser.appeal(number, appeal).rows[1:]
        title = f"appeal for the vault against case {number}"
        return self._action(title, self.vault, "appeal", number, appeal.statement, rows=rows)

    def _check_may_appeal(self) -> None:
        if self.staking.read("allocator") != ZERO:
            self._check_allocator("appeal")
        elif not self.staking.read("balanceOf", self._me) and not self.staking.read(
            "requests_of", self._me
        ):
            raise UserError(
                "there is no allocator, so whoever holds shares or waits to redeem some may appeal:"
                f" {self._me} does neither"
            )

    def refund(self, number: int) -> Action:
        """Closes a case, and takes the refund if there is one."""
        self.staking.check_counted()
        loss = self._loss(number)
        if loss.is_closed:
            raise UserError(f"case {number} is closed already: {in_metis(loss.refund)} came back")
        if not loss.is_decided:
            raise UserError(
                f"case {number} is not decided: it is resolved by a vote after an appeal, or"
                " released a year after the slash"
            )
        rows = [
            ("lost", in_metis(loss.amount)),
            ("refund", in_metis(loss.refund)),
            *self._parts(loss),
            ("price of redemptions now", self.staking.price),
        ]
        title = f"collect the vault's refund of case {number}"
        if not loss.refund:
            title = f"close case {number}, of which nothing comes back"
        return self._action(title, self.vault, "collect_refund", number, rows=rows)

    def _loss(self, number: int) -> Loss:
        case = self._loser.slashing.case(number)
        found = [loss for loss in self.staking.losses if loss.case_id == number]
        if not found:
            losers = " and ".join(x for x in (case.owner, case.vault) if x != ZERO)
            raise UserError(f"the case is that of {losers}, not of {self.vault.address}")
        return found[0]

    def _parts(self, loss: Loss) -> list[tuple[str, str]]:
        """Whose a refund is. With several open cases only the vault knows."""
        if [x.case_id for x in self.staking.losses if not x.is_closed] != [loss.case_id]:
            return []
        of_shares = loss.refund * self.staking.funds.refundable // loss.amount
        return [
            ("of it for the shares", in_metis(of_shares)),
            ("of it for requests that have left", in_metis(loss.refund - of_shares)),
        ]

    def _gain_row(self, amount: int) -> tuple[str, str]:
        """Until when a gain enters the price, together with those before, as the vault reckons."""
        locked = self.staking.funds.unvested
        left = max(0, self.staking.funds.vested_at - self.view.now)
        duration = (locked * left + amount * LIMITS["VESTING"]) // (locked + amount)
        return ("enters the price evenly until", self._date(self.view.now + duration))

    def count(self) -> Action:
        count = self.staking.read("uncounted_cases")
        if not count:
            raise UserError("all losses are counted")
        now = min(count, LIMITS["MAX_LOSSES"])
        rows = [("cases that are looked at", f"{now:,} of {count:,}")]
        return self._action("count losses", self.vault, "count_losses", rows=rows)

    # helpers

    @property
    def _me(self) -> str:
        return self.sender.address

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)
