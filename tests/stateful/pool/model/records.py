"""What the pool's model keeps of sequencers, cases and committees."""

from dataclasses import dataclass, field

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS

BOUNDS = {
    "max_sequencers": (LIMITS["SEATS_FLOOR"], LIMITS["MAX_SEQUENCERS"]),
    **{
        name: (LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"])
        for name in ("exit_delay", "cure_period", "rotation_period")
    },
}

OWN, PAIRED = 0, 1
LEAVING = (State.EXITING, State.EXITED)
SEATED = (State.ACTIVE, State.JAILED)
CLOCKED = (State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED)


@dataclass
class Unbonding:
    amount: int
    matures_at: int


@dataclass
class Side:
    """One side's stake."""

    bonded: int = 0
    unbondings: list[Unbonding] = field(default_factory=list)

    def unmatured(self, now: int) -> int:
        return sum(x.amount for x in self.unbondings if x.matures_at > now)

    def matured(self, now: int) -> int:
        return sum(x.amount for x in self.unbondings if x.matures_at <= now)

    def total(self) -> int:
        return self.bonded + sum(x.amount for x in self.unbondings)


@dataclass
class Sequencer:
    id: int
    owner: int
    signer: int
    recipient: int
    vault: int = 0
    commission: int = 0
    pairing_ended: bool = False
    pending_owner: int = 0
    state: int = State.NONE
    place: int = 0  # number in the queue
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    held: int = 0
    held_until: int = 0
    held_since: int = 0  # when the hold was set
    held_before: tuple[int, int] = (0, 0)  # what it keeps of what had matured then, by side
    jailed_until: int = 0
    below_since: int = 0
    causes: set[int] = field(default_factory=set)
    owner_rotated_at: int = 0
    signer_rotated_at: int = 0

    @property
    def bonded(self) -> int:
        return sum(side.bonded for side in self.sides)

    @property
    def locked(self) -> int:
        return sum(side.total() for side in self.sides)


@dataclass
class Case:
    id: int
    owner: int
    vault: int
    own: int
    paired: int
    kind: int
    evidence: int
    slashed_at: int


@dataclass
class Committee:
    words: list[int]
    power: int
    created_at: int
    superseded_at: int = 0
