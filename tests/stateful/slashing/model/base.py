"""The state of Slasher and SlashVault in the model, and what can be asked of it."""

from collections import defaultdict
from collections.abc import Callable

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY
from tests.stateful.model import Model
from tests.stateful.quorum import Quorum
from tests.stateful.slashing.model.records import (
    Case,
    Committee,
    Hold,
    Outage,
    Pending,
    PoolHold,
    Stake,
    Timeout,
    share,
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
        self.owned: dict[int, list[int]] = defaultdict(list)  # owner => ids, the latest last

        self.stops: list[tuple[int, int]] = []  # from, to
        self.evidence: dict[int, int] = {}  # by key
        self.timeouts: list[Timeout] = []  # in the order of their reports
        self.costs: dict[tuple[int, int], int] = {}  # by id and day: pairs of basis points
        self.charges: list[tuple[int, int]] = []  # id, quarter: as parts of mass outages
        self.outages: list[Outage] = []
        self.slashes: list[tuple[int, int]] = []  # without a vote: time, share of all
        self.taken: dict[int, list] = defaultdict(
            list
        )  # without a vote, of one: time, basis points
        self.voted: dict[int, list] = defaultdict(list)  # the same by vote
        self.pendings: list[Pending] = []
        self.holds: dict[int, Hold] = defaultdict(Hold)
        self.pool_holds: dict[int, PoolHold] = defaultdict(PoolHold)
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

    @property
    def braked(self) -> int:
        """Of all stake, today and in the seven days before."""
        today = self.now // DAY
        return sum(part for at, part in self.slashes if today - at // DAY <= LIMITS["BRAKE_DAYS"])

    def former(self, id: int) -> int:
        """The sequencer that an owner had before; 0: none, or it has another by now."""
        owned = self.owned[self.stakes(id).owner]
        return owned[-2] if owned[-1] == id and len(owned) > 1 else 0

    def lately(self, slashes: list[tuple[int, int]]) -> int:
        """Basis points in the present two days and in the fifteen times two before."""
        length = LIMITS["BRAKE_BUCKET"]
        first = self.now // length - LIMITS["BRAKE_BUCKETS"] + 1
        return sum(bps for at, bps in slashes if at // length >= first)

    def room_of_vote(self, id: int) -> int:
        """Basis points that a vote could still take."""
        used = self.lately(self.taken[id]) + self.lately(self.voted[id])
        return max(0, LIMITS["BRAKE_OF_VOTE"] - used)

    def kept(self, id: int) -> list[int]:
        """Of each side, what the pool keeps of the matured. All of the owner's comes first."""
        hold = self.pool_holds[id]
        left = hold.amount if hold.until > self.now else 0
        kept = []
        for side, before in zip(self.stakes(id).sides, hold.kept, strict=True):
            left -= min(left, side.bonded + side.unmatured(self.now))
            matured = side.matured(self.now)
            after = matured - side.matured(min(self.now, hold.set_at))
            kept.append(min(left, after + min(before, matured - after)))
            left -= kept[-1]
        return kept

    def slashable(self, id: int) -> int:
        return self.stakes(id).locked(self.now) + sum(self.kept(id))

    def bound(self, id: int) -> int:
        """The most that may be pending."""
        room = self.room_of_vote(id)
        locked = self.stakes(id).locked(self.now)
        return share(locked, room) + sum(self.kept(id)) if room else 0

    @property
    def escrow(self) -> int:
        return sum(case.held for case in self.cases)

    @property
    def treasury(self) -> int:
        return [treasury for treasury, since in self.treasuries if since <= self.now][-1]

    # ------------------------------------------------------------ proof

    def committee(self, nonce: int) -> Committee | None:
        """A stop makes none younger."""
        found = next((x for x in self.committees if x.nonce == nonce), None)
        self.need(found is not None, "Slasher: unknown committee")
        if found and found.superseded_at is not None:
            age = self.now - found.superseded_at
            self.need(age <= LIMITS["COMMITTEE_AGE"], "Slasher: old committee")
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
