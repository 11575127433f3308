"""Calls of owners."""

from seqpool.pool.view import Approval, State
from seqpool.protocol.limits import LIMITS
from tests.stateful.pool.model.records import LEAVING, OWN, Sequencer


class Owners:
    """From `lock` to the last claim."""

    def lock(self, sender, signer, amount, recipient, pubkey, key_of, consent) -> int:
        self.use_approval(sender)
        vault, commission = self.intended.get(sender, (0, 0))
        self.need(not self.paused, "paused")
        self.need(recipient != 0, "zero recipient")
        self.need(amount >= self.min_stake or vault != 0, "below min stake")
        self.need(amount <= self.cap, "above cap")
        self.check_signer(sender, signer, pubkey, key_of, consent)
        self.settle()
        self.check_metis(sender, amount)

        id = len(self.sequencers) + 1
        seq = Sequencer(id, sender, signer, recipient, vault, commission)
        self.sequencers[id] = seq
        self.intended.pop(sender, None)
        self.take(sender, id)
        self.register_signer(seq, signer, pubkey)
        self.pull(sender, amount)
        seq.sides[OWN].bonded = amount
        self.log("Locked", id, sender, signer, amount, recipient)
        self.enter(seq)
        return id

    def relock(self, sender, id, amount):
        seq = self.owned_by(sender, id, self.distributor)
        self.deposit(sender, seq, amount, OWN)

    def deposit(self, sender: int, seq: Sequencer, amount: int, side: int):
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(seq.bonded + amount <= self.cap, "above cap")
        self.need(not self.paused or seq.bonded + amount <= self.min_stake, "paused")
        self.settle()
        self.check_metis(sender, amount)
        self.pull(sender, amount)
        seq.sides[side].bonded += amount
        self.log("Deposited", seq.id, sender, side, amount)
        self.follow(seq)

    def request_withdrawal(self, sender, id, amount):
        seq = self.owned_by(sender, id)
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(amount <= seq.sides[OWN].bonded, "more than bonded")
        self.need(seq.bonded - amount >= self.min_stake, "below min stake")
        self.settle()
        self.unbond(seq, amount, OWN)
        self.follow(seq)

    def unlock(self, sender, id):
        seq = self.owned_by(sender, id)
        self.require(seq.state not in LEAVING, "has left")
        self.exit(seq)

    def claim(self, sender, id) -> int:
        seq = self.known(id)
        return self.pay(seq, OWN, seq.owner)

    def pay(self, seq: Sequencer, side: int, recipient: int) -> int:
        amount = self.claimable(seq, side)
        self.require(amount > 0, "nothing to claim")
        kept, left = self.kept(seq), amount
        unbondings = seq.sides[side].unbondings
        for unbonding in unbondings:
            if unbonding.matures_at <= self.now:
                taken = min(left, unbonding.amount)
                unbonding.amount -= taken
                left -= taken
        unbondings[:] = [x for x in unbondings if x.amount]
        if sum(kept):
            # whatever was taken, the same is kept
            self.set_hold(seq, seq.held, seq.held_until, kept)
        self.move(self.pool, recipient, amount)
        self.log("Claimed", seq.id, recipient, side, amount)
        self.finish_exit(seq)
        return amount

    def rotate_signer(self, sender, id, signer, pubkey, key_of, consent):
        self.require(id in self.sequencers, "unknown sequencer", "not owner or signer")
        seq = self.sequencers[id]
        self.need(sender in (seq.owner, seq.signer), "not owner or signer")
        self.need(seq.state not in LEAVING, "has left")
        period = self.parameters["rotation_period"]
        if sender == seq.owner:
            earliest = seq.owner_rotated_at + period
        else:
            earliest = max(
                seq.signer_rotated_at + period,
                seq.owner_rotated_at + LIMITS["SIGNER_ROTATION_LOCK"],
            )
        self.need(self.now >= earliest, "rotated too recently")
        self.check_signer(seq.owner, signer, pubkey, key_of, consent)
        self.settle()

        if sender == seq.owner:
            seq.owner_rotated_at = self.now
        else:
            seq.signer_rotated_at = self.now
        old, seq.signer = seq.signer, signer
        self.signers[old] = (id, self.now)
        self.register_signer(seq, signer, pubkey)
        self.log("SignerRotated", id, old, signer, sender)

    def transfer_ownership_of(self, sender, id, new_owner):
        seq = self.owned_by(sender, id)
        self.require(seq.state != State.EXITED, "has left")
        seq.pending_owner = new_owner
        self.log("SequencerTransferStarted", id, sender, new_owner)

    def accept_ownership_of(self, sender, id):
        self.require(id in self.sequencers, "unknown sequencer", "not pending owner")
        seq = self.sequencers[id]
        self.need(sender == seq.pending_owner, "not pending owner")
        self.need(seq.state != State.EXITED, "has left")
        self.use_approval(sender)
        self.need(self.intended.get(sender, (0, 0))[0] == 0, "owner is paired")
        self.settle()
        old, seq.owner, seq.pending_owner = seq.owner, sender, 0
        if self.is_admitted(old):
            self.approvals[old] = Approval.NONE  # it was for this sequencer
        self.take(sender, id)
        self.log("SequencerTransferred", id, old, sender)
        seq.owner_rotated_at = 0
        self.set_recipient(seq, sender)
        self.follow(seq)

    def set_reward_recipient(self, sender, id, recipient):
        seq = self.owned_by(sender, id)
        self.require(recipient != 0, "zero recipient")
        self.set_recipient(seq, recipient)

    def set_recipient(self, seq: Sequencer, recipient: int):
        old, seq.recipient = seq.recipient, recipient
        self.log("RewardRecipientSet", seq.id, old, recipient)

    def unjail(self, sender, id):
        seq = self.owned_by(sender, id)
        self.need(seq.state == State.JAILED, "not jailed")
        self.need(self.now >= seq.jailed_until, "jail is not over")
        self.settle()
        self.change(seq, State.ACTIVE)
