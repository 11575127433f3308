"""What a punished offence takes, what the brakes leave, and what is held."""

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.stateful.slashing.model.records import Case, Hold, Pending, PoolHold, part, share


class Penalties:
    """From a penalty to a case, or to a pending slash."""

    def punish(self, id: int, locked: int, bps: int, kind: int, key: int, count=0) -> int:
        case_id, pending_id, amount = self.take(id, locked, bps, kind, key)
        self.log("OffencePunished", id, kind, key, case_id, pending_id, amount, count)
        return case_id

    def take(self, id: int, locked: int, bps: int, kind: int, key: int) -> tuple[int, int, int]:
        """As much as the brakes allow; of the rest, what a vote could still take is pending."""
        due, taken = share(locked, bps), 0
        was_kept = self.kept(id)
        case_id = pending_id = kept = 0
        if due:
            left = max(0, LIMITS["BRAKE_OF_ONE"] - self.lately(self.taken[id]))
            bps = min(bps, left, self.room_of_vote(id))
            taken = share(locked, bps)
            all_stake = self.balances[self.pool]
            room = all_stake * (LIMITS["BRAKE_OF_ALL"] - self.braked) // LIMITS["SHARE"]
            if taken > room:
                taken, bps = room, part(room, locked, LIMITS["BPS"])
            if taken:
                self.taken[id].append((self.now, bps))
                self.slashes.append((self.now, part(taken, all_stake, LIMITS["SHARE"])))
                case_id = self.slash(id, taken, kind, key)
                self.hold(id)
        if due > taken:
            base = locked - taken + sum(was_kept)
            pending_id, kept = self.keep(id, base, due - taken, kind, key)
        return case_id, pending_id, taken + kept

    def slash(self, id: int, amount: int, kind: int, key: int) -> int:
        """Of the owner's stake first, then of the vault's; of each the newest first, and of the
        matured only what is kept."""
        stake, left, kept = self.stakes(id), amount, self.kept(id)
        was_kept = sum(kept)
        bonded, unbonding = [], []
        for place, side in enumerate(stake.sides):
            bonded.append(min(left, side.bonded))
            side.bonded -= bonded[-1]
            left -= bonded[-1]
            before = left
            for i in reversed(range(len(side.unbondings))):
                entry, date = side.unbondings[i]
                is_matured = date <= self.now
                taken = min(left, entry, kept[place] if is_matured else entry)
                kept[place] -= taken if is_matured else 0
                left -= taken
                side.unbondings[i] = entry - taken, date
            unbonding.append(before - left)
        if left == amount:
            return 0
        if was_kept:
            # what was taken is not kept a second time
            self.renew(id, tuple(kept))
        own, paired = (x + y for x, y in zip(bonded, unbonding, strict=True))
        vault = stake.vault if paired else 0
        self.cases.append(Case(id, [(stake.owner, own), (vault, paired)], kind, key, self.now))
        case_id, evidence = len(self.cases), self.evidence.get(key, 0)
        parties = (stake.owner, vault, own, paired)
        self.log("CaseOpened", case_id, id, *parties, kind, evidence)
        self.log("Slashed", id, case_id, kind, tuple(bonded), tuple(unbonding), key)
        self.pay(self.pool, self.vault, own + paired)
        return case_id

    # ------------------------------------------------------------ holds

    def keep(self, id: int, base: int, wanted: int, kind: int, key: int) -> tuple[int, int]:
        """The pending's number, and its amount. base: what is there."""
        hold = self.holds[id]
        if hold.until <= self.now:
            hold = Hold(number=hold.number + 1)
        amount = min(wanted, max(0, self.bound(id) - hold.amount))
        if amount == 0:
            return 0, 0
        hold.amount += amount
        hold.until = self.now + LIMITS["MAX_HOLD"]
        self.holds[id] = hold
        self.pendings.append(Pending(id, amount, kind, key, hold.until, hold.number, base))
        self.log("SlashPending", len(self.pendings), id, kind, amount, hold.until)
        self.hold(id)
        return len(self.pendings), amount

    def hold(self, id: int):
        """The pool holds what is pending, but nothing that a vote could not take any more."""
        hold = self.holds[id]
        if hold.until > self.now:
            amount = min(hold.amount, self.bound(id))
            self.pool_holds[id] = PoolHold(amount, hold.until, self.now, tuple(self.kept(id)))
            self.log("Held", id, amount, hold.until)

    def renew(self, id: int, kept: tuple[int, int]):
        """As if the pool's hold were set now. kept: of what has matured, by side."""
        self.pool_holds[id] = self.pool_holds[id]._replace(set_at=self.now, kept=kept)

    # ------------------------------------------------------------ measures

    def jail(self, id: int, seconds: int):
        self.jails[id] = max(self.jails.get(id, 0), self.now + seconds)
        self.log("Jailed", id, self.jails[id])

    def suspend(self, id: int, cause: tuple, epoch: int, block: int):
        self.causes.add((id, *cause))
        is_named = cause != (Kind.EQUIVOCATION,)
        named = self.keccak(*cause) if is_named else self.hash_of(b"EQUIVOCATION")
        self.log("Suspended", id, named, epoch, block)
