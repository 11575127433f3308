"""Tables of rewards: batches, what a stake would earn, who has produced what."""

from collections.abc import Mapping

from rich.table import Table

from seqpool.errors import UserError
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.reward_entries import NOBODY, NOT_BEGUN, RETIRED
from seqpool.protocol.shares import SHARE, vault_share
from seqpool.rewards.view import RewardView, yearly
from seqpool.units import (
    DAY,
    format_date,
    format_duration,
    format_metis,
    format_percent,
    format_time,
    in_metis,
)

PERIODS = {"a day": DAY, "a month (30 d)": 30 * DAY, "a year": LIMITS["YEAR"]}


def _table(title: str, *columns: str) -> Table:
    """With a column of names, and columns of numbers."""
    table = Table(title=title, title_justify="left", show_header=bool(columns))
    table.add_column(columns[0] if columns else "")
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def blocks_table(title: str, blocks: Mapping[int, int]) -> Table:
    """Of each sequencer."""
    table = _table(title, "sequencer", "blocks", "share")
    total = sum(blocks.values())
    for id, count in sorted(blocks.items()):
        name = "the fallback, or nobody" if id == NOBODY else str(id)
        table.add_row(name, f"{count:,}", f"{100 * count / total:.2f} %")
    table.add_row("all", f"{total:,}", "")
    return table


class RewardTables:
    """Tables of one view."""

    def __init__(self, rewards: RewardView):
        self.rewards, self.view = rewards, rewards.view

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    @property
    def _power(self) -> int:
        """Of the latest committee."""
        nonce = self.view.last_checkpoint().nonce
        return self.view.committee(nonce).power if nonce else 0

    def summary(self) -> Table:
        """Reserve, rate, and the next batch."""
        rewards, view = self.rewards, self.view
        table = _table(f"RewardDistributor {rewards.distributor.address}")
        table.add_row("as of", f"{self._date(view.now)}, block {view.block_number}")
        table.add_row("reserve", in_metis(rewards.read("reserve")))
        table.add_row("lasts", self._lasts())
        table.add_row("owed", in_metis(rewards.read("owed")))
        mrr, next_mrr = rewards.read("mrr"), rewards.read("mrr_of_next_batch")
        table.add_row("rate", self._rate(mrr))
        if next_mrr != mrr:
            table.add_row("that of the next batch", self._rate(next_mrr))
        table.add_row("next batch", self._next())
        return table

    def _next(self) -> str:
        last = self.rewards.last
        if last.end_timestamp == RETIRED:
            return f"none: retired after batch {last.batch}"
        if last.end_timestamp == NOT_BEGUN:
            return "1, once rewards have begun: `ape run rewards begin`"
        return (
            f"{last.batch + 1}, from block {last.end_block + 1} of L2 on; all until"
            f" {self._date(last.end_timestamp)} is paid"
        )

    @staticmethod
    def _rate(mrr: int) -> str:
        return f"{format_percent(mrr)} a year"

    def _lasts(self) -> str:
        """How long the reserve does, as things stand."""
        a_year = yearly(self._power, self.rewards.read("mrr"), LIMITS["YEAR"])
        if not a_year:
            return "for ever: nothing is earned now"
        return format_duration(self.rewards.read("reserve") * LIMITS["YEAR"] // a_year)

    def batches(self, count: int) -> Table:
        """The latest so many."""
        rewards, view = self.rewards, self.view
        table = _table(
            *("Batches", "batch", "until block", "blocks", "until (UTC)", "covered"),
            *("mean power", "earned", "paid", "vaults' part"),
        )
        first = rewards.last.batch - count
        blocks = (view.suite.from_block, view.block_number + 1)
        for event in rewards.distributor.BatchAccepted.range(*blocks):
            if event.batch <= first:
                continue
            note = "" if event.paid == event.budget else " (short)"
            table.add_row(
                str(event.batch),
                str(event.end_block),
                f"{event.end_block + 1 - event.start_block:,}",
                format_time(event.end_timestamp),
                format_duration(event.covered_time),
                _rounded(event.mean_power),
                _rounded(event.budget),
                _rounded(event.paid) + note,
                _rounded(sum(event.vault_parts)),
            )
        return table

    def forecast(self, own: int, paired: int, commission_bps: int) -> list[Table]:
        """What a stake earns, as things stand; UserError if the pool would not have it."""
        stake, parameters = own + paired, self.view.parameters
        if stake < parameters.min_stake:
            raise UserError(
                f"{in_metis(stake)} are below min_stake, {in_metis(parameters.min_stake)}: they"
                " earn nothing"
            )
        if stake > parameters.cap:
            raise UserError(f"{in_metis(stake)} are above the cap of {in_metis(parameters.cap)}")
        mrr = self.rewards.read("mrr")
        power = self._power
        terms = _table("As things stand")
        terms.add_row("rate", self._rate(mrr))
        terms.add_row("power of the committee", in_metis(power))
        terms.add_row("share of blocks, with this stake", f"{100 * stake / (power + stake):.2f} %")
        terms.add_row("reserve", in_metis(self.rewards.read("reserve")))
        terms.add_row("lasts, without this stake", self._lasts())
        terms.add_row("not counted", "time that no block covers, and turns of luck")
        table = _table(f"What {in_metis(stake)} earn", "METIS", *PERIODS)
        share = vault_share(own, paired, commission_bps) if paired else 0
        earned = [yearly(stake, mrr, seconds) for seconds in PERIODS.values()]
        vaults = [amount * share // SHARE for amount in earned]
        rows = {"together": earned}
        if paired:
            operators = [x - y for x, y in zip(earned, vaults, strict=True)]
            rows = {"operator": operators, "vault": vaults} | rows
        for name, amounts in rows.items():
            table.add_row(name, *map(_rounded, amounts))
        return [terms, table]


def _rounded(wei: int) -> str:
    """What is not claimed by anybody wants no more than four places."""
    return format_metis(wei - wei % 10**14)
