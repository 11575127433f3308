"""All that a sequencer has earned and was paid, from events, as a table for a spreadsheet."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.reward_entries import read_entry
from seqpool.rewards.view import RewardView
from seqpool.units import format_time, in_metis, plain_metis

COLUMNS = (
    *("date", "what", "batch", "covered_seconds", "blocks", "of_blocks", "operator", "vault"),
    *("to", "block", "transaction"),
)
# event => what it is called, and who was paid
_OPERATOR_PAYMENTS = {
    "Claimed": ("claim", "recipient"),
    "Restaked": ("restake", "owner"),
    "ClaimedToL2": ("claim to L2", "recipient"),
}


@dataclass(frozen=True)
class StatementLine:
    """One thing that happened; what was paid is negative."""

    event: object
    what: str
    operator: int = 0  # wei
    vault: int = 0  # wei
    to: str = ""
    batch: int | str = ""
    covered: int | str = ""  # seconds that the batch's blocks cover
    blocks: int | str = ""
    of_blocks: int | str = ""

    def row(self) -> list:
        date = format_time(self.event.timestamp)
        return [
            *(date, self.what, self.batch, self.covered, self.blocks, self.of_blocks),
            *_amounts(self.operator, self.vault),
            *(self.to, self.event.block_number, self.event.transaction_hash),
        ]


def _amounts(operator: int, vault: int) -> list[str]:
    return [plain_metis(operator), plain_metis(vault)]


class Statement:
    """Of one sequencer, until the latest block."""

    def __init__(self, rewards: RewardView, id: int):
        self.rewards, self.distributor, self.id = rewards, rewards.distributor, id
        rewards.view.sequencer(id)
        self._at = rewards.view.block_number
        lines = [*self._accruals(), *self._payments()]
        self.lines = sorted(lines, key=lambda x: (x.event.block_number, x.event.log_index))
        self._check()

    def _events(self, name: str, **topics) -> Iterator:
        start, stop = self.rewards.suite.from_block, self._at + 1
        return getattr(self.distributor, name).range(start, stop, search_topics=topics or None)

    def _accruals(self) -> Iterator[StatementLine]:
        for event in self._events("BatchAccepted"):
            of_blocks = event.end_block + 1 - event.start_block
            for word, vault in zip(event.entries, event.vault_parts, strict=True):
                id, blocks = read_entry(word)
                if id == self.id:
                    operator = event.paid * blocks // of_blocks - vault
                    yield StatementLine(
                        *(event, "earned", operator, vault, "", event.batch, event.covered_time),
                        *(blocks, of_blocks),
                    )
        for event in self._events("Reimbursed", id=self.id):
            yield StatementLine(event, f"reimbursed: {event.reason}", event.amount)
        for event in self._events("VaultReimbursed", id=self.id):
            what = f"reimbursed: {event.reason}"
            yield StatementLine(event, what, vault=event.amount, to=event.vault)

    def _payments(self) -> Iterator[StatementLine]:
        for name, (what, to) in _OPERATOR_PAYMENTS.items():
            for event in self._events(name, id=self.id):
                yield StatementLine(event, what, -event.amount, to=getattr(event, to))
        for event in self._events("VaultClaimed", id=self.id):
            yield StatementLine(event, "vault's claim", vault=-event.amount, to=event.vault)

    def sums(self) -> dict[str, tuple[int, int]]:
        """Wei of operator and vaults: what was earned and paid, and is left to claim."""
        amounts = [(x.operator, x.vault) for x in self.lines]
        earned = tuple(sum(max(0, x) for x in side) for side in zip((0, 0), *amounts, strict=True))
        left = tuple(sum(side) for side in zip((0, 0), *amounts, strict=True))
        paid = tuple(x - y for x, y in zip(left, earned, strict=True))
        return {"all earned": earned, "all paid": paid, "left to claim": left}

    def _check(self) -> None:
        """UserError unless the events tell the same as the contract."""
        left, at = self.sums()["left to claim"], self._at
        account = self.distributor.account(self.id, block_identifier=at)
        vaults = {event.vault for event in self._events("ShareSet", id=self.id)} - {ZERO}
        claimable = self.distributor.vault_claimable
        vault = sum(claimable(self.id, x, block_identifier=at) for x in vaults)
        if left != (account.operator, vault):
            raise UserError(
                f"the events leave {in_metis(left[0])} and {in_metis(left[1])} to claim, the"
                f" contract has {in_metis(account.operator)} and {in_metis(vault)}"
            )

    def save(self, path: Path) -> None:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(line.row() for line in self.lines)
            for name, (operator, vault) in self.sums().items():
                writer.writerow(["", name, "", "", "", "", *_amounts(operator, vault), "", "", ""])
