"""Reads the LST vault, StakedMetis: its METIS, its stakes, and the redemptions of depositors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from seqpool.chain.accounts import account_name
from seqpool.errors import UserError
from seqpool.pool.view import Unbonding, View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS, format_date, format_metis, in_metis

if TYPE_CHECKING:
    from ape.contracts import ContractInstance

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
        """What a hold keeps may never come."""
        return self.unbonding + self.claimable


class StakingView:
    """The vault as the next transaction finds it."""

    def __init__(self, view: View, is_local: bool = False):
        self.view, self.suite, self._is_local = view, view.suite, is_local

    @cached_property
    def vault(self) -> ContractInstance:
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
        return [stake for id in self.read("allocations") if (stake := self.stake(id)).total]

    def stake(self, id: int) -> Stake:
        """What the vault has with a sequencer, which may be nothing."""
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
            pays = request.worth
            if request.ready_at:
                pays = min(pays, self.worth(request.shares))
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

    def next_redemption(self, account: str) -> str:
        """In words: the first redemption that is not claimable, and what it waits for."""
        for redemption in self.redemptions(account):
            if not redemption.is_claimable(self.view.now):
                return f"request {redemption.id} is next: {self.waits_for(redemption)}"
        return "no other redemption is requested"

    # events and names

    def taken_back_at(self, id: int, age: int) -> int:
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

    def name(self, address: str) -> str:
        """An address, with its name where it has one."""
        return account_name(address, self._is_local)

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)
