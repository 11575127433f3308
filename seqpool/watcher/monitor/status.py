"""What a watcher knows of itself and of the chains, for metrics, alerts and /healthz."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seqpool.watcher.chain.contracts import L1Reader
from seqpool.watcher.chain.registry import RegistryState


@dataclass(frozen=True)
class Case:
    """A slash of one's own."""

    number: int
    kind: int
    amount: int  # wei
    appeal_until: int  # unix seconds; 0: nothing to appeal against any more
    releasable_at: int  # 0: it was released


@dataclass(frozen=True)
class Own:
    """The sequencer whose key this watcher has."""

    id: int  # 0: none
    state: int = 0  # ISequencerPool.State
    stake: int = 0  # wei, own and paired bonded
    min_stake: int = 0  # wei
    below_since: int = 0
    cure_until: int = 0  # unix seconds, about; 0: it is not below min_stake
    jailed_until: int = 0
    open_causes: int = 0
    unclaimed: int = 0  # wei of rewards
    cases: tuple[Case, ...] = ()

    @property
    def next_deadline(self) -> int | None:
        """The first date by which the operator has to act."""
        dates = [case.appeal_until for case in self.cases if case.appeal_until]
        return min([*dates, *([self.cure_until] if self.cure_until else [])], default=None)


@dataclass(frozen=True)
class OpenOutage:
    """A mass outage whose sequencers may be charged. Times are unix seconds."""

    number: int
    starts_at: int
    ends_at: int
    due: Mapping[int, int]  # sequencer => basis points of what it has locked
    # since when nobody has charged anybody; None: nothing is due, or reports are stopped
    waits_since: int | None
    own_cost: tuple[int, int] | None  # basis points and wei; None: this one has nothing to pay


@dataclass(frozen=True)
class VaultCase:
    """A slash of the LST vault's stake that is still in the price of deposits."""

    number: int
    amount: int  # wei that the vault has lost
    refund: int  # wei that are to be collected
    decided_since: int | None  # unix seconds, as far as known; None: it is not decided

    @property
    def is_decided(self) -> bool:
        return self.decided_since is not None


@dataclass(frozen=True)
class UnclaimedRefund:
    """What requests that have left the LST vault can claim of a case."""

    number: int
    amounts: Mapping[int, int]  # request => wei


@dataclass
class Status:
    """Filled in by the core as it goes; read by metrics, alerts and /healthz."""

    signer: str
    started_at: float
    registry: RegistryState | None = None
    looked_at: float = 0  # when L2 last answered, unix seconds
    l1_looked_at: float = 0
    epoch: int = 0  # of the next block
    in_charge: str | None = None  # None: in a gap
    round: int = 0  # of re-election, as things stand
    pending: int | None = None  # transactions that wait; None: the node does not tell
    clock_ahead: float = 0  # seconds by which the newest block's timestamp is ahead of this clock
    own: Own = field(default_factory=lambda: Own(0))
    balances: dict[str, int] = field(default_factory=dict)  # chain => wei
    outages: Sequence[OpenOutage] = ()
    vault_cases: Sequence[VaultCase] = ()
    unclaimed_refunds: Sequence[UnclaimedRefund] = ()
    accused: Sequence[str] = ()  # what enough have signed against it since the start

    @property
    def height(self) -> int:
        return 0 if self.registry is None else self.registry.head.number

    @property
    def is_my_turn(self) -> bool:
        return self.in_charge == self.signer

    def lag(self, now: float) -> float:
        """Seconds since the newest block."""
        return 0 if self.registry is None else now - self.registry.head.timestamp


async def read_own(l1: L1Reader, signer: str, now: int) -> Own:
    """Reads what L1 says of the sequencer of a key."""
    pool = l1.pool
    id = await l1.id_of(signer)
    if id == 0:
        return Own(0)
    record, parameters, clock = await l1.ask(
        [pool.ask("sequencer", id), pool.ask("parameters"), pool.ask("cure_clock")]
    )
    cure_until = 0
    if record.below_since:
        cure_until = now + record.below_since + parameters.cure_period - clock
    unclaimed = 0
    if l1.distributor is not None:
        unclaimed = (await l1.distributor.read("account", id)).operator
    return Own(
        id=id,
        state=record.state,
        stake=record.own.bonded + record.paired.bonded,
        min_stake=parameters.min_stake,
        below_since=record.below_since,
        cure_until=cure_until,
        jailed_until=record.jailed_until,
        open_causes=record.open_causes,
        unclaimed=unclaimed,
        cases=await _cases(l1, id),
    )


async def _cases(l1: L1Reader, id: int) -> tuple[Case, ...]:
    vault = l1.slash_vault
    numbers = range(1, await vault.read("case_count") + 1)
    found = await l1.ask([vault.ask("case_of", number) for number in numbers])
    return tuple(
        Case(
            number=number,
            kind=case.kind,
            amount=case.own + case.paired,
            # LOCKED, and nobody has appealed: the rest is decided or under way
            appeal_until=case.unlocks_at if case.status == 1 and not case.appealed_at else 0,
            releasable_at=case.releasable_at,
        )
        for number, case in zip(numbers, found, strict=True)
        if case.id == id
    )
