"""What is done with the RewardDistributor: checked, explained, and ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqpool.bridge.calls import GAS_LIMIT
from seqpool.bridge.view import bridge_fee
from seqpool.chain.transactions import Action
from seqpool.documents.reward_batch import Batch
from seqpool.documents.votes import Ballot, difference
from seqpool.epochs.production import Production
from seqpool.errors import UserError
from seqpool.pool.actions import Actions, check_amount, funding
from seqpool.pool.certified import Certified
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch, as_struct, digest
from seqpool.protocol.reward_entries import NOBODY, NOT_BEGUN, entries, entries_hash
from seqpool.protocol.shares import present_share
from seqpool.rewards.view import RewardView, format_share
from seqpool.units import format_date, format_duration, format_ether, in_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance


class RewardActions(Certified):
    """All actions of one account."""

    def __init__(self, view: View, sender: AccountAPI | None, is_local: bool = False):
        super().__init__(view, sender, is_local)
        self.rewards = RewardView(view)

    @property
    def distributor(self) -> ContractInstance:
        return self.rewards.distributor

    def _id_of(self, id: int | None) -> int:
        """A sequencer; without an id, the sender's own."""
        return self.view.id_of(self.sender.address) if id is None else id

    # what is signed

    def batch(self, production: Production) -> Batch:
        """The next batch, or UserError if it could not be paid."""
        blocks = production.by_sequencer(self.view)
        message = RewardBatch(
            eip712_domain=self.domain,
            committeeNonce=self.view.last_checkpoint().nonce,
            batch=self.rewards.last.batch + 1,
            startBlock=production.start,
            endBlock=production.end,
            endTimestamp=production.end_timestamp,
            coveredTime=production.covered_time,
            entriesHash=entries_hash(entries(blocks)),
        )
        batch = Batch(message, blocks)
        self.check_batch(batch)
        if not message.committeeNonce:
            raise UserError("the pool has no committee yet: `ape run upkeep all` makes one")
        return batch

    def check_count(self, batch: Batch, production: Production) -> None:
        """UserError unless a batch says what was counted here."""
        if batch.message.startBlock != production.start:
            raise UserError(
                f"the batch starts at block {batch.message.startBlock}, and the next one has to at"
                f" block {production.start}"
            )
        if batch.message.endTimestamp != production.end_timestamp:
            raise UserError(
                f"the batch ends at {batch.message.endTimestamp}, and block {production.end} of L2"
                f" is of {production.end_timestamp}"
            )
        if batch.message.coveredTime != production.covered_time:
            raise UserError(
                f"the batch covers {batch.message.coveredTime} s, counted are"
                f" {production.covered_time}"
            )
        counted = production.by_sequencer(self.view)
        for id in sorted({*counted, *batch.blocks}):
            said = batch.blocks.get(id, 0)
            if said != counted[id]:
                who = "nobody" if id == NOBODY else f"sequencer {id}"
                raise UserError(f"the batch says {said} blocks of {who}, counted are {counted[id]}")

    def check_batch(self, batch: Batch) -> None:
        """UserError unless a batch follows the last one, as the contract wants it."""
        message, last, count = batch.message, self.rewards.last, batch.count
        self._check_domain(message, "the batch")
        self.rewards.check_in_use()
        if message.batch != last.batch + 1:
            why = "was paid already" if message.batch <= last.batch else "is not the next"
            raise UserError(f"batch {message.batch} {why}: the next is {last.batch + 1}")
        if message.startBlock not in self.rewards.starts():
            raise UserError(
                f"the batch starts at block {message.startBlock}, and the last ended at block"
                f" {last.end_block}"
            )
        now, end = self.view.now, message.endTimestamp
        if end <= last.end_timestamp:
            raise UserError(
                f"the batch ends {format_date(end, now)}, and the time until"
                f" {format_date(last.end_timestamp, now)} is paid"
            )
        if end > self.view.next_at:
            raise UserError(f"the batch ends in the future: {format_date(end, now)}")
        duration = end - last.end_timestamp
        if duration > LIMITS["BATCH_CEILING"]:
            raise UserError(
                f"the batch spans {format_duration(duration)}, at most"
                f" {format_duration(LIMITS['BATCH_CEILING'])}"
            )
        if count > duration:
            raise UserError(f"too many blocks: {count} in {duration} s, at most one a second")
        self._check_covered_time(batch, duration)
        if len(batch.blocks) > LIMITS["MAX_ENTRIES"]:
            raise UserError(
                f"too many entries: {len(batch.blocks)}, at most {LIMITS['MAX_ENTRIES']}; name an"
                " earlier block with --end"
            )
        if batch.blocks and max(batch.blocks) > self.view.count:
            raise UserError(
                f"there is no sequencer {max(batch.blocks)}: the latest is {self.view.count}"
            )

    @staticmethod
    def _check_covered_time(batch: Batch, duration: int) -> None:
        covered = batch.message.coveredTime
        if covered > duration:
            raise UserError(f"the batch covers {covered} s, more than the {duration} s it spans")
        if batch.count and not covered:
            raise UserError("the batch has blocks, and covers no time")
        if covered and not batch.count:
            raise UserError(f"the batch covers {covered} s, and has no blocks")

    # what everybody may do

    def submit(self, batch: Batch, ballot: Ballot) -> Action:
        message = batch.message
        self._check_certificate(ballot, RewardBatch)
        if digest(ballot.message) != digest(message):
            raise UserError(
                "the certificate is of another batch: " + difference(ballot.message, message)
            )
        self.check_batch(batch)
        mean_power, budget = self.rewards.budget(batch)
        reserve = self.rewards.read("reserve")
        rows = [
            ("blocks of L2", self._blocks(batch)),
            ("until", format_date(message.endTimestamp, self.view.now)),
            ("time covered", self._covered(message)),
            ("mean power", in_metis(mean_power)),
            ("about to be paid", in_metis(min(budget, reserve))),
            ("reserve", in_metis(reserve) + (": TOO LITTLE" if reserve < budget else "")),
            self._signatures_row(ballot),
        ]
        return self._action(
            f"submit batch {message.batch}",
            self.distributor,
            "submit_batch",
            as_struct(message),
            batch.entries,
            tuple(ballot.certificate),
            rows=rows,
        )

    @staticmethod
    def _blocks(batch: Batch) -> str:
        message = batch.message
        if not batch.count:
            return "none"
        return f"{message.startBlock} to {message.endBlock}, {batch.count:,}"

    def _covered(self, message: RewardBatch) -> str:
        duration = message.endTimestamp - self.rewards.last.end_timestamp
        share = f"{100 * message.coveredTime / duration:.2f} %"
        return f"{format_duration(message.coveredTime)}, {share} of the batch's time"

    def begin(self) -> Action:
        """Anyone may, once the pool names it."""
        if self.view.read("distributor") != self.distributor.address:
            raise UserError("the pool names another distributor: this one cannot begin")
        if self.rewards.last.end_timestamp != NOT_BEGUN:
            raise UserError("nothing to begin: it has begun already")
        rows = [
            ("RewardDistributor", self.distributor.address),
            ("pays for", "time from now on, and for none before"),
        ]
        return self._action("begin rewards", self.distributor, "begin", rows=rows)

    def give_notice(self) -> Action:
        """Anyone may, once the pool names another."""
        self._check_replaced()
        now, notice_at = self.view.next_at, self.rewards.last.notice_at
        retire_from, lapses = self._dates_of(notice_at)
        if now <= lapses:
            raise UserError(
                f"notice was given {format_date(notice_at, now)}: `ape run rewards retire` from"
                f" {format_date(retire_from, now)}"
            )
        retire_from, lapses = self._dates_of(now)
        rows = [
            ("RewardDistributor", self.distributor.address),
            ("can be retired from", format_date(retire_from, now)),
            ("until", format_date(lapses, now)),
        ]
        title = "give notice of the distributor's retirement"
        return self._action(title, self.distributor, "give_notice", rows=rows)

    def retire(self) -> Action:
        """Anyone may, some days after notice was given."""
        self._check_replaced()
        now, notice_at = self.view.next_at, self.rewards.last.notice_at
        retire_from, lapses = self._dates_of(notice_at)
        if now > lapses:
            raise UserError("no notice was given yet: `ape run rewards give-notice` comes first")
        if now < retire_from:
            raise UserError(f"notice runs until {format_date(retire_from, now)}: too early")
        rows = [
            ("RewardDistributor", self.distributor.address),
            ("last batch", str(self.rewards.last.batch)),
            ("afterwards", "takes no batch ever again; what it owes can be claimed"),
        ]
        return self._action("retire the distributor", self.distributor, "retire", rows=rows)

    def _check_replaced(self) -> None:
        if self.view.read("distributor") == self.distributor.address:
            raise UserError("the pool still names it: it cannot be retired")
        self.rewards.check_in_use()

    @staticmethod
    def _dates_of(notice_at: int) -> tuple[int, int]:
        """From when and until when it can be retired."""
        return (
            notice_at + LIMITS["RETIREMENT_NOTICE"],
            notice_at + LIMITS["RETIREMENT_PERIOD"],
        )

    def fund(self, amount: int) -> Action:
        check_amount(amount)
        rows = [("reserve", in_metis(self.rewards.read("reserve"))), ("more", in_metis(amount))]
        prior = funding(
            self.view, self.sender.address, amount, self.distributor, "the RewardDistributor"
        )
        title = f"add {in_metis(amount)} to the reserve"
        return self._action(title, self.distributor, "fund", amount, rows=rows, prior=prior)

    def sync(self, id: int | None) -> Action:
        id = self._id_of(id)
        record, account = self.view.sequencer(id), self.rewards.read("account", id)
        share = present_share(record)
        if (record.vault, share) == (account.vault, account.share):
            raise UserError(
                f"nothing to sync: the vault's share of sequencer {id} is {format_share(share)}"
            )
        rows = [
            ("sequencer", str(id)),
            ("vault", self._name(record.vault)),
            ("share until now", format_share(account.share)),
            ("from now on", format_share(share)),
        ]
        title = f"sync the share of sequencer {id}"
        return self._action(title, self.distributor, "sync", id, rows=rows)

    def claim(self, id: int | None) -> Action:
        """Anyone may, unless the owner has closed claims; the reward recipient is paid."""
        id = self._id_of(id)
        record, amount = self._earned(id, "claim")
        may_always = {record.owner, record.reward_recipient}
        if self.rewards.read("account", id).is_closed and self.sender.address not in may_always:
            raise UserError(
                f"sequencer {id} has closed claims: only its owner {record.owner} and its recipient"
                f" {record.reward_recipient} may claim"
            )
        rows = [
            ("sequencer", str(id)),
            ("paid to its recipient", self._name(record.reward_recipient)),
        ]
        title = f"claim {in_metis(amount)} of rewards"
        return self._action(title, self.distributor, "claim", id, rows=rows)

    def _earned(self, id: int, what: str) -> tuple[object, int]:
        """A sequencer's record, and wei of the operator's part; UserError if there are none."""
        record, amount = self.view.sequencer(id), self.rewards.read("account", id).operator
        if not amount:
            raise UserError(f"nothing to {what}: sequencer {id} has no unpaid rewards")
        return record, amount

    # what operators do

    def close_claims(self, id: int | None, is_closed: bool) -> Action:
        """Whether others may claim for the sender's sequencer."""
        id, _ = Actions(self.view, self.sender).owned(id)
        if self.rewards.read("account", id).is_closed == is_closed:
            raise UserError(
                f"nothing to change: claims of sequencer {id} are"
                f" {'closed' if is_closed else 'open'} already"
            )
        who = "its owner and its reward recipient" if is_closed else "anyone"
        rows = [("sequencer", str(id)), ("who may claim for it", who)]
        title = f"{'close' if is_closed else 'open'} claims of sequencer {id}"
        return self._action(title, self.distributor, "close_claims", id, is_closed, rows=rows)

    def restake(self, id: int | None) -> Action:
        actions = Actions(self.view, self.sender)
        id, record = actions.owned(id)
        _, earned = self._earned(id, "restake")
        bonded, cap = record.own.bonded + record.paired.bonded, self.view.parameters.cap
        if bonded >= cap:
            raise UserError(
                f"no room: {in_metis(bonded)} are bonded, and the cap is {in_metis(cap)}; claim"
                " instead"
            )
        amount = min(earned, cap - bonded)
        after = actions.check_deposit(id, record, amount)
        rows = [("sequencer", str(id)), ("bonded afterwards", in_metis(after))]
        if amount < earned:
            rows.append(("stays to be claimed", in_metis(earned - amount)))
        title = f"restake {in_metis(amount)} of rewards"
        return self._action(title, self.distributor, "restake", id, rows=rows)

    def claim_to_l2(
        self, id: int | None, gas_limit: int = GAS_LIMIT, fee: int | None = None
    ) -> Action:
        id = self._id_of(id)
        record, amount = self._earned(id, "claim")
        me = self.sender.address
        if record.reward_recipient != me:
            raise UserError(
                f"the rewards of sequencer {id} are {record.reward_recipient}'s, not {me}'s: the"
                " recipient has to send this, or claim on L1"
            )
        fee = bridge_fee(self.suite.bridge, gas_limit) if fee is None else fee
        rows = [
            ("sequencer", str(id)),
            ("to", f"{me} on chain {self.suite.l2_chain_id}"),
            ("gas on L2, at most", f"{gas_limit:,}"),
            ("fee of the bridge", f"{format_ether(fee)} ETH"),
        ]
        title = f"send {in_metis(amount)} of rewards to L2"
        return self._action(
            title, self.distributor, "claim_to_l2", id, gas_limit, rows=rows, value=fee
        )
