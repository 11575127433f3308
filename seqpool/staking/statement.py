"""All that happened to a holder's METIS and shares, from events, as a table for a spreadsheet."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seqpool.chain import ape
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.redemptions import VIRTUAL
from seqpool.staking.view import StakingView, in_shares
from seqpool.units import METIS, format_time, plain_metis

COLUMNS = (
    *("date", "what", "request", "case", "metis", "shares", "waiting", "part"),
    *("price_of_redemptions", "price_of_deposits", "with", "block", "transaction"),
)


@dataclass(frozen=True)
class HolderLine:
    """One thing that happened. What the holder has paid, or has less of, is negative."""

    event: object
    what: str
    metis: int = 0  # wei that were paid to the holder
    shares: int = 0  # wei, of those that it may move
    waiting: int = 0  # wei of shares, in its requests
    part: int = 0  # wei: its part of a loss or refund of the vault
    request: int | str = ""
    case: int | str = ""
    other: str = ""  # who paid, or was paid

    @property
    def block(self) -> int:
        return self.event.block_number


class HolderStatement:
    """Of one account, until the latest block. The node has to know the state of past blocks."""

    def __init__(self, staking: StakingView, account: str):
        self.staking, self.vault, self.account = staking, staking.vault, account
        self._at = staking.view.block_number
        self.requests = set(staking.requests_ever(account))
        lines = [*self._deposits(), *self._redemptions(), *self._transfers(), *self._cases()]
        self.lines = sorted(lines, key=lambda x: (x.block, x.event.log_index))
        self._check()

    # what happened

    def _events(self, name: str, contract=None, **topics) -> Iterator:
        start, stop = self.staking.suite.from_block, self._at + 1
        events = getattr(contract or self.vault, name)
        return events.range(start, stop, search_topics=topics or None)

    def _deposits(self) -> Iterator[HolderLine]:
        for event in self._events("Deposit", owner=self.account):
            other = "" if event.sender == self.account else event.sender
            metis = -event.assets if event.sender == self.account else 0
            yield HolderLine(event, "deposit", metis, event.shares, other=other)

    def _redemptions(self) -> Iterator[HolderLine]:
        for event in self._requested:
            is_own, is_controlled = (x == self.account for x in (event.owner, event.controller))
            other = event.controller if is_own else event.owner
            yield HolderLine(
                event,
                "request",
                shares=-event.shares * is_own,
                waiting=event.shares * is_controlled,
                request=event.requestId,
                other="" if other == self.account else other,
            )
        for event in self._events("Withdraw", owner=self.account):
            yield HolderLine(
                event, "redemption", event.assets, waiting=-event.shares, other=event.receiver
            )
        for event in self._events("RefundClaimed"):
            if event.request_id in self.requests:
                yield HolderLine(
                    event,
                    "refund claimed",
                    event.amount,
                    request=event.request_id,
                    case=event.case_id,
                    other=event.receiver,
                )

    @cached_property
    def _requested(self) -> list:
        """Of its shares, or under its control."""
        found = {}
        for name in ("owner", "controller"):
            for event in self._events("RedeemRequest", **{name: self.account}):
                found[event.requestId] = event
        return list(found.values())

    def _transfers(self) -> Iterator[HolderLine]:
        """Of shares, but those of deposits and requests."""
        requested = Counter(
            (event.transaction_hash, event.shares)
            for event in self._requested
            if event.owner == self.account
        )
        for event in self._events("Transfer", sender=self.account):
            key = (event.transaction_hash, event.value)
            if event.receiver == self.vault.address and requested[key]:
                requested[key] -= 1
                continue
            yield HolderLine(event, "shares sent", shares=-event.value, other=event.receiver)
        for event in self._events("Transfer", receiver=self.account):
            if event.sender != ZERO:
                yield HolderLine(event, "shares received", shares=event.value, other=event.sender)

    def _cases(self) -> Iterator[HolderLine]:
        slash_vault = self.staking.suite.slash_vault
        for event in self._events("CaseOpened", slash_vault):
            if event.vault == self.vault.address and (part := self._part(event, event.paired)):
                yield HolderLine(event, "slash", part=-part, case=event.case_id)
        for event in self._events("RefundCollected"):
            if part := self._part(event, event.of_shares):
                yield HolderLine(event, "refund", part=part, case=event.case_id)

    def _part(self, event, amount: int) -> int:
        """The holder's part of what all shares lost or got: as many as it had before the block."""
        before = event.block_number - 1
        shares = self._read("balanceOf", self.account, at=before)
        for id in self._read("requests_of", self.account, at=before):
            request = self._read("request", id, at=before)
            # what METIS is set aside for loses and gains nothing more
            shares += request.shares if request.ready_at else 0
        return amount * shares // (self._read("totalSupply", at=before) + VIRTUAL)

    def _read(self, name: str, *arguments, at: int):
        try:
            return getattr(self.vault, name)(*arguments, block_id=at)
        except ape.ApeException as error:
            raise UserError(
                f"the node does not tell what the vault had at block {at}: a statement takes a node"
                f" with all history ({error})"
            ) from None

    # sums

    def sums(self) -> dict[str, int]:
        """Wei of METIS: what was paid, and what there is now."""
        redemptions = self.staking.redemptions(self.account)
        shares = self.staking.read("balanceOf", self.account)
        refunds = self.staking.refunds(sorted(self.requests))
        return {
            "all paid in": sum(min(0, line.metis) for line in self.lines),
            "all paid out": sum(max(0, line.metis) for line in self.lines),
            "worth of shares": self.staking.worth(shares),
            "worth of requests": sum(redemption.pays for redemption in redemptions),
            "refunds to claim": sum(amount for *_, amount in refunds),
        }

    def _check(self) -> None:
        """UserError unless the events tell the same as the contract."""
        redemptions = self.staking.redemptions(self.account)
        there = (
            self._read("balanceOf", self.account, at=self._at),
            sum(x.shares for x in redemptions),
        )
        told = tuple(sum(getattr(x, name) for x in self.lines) for name in ("shares", "waiting"))
        if told != there:
            raise UserError(
                f"the events leave {in_shares(told[0])} and {in_shares(told[1])} in requests, the"
                f" contract has {in_shares(there[0])} and {in_shares(there[1])}"
            )

    def save(self, path: Path) -> None:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(self._row(line) for line in self.lines)
            for name, amount in self.sums().items():
                writer.writerow(["", name, "", "", plain_metis(amount), *([""] * 8)])

    def _row(self, line: HolderLine) -> list:
        amounts = (line.metis, line.shares, line.waiting, line.part)
        prices = [
            self._read(name, METIS, at=line.block) for name in ("convertToAssets", "previewMint")
        ]
        return [
            *(format_time(line.event.timestamp), line.what, line.request, line.case),
            *map(plain_metis, (*amounts, *prices)),
            *(line.other, line.block, line.event.transaction_hash),
        ]
