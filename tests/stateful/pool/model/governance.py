"""Calls of governance and of the guardian."""

from seqpool.pool.view import Approval, State
from seqpool.protocol.limits import LIMITS
from tests.stateful.model import Rejected
from tests.stateful.pool.model.records import BOUNDS, LEAVING, PAIRED


class Governance:
    """Admissions, pairings, parameters, roles and pauses."""

    def approve(self, sender, owner):
        self.as_governance(sender)
        self.require(owner != 0, "zero owner")
        seq = self.owned(owner)
        self.log("OwnerApproved", owner)
        if seq and seq.state not in LEAVING:
            self.approvals[owner] = Approval.ADMITTED
            self.follow(seq)
        else:
            self.approvals[owner] = Approval.APPROVED

    def disapprove(self, sender, owner):
        self.as_governance(sender)
        self.withdraw_approval(owner)

    def withdraw_approval(self, owner: int):
        self.approvals[owner] = Approval.NONE
        self.log("OwnerDisapproved", owner)

    def set_pairing(self, sender, owner, vault, commission):
        self.as_governance(sender)
        self.need(owner != 0, "zero owner")
        self.need(commission <= LIMITS["COMMISSION_CEILING"], "bad commission")
        seq = self.owned(owner)
        if seq is None or seq.state in LEAVING:
            self.settle()
            self.intended[owner] = (vault, commission if vault else 0)
            self.log("PairingSet", owner, vault, 0, commission)
            return
        other = vault not in (0, seq.vault)
        self.need(not (other and seq.sides[PAIRED].total()), "vault has stake")
        self.settle()
        seq.commission, seq.pairing_ended = commission, vault == 0
        self.log("PairingSet", owner, vault, seq.id, commission)
        if vault:
            seq.vault = vault
        elif seq.sides[PAIRED].bonded:
            self.unbond(seq, seq.sides[PAIRED].bonded, PAIRED)
            self.follow(seq)

    def offboard(self, sender, id):
        self.as_governance(sender)
        seq = self.known(id)
        self.require(seq.state not in LEAVING, "has left")
        self.withdraw_approval(seq.owner)
        self.exit(seq)

    def reinstate(self, sender, id):
        self.as_governance(sender)
        seq = self.known(id)
        self.require(seq.state in (State.JAILED, State.SUSPENDED), "wrong state")
        seq.jailed_until = 0
        self.log("Reinstated", id)
        if seq.state == State.JAILED:
            self.change(seq, State.ACTIVE)
        else:
            seq.causes.clear()
            self.enter(seq)

    def set_parameter(self, sender, name: str, new: int):
        self.as_governance(sender)
        if name == "min_stake":
            self.require(LIMITS["MIN_STAKE_FLOOR"] <= new <= self.cap, "bad min_stake")
            self.min_stake_set_at = self.cure_clock
        elif name == "cap":
            self.require(self.min_stake <= new <= LIMITS["CAP_CEILING"], "bad cap")
        else:
            floor, ceiling = BOUNDS[name]
            self.require(floor <= new <= ceiling, f"bad {name}")
        old, self.parameters[name] = self.parameters[name], new
        self.log("ParameterSet", name, old, new)

    def announce_slasher(self, sender, slasher):
        self.as_governance(sender)
        self.require(slasher != 0, "zero slasher")
        self.current_slasher, self.current_since = self.slasher, self.slasher_since
        self.announced = (slasher, self.now + LIMITS["SLASHER_NOTICE"])
        self.log("SlasherAnnounced", *self.announced)

    def set_distributor(self, sender, distributor):
        self.as_governance(sender)
        self.require(distributor != 0, "zero distributor")
        old, self.distributor = self.distributor, distributor
        self.log("DistributorSet", old, distributor)

    def set_guardian(self, sender, guardian):
        self.as_governance(sender)
        if guardian == 0:
            raise Rejected("guardian: zero guardian")
        old, self.guardian = self.guardian, guardian
        self.log("GuardianSet", old, guardian)

    def transfer_ownership(self, sender, new):
        if sender != self.governance:
            raise Rejected("ownable: caller is not the owner")
        self.pending_governance = new
        self.log("OwnershipTransferStarted", sender, new)

    def accept_ownership(self, sender):
        if sender != self.pending_governance:
            raise Rejected("ownable_2step: caller is not the new owner")
        old, self.governance, self.pending_governance = self.governance, sender, 0
        self.log("OwnershipTransferred", old, sender)

    # ------------------------------------------------------------ guardian

    def pause(self, sender):
        self.as_guardian(sender)
        if self.pauses and self.now < self.pauses[-1][0] + LIMITS["PAUSE_INTERVAL"]:
            raise Rejected("timed_pause: too soon")
        self.pauses.append((self.now, self.now + LIMITS["PAUSE_DURATION"]))
        self.log("Paused", self.now + LIMITS["PAUSE_DURATION"])

    def unpause(self, sender):
        self.as_guardian(sender)
        if not self.paused:
            raise Rejected("timed_pause: not paused")
        self.pauses[-1] = (self.pauses[-1][0], self.now)
        self.log("Unpaused")
