"""The state of Slasher and SlashVault in the model, and what can be asked of it."""

from collections.abc import Callable

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY
from tests.stateful.model import Model
from tests.stateful.quorum import Quorum
from tests.stateful.slashing.model.records import (
    OPEN,
    STRIKES_OF_ID,
    STRIKES_OF_OWNER,
    Case,
    Committee,
    Pending,
    Period,
    Stake,
    Timeout,
)


class Base(Quorum, Model):
    """As their calls find them. What the pool holds of each sequencer is asked of `stakes`."""

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
        super().__init__()
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

    def start_call(self):
        super().start_call()
        self.transfers: list[tuple] = []  # from, to, amount

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
        return max(
            sum(abs(x - time) < LIMITS["STRIKE_PERIOD"] for x in times)
            for times in (of_id, of_owner)
        )

    @property
    def braked(self) -> int:
        """Of all stake, today and in the seven days before."""
        today = self.now // DAY
        return sum(part for at, part in self.slashes if today - at // DAY <= LIMITS["BRAKE_DAYS"])

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
            self.need(self.age(time) <= LIMITS["CERTIFICATE_MAX_AGE"], "Slasher: too old")

    def key(self, *words: int) -> int:
        """The first half of a hash, in place."""
        return self.keccak(*words) >> 128 << 128

    def use(self, key: int, evidence: int):
        self.need(evidence != 0, "SlashVault: no evidence")
        self.require(key not in self.evidence, "SlashVault: offence is punished")
        self.evidence[key] = evidence
