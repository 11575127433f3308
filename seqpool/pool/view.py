"""Reads the SequencerPool and its committees in the terms that people ask in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from seqpool.chain.contract_reader import Reader
from seqpool.deployment.suite import Suite
from seqpool.errors import UserError
from seqpool.protocol.limits import LIMITS

if TYPE_CHECKING:
    from ape.api import ProviderAPI

OWN, PAIRED = False, True


class State(IntEnum):
    """ISequencerPool.State: a flag, which Ape gives as a number."""

    NONE = 0
    PENDING = 1
    QUEUED = 2
    ACTIVE = 4
    JAILED = 8
    SUSPENDED = 16
    EXITING = 32
    EXITED = 64


LIVE = (State.PENDING, State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED)
HAS_CLOCK = (State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED)


class Approval(IntEnum):
    """ISequencerPool.Approval."""

    NONE = 0
    APPROVED = 1
    ADMITTED = 2


@dataclass(frozen=True)
class Unbonding:
    """Stake on its way out."""

    paired: bool
    amount: int  # wei
    matures_at: int


class View(Reader):
    """The pool as the next transaction finds it."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        super().__init__(suite.pool, provider)
        self.suite, self.pool = suite, suite.pool
        self.registry = suite.committee_registry
        self.parameters = self.read("parameters")

    # sequencers

    def sequencer(self, id: int):
        """The record of a sequencer, or UserError."""
        if not 0 < id <= self.count:
            raise UserError(f"there is no sequencer {id}: the latest is {self.count}")
        return self.read("sequencer", id)

    @property
    def count(self) -> int:
        return self.read("roster").count

    def id_of(self, owner: str) -> int:
        """The present or last sequencer of an owner, or UserError."""
        id = self.read("admission", owner)[0]
        if id == 0:
            raise UserError(f"{owner} has no sequencer")
        return id

    def unbondings(self, id: int) -> list[Unbonding]:
        """Stake of a sequencer that is not bonded any more and not claimed."""
        record = self.sequencer(id)
        found = []
        for paired, holding in ((OWN, record.own), (PAIRED, record.paired)):
            for position in range(holding.unbondings):
                amount, matures_at = self.read("unbonding_at", id, paired, position)
                if amount:
                    found.append(Unbonding(paired, amount, matures_at))
        return found

    @staticmethod
    def claimable(holding) -> int:
        """Wei that may be claimed of one side of a stake now."""
        return holding.matured - holding.kept

    @staticmethod
    def total(holding) -> int:
        """Wei of one side of a stake, in whatever state."""
        return holding.bonded + holding.unbonding + holding.matured

    def cure_deadline(self, record) -> int | None:
        """From when on a sequencer that is below min_stake may be ejected, if no pause comes."""
        if not record.below_since:
            return None
        left = record.below_since + self.parameters.cure_period + 1 - self.read("cure_clock")
        return self.now + left

    # pool

    def queue(self) -> list[int]:
        """Ids that wait for a seat, in their order."""
        roster = self.read("roster")
        ids = []
        for place in range(roster.queue_head, roster.queue_tail):
            id = self.read("queue_at", place)
            record = self.read("sequencer", id)
            if record.state == State.QUEUED and record.place == place:
                ids.append(id)
        return ids

    def stake(self) -> int:
        """Wei of all stakes together."""
        records = (self.read("sequencer", id) for id in range(1, self.count + 1))
        return sum(self.total(record.own) + self.total(record.paired) for record in records)

    def paused_until(self) -> int | None:
        """When the present pause ends."""
        if not self.read("paused"):
            return None
        # the event: the contract tells only whether
        first = max(self.suite.from_block, self.block_by(self.now - LIMITS["PAUSE_DURATION"]))
        return list(self.pool.Paused.range(first, self.block_number + 1))[-1].until

    # committees

    def read_registry(self, name: str, *arguments: Any) -> Any:
        """The answer of a view of the CommitteeRegistry."""
        return self.read_of(self.registry, name, *arguments)

    def last_checkpoint(self):
        """The latest checkpoint; its nonce is 0 before the first."""
        return self.read_registry("last_checkpoint")

    def committee(self, nonce: int):
        """What is known of a committee; all zero if there is none."""
        return self.read_registry("committee", nonce)

    def members_of(self, nonce: int) -> list[int]:
        """The words of a committee, from the event of its checkpoint."""
        created_at = self.committee(nonce).created_at
        if created_at:
            last = self.block_by(created_at)
            # several blocks of a local chain may share a second
            first = max(self.suite.from_block, last - LIMITS["BLOCKHASH_WINDOW"])
            topics = {"nonce": nonce}
            made = self.registry.CommitteeCheckpointed
            for event in made.range(first, last + 1, search_topics=topics):
                return list(event.members)
        raise UserError(f"there is no committee {nonce}")

    def sealable_from(self) -> int:
        """The first block in which the latest checkpoint can be sealed."""
        return self.last_checkpoint().block_number + LIMITS["SEAL_DELAY"]
