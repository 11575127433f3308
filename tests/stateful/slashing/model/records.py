"""What the Slasher's model is told, and what it keeps."""

from dataclasses import dataclass, field
from typing import NamedTuple

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from seqpool.slashing.view import CaseStatus
from seqpool.units import DAY

TIMEOUT_MAXIMUM = 0  # in place of a kind
CEILINGS = {
    TIMEOUT_MAXIMUM: LIMITS["TIMEOUT_CEILING"],
    Kind.BLOCK_TIMEOUT: LIMITS["TIMEOUT_CEILING"],
    Kind.BACKLOG: LIMITS["BACKLOG_CEILING"],
    Kind.INVALID_EXECUTION: LIMITS["INVALID_EXECUTION_CEILING"],
    Kind.EQUIVOCATION: LIMITS["EQUIVOCATION_CEILING"],
    Kind.MASS_OUTAGE: LIMITS["MASS_OUTAGE_CEILING"],
}
OPEN, CONFIRMED, DROPPED, LAPSED = 1, 2, 4, 8


class Offence(NamedTuple):
    TYPE = (
        "Offence(uint64 committeeNonce,uint256 sequencerId,uint8 kind,uint64 epoch,"
        "uint64 observedAt,bytes32 evidence)"
    )
    committee_nonce: int
    sequencer_id: int
    kind: int
    epoch: int
    observed_at: int
    evidence: int


class Commitment(NamedTuple):
    TYPE = "BlockCommitment(uint64 epoch,uint64 blockNumber,bytes32 blockHash)"
    epoch: int
    block_number: int
    block_hash: int


class Committee(NamedTuple):
    nonce: int
    members: tuple[int, ...]
    power: int
    created_at: int
    superseded_at: int | None


@dataclass
class Side:
    """The owner's or the vault's stake, as the pool lists it."""

    bonded: int
    unbondings: list[tuple[int, int]]  # amount, first second at which it may be claimed

    def unmatured(self, now: int) -> int:
        return sum(amount for amount, date in self.unbondings if date > now)

    def matured(self, now: int) -> int:
        return sum(amount for amount, date in self.unbondings if date <= now)


@dataclass
class Stake:
    owner: int
    vault: int
    sides: tuple[Side, Side]

    def locked(self, now: int) -> int:
        return sum(side.bonded + side.unmatured(now) for side in self.sides)


class Timeout(NamedTuple):
    time: int
    id: int
    power: int  # in the committee that has voted
    size: int  # of that
    total: int  # its power

    @property
    def quarter(self) -> int:
        return self.time // LIMITS["QUARTER"]

    @property
    def day(self) -> int:
        return self.time // DAY


@dataclass
class Outage:
    key: int
    quarters: set[int] = field(default_factory=set)
    found_at: int = 0  # or has last grown

    @property
    def span(self) -> tuple[int, int]:
        """Its first second, and the first after it."""
        quarter = LIMITS["QUARTER"]
        return min(self.quarters) * quarter, (max(self.quarters) + 1) * quarter


@dataclass
class Pending:
    id: int
    amount: int
    kind: int
    key: int
    expires_at: int
    hold: int  # number of the hold that it is a part of
    base: int  # what was there then
    state: int = OPEN


@dataclass
class Hold:
    """What the Slasher wants to be held."""

    amount: int = 0
    until: int = 0
    number: int = 0


class PoolHold(NamedTuple):
    """What the pool holds."""

    amount: int = 0
    until: int = 0
    set_at: int = 0
    kept: tuple[int, int] = (0, 0)  # of what had matured before, by side


@dataclass
class Case:
    id: int
    losses: list[tuple[int, int]]  # owner and vault, with what each has lost
    kind: int
    key: int
    slashed_at: int
    appeals: list[tuple[int, int]] = field(default_factory=list)  # side, time
    refund_bps: int | None = None  # None: not resolved
    collected: set[int] = field(default_factory=set)  # sides
    is_released: bool = False

    def refund(self, side: int) -> int:
        return self.losses[side][1] * (self.refund_bps or 0) // LIMITS["BPS"]

    def due(self, side: int) -> int:
        return 0 if side in self.collected else self.refund(side)

    @property
    def lost(self) -> int:
        return sum(amount for _, amount in self.losses)

    @property
    def rest(self) -> int:
        return self.lost - self.refund(0) - self.refund(1)

    @property
    def held(self) -> int:
        """What of it is still in escrow."""
        return (0 if self.is_released else self.rest) + self.due(0) + self.due(1)

    @property
    def unlocks_at(self) -> int:
        return self.slashed_at + LIMITS["SLASH_LOCK"]

    @property
    def appealed_at(self) -> int:
        return max((time for _, time in self.appeals), default=0)

    @property
    def releasable_at(self) -> int:
        if self.appeals and self.refund_bps is None:
            return max(self.unlocks_at, self.appealed_at + LIMITS["APPEAL_PERIOD"])
        return self.unlocks_at

    @property
    def status(self) -> int:
        if self.is_released:
            return CaseStatus.RELEASED
        if self.refund_bps is not None:
            return CaseStatus.RESOLVED
        return CaseStatus.APPEALED if self.appeals else CaseStatus.LOCKED


def share(amount: int, bps: int) -> int:
    """A penalty: rounded down."""
    return amount * bps // LIMITS["BPS"]


def part(amount: int, base: int, whole: int) -> int:
    """What a slash is of a stake, for the brakes: rounded up."""
    return -(-amount * whole // base)
