"""Reads the SequencerSet: who produces when, who was replaced and why, what may be voted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from seqpool.chain.contract_reader import Reader
from seqpool.deployment.suite import Registry
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.committee import committee_hash, member
from seqpool.protocol.draw import draw, successor
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Correction, Reason, Reelection, set_domain
from seqpool.units import format_duration

if TYPE_CHECKING:
    from ape.api import ProviderAPI


@dataclass
class Entry:
    """An epoch in history."""

    epoch: int
    signer: str
    start: int  # block
    end: int  # block, inclusive; before start: it has none
    came: str  # how
    ended: str = ""  # how, if not by itself
    is_dropped: bool = False  # before its first block

    def state(self, next_block: int) -> str:
        if self.is_dropped:
            return "dropped"
        if self.end < next_block:
            return "past"
        return "running" if self.start <= next_block else "scheduled"


class EpochView(Reader):
    """The SequencerSet as the next transaction finds it."""

    def __init__(self, registry: Registry, provider: ProviderAPI):
        super().__init__(registry.sequencer_set, provider)
        self.registry, self.sequencer_set = registry, registry.sequencer_set
        self.next_block = self.block_number + 1

    @cached_property
    def parameters(self):
        return self.read("parameters")

    @cached_property
    def committee(self):
        return self.read("committee")

    @cached_property
    def last_epoch(self) -> int:
        return self.read("last_epoch")

    def domain(self):
        """Of the messages that sequencers sign."""
        return set_domain(self.provider.chain_id, self.sequencer_set.address)

    # epochs

    @cached_property
    def present(self) -> tuple[int, object | None]:
        """The epoch of the next block; in a gap the next epoch's id and None."""
        last = self.read("epochs", self.last_epoch)
        if last.start_block > self.next_block:
            return self.last_epoch - 1, self.read("epochs", self.last_epoch - 1)
        if last.end_block < self.next_block:
            return self.last_epoch + 1, None
        return self.last_epoch, last

    @cached_property
    def scheduled(self) -> object | None:
        """The epoch after the present one, if it is there."""
        last = self.read("epochs", self.last_epoch)
        return last if last.start_block > self.next_block else None

    def in_charge(self, members: Sequence[int]) -> str:
        """Who produces the next block; in a gap, who is drawn for the next epoch."""
        id, epoch = self.present
        return epoch.signer if epoch is not None else self.drawn(members, id)

    def drawn(self, members: Sequence[int], epoch: int) -> str:
        """Who is drawn for an epoch from the installed committee, as things stand."""
        return draw(members, self.committee.seed, epoch, 0, self.barred(members))

    def barred(self, members: Sequence[int]) -> set[str]:
        signers = (member(word).signer for word in members)
        return {signer for signer in signers if self.read("is_barred", signer)}

    @property
    def fallback_from(self) -> int:
        """When the fallback sequencer may take over, unless there is a sign of life before."""
        return self.read("alive_at") + self.parameters.fallback_delay

    # committees

    def check_committee(self) -> None:
        """UserError unless there is one that can vote and be drawn from."""
        if self.committee.nonce == 0:
            raise UserError("no committee is installed yet: `ape run relay committee` sends it")
        if self.committee.committee_hash == committee_hash(self.committee.nonce, []):
            raise UserError(f"committee {self.committee.nonce} is empty: the fallback takes over")

    def check_members(self, nonce: int, members: Sequence[int]) -> None:
        """UserError unless a list is that of the installed committee, or of the one before."""
        known = (self.committee, self.read("previous_committee"))
        hashes = {seal.nonce: seal.committee_hash for seal in known if seal.nonce}
        if nonce not in hashes:
            raise UserError(f"committee {nonce} is not in force: it is {self.committee.nonce}")
        if bytes(hashes[nonce]) != committee_hash(nonce, members):
            raise UserError(f"the members are not those of committee {nonce}")

    # messages

    @property
    def round(self) -> int:
        """Of a re-election in a block that is made now; 0: too early for one for a timeout."""
        turns = (self.next_at - self.last_block_at) // self.parameters.block_timeout
        return min(LIMITS["MAX_ROUND"], turns)

    def reelection(
        self, members: Sequence[int], reason: Reason = Reason.TIMEOUT, round: int | None = None
    ) -> Reelection:
        """What has to be signed to replace whoever does not produce the next block.

        `members` are the installed committee's; without a round it is that of this moment.
        """
        self.check_committee()
        now = self.round
        if reason == Reason.TIMEOUT and now == 0 and round is None:
            left = self.last_block_at + self.parameters.block_timeout - self.next_at
            raise UserError(
                f"too early: block {self.block_number} is not {self.parameters.block_timeout} s old"
                f" yet; in {format_duration(left)}"
            )
        round = max(1, now) if round is None else round
        if not 1 <= round <= LIMITS["MAX_ROUND"]:
            raise UserError(f"there is no round {round}: they are 1 to {LIMITS['MAX_ROUND']}")
        id, _ = self.present
        failed = in_charge = self.in_charge(members)
        if reason == Reason.TIMEOUT:
            seed, barred = self.committee.seed, self.barred(members)
            failed = successor(members, seed, id, round - 1, in_charge, barred)
        return Reelection(
            eip712_domain=self.domain(),
            committeeNonce=self.committee.nonce,
            epoch=id,
            round=round,
            failed=failed,
            lastBlock=self.block_number,
            lastBlockTimestamp=self.last_block_at,
            reason=int(reason),
        )

    def successor(self, members: Sequence[int], message: Reelection) -> str:
        """Who takes over by a re-election."""
        barred = self.barred(members)
        seed, in_charge = self.committee.seed, self.in_charge(members)
        return successor(members, seed, message.epoch, message.round, in_charge, barred)

    def correction(self, signer: str, block_hash: bytes | None = None) -> Correction:
        """What has to be signed to lift a bar; without a hash it is that of the block here."""
        self.check_committee()
        if not self.read("is_barred", signer):
            raise UserError(f"{signer} is not barred")
        epoch, number = self.read("bar_of", signer)
        if block_hash is None:
            if number > self.block_number:
                raise UserError(f"block {number} is not there yet")
            block_hash = bytes(self.provider.get_block(number).hash)
        return Correction(
            eip712_domain=self.domain(),
            committeeNonce=self.committee.nonce,
            epoch=epoch,
            blockNumber=number,
            blockHash=block_hash,
            signer=signer,
        )

    # history

    def history(self, count: int | None = None) -> list[Entry]:
        """The latest epochs and what came of them, in the order in which they were made.

        Told from events, and compared with the views.
        """
        first = 0 if count is None else max(0, self.last_epoch + 1 - count)
        entries = [x for x in _told(self._events(first)) if x.epoch >= first]
        standing = {x.epoch: (x.signer, x.start, x.end) for x in entries if not x.is_dropped}
        views = {id: tuple(self.read("epochs", id)) for id in range(first, self.last_epoch + 1)}
        if standing != views:
            raise UserError("the events of the SequencerSet do not agree with its views")
        return entries

    def _events(self, first: int) -> list:
        # an epoch is made in the one before, or in its own first block
        start = self.read("epochs", first - 1).start_block if first else 0
        start, stop = max(start, self.registry.from_block), self.block_number + 1
        kinds = ("EpochCommitted", "EpochReelected", "FallbackTaken")
        events = [x for kind in kinds for x in getattr(self.sequencer_set, kind).range(start, stop)]
        return sorted(events, key=lambda event: (event.block_number, event.log_index))


def reason_name(reason: int) -> str:
    return Reason(reason).name


def _told(events: list) -> list[Entry]:
    """Epochs, from the events that made them."""
    entries: list[Entry] = []
    standing: dict[int, Entry] = {}
    for event in events:
        new = Entry(event.epoch, event.signer, event.start_block, event.end_block, "")
        why = _why(event)
        for entry in [x for x in standing.values() if x.epoch >= new.epoch]:
            entry.is_dropped, entry.ended = True, f"never began: {why}"
            del standing[entry.epoch]
        before = standing.get(new.epoch - 1)
        if before is not None and before.end >= new.start:
            before.end = new.start - 1
            before.ended = f"cut: {why}"
        new.came = why
        standing[new.epoch] = new
        entries.append(new)
    return entries


def _why(event) -> str:
    if event.event_name == "EpochCommitted":
        return f"drawn from committee {event.committee_nonce}"
    if event.event_name == "FallbackTaken":
        return "the fallback took over" if event.epoch else "deployed"
    failed = "nobody" if event.failed == ZERO else event.failed
    return f"{failed} replaced for {reason_name(event.reason)}, round {event.round}"
