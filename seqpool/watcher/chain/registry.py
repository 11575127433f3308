"""The SequencerSet after a block, and what follows from it: who is next, and what may be signed.

The rules are those of docs/client-rules.md; `at(b)` there is a RegistryState whose head is b - 1.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from eip712.messages import EIP712Domain

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.committee import committee_hash
from seqpool.protocol.draw import draw, successor
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, Reelection


class BlockHeader(NamedTuple):
    """A block, without what is in it."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int  # unix seconds
    transactions: int  # how many


class Epoch(NamedTuple):
    """ISequencerSet.Epoch."""

    signer: str
    start_block: int
    end_block: int  # inclusive

    def has(self, block: int) -> bool:
        return self.start_block <= block <= self.end_block


class Committee(NamedTuple):
    """ISequencerSet.Committee."""

    nonce: int  # 0: none was installed yet
    committee_hash: bytes
    seed: bytes
    installed_block: int
    installed_at: int

    def is_of(self, members: Sequence[int]) -> bool:
        return committee_hash(self.nonce, members) == self.committee_hash

    @property
    def can_vote(self) -> bool:
        """Whether there is one, and it is not empty."""
        return self.nonce != 0 and not self.is_of([])


class EpochParameters(NamedTuple):
    """ISequencerSet.Parameters."""

    epoch_length: int  # blocks
    block_timeout: int  # seconds
    fallback_delay: int  # seconds
    fallback_sequencer: str


@dataclass(frozen=True)
class RegistryState:
    """The SequencerSet as the block after `head` finds it."""

    head: BlockHeader
    domain: EIP712Domain
    last_epoch: int
    last: Epoch  # epoch last_epoch
    before: Epoch  # epoch last_epoch - 1; of epoch 0 itself
    committee: Committee
    previous_committee: Committee
    parameters: EpochParameters
    alive_at: int

    @property
    def next_block(self) -> int:
        return self.head.number + 1

    # epochs

    @cached_property
    def present(self) -> tuple[int, Epoch | None]:
        """The epoch of the next block; in a gap the next epoch's id and None."""
        if self.last.start_block > self.next_block:
            return self.last_epoch - 1, self.before
        if self.last.end_block < self.next_block:
            return self.last_epoch + 1, None
        return self.last_epoch, self.last

    @property
    def is_scheduled(self) -> bool:
        """Whether the epoch after the present one is there."""
        return self.last.start_block > self.next_block

    def epoch_of_head(self) -> tuple[int, str]:
        """The epoch that contains the head, and its signer; ZERO if none does."""
        for id, epoch in ((self.last_epoch, self.last), (self.last_epoch - 1, self.before)):
            if epoch.has(self.head.number):
                return max(id, 0), epoch.signer
        return self.last_epoch + 1, ZERO

    def in_charge(self, members: Sequence[int], barred: Collection[str]) -> str:
        """Who produces the next block; in a gap, who is drawn for the next epoch."""
        id, epoch = self.present
        if epoch is not None:
            return epoch.signer
        return draw(members, self.committee.seed, id, 0, barred)

    def round(self, now: float) -> int:
        """The round of a re-election in a block made now; 0: too early for a timeout."""
        turns = (int(now) - self.head.timestamp) // self.parameters.block_timeout
        return max(0, min(LIMITS["MAX_ROUND"], turns))

    # messages

    def reelection(
        self, members: Sequence[int], barred: Collection[str], reason: Reason, round: int
    ) -> Reelection:
        """Rules 8 to 10: the message that replaces the signer who fails to make the next block."""
        id, _ = self.present
        failed = in_charge = self.in_charge(members, barred)
        if reason == Reason.TIMEOUT:
            failed = successor(members, self.committee.seed, id, round - 1, in_charge, barred)
        return Reelection(
            eip712_domain=self.domain,
            committeeNonce=self.committee.nonce,
            epoch=id,
            round=round,
            failed=failed,
            lastBlock=self.head.number,
            lastBlockTimestamp=self.head.timestamp,
            reason=int(reason),
        )

    def successor(self, members: Sequence[int], barred: Collection[str], round: int) -> str:
        """Rule 14: who takes over in a round; ZERO if nobody is eligible."""
        id, _ = self.present
        in_charge = self.in_charge(members, barred)
        return successor(members, self.committee.seed, id, round, in_charge, barred)
