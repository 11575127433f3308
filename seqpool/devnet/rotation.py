"""Epochs of local chains: they rotate, one stalls and is replaced; each step is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqpool.chain.accounts import NAMES, named_account
from seqpool.deployment.suite import Registry
from seqpool.devnet.cast import mine, stall
from seqpool.documents.votes import Ballot, Vote, combine, make_vote
from seqpool.epochs.actions import EpochActions
from seqpool.epochs.view import Entry, EpochView
from seqpool.errors import UserError
from seqpool.protocol.committee import member
from seqpool.protocol.draw import draw
from seqpool.protocol.messages import Reason

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI, ReceiptAPI


class Rotation:
    """A committee of test accounts, and the epochs of its members."""

    def __init__(self, registry: Registry, provider: ProviderAPI, members: Sequence[int]):
        self.registry, self.provider, self.members = registry, provider, list(members)
        self.sequencer_set = registry.sequencer_set
        self.keeper = named_account("keeper")
        people = {named_account(name).address: name for name in NAMES}
        self.names = {member(word).signer: people[member(word).signer] for word in members}
        self.powers = {member(word).signer: member(word).power for word in members}
        view = self.view
        view.check_members(view.committee.nonce, self.members)
        self.seed = view.committee.seed

    @property
    def view(self) -> EpochView:
        return EpochView(self.registry, self.provider)

    def account(self, signer: str) -> AccountAPI:
        return named_account(self.names[signer])

    def expected(self, epoch: int) -> str:
        """Whom anyone can see to be drawn for an epoch, as long as nobody is barred."""
        return draw(self.members, self.seed, epoch, 0)

    def commit(self) -> int:
        """Schedules the next epoch; its first block."""
        receipt = self.sequencer_set.commit_epoch(self.members, sender=self.keeper)
        (event,) = self.sequencer_set.EpochCommitted.from_receipt(receipt)
        if event.signer != self.expected(event.epoch):
            raise UserError(f"epoch {event.epoch} is of {event.signer}, who was not drawn")
        return event.start_block

    def turn(self, count: int) -> Counter[str]:
        """Lets so many epochs begin, each scheduled in the one before; how many each signer got.

        The last of them is about to begin: its first block is the next.
        """
        drawn: Counter[str] = Counter()
        for _ in range(count):
            start = self.commit()
            self.mine_to(start - 1)
            drawn[self.sequencer_set.sequencer_at(start)] += 1
        return drawn

    def mine_to(self, block: int) -> None:
        """The last block has this number, or a higher one."""
        while (missing := block - self.provider.get_block("latest").number) > 0:
            mine(self.provider, missing)

    def stall(self) -> None:
        """The present signer produces nothing for so long that it may be replaced."""
        stall(self.provider, self.view.parameters.block_timeout + 1)

    def vote(self, view: EpochView) -> tuple[list[Vote], Ballot]:
        """All vote but the one who is to be replaced."""
        message = view.reelection(self.members, Reason.TIMEOUT)
        voters = [signer for signer in self.names if signer != message.failed]
        votes = [make_vote(message, self.account(signer)) for signer in voters]
        named = [(self.names[vote.signer], vote) for vote in votes]
        found, _ = combine(message, self.members, named)
        ballot = Ballot(message, found.certificate)
        ballot.check()
        return votes, ballot

    def take_over(self, view: EpochView, ballot: Ballot) -> ReceiptAPI:
        """The successor's first block begins with the re-election that makes it its own."""
        failed = ballot.message.failed
        successor = self.account(view.successor(self.members, ballot.message))
        replaced = self.sequencer_set.reelections(failed)
        EpochActions(view, successor, is_local=True).reelect(ballot).send(successor)
        block = ballot.message.lastBlock + 1
        found = (
            self.sequencer_set.sequencer_at(block - 1),
            self.sequencer_set.sequencer_at(block),
            self.sequencer_set.reelections(failed),
        )
        if found != (failed, successor.address, replaced + 1):
            raise UserError(f"after the re-election in block {block} the registry says {found}")
        receipt = list(successor.history)[-1]
        if receipt.block_number != block:
            raise UserError(f"the re-election is in block {receipt.block_number}, not {block}")
        return receipt

    def check_dead(self, ballot: Ballot) -> str:
        """Why a certificate that was used is good for nothing; UserError if it is."""
        try:
            EpochActions(self.view, self.keeper, is_local=True).reelect(ballot)
        except UserError as error:
            return str(error)
        raise UserError("a certificate has outlived its stall")

    def history(self, count: int) -> list[Entry]:
        """The latest epochs; all but re-elected ones were drawn."""
        entries = self.view.history(count)
        for entry in entries:
            is_drawn = entry.came.startswith("drawn")
            if is_drawn and entry.signer != self.expected(entry.epoch):
                raise UserError(f"epoch {entry.epoch} is of {entry.signer}, who was not drawn")
        return entries
