"""Reads the LST vault, StakedMetis: its METIS, its stakes, and the redemptions of depositors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from seqpool.chain import ape
from seqpool.chain.accounts import account_name
from seqpool.deployment.deployment_file import code_at
from seqpool.deployment.suite import at
from seqpool.errors import UserError
from seqpool.pool.view import Unbonding, View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.redemptions import VIRTUAL
from seqpool.units import METIS, format_date, format_metis, in_metis

if TYPE_CHECKING:
    from ape.contracts import ContractInstance

COUNT = "`ape run stake count`"
# entries of the pool's list of unbondings for the allocator; as many are left to others
HALF_OF_LIST = LIMITS["MAX_UNBONDINGS"] // 2


def in_shares(wei: int) -> str:
    """An amount of shares with its unit: 1,500.25 stMTS."""
    return f"{format_metis(wei)} stMTS"


def _price(wei: int) -> str:
    """To nine places."""
    return f"{in_metis(wei - wei % 10**9)} a share"


@dataclass(frozen=True)
class Redemption:
    """An open request."""

    id: int
    controller: str
    shares: int
    worth: int  # wei: the most that is paid in all; once it is set aside, what is paid
    pays: int  # wei, as things stand
    ready_at: int  # 0: METIS is set aside
    is_funded: bool

    @property
    def is_set_aside(self) -> bool:
        return self.ready_at == 0

    def is_claimable(self, now: int) -> bool:
        return self.is_funded and now >= self.ready_at


@dataclass(frozen=True)
class Loss:
    """A case that has cost the vault METIS."""

    case_id: int
    amount: int  # wei
    is_decided: bool  # nothing more can come back
    is_closed: bool  # by collect_refund
    refund: int  # wei; 0 while it is not decided


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
        """Of a share, for who leaves."""
        return _price(self.worth(METIS))

    @property
    def deposit_price(self) -> str:
        """Of a share, for who comes."""
        return _price(self.read("previewMint", METIS))

    def worth(self, shares: int) -> int:
        """Wei of METIS, at the price of redemptions."""
        return self.read("convertToAssets", shares)

    def limit(self, shares: int) -> int:
        """Wei that a request for so many shares, made now, is paid at most in all."""
        return self._with(shares, self.funds.pending + self.funds.refundable)

    def needed(self, shares: int) -> int:
        """Wei of METIS that the vault keeps for shares that wait: what is held is kept as well."""
        return self._with(shares, self.funds.pending)

    def _with(self, shares: int, more: int) -> int:
        """Wei of shares, if the vault had more METIS than it surely has."""
        assets, supply = self.read("totalAssets") + more, self.read("totalSupply")
        return shares * (assets + VIRTUAL) // (supply + VIRTUAL)

    def uncounted_loss(self) -> int:
        """Wei of losses that the vault's books do not have yet; all views reckon with them."""
        last = self.suite.slash_vault.case_count()
        losses = map(
            self.suite.slash_vault.loss_of,
            range(last - self.read("uncounted_cases") + 1, last + 1),
        )
        return sum(amount for vault, amount in losses if vault == self.vault.address)

    @cached_property
    def losses(self) -> list[Loss]:
        """All cases of the vault, oldest first."""
        stop = self.view.block_number + 1
        closed = {
            event.case_id: event.amount
            for event in self.vault.RefundCollected.range(self.suite.from_block, stop)
        }
        found = []
        for event in self.suite.slash_vault.CaseOpened.range(self.suite.from_block, stop):
            if event.vault != self.vault.address or not event.paired:
                continue
            id = event.case_id
            is_decided, refund = self.suite.slash_vault.refund_of(
                id, block_identifier=self.view.block
            )
            found.append(Loss(id, event.paired, is_decided, id in closed, closed.get(id, refund)))
        return found

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

    def distributors(self) -> list[str]:
        """All that the pool has ever named, the present one last."""
        events = self.view.pool.DistributorSet.range(
            self.suite.from_block, self.view.block_number + 1
        )
        return [event.new for event in events if event.new != ZERO]

    def owed_by(self, distributor: str, id: int) -> int | None:
        """Wei of rewards that a distributor says it owes the vault; None if it is none."""
        if not code_at(self.view.provider, distributor):
            return None
        contract = at(ape.project.RewardDistributor, distributor)
        try:
            return contract.vault_claimable(
                id, self.vault.address, block_identifier=self.view.block
            )
        except ape.ApeException:
            return None

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
        return [self.redemption(id) for id in self.read("requests_of", account)]

    def redemption(self, id: int) -> Redemption:
        """A request, or UserError. Without shares it was redeemed."""
        # no id has more bits in the contract
        request = self.read("request", id) if 0 < id < 2**40 else None
        if request is None or request.controller == ZERO:
            raise UserError(f"there is no request {id}")
        pays = request.worth
        if request.ready_at:
            pays = min(pays, self.worth(request.shares))
        return Redemption(
            id,
            request.controller,
            request.shares,
            request.worth,
            pays,
            request.ready_at,
            request.is_funded,
        )

    def requests_ever(self, account: str | None = None) -> list[int]:
        """Ids of all requests of a controller, or of all; redeemed ones as well."""
        topics = None if account is None else {"controller": account}
        stop = self.view.block_number + 1
        events = self.vault.RedeemRequest.range(self.suite.from_block, stop, search_topics=topics)
        return [event.requestId for event in events]

    def refunds(self, requests: Iterable[int]) -> list[tuple[int, int, int]]:
        """What requests that have left can claim: request, case, wei."""
        closed = [loss.case_id for loss in self.losses if loss.is_closed and loss.refund]
        return [
            (request, case, amount)
            for request in requests
            for case in closed
            if (amount := self.read("refund_of", request, case))
        ]

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

    def taken_by_allocator(self, id: int) -> int:
        """How many entries of an allocator's unbond with a sequencer, as the vault counts them."""
        delay = self.view.parameters.exit_delay
        taken = self._taken_back(id, delay)
        return sum(is_own and at + delay > self.view.next_at for at, is_own in taken)

    def taken_back_at(self, id: int, age: int) -> int:
        """When somebody who was not the allocator has last taken stake back from a sequencer, if no
        longer ago than an age; else 0."""
        return max((at for at, is_own in self._taken_back(id, age) if not is_own), default=0)

    def _taken_back(self, id: int, age: int) -> list[tuple[int, bool]]:
        """When stake was taken back within an age, and whether by the allocator of that time. From
        the events: the contract does not tell."""
        stop = self.view.block_number + 1
        first = max(self.suite.from_block, self.view.block_by(self.view.now - age))
        taken = list(self.vault.Deallocated.range(first, stop, search_topics={"id": id}))
        changes = list(self.vault.AllocatorSet.range(self.suite.from_block, stop)) if taken else []
        found = []
        for event in taken:
            place = (event.block_number, event.log_index)
            before = [x.new for x in changes if (x.block_number, x.log_index) < place]
            found.append((event.timestamp, event.by == (before[-1] if before else ZERO)))
        return found

    def name(self, address: str) -> str:
        """An address, with its name where it has one."""
        return account_name(address, self._is_local)

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)
