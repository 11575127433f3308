"""What is done with the LST vault, StakedMetis: checked, explained, and ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqpool.chain.transactions import Action
from seqpool.errors import UserError
from seqpool.pool.actions import Actions, check_amount, funding
from seqpool.pool.certified import Certified
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.slashing.actions import Appeal, SlashingActions
from seqpool.staking.view import HALF_OF_LIST, Stake, StakingView, in_shares
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
                f"too little: {in_metis(amount)} gives no share at {self.staking.price}"
            )
        after = self.staking.read("balanceOf", self._me) + shares
        rows = [
            ("shares", in_shares(shares)),
            ("price", self.staking.price),
            (
                "position afterwards",
                f"{in_shares(after)}, worth {in_metis(self.staking.worth(after))}",
            ),
        ]
        prior = funding(self.view, self._me, amount, self.vault, "the vault")
        title = f"deposit {in_metis(amount)}"
        return self._action(title, self.vault, "deposit", amount, self._me, rows=rows, prior=prior)

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
        missing = max(0, funds.missing + worth - funds.idle)
        rows = [
            ("shares", in_shares(shares)),
            ("worth now, the most that is paid", in_metis(worth)),
            ("price", self.staking.price),
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
        elif len(stake.unbondings) >= HALF_OF_LIST:
            raise UserError(
                f"sequencer {id} has {len(stake.unbondings)} open withdrawals of the vault: the"
                " other half of its list is for redemptions"
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

    # gains and losses

    def harvest(self, id: int) -> Action:
        self.staking.check_counted()
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
        return self._action(title, self.vault, "harvest", id, distributor.address, rows=rows)

    @property
    def _loser(self) -> SlashingActions:
        """What the vault may do about a case; only the address of a sender is asked for there."""
        return SlashingActions(self.view, self.vault, self._is_local)

    def appeal(self, number: int, appeal: Appeal) -> Action:
        self._check_allocator("appeal")
        rows = self._loser.appeal(number, appeal).rows[1:]
        title = f"appeal for the vault against case {number}"
        return self._action(title, self.vault, "appeal", number, appeal.statement, rows=rows)

    def refund(self, number: int) -> Action:
        self.staking.check_counted()
        rows = self._loser.collect(number).rows[1:]
        title = f"collect the vault's refund of case {number}"
        return self._action(title, self.vault, "collect_refund", number, rows=rows)

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
