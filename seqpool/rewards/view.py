"""Reads the RewardDistributor: the reserve, the last batch, and what the next one will pay."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from seqpool.documents.reward_batch import Batch
from seqpool.epochs.production import Production, count_blocks
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.reward_entries import NOT_BEGUN, RETIRED, first_start
from seqpool.protocol.shares import SHARE

if TYPE_CHECKING:
    from ape.contracts import ContractInstance


def format_share(share: int) -> str:
    """Parts of SHARE as a percentage."""
    return f"{share * 100 / SHARE:.5f}".rstrip("0").rstrip(".") + " %"


def yearly(power: int, mrr: int, seconds: int) -> int:
    """Wei that so much power earns in a time, if blocks cover all of it."""
    return power * mrr * seconds // (LIMITS["YEAR"] * LIMITS["BPS"])


class RewardView:
    """The RewardDistributor as the next transaction finds it."""

    def __init__(self, view: View):
        self.view, self.suite = view, view.suite

    @cached_property
    def distributor(self) -> ContractInstance:
        if self.suite.distributor is None:
            raise UserError("this suite has no RewardDistributor of ours: it pays no rewards")
        return self.suite.distributor

    def read(self, name: str, *arguments):
        """The answer of a view of the RewardDistributor, as the next transaction finds it."""
        return getattr(self.distributor, name)(*arguments, block_identifier=self.view.block)

    @cached_property
    def last(self):
        """Where the last batch ended; the next follows it."""
        return self.read("last_batch")

    @property
    def is_in_use(self) -> bool:
        """Whether it has begun to pay, and still does."""
        return self.last.end_timestamp not in (NOT_BEGUN, RETIRED)

    def check_in_use(self) -> None:
        """UserError unless it has begun to pay, and still does."""
        if self.last.end_timestamp == NOT_BEGUN:
            raise UserError(
                f"{self.distributor.address} has not begun to pay: `ape run rewards begin`, once"
                " the pool names it"
            )
        if self.last.end_timestamp == RETIRED:
            raise UserError(f"{self.distributor.address} is retired: it takes no batch any more")

    def starts(self) -> range:
        """Blocks that the contract lets the next batch start with; which one it is, L2 tells."""
        first = self.last.end_block + 1
        waited = 0
        if self.last.batch == 0 and self.is_in_use:
            waited = self.last.end_timestamp - self.read("deployed_at")
        return range(first, first + waited + 1)

    def start(self, on_l2: EpochView) -> int:
        """The block that the next batch starts with."""
        starts = self.starts()
        if len(starts) == 1:
            return starts[0]
        return first_start(starts, on_l2.block_by(self.last.end_timestamp))

    # the next batch

    def count(
        self, on_l2: AbstractContextManager[EpochView], end: int | None = None, counter=count_blocks
    ) -> Production:
        """What was produced since the last batch, until a block of L2, by default the latest that
        may be in the next batch. `on_l2` connects to L2 as long as it is asked."""
        self.check_in_use()
        longest = self.last.end_timestamp + LIMITS["BATCH_CEILING"]
        latest_end = min(longest, self.view.next_at)
        with on_l2 as l2:
            start = self.start(l2)
            found = l2.block_by(latest_end)
            if end is None and found < start and latest_end == longest:
                # it has stood still for longer than a batch may be: time goes on without a block
                return Production(start, start - 1, longest, 0, Counter())
            if end is None and found < start:
                raise UserError(
                    f"nothing to pay: the next batch starts at block {start}, and the latest of L2"
                    f" that may be in it is {found}"
                )
            if end is not None and end < start:
                raise UserError(
                    f"block {end} is paid already: the next batch starts at block {start}"
                )
            if end is not None and end > found:
                raise UserError(
                    f"block {end} is too late: the last that may be in the next batch is {found}"
                )
            return counter(l2, start, found if end is None else end, self.last.end_timestamp)

    def budget(self, batch: Batch) -> tuple[int, int]:
        """Mean power, and what a batch earns: as the contract, whenever it is submitted."""
        end = batch.message.endTimestamp
        until = self.view.read_registry("power_seconds_at", end, batch.message.committeeNonce)
        there = until - self.read("power_seconds_used")
        mrr, covered = self.read("mrr_of_next_batch"), batch.message.coveredTime
        duration = max(1, end - self.last.end_timestamp)
        return there // duration, yearly(there * covered // duration, mrr, 1)
