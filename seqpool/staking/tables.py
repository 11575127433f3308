"""Tables of the LST vault, and of a position in it."""

from rich.table import Table

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS
from seqpool.staking.view import COUNT, Loss, Redemption, StakingView, in_shares
from seqpool.units import format_date, format_duration, format_metis, format_percent, in_metis


def _pairs(title: str) -> Table:
    return Table(title=title, show_header=False, title_justify="left")


class StakeTables:
    """Tables of one view."""

    def __init__(self, staking: StakingView):
        self.staking, self.view = staking, staking.view

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    # the vault

    def vault(self) -> list[Table]:
        tables = [self._summary(), self._stakes()]
        return [*tables, self._losses()] if self.staking.losses else tables

    def _summary(self) -> Table:
        staking, view, funds = self.staking, self.view, self.staking.funds
        table = _pairs(f"StakedMetis {staking.vault.address}")
        table.add_row("as of", f"{self._date(view.now)}, block {view.block_number}")
        table.add_row("total assets", in_metis(staking.read("totalAssets")))
        table.add_row("shares", in_shares(staking.read("totalSupply")))
        table.add_row("price of redemptions", staking.price)
        table.add_row("price of deposits", staking.deposit_price)
        table.add_row("idle", in_metis(funds.idle))
        table.add_row("reserved for redemptions", in_metis(funds.reserved))
        table.add_row("staked", in_metis(funds.staked))
        table.add_row("of it held by the Slasher", in_metis(funds.pending))
        table.add_row("may be refunded", in_metis(funds.refundable))
        when = f", all count from {self._date(funds.vested_at)}" if funds.unvested else ""
        table.add_row("gains that do not count yet", in_metis(funds.unvested) + when)
        table.add_row("missing for redemptions", in_metis(funds.missing))
        if funds.missing:
            table.add_row("of it on its way", in_metis(min(funds.missing, staking.on_its_way)))
            for remedy in staking.remedies():
                table.add_row("what brings it", remedy)
        table.add_row("allocations", f"{len(staking.stakes)} of {LIMITS['MAX_ALLOCATIONS']}")
        table.add_row("allocator", staking.allocator)
        table.add_row("losses that are not counted", self._uncounted())
        return table

    def _uncounted(self) -> str:
        cases = self.staking.read("uncounted_cases")
        loss = self.staking.uncounted_loss()
        if not loss:
            return "none"
        return f"{in_metis(loss)} in {cases:,} cases: all above is without, {COUNT} books it"

    def _stakes(self) -> Table:
        table = Table("sequencer", "state", "stake", "METIS", "back", title="Staked")
        table.title_justify = "left"
        table.columns[3].justify = "right"
        delay = format_duration(self.view.parameters.exit_delay)
        for stake in self.staking.stakes:
            name = (str(stake.id), State(stake.state).name)
            if stake.bonded:
                when = f"{delay} after it is taken back"
                table.add_row(*name, "bonded", format_metis(stake.bonded), when)
            for entry in stake.unbondings:
                if entry.matures_at > self.view.now:
                    when = self._date(entry.matures_at)
                    table.add_row(*name, "unbonding", format_metis(entry.amount), when)
            if stake.claimable:
                when = f"now, by `ape run stake collect {stake.id}`"
                table.add_row(*name, "matured", format_metis(stake.claimable), when)
            if kept := stake.matured - stake.claimable:
                when = "when a case is decided"
                table.add_row(*name, "held", format_metis(kept), when)
        return table

    def _losses(self) -> Table:
        table = Table("case", "lost", "came back", "what is next", title="Slashes")
        table.title_justify = "left"
        for column in table.columns[1:3]:
            column.justify = "right"
        for loss in self.staking.losses:
            refund = in_metis(loss.refund) if loss.is_decided else "undecided"
            table.add_row(str(loss.case_id), in_metis(loss.amount), refund, self._next_of(loss))
        return table

    @staticmethod
    def _next_of(loss: Loss) -> str:
        if loss.is_closed:
            return "closed"
        if loss.is_decided:
            return f"`ape run stake refund {loss.case_id}`"
        return "open: it is in the price of deposits"

    # a position

    def position(self, account: str) -> list[Table]:
        tables = [self._position(account), self._redemptions(account)]
        refunds = self.staking.refunds(self.staking.requests_ever(account))
        return [*tables, self._refunds(refunds)] if refunds else tables

    @staticmethod
    def _refunds(refunds: list[tuple[int, int, int]]) -> Table:
        table = Table("request", "case", "METIS", "how", title="Refunds of requests that have left")
        table.title_justify = "left"
        table.columns[2].justify = "right"
        for request, case, amount in refunds:
            how = f"now, by `ape run stake claim-refund {request}`"
            table.add_row(str(request), str(case), format_metis(amount), how)
        return table

    def _position(self, account: str) -> Table:
        staking = self.staking
        staking.check_counted()
        shares, supply = staking.read("balanceOf", account), staking.read("totalSupply")
        table = _pairs(f"Position of {staking.name(account)}")
        table.add_row("as of", self._date(self.view.now))
        table.add_row("shares", in_shares(shares))
        table.add_row("worth", in_metis(staking.worth(shares)))
        if refundable := staking.limit(shares) - staking.needed(shares):
            table.add_row("may come back besides", in_metis(refundable))
        part = shares * LIMITS["BPS"] // supply if supply else 0
        table.add_row("share of the vault", format_percent(part))
        table.add_row("price of redemptions", staking.price)
        redemptions = staking.redemptions(account)
        requested = sum(redemption.shares for redemption in redemptions)
        table.add_row("requested to be redeemed", f"{in_shares(requested)} besides")
        table.add_row("claimable now", in_metis(staking.read("maxWithdraw", account)))
        return table

    def _redemptions(self, account: str) -> Table:
        table = Table(
            *("request", "shares", "pays now", "at most", "METIS", "ready"), title="Redemptions"
        )
        table.title_justify = "left"
        for column in table.columns[1:4]:
            column.justify = "right"
        for redemption in self.staking.redemptions(account):
            table.add_row(
                str(redemption.id),
                in_shares(redemption.shares),
                in_metis(redemption.pays),
                in_metis(redemption.worth),
                self._metis_of(redemption),
                self._ready(redemption),
            )
        return table

    @staticmethod
    def _metis_of(redemption: Redemption) -> str:
        if redemption.is_set_aside:
            return "set aside"
        return "there" if redemption.is_funded else "missing"

    def _ready(self, redemption: Redemption) -> str:
        if redemption.is_claimable(self.view.now):
            return "now"
        return self._date(redemption.ready_at)
