"""What anyone may do for the suite: what is due, ready to be sent, and why the rest is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from seqpool.bridge.actions import RelayActions
from seqpool.chain import ape
from seqpool.chain.transactions import Call
from seqpool.epochs.actions import EpochActions
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.view import HAS_CLOCK, State, View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.redemptions import FUND_AFTER
from seqpool.slashing.outages import OutageView
from seqpool.slashing.view import SlashingView
from seqpool.staking.view import StakingView
from seqpool.units import format_date, format_metis
from seqpool.upkeep.view import next_checkpoint

if TYPE_CHECKING:
    from ape.api import AccountAPI


@dataclass(frozen=True)
class UpkeepJob:
    """Something that is due, if there is a call."""

    what: str
    why: str
    call: Call | None = None
    is_certain: bool = False  # needs no trial


# In this order: who is charged may fall below min_stake; what leaves makes room before seats are
# given, and before the committee is fixed. Of the vault's, a refund is in what a request is paid.
JOBS = (
    *("seal", "relay", "commit", "top_up", "eject", "activate", "claim", "checkpoint"),
    *("count", "refund", "fund"),
)


class UpkeepActions:
    """Looks at the pool anew for each job, since the one before may have changed what is due."""

    def __init__(self, view: View, keeper: AccountAPI):
        self.view, self.keeper = view, keeper

    def find(self, name: str) -> list[UpkeepJob]:
        """The jobs of a kind; those that a trial refuses are not due."""
        return [self._tried(job) for job in getattr(self, f"_{name}")()]

    def _tried(self, job: UpkeepJob) -> UpkeepJob:
        if job.call is None or job.is_certain:
            return job
        try:
            job.call.simulate(self.keeper)
        except ape.ContractLogicError as error:
            return UpkeepJob(job.what, f"refused: {error.revert_message}")
        return job

    def _call(self, what: str, method: str, *arguments) -> Call:
        return Call(what, self.view.pool, method, arguments, self.view.block)

    def _call_registry(self, what: str, method: str) -> Call:
        return Call(what, self.view.registry, method, (), self.view.block)

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    def _seal(self) -> Iterator[UpkeepJob]:
        last = self.view.last_checkpoint()
        if last.nonce == 0 or last.is_sealed:
            yield UpkeepJob("seal", "nothing to seal")
            return
        what = f"seal committee {last.nonce}"
        first, next_block = self.view.sealable_from(), self.view.block_number + 1
        if next_block < first:
            yield UpkeepJob(what, f"from block {first} on; the next is {next_block}")
            return
        why = f"possible since block {first}"
        if next_block >= first + LIMITS["BLOCKHASH_WINDOW"]:
            why = "its block is too old to be known: this names a new one, seal again then"
        # a trial would be in the latest block, which may be too early by one
        yield UpkeepJob(what, why, self._call_registry(what, "seal"), is_certain=True)

    # on L2, where that is the same chain

    def _relay(self) -> Iterator[UpkeepJob]:
        registry = self.view.suite.registry
        if registry is None:
            yield UpkeepJob("relay", "L2 is another chain: `ape run relay committee` sends to it")
            return
        nonce = self.view.read_registry("sealed_committee")[0]
        installed = registry.sequencer_set.committee().nonce
        if nonce <= installed:
            latest = f"committee {installed} is installed" if installed else "none is sealed"
            yield UpkeepJob("relay", f"nothing to relay: {latest}")
            return
        action = RelayActions(self.view, self.keeper).committee()
        yield UpkeepJob(
            action.title, f"sealed; {installed or 'none'} is installed", action.calls[0]
        )

    def _commit(self) -> Iterator[UpkeepJob]:
        registry = self.view.suite.registry
        if registry is None:
            yield UpkeepJob("commit", "L2 is another chain: `ape run epochs commit` there")
            return
        epochs = EpochView(registry, self.view.provider)
        nonce = epochs.committee.nonce
        members = self.view.members_of(nonce) if nonce else []
        try:
            action = EpochActions(epochs, self.keeper).commit(members)
        except UserError as error:
            yield UpkeepJob("commit an epoch", str(error))
            return
        blocks = dict(action.rows)["blocks"]
        yield UpkeepJob(action.title, f"none is scheduled; blocks {blocks}", action.calls[0])

    # on the Slasher

    def _top_up(self) -> Iterator[UpkeepJob]:
        if self.view.suite.slasher is None:
            yield UpkeepJob("top up", "this suite has no Slasher of ours")
            return
        outages = OutageView(SlashingView(self.view))
        is_any_open = False
        for outage in outages.outages():
            if not outages.is_open(outage):
                continue
            is_any_open = True
            parts = outages.parts(outage)
            if (why := outages.why_none(outage, parts)) is not None:
                yield UpkeepJob(f"top up outage {outage.number}", why)
                continue
            for call, page in outages.page_calls(outage, parts):
                yield UpkeepJob(call.what, "\n".join(f"{x.id}: {x.due}" for x in page), call)
        if not is_any_open:
            yield UpkeepJob("top up", "there is no mass outage to charge for")

    # on the pool

    def _eject(self) -> Iterator[UpkeepJob]:
        found = False
        for id in range(1, self.view.count + 1):
            record = self.view.sequencer(id)
            bonded = record.own.bonded + record.paired.bonded
            if record.state not in HAS_CLOCK or bonded >= self.view.parameters.min_stake:
                continue
            found = True
            what = f"eject sequencer {id}"
            deadline = self.view.cure_deadline(record)
            if deadline is None:
                what = f"start the cure period of sequencer {id}"
                why = f"min_stake was changed; {format_metis(bonded)} METIS are bonded"
            elif self.view.now < deadline:
                yield UpkeepJob(what, f"curing until {self._date(deadline)}")
                continue
            else:
                why = f"below min_stake since its cure period ended, {self._date(deadline)}"
            yield UpkeepJob(what, why, self._call(what, "eject", id))
        if not found:
            yield UpkeepJob("eject", "nobody is below min_stake")

    def _activate(self) -> Iterator[UpkeepJob]:
        roster = self.view.read("roster")
        free = max(0, self.view.parameters.max_sequencers - roster.seated)
        if roster.queued == 0:
            yield UpkeepJob("activate", "the queue is empty")
        elif free == 0:
            yield UpkeepJob("activate", f"no free seat for {roster.queued} in the queue")
        elif (until := self.view.paused_until()) is not None:
            yield UpkeepJob("activate", f"the pool is paused until {self._date(until)}")
        else:
            what = f"activate up to {min(free, roster.queued)} from the queue"
            why = f"{free} free seats, {roster.queued} in the queue"
            count = min(roster.queue_tail - roster.queue_head, LIMITS["MAX_SEQUENCERS"])
            yield UpkeepJob(what, why, self._call(what, "activate_next", count))

    def _claim(self) -> Iterator[UpkeepJob]:
        found = False
        for id in range(1, self.view.count + 1):
            record = self.view.sequencer(id)
            amount = self.view.claimable(record.own)
            if record.state != State.EXITED and amount:
                found = True
                what = f"claim {format_metis(amount)} METIS for sequencer {id}"
                yield UpkeepJob(what, f"paid to {record.owner}", self._call(what, "claim", id))
        if not found:
            yield UpkeepJob("claim", "nothing has matured")

    # on the LST vault

    @cached_property
    def _staking(self) -> StakingView:
        return StakingView(self.view)

    def _call_vault(self, what: str, method: str, *arguments) -> Call:
        return Call(what, self._staking.vault, method, arguments, self.view.block)

    def _count(self) -> Iterator[UpkeepJob]:
        loss, cases = self._staking.uncounted_loss(), self._staking.read("uncounted_cases")
        # one call looks at a limited number of cases, so it is not left to the next depositor
        if not loss and cases < LIMITS["MAX_LOSSES"] // 2:
            yield UpkeepJob("count", "the vault has no loss that is not counted")
            return
        what = "count the vault's losses"
        why = f"{format_metis(loss)} METIS are lost in {cases:,} cases"
        yield UpkeepJob(what, why, self._call_vault(what, "count_losses"))

    def _refund(self) -> Iterator[UpkeepJob]:
        found = [loss for loss in self._staking.losses if not loss.is_closed]
        for loss in found:
            what = f"close case {loss.case_id} of the vault"
            if loss.is_decided:
                call = self._call_vault(what, "collect_refund", loss.case_id)
                yield UpkeepJob(what, f"brings {format_metis(loss.refund)} METIS", call)
            else:
                yield UpkeepJob(what, "it is not decided")
        if not found:
            yield UpkeepJob("refund", "no case of the vault is open")

    def _fund(self) -> Iterator[UpkeepJob]:
        staking, late = self._staking, self.view.now - FUND_AFTER
        waiting = [
            x
            for x in map(staking.redemption, staking.requests_ever())
            if x.shares and not x.is_set_aside
        ]
        for x in waiting:
            what = f"set METIS aside for request {x.id}"
            if not x.is_claimable(self.view.now):
                yield UpkeepJob(what, f"not claimable: {staking.waits_for(x)}")
            elif x.ready_at > late:
                until = self._date(x.ready_at + FUND_AFTER)
                yield UpkeepJob(what, f"its controller may redeem it by itself until {until}")
            elif held := staking.funds.pending:
                why = f"the Slasher holds {format_metis(held)} METIS, and it would be paid less"
                yield UpkeepJob(what, why)
            else:
                why = f"pays {format_metis(x.pays)} METIS"
                yield UpkeepJob(what, why, self._call_vault(what, "fund", x.id))
        if not waiting:
            yield UpkeepJob("fund", "no request waits")

    # the committee

    def _checkpoint(self) -> Iterator[UpkeepJob]:
        last = self.view.last_checkpoint()
        what = f"checkpoint committee {last.nonce + 1}"
        if last.nonce and not last.is_sealed:
            yield UpkeepJob(what, f"committee {last.nonce} has to be sealed first")
            return
        try:
            job = UpkeepJob(what, "due", self._call_registry(what, "checkpoint"))
            job.call.simulate(self.keeper)
            yield job
        except ape.ContractLogicError:
            yield UpkeepJob(what, next_checkpoint(self.view))
