"""A naive model of Slasher and SlashVault (docs/design.md): lists of what happened, and scans."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.stateful import epochs_model
from tests.stateful.epochs_model import Certificate, Correction, Reelection, power_of, signer_of
from tests.stateful.model import Rejected
from tests.utils.system import DAY, HOUR

# docs/design.md section 3.4: what governance cannot change.
TIMEOUT_MAXIMUM = 0  # in place of a kind
SLOW_PRODUCTION, BLOCK_TIMEOUT, BACKLOG, INVALID_EXECUTION = 1, 2, 3, 4
EQUIVOCATION, MANIPULATION, MASS_OUTAGE = 5, 6, 7
CEILINGS = {
    TIMEOUT_MAXIMUM: 200,
    BLOCK_TIMEOUT: 200,
    BACKLOG: 200,
    INVALID_EXECUTION: 1_000,
    EQUIVOCATION: 2_000,
    MASS_OUTAGE: 1_000,
}
MAX_VOTE = 3_000
BPS, SHARE = 10_000, 10**9
MAX_AGE = 7 * DAY
COMMITTEE_AGE, COMMITTEE_AGE_ON_L2, OLD_SIGNER_AGE = 7 * DAY, 21 * DAY, 7 * DAY
STOP, STOP_INTERVAL = 3 * DAY, 14 * DAY
STRIKE_PERIOD, WINDOW, MIN_OUTAGE = 30 * DAY, DAY, 3
# A report remembers so many timeouts of the id and of its owner, the latest reports.
STRIKES_OF_ID, STRIKES_OF_OWNER = 17, 16
BRAKE_PERIOD, BRAKE_DAYS = 30 * DAY, 7
BRAKE_OF_ALL, BRAKE_OF_ONE, BRAKE_OF_VOTE = SHARE // 5, SHARE * 15 // 100, SHARE * 30 // 100
MAX_HOLD = 30 * DAY
SLASH_LOCK, APPEAL_PERIOD, TREASURY_NOTICE = 365 * DAY, 180 * DAY, 7 * DAY

OPEN, CONFIRMED, DROPPED, LAPSED = 1, 2, 4, 8
LOCKED, APPEALED, RESOLVED, RELEASED = 1, 2, 4, 8


class Offence(NamedTuple):
    committee_nonce: int
    sequencer_id: int
    kind: int
    epoch: int
    observed_at: int
    evidence: int


class Commitment(NamedTuple):
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


@dataclass
class Timeout:
    time: int
    id: int
    owner: int  # when it was reported
    nonce: int  # of the committee that has voted
    power: int  # in it
    locked: int
    bps: int = 0  # that it has cost
    charged: bool = False  # as a part of a mass outage


@dataclass
class Period:
    """Of the brake of one sequencer."""

    began_at: int = 0
    base: int = 0
    taken: int = 0  # shares
    taken_in_all: int = 0


@dataclass
class Pending:
    id: int
    amount: int
    kind: int
    key: int
    expires_at: int
    state: int = OPEN


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
        return self.losses[side][1] * (self.refund_bps or 0) // BPS

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
        return self.slashed_at + SLASH_LOCK

    @property
    def appealed_at(self) -> int:
        return max((time for _, time in self.appeals), default=0)

    @property
    def releasable_at(self) -> int:
        if self.appeals and self.refund_bps is None:
            return max(self.unlocks_at, self.appealed_at + APPEAL_PERIOD)
        return self.unlocks_at

    @property
    def status(self) -> int:
        if self.is_released:
            return RELEASED
        if self.refund_bps is not None:
            return RESOLVED
        return APPEALED if self.appeals else LOCKED


def share(amount: int, bps: int) -> int:
    """A penalty: rounded up."""
    return -(-amount * bps // BPS)


def part(amount: int, base: int) -> int:
    """What a slash is of a stake, for the brakes: rounded up."""
    return -(-amount * SHARE // base)


class Model:
    """Each external call is a method; it raises Rejected, or acts and appends to `events` and
    `transfers`. What the pool holds of each sequencer is asked of `stakes`."""

    # The same rules on both chains.
    check_certificate = epochs_model.Model.check_certificate

    def __init__(
        self,
        *,
        people: dict[str, int],
        domain: int,
        penalties: dict[int, int],
        now: int,
        stakes: Callable[[int], Stake | None],
        keccak: Callable[..., int],
        hash_of: Callable[[tuple], int],
    ):
        self.governance, self.guardian = people["governance"], people["guardian"]
        self.pool, self.vault = people["pool"], people["vault"]
        self.domain, self.now = domain, now
        self.penalties = dict(penalties)
        self.stakes, self.keccak, self.hash_of = stakes, keccak, hash_of

        # as the pool says
        self.committees: list[Committee] = []
        self.signers: dict[int, tuple[int, int | None]] = {}  # => id, and when it was rotated out
        self.balances: dict[int, int] = {}

        self.stops: list[tuple[int, int]] = []  # from, to
        self.evidence: dict[int, int] = {}  # by key
        self.timeouts: list[Timeout] = []  # in the order of their reports
        self.slashes: list[tuple[int, int]] = []  # without a vote: time, share of all
        self.periods: dict[int, Period] = {}
        self.pendings: list[Pending] = []
        self.causes: set[tuple] = set()  # id, and what it is suspended for
        self.jails: dict[int, int] = {}
        self.cases: list[Case] = []
        self.treasuries: list[tuple[int, int]] = [(people["treasury"], 0)]  # and since when
        self.events: list[tuple] = []
        self.transfers: list[tuple] = []  # from, to, amount
        self._faults: list[str] = []

    # ------------------------------------------------------------ calls

    def call(self, name: str, sender: int, *args):
        """What the call returns; raises Rejected."""
        self.events, self.transfers, self._faults = [], [], []
        return getattr(self, name)(sender, *args)

    def need(self, ok: bool, reason: str):
        """Notes a broken rule: which of several is named is not specified."""
        if not ok:
            self._faults.append(reason)

    def settle(self):
        if self._faults:
            raise Rejected(*self._faults)

    def require(self, ok: bool, reason: str):
        self.need(ok, reason)
        self.settle()

    def log(self, *event):
        self.events.append(event)

    def pay(self, payer: int, payee: int, amount: int):
        self.balances[payer] -= amount
        self.balances[payee] = self.balances.get(payee, 0) + amount
        self.transfers.append((payer, payee, amount))

    # ------------------------------------------------------------ queries

    @property
    def is_stopped(self) -> bool:
        return any(start <= self.now < end for start, end in self.stops)

    def age(self, time: int) -> int:
        """Less what of the latest stop has passed since."""
        start, end = self.stops[-1] if self.stops else (0, 0)
        stopped = max(0, min(self.now, end) - max(time, start))
        return self.now - time - stopped

    def strikes(self, id: int, owner: int, time: int) -> int:
        """Timeouts less than 30 days from a time, of an id or its owner."""
        of_id = [x.time for x in self.timeouts if x.id == id][-STRIKES_OF_ID:]
        of_owner = [x.time for x in self.timeouts if x.owner == owner][-STRIKES_OF_OWNER:]
        return max(sum(abs(x - time) < STRIKE_PERIOD for x in times) for times in (of_id, of_owner))

    @property
    def braked(self) -> int:
        """Of all stake, today and in the seven days before."""
        today = self.now // DAY
        return sum(part for at, part in self.slashes if today - at // DAY <= BRAKE_DAYS)

    def held(self, id: int) -> tuple[int, int]:
        """What is pending, and how long the pool keeps it: the latest decides."""
        mine = [x for x in self.pendings if x.id == id]
        amount = sum(x.amount for x in mine if x.state == OPEN)
        return amount, max((x.expires_at for x in mine), default=0)

    def takeable(self, id: int) -> list[tuple[int, int]]:
        """Of each side: bonded; and unbonding, with what a hold keeps of the matured."""
        amount, until = self.held(id)
        left = amount if until > self.now else 0
        answer = []
        for side in self.stakes(id).sides:
            locked = side.bonded + side.unmatured(self.now)
            left -= min(left, locked)
            kept = min(left, side.matured(self.now))
            left -= kept
            answer.append((side.bonded, side.unmatured(self.now) + kept))
        return answer

    @property
    def escrow(self) -> int:
        return sum(case.held for case in self.cases)

    @property
    def treasury(self) -> int:
        return [treasury for treasury, since in self.treasuries if since <= self.now][-1]

    # ------------------------------------------------------------ proof

    def committee(self, nonce: int, age: int) -> Committee | None:
        found = next((x for x in self.committees if x.nonce == nonce), None)
        self.need(found is not None, "Slasher: unknown committee")
        if found and found.superseded_at is not None:
            self.need(self.age(found.superseded_at) <= age, "Slasher: old committee")
        return found

    def check_age(self, time: int):
        self.need(time <= self.now, "Slasher: in the future")
        if time <= self.now:
            self.need(self.age(time) <= MAX_AGE, "Slasher: too old")

    def key(self, *words: int) -> int:
        """The first half of a hash, in place."""
        return self.keccak(*words) >> 128 << 128

    def use(self, key: int, evidence: int):
        self.need(evidence != 0, "SlashVault: no evidence")
        self.require(key not in self.evidence, "SlashVault: offence is punished")
        self.evidence[key] = evidence

    # ------------------------------------------------------------ anyone with proof

    def report(self, sender, offence: Offence, certificate: Certificate) -> int:
        id, kind = offence.sequencer_id, offence.kind
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(kind in (SLOW_PRODUCTION, BACKLOG), "Slasher: wrong kind")
        self.check_age(offence.observed_at)
        committee = self.committee(offence.committee_nonce, COMMITTEE_AGE)
        self.settle()
        self.check_certificate(certificate, committee, offence)
        stake = self.stakes(id)
        self.need(stake is not None, "SequencerPool: unknown sequencer")
        key = self.key(kind, id, offence.epoch)
        self.use(key, offence.evidence)
        if kind == SLOW_PRODUCTION:
            self.log("OffenceReported", id, kind, offence.epoch, offence.evidence)
            return 0
        locked = stake.locked(self.now)
        case_id = self.punish(id, locked, share(locked, self.penalties[BACKLOG]), kind, key)
        self.jail(id, DAY)
        return case_id

    def report_reelection(self, sender, message: Reelection, certificate: Certificate) -> int:
        time = message.last_block_timestamp
        is_timeout = message.reason == epochs_model.TIMEOUT
        known = (epochs_model.TIMEOUT, epochs_model.INVALID_EXECUTION)
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(message.reason in known, "Slasher: unknown reason")
        self.check_age(time)
        self.need(message.failed in self.signers, "Slasher: unknown signer")
        committee = self.committee(message.committee_nonce, COMMITTEE_AGE_ON_L2)
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.failed]
        key = self.key(BLOCK_TIMEOUT, id, message.last_block)
        self.use(key, self.hash_of(message))
        stake = self.stakes(id)
        locked = stake.locked(self.now)
        if not is_timeout:
            amount = share(locked, self.penalties[INVALID_EXECUTION])
            case_id = self.punish(id, locked, amount, INVALID_EXECUTION, key)
            block = message.last_block + 1
            self.suspend(id, (INVALID_EXECUTION, message.epoch, block), message.epoch, block)
            return case_id

        count = self.strikes(id, stake.owner, time) + 1
        powers = [power_of(x) for x in committee.members if signer_of(x) == message.failed]
        timeout = Timeout(time, id, stake.owner, committee.nonce, sum(powers), locked)
        self.timeouts.append(timeout)
        kind, amount = BLOCK_TIMEOUT, 0
        all_stake = self.balances[self.pool]
        outage = self.outage(timeout)
        if outage:
            kind = MASS_OUTAGE
            for other in dict.fromkeys(x.id for x in outage):
                if other != id:
                    most, due = self.charge(other, outage)
                    self.take(other, all_stake, most, due, MASS_OUTAGE, key)
            amount = self.charge(id, outage)[1]
        elif not self.is_covered(timeout):
            penalty = count * self.penalties[BLOCK_TIMEOUT]
            timeout.bps = min(penalty, self.penalties[TIMEOUT_MAXIMUM])
            amount = share(locked, timeout.bps)
        case_id = self.punish(id, locked, amount, kind, key, count, all_stake)
        self.jail(id, count * HOUR)
        return case_id

    def report_equivocation(self, sender, one, one_signature, other, other_signature) -> int:
        """A signature is what is true of it; one of something else is by a stranger."""
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(one[:2] == other[:2], "Slasher: not one height")
        self.need(one.block_hash != other.block_hash, "Slasher: same block")
        true = [
            signature.of == (self.domain, commitment)
            for signature, commitment in ((one_signature, one), (other_signature, other))
        ]
        signer = one_signature.by
        # of two wrong ones nobody knows by whom they are
        if not all(true) or signer != other_signature.by:
            self.require(False, "Slasher: two signers")
        self.require(signer in self.signers, "Slasher: unknown signer")
        id, rotated_at = self.signers[signer]
        if rotated_at is not None:
            self.need(self.age(rotated_at) <= OLD_SIGNER_AGE, "Slasher: rotated out")
        self.need((id, EQUIVOCATION) not in self.causes, "Slasher: suspended already")
        key = self.key(EQUIVOCATION, id, one.epoch, one.block_number)
        self.use(key, self.keccak(self.hash_of(one), self.hash_of(other)))
        amount = share(self.stakes(id).locked(self.now), self.penalties[EQUIVOCATION])
        case_id = self.slash(id, amount, EQUIVOCATION, key)
        self.log("OffencePunished", id, EQUIVOCATION, key, case_id, 0, amount, 0)
        self.suspend(id, (EQUIVOCATION,), one.epoch, one.block_number)
        return case_id

    def lift_suspension(self, sender, message: Correction, certificate: Certificate):
        self.need(message.signer in self.signers, "Slasher: unknown signer")
        committee = self.committee(message.committee_nonce, COMMITTEE_AGE_ON_L2)
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.signer]
        cause = (INVALID_EXECUTION, message.epoch, message.block_number)
        self.require((id, *cause) in self.causes, "SequencerPool: cause is not open")
        self.causes.remove((id, *cause))
        self.log("CauseLifted", id, self.keccak(*cause))

    # ------------------------------------------------------------ mass outages

    def outage(self, timeout: Timeout) -> list[Timeout] | None:
        """The timeouts of a mass outage that a timeout is a part of, if it is of one: within the
        day up to it or, if it is reported late, up to one after it."""
        by_day = sorted(self.timeouts, key=lambda x: x.time // DAY)
        later = [x.time for x in by_day if timeout.time < x.time < timeout.time + WINDOW]
        for end in [timeout.time, *later]:
            within = [x for x in by_day if end - WINDOW < x.time <= end]
            ids = {x.id for x in within}
            power = sum(max(x.power for x in within if x.id == id) for id in ids)
            nonces = [x.nonce for x in within]
            committees = [x for x in self.committees if min(nonces) <= x.nonce <= max(nonces)]
            if len(ids) >= MIN_OUTAGE and all(
                3 * len(ids) >= len(x.members) and 3 * power >= x.power for x in committees
            ):
                return within
        return None

    def charge(self, id: int, outage: list[Timeout]) -> tuple[int, int]:
        """The most that it had locked, and what is due; 0 if it was charged less than a day from
        its last timeout in the outage."""
        mine = [x for x in outage if x.id == id]
        locked = max(x.locked for x in mine)
        cost = sum(share(x.locked, x.bps) for x in mine)
        # of two at one time, the one reported last
        last = max(reversed(mine), key=lambda x: x.time)
        if self.is_covered(last):
            return locked, 0
        last.charged = True
        return locked, max(0, share(locked, self.penalties[MASS_OUTAGE]) - cost)

    def is_covered(self, timeout: Timeout) -> bool:
        """By a charge less than 24 hours before it, or after it: then it was reported late."""
        return any(
            x.charged and x.id == timeout.id and timeout.time < x.time + WINDOW
            for x in self.timeouts
        )

    # ------------------------------------------------------------ money

    def punish(
        self, id: int, locked: int, amount: int, kind: int, key: int, count=0, all_stake=0
    ) -> int:
        all_stake = all_stake or self.balances[self.pool]
        case_id, pending_id = self.take(id, all_stake, locked, amount, kind, key)
        self.log("OffencePunished", id, kind, key, case_id, pending_id, amount, count)
        return case_id

    def take(
        self, id: int, all_stake: int, locked: int, amount: int, kind: int, key: int
    ) -> tuple[int, int]:
        """As much as the brakes allow; the rest is pending."""
        if amount == 0:
            return 0, 0
        period = self.periods[id] = self.period(id, locked)
        rooms = (
            self.room(all_stake, BRAKE_OF_ALL, self.braked),
            self.room(period.base, BRAKE_OF_ONE, period.taken),
            self.room(period.base, BRAKE_OF_VOTE, period.taken_in_all),
        )
        taken = min(amount, *rooms)
        case_id = pending_id = 0
        if taken:
            self.slashes.append((self.now, part(taken, all_stake)))
            period.taken += part(taken, period.base)
            period.taken_in_all += part(taken, period.base)
            case_id = self.slash(id, taken, kind, key)
        if amount > taken:
            expires_at = self.now + MAX_HOLD
            self.pendings.append(Pending(id, amount - taken, kind, key, expires_at))
            pending_id = len(self.pendings)
            self.log("SlashPending", pending_id, id, kind, amount - taken, expires_at)
            self.log("Held", id, *self.held(id))
        return case_id, pending_id

    def period(self, id: int, locked: int) -> Period:
        """The present one, or one that begins now."""
        old = self.periods.get(id, Period())
        return Period(self.now, locked) if self.now >= old.began_at + BRAKE_PERIOD else old

    def room(self, base: int, limit: int, used: int) -> int:
        return base * max(0, limit - used) // SHARE

    def slash(self, id: int, amount: int, kind: int, key: int) -> int:
        """Of the owner's stake first, then of the vault's."""
        stake, left = self.stakes(id), amount
        bonded, unbonding = [], []
        for own_bonded, own_unbonding in self.takeable(id):
            bonded.append(min(left, own_bonded))
            left -= bonded[-1]
            unbonding.append(min(left, own_unbonding))
            left -= unbonding[-1]
        if left == amount:
            return 0
        own, paired = (x + y for x, y in zip(bonded, unbonding, strict=True))
        vault = stake.vault if paired else 0
        self.cases.append(Case(id, [(stake.owner, own), (vault, paired)], kind, key, self.now))
        case_id, evidence = len(self.cases), self.evidence.get(key, 0)
        parties = (stake.owner, vault, own, paired)
        self.log("CaseOpened", case_id, id, *parties, kind, evidence)
        self.log("Slashed", id, case_id, kind, tuple(bonded), tuple(unbonding), key)
        self.pay(self.pool, self.vault, own + paired)
        return case_id

    def jail(self, id: int, seconds: int):
        self.jails[id] = max(self.jails.get(id, 0), self.now + seconds)
        self.log("Jailed", id, self.jails[id])

    def suspend(self, id: int, cause: tuple, epoch: int, block: int):
        self.causes.add((id, *cause))
        is_named = cause != (EQUIVOCATION,)
        named = self.keccak(*cause) if is_named else self.hash_of(b"EQUIVOCATION")
        self.log("Suspended", id, named, epoch, block)

    # ------------------------------------------------------------ pending

    def open_pending(self, pending_id: int) -> Pending:
        self.require(1 <= pending_id <= len(self.pendings), "Slasher: unknown pending")
        pending = self.pendings[pending_id - 1]
        self.need(pending.state == OPEN, "Slasher: not open")
        return pending

    def close(self, pending: Pending, state: int):
        pending.state = state
        amount, until = self.held(pending.id)
        if until > self.now:
            self.log("Held", pending.id, amount, until)

    def lapse(self, sender, pending_id):
        pending = self.open_pending(pending_id)
        self.require(self.now >= pending.expires_at, "Slasher: not expired")
        self.close(pending, LAPSED)
        self.log("PendingLapsed", pending_id)

    def confirm(self, sender, pending_id) -> int:
        self.require(sender == self.governance, "roles: not governance")
        pending = self.open_pending(pending_id)
        self.require(self.now < pending.expires_at, "Slasher: expired")
        id = pending.id
        period = self.period(id, sum(map(sum, self.takeable(id))))
        amount = min(pending.amount, self.room(period.base, BRAKE_OF_VOTE, period.taken_in_all))
        case_id = 0
        if amount:
            period.taken_in_all += part(amount, period.base)
            self.periods[id] = period
            case_id = self.slash(id, amount, pending.kind, pending.key)
        self.close(pending, CONFIRMED)
        self.log("PendingConfirmed", pending_id, case_id, amount)
        return case_id

    def drop(self, sender, pending_id):
        self.require(sender == self.governance, "roles: not governance")
        pending = self.open_pending(pending_id)
        self.settle()
        self.close(pending, DROPPED)
        self.log("PendingDropped", pending_id)

    # ------------------------------------------------------------ governance, guardian

    def slash_by_governance(self, sender, id, bps, reason: bytes) -> int:
        self.require(sender == self.governance, "roles: not governance")
        self.need(0 < bps <= MAX_VOTE, "Slasher: bad share")
        self.need(len(reason) > 0, "Slasher: empty reason")
        stake = self.stakes(id)
        self.require(stake is not None, "SequencerPool: unknown sequencer")
        locked = stake.locked(self.now)
        amount = locked * bps // BPS
        self.require(amount > 0, "Slasher: nothing is locked")
        period = self.period(id, locked)
        amount = min(amount, self.room(period.base, BRAKE_OF_VOTE, period.taken_in_all))
        self.need(amount > 0, "Slasher: above ceiling")
        key = self.key(MANIPULATION, id, self.now)
        self.use(key, self.hash_of(reason))
        period.taken_in_all += part(amount, period.base)
        self.periods[id] = period
        case_id = self.slash(id, amount, MANIPULATION, key)
        self.log("SlashedByGovernance", id, case_id, bps, reason.decode())
        return case_id

    def set_penalty(self, sender, kind, bps):
        self.require(sender == self.governance, "roles: not governance")
        self.require(bps <= CEILINGS.get(kind, -1), "Slasher: bad penalty")
        self.log("PenaltySet", kind, self.penalties[kind], bps)
        self.penalties[kind] = bps

    def stop(self, sender):
        self.require(sender == self.guardian, "guardian: not guardian")
        recent = self.stops and self.now < self.stops[-1][0] + STOP_INTERVAL
        self.require(not recent, "timed_pause: too soon")
        self.stops.append((self.now, self.now + STOP))
        self.log("Paused", self.now + STOP)

    def resume(self, sender):
        self.require(sender == self.guardian, "guardian: not guardian")
        self.require(self.is_stopped, "timed_pause: not paused")
        self.stops[-1] = self.stops[-1][0], self.now
        self.log("Unpaused")

    # ------------------------------------------------------------ cases

    def case(self, case_id: int) -> Case:
        self.require(1 <= case_id <= len(self.cases), "SlashVault: unknown case")
        return self.cases[case_id - 1]

    def sides_of(self, case: Case, who: int) -> list[int]:
        """Whoever is both acts for both."""
        sides = [side for side in (0, 1) if case.losses[side][0] == who]
        self.require(bool(sides), "SlashVault: not owner or vault")
        return sides

    def appeal(self, sender, case_id, statement: bytes):
        case = self.case(case_id)
        sides = self.sides_of(case, sender)
        before = [side for side, _ in case.appeals]
        self.need(not set(sides) & set(before), "SlashVault: appealed already")
        self.need(case.refund_bps is None, "SlashVault: resolved already")
        self.need(self.now < case.unlocks_at, "SlashVault: too late")
        self.require(len(statement) > 0, "SlashVault: empty statement")
        case.appeals += [(side, self.now) for side in sides]
        self.log("CaseAppealed", case_id, sender, statement.decode())

    def resolve(self, sender, case_id, refund_bps):
        self.require(sender == self.governance, "roles: not governance")
        case = self.case(case_id)
        self.need(bool(case.appeals), "SlashVault: not appealed")
        self.need(case.refund_bps is None, "SlashVault: resolved already")
        self.need(not case.is_released, "SlashVault: released already")
        self.require(refund_bps <= BPS, "SlashVault: refund above all")
        case.refund_bps = refund_bps
        self.log("CaseResolved", case_id, refund_bps, case.refund(0), case.refund(1))

    def collect_refund(self, sender, case_id) -> int:
        case = self.case(case_id)
        sides = self.sides_of(case, sender)
        amount = sum(map(case.due, sides))
        self.require(amount > 0, "SlashVault: nothing to collect")
        case.collected |= set(sides)
        self.log("RefundCollected", case_id, sender, amount)
        self.pay(self.vault, sender, amount)
        return amount

    def release(self, sender, case_id) -> int:
        case = self.case(case_id)
        self.need(not case.is_released, "SlashVault: released already")
        self.need(self.now >= case.unlocks_at, "SlashVault: too early")
        self.need(self.now >= case.releasable_at, "SlashVault: appeal is open")
        self.settle()
        case.is_released = True
        self.log("CaseReleased", case_id, self.treasury, case.rest)
        self.pay(self.vault, self.treasury, case.rest)
        return case.rest

    def announce_treasury(self, sender, treasury):
        self.require(sender == self.governance, "roles: not governance")
        self.require(treasury != 0, "SlashVault: zero treasury")
        present = [x for x in self.treasuries if x[1] <= self.now]
        self.treasuries = [*present, (treasury, self.now + TREASURY_NOTICE)]
        self.log("TreasuryAnnounced", treasury, self.now + TREASURY_NOTICE)

    # ------------------------------------------------------------ contracts only

    def open_case(self, sender, *args):
        raise Rejected("SlashVault: not pool")

    def use_key(self, sender, *args):
        raise Rejected("SlashVault: not slasher")
