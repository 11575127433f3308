"""Calls of the Slasher."""

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS
from tests.stateful.pool.model.records import LEAVING, OWN, PAIRED, Case


class Slasher:
    """Slashes, holds, jail and suspensions."""

    def slash(self, sender, id, amount, kind, evidence) -> int:
        seq = self.as_slasher(sender, id)
        left = min(amount, self.slashable(seq))
        if left == 0:
            return 0
        kept = self.kept(seq)
        was_kept = sum(kept)
        bonded, unbonding = [0, 0], [0, 0]
        for side, holding in enumerate(seq.sides):
            bonded[side] = min(left, holding.bonded)
            holding.bonded -= bonded[side]
            left -= bonded[side]
            for entry in reversed(holding.unbondings):
                matured = entry.matures_at <= self.now
                taken = min(left, entry.amount, kept[side] if matured else entry.amount)
                kept[side] -= taken if matured else 0
                entry.amount -= taken
                unbonding[side] += taken
                left -= taken
                entry.matures_at *= entry.amount > 0
            while holding.unbondings and not holding.unbondings[-1].amount:
                holding.unbondings.pop()
        assert left == 0
        if was_kept:
            # what was taken is not kept a second time
            self.set_hold(seq, seq.held, seq.held_until, kept)
        own, paired = (bonded[side] + unbonding[side] for side in (OWN, PAIRED))
        vault = seq.vault if paired else 0
        self.cases.append(Case(id, seq.owner, vault, own, paired, kind, evidence, self.now))
        self.move(self.pool, self.vault, own + paired)
        self.log("Slashed", id, len(self.cases), kind, tuple(bonded), tuple(unbonding), evidence)
        self.follow(seq)
        self.finish_exit(seq)
        return len(self.cases)

    def jail(self, sender, id, until):
        seq = self.as_slasher(sender, id)
        self.require(self.now < until <= self.now + LIMITS["MAX_JAIL"], "bad date")
        seq.jailed_until = max(seq.jailed_until, until)
        self.log("Jailed", id, seq.jailed_until)
        if seq.state == State.ACTIVE:
            self.change(seq, State.JAILED)

    def suspend(self, sender, id, cause, epoch, block_number):
        seq = self.as_slasher(sender, id)
        self.require(cause not in seq.causes, "cause is open")
        seq.causes.add(cause)
        self.log("Suspended", id, cause, epoch, block_number)
        if seq.state not in (*LEAVING, State.SUSPENDED):
            self.change(seq, State.SUSPENDED)

    def lift(self, sender, id, cause):
        seq = self.as_slasher(sender, id)
        self.require(cause in seq.causes, "cause is not open")
        seq.causes.remove(cause)
        self.log("CauseLifted", id, cause)
        if seq.state == State.SUSPENDED and not seq.causes:
            self.enter(seq)

    def hold(self, sender, id, amount, until):
        seq = self.as_slasher(sender, id)
        self.require(self.now < until <= self.now + LIMITS["MAX_HOLD"], "bad date")
        self.set_hold(seq, amount, until, self.kept(seq))
        self.log("Held", id, amount, until)
