"""Pending slashes, and calls of governance and the guardian."""

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.stateful.slashing.model.records import (
    CEILINGS,
    CONFIRMED,
    DROPPED,
    LAPSED,
    OPEN,
    Pending,
    part,
    share,
)


class Decisions:
    """What governance and the guardian decide, and what lapses."""

    def open_pending(self, pending_id: int) -> Pending:
        self.require(1 <= pending_id <= len(self.pendings), "Slasher: unknown pending")
        pending = self.pendings[pending_id - 1]
        self.need(pending.state == OPEN, "Slasher: not open")
        return pending

    def close(self, pending: Pending, state: int):
        pending.state = state
        hold = self.holds[pending.id]
        if hold.number == pending.hold:
            hold.amount -= pending.amount
            self.hold(pending.id)

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
        base = max(self.slashable(id), pending.base)
        amount = min(pending.amount, share(base, self.room_of_vote(id)))
        case_id = 0
        if amount:
            self.voted[id].append((self.now, part(amount, base, LIMITS["BPS"])))
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
        self.need(0 < bps <= LIMITS["MANIPULATION_CEILING"], "Slasher: bad share")
        self.need(len(reason) > 0, "Slasher: empty reason")
        stake = self.stakes(id)
        self.require(stake is not None, "SequencerPool: unknown sequencer")
        locked = stake.locked(self.now)
        bps = min(bps, self.room_of_vote(id))
        amount = share(locked, bps)
        case_id = 0
        if amount:
            # so two votes of one block are two
            key = self.key(Kind.MANIPULATION, id, len(self.cases) + 1)
            self.use(key, self.hash_of(reason))
            self.voted[id].append((self.now, bps))
            case_id = self.slash(id, amount, Kind.MANIPULATION, key)
            self.hold(id)
        taken = bps if amount else 0
        self.log("SlashedByGovernance", id, case_id, taken, reason.decode())
        return case_id

    def set_penalty(self, sender, kind, bps):
        self.require(sender == self.governance, "roles: not governance")
        self.require(bps <= CEILINGS.get(kind, -1), "Slasher: bad penalty")
        self.log("PenaltySet", kind, self.penalties[kind], bps)
        self.penalties[kind] = bps

    def stop(self, sender):
        self.require(sender == self.guardian, "guardian: not guardian")
        recent = self.stops and self.now < self.stops[-1][0] + LIMITS["SLASHER_STOP_INTERVAL"]
        self.require(not recent, "timed_pause: too soon")
        self.stops.append((self.now, self.now + LIMITS["SLASHER_STOP"]))
        self.log("Paused", self.now + LIMITS["SLASHER_STOP"])

    def resume(self, sender):
        self.require(sender == self.guardian, "guardian: not guardian")
        self.require(self.is_stopped, "timed_pause: not paused")
        self.stops[-1] = self.stops[-1][0], self.now
        self.log("Unpaused")
