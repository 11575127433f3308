"""What a punished offence takes, and what the brakes leave."""

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.stateful.slashing.model.records import Case, Pending, Period, part


class Penalties:
    """From a penalty to a case, or to a pending slash."""

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
            self.room(all_stake, LIMITS["BRAKE_OF_ALL"], self.braked),
            self.room(period.base, LIMITS["BRAKE_OF_ONE"], period.taken),
            self.room(period.base, LIMITS["BRAKE_OF_VOTE"], period.taken_in_all),
        )
        taken = min(amount, *rooms)
        case_id = pending_id = 0
        if taken:
            self.slashes.append((self.now, part(taken, all_stake)))
            period.taken += part(taken, period.base)
            period.taken_in_all += part(taken, period.base)
            case_id = self.slash(id, taken, kind, key)
        if amount > taken:
            expires_at = self.now + LIMITS["MAX_HOLD"]
            self.pendings.append(Pending(id, amount - taken, kind, key, expires_at))
            pending_id = len(self.pendings)
            self.log("SlashPending", pending_id, id, kind, amount - taken, expires_at)
            self.log("Held", id, *self.held(id))
        return case_id, pending_id

    def period(self, id: int, locked: int) -> Period:
        """The present one, or one that begins now."""
        old = self.periods.get(id, Period())
        return (
            Period(self.now, locked) if self.now >= old.began_at + LIMITS["BRAKE_PERIOD"] else old
        )

    def room(self, base: int, limit: int, used: int) -> int:
        return base * max(0, limit - used) // LIMITS["SHARE"]

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
        is_named = cause != (Kind.EQUIVOCATION,)
        named = self.keccak(*cause) if is_named else self.hash_of(b"EQUIVOCATION")
        self.log("Suspended", id, named, epoch, block)
