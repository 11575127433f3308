"""State machine: sequencers that time out together, and then try to pay as little as they can. All
that they did is reported in the end, and charged."""

from hypothesis import strategies as st
from hypothesis import target
from hypothesis.stateful import initialize

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.chain import Receipt
from tests.stateful.limits.base import AMOUNTS, Base, Stake
from tests.stateful.limits.suite import GOVERNANCE
from tests.stateful.machine import CHOICE, action
from tests.stateful.quorum import power_of, signer_of
from tests.stateful.signing import signer
from tests.stateful.slashing.chain import LAUNCH

BPS, QUARTER = LIMITS["BPS"], LIMITS["QUARTER"]
# Of an offender's timeouts, quarters since the outage began: the first is in a window with those of
# all others.
FIRST, MORE = st.integers(0, 3), st.lists(st.integers(-6, 9), max_size=3)


class Least(Base):
    """Offenders are the first ids."""

    def __init__(self):
        super().__init__()
        self.started_at: int | None = None  # the outage's first second
        self.unreported: list[tuple[int, int]] = []  # id, time
        self.reported: list[tuple[int, int]] = []
        self.reporting: tuple[int, int] | None = None
        self.windows: dict[int, tuple[int, int]] = {}  # outage => first and last quarter
        # id => UTC day of the timeout, or None for a page; basis points paid or pending
        self.paid: dict[int, list[tuple[int | None, int]]] = {}
        self.pending_amounts: dict[int, tuple[int, int]] = {}  # number => id, wei
        self.cut: set[int] = set()  # of whom the brakes let no more be taken

    @initialize(
        stakes=st.sampled_from(
            [
                [(30_000, None)] * 7,
                [(20_000, 10_000)] * 3 + [(30_000, None)] * 6,
                [(90_000, None)] * 3 + [(20_000, None)] * 6,
                [(20_000, None), (20_000, 60_000), (1, 79_000)] + [(60_000, None)] * 5,
            ]
        ),
        is_harsh=st.booleans(),
        hours=st.integers(0, 23),
    )
    def begin(self, stakes, is_harsh, hours):
        self.begin_with(
            (own * METIS + number, None if paired is None else paired * METIS)
            for number, (own, paired) in enumerate(stakes)
        )
        if not is_harsh:
            for setting, bps in LAUNCH.items():
                self.send(GOVERNANCE, self.suite.slasher, "set_penalty", setting, bps)
        (self.penalty,) = self.suite.slasher.view("penalty", Kind.MASS_OUTAGE)
        self.suite.wait(hours * HOUR)

    # -------------------------------------------------------- what they pay

    def done(self, name: str, receipt: Receipt, before: dict[int, Stake]):
        for event, args in receipt.events:
            match event:
                case "OutageFound":
                    number, starts_at, ends_at = args
                    self.windows[number] = starts_at // QUARTER, ends_at // QUARTER - 1
                case "OffencePunished" if args[1] in (Kind.BLOCK_TIMEOUT, Kind.MASS_OUTAGE):
                    self.pay(args[0], self.reporting[1] // DAY, args[5], before)
                case "SlashPending":
                    self.pending_amounts[args[0]] = args[1], args[3]
                case "ToppedUp":
                    self.pay(args[1], None, args[4], before)

    def pay(self, id: int, day: int | None, amount: int, before: dict[int, Stake]):
        locked = before[id].locked
        bps = -(-amount * BPS // locked) if locked else 0
        self.paid.setdefault(id, []).append((day, bps))
        _, taken, voted, held, until = self.suite.slasher.view("record_of", id)
        stake = self.stake(id)
        pending = held * BPS if until > self.now else 0
        room = LIMITS["BRAKE_OF_VOTE"] - 1 - taken - voted
        if pending >= room * stake.here:
            self.cut.add(id)

    def finish(self):
        """The committee reports whatever is left, and anyone has all charged."""
        if self.started_at is None:
            return
        while self.unreported:
            self.report(0)
        assert self.windows, "a third timed out within a day"
        for number in self.windows:
            for id in self.ids:
                if self.quarters(id, number):
                    assert self.top_up(number, [id]).reason is None
        started = self.started_at // QUARTER
        least = min(self.beyond(id, started, started + 3) for id in self.offenders)
        for number, (first, last) in self.windows.items():
            for id in self.ids:
                if self.is_alone(id, number):
                    least = min(least, self.beyond(id, first, last))
        target(-float(least), label="least beyond the penalty")
        self.vote_on_pendings()

    def beyond(self, id: int, first: int, last: int) -> int:
        """What it pays beyond the penalty, for its timeouts from a quarter to another. One may have
        been charged for them that shares a window with the first or the last."""
        if id in self.cut:
            return BPS
        days = {None, *range((first - 3) // 4, (last + 3) // 4 + 1)}
        paid = sum(bps for day, bps in self.paid.get(id, []) if day in days)
        assert paid >= self.penalty, f"{id} pays {paid} from quarter {first} to {last}"
        return paid - self.penalty

    def vote_on_pendings(self):
        """Until it passes they claim what they can. It takes all that it may of what is pending."""
        self.suite.wait(LIMITS["SLASH_VOTE"])
        for id in self.ids:
            self.move_stake("claim", id, 0)
            self.move_stake("claim paired", id, 0)
        for number, (id, amount) in self.pending_amounts.items():
            count = len(self.takes)
            receipt = self.send(GOVERNANCE, self.suite.slasher, "confirm", number)
            assert receipt.reason is None, receipt.reason
            _, taken, voted, _, _ = self.suite.slasher.view("record_of", id)
            if taken + voted < LIMITS["BRAKE_OF_VOTE"] - 1:
                assert sum(x.amount for x in self.takes[count:]) == amount

    def quarters(self, id: int, outage: int) -> set[int]:
        """In which it timed out, of an outage."""
        first, last = self.windows[outage]
        return {
            time // QUARTER
            for x, time in self.reported
            if x == id and first <= time // QUARTER <= last
        }

    def is_alone(self, id: int, outage: int) -> bool:
        """Whether it timed out in this outage, and in no other so near that both are one."""
        here = self.quarters(id, outage)
        others = [
            x for number in self.windows if number != outage for x in self.quarters(id, number)
        ]
        return bool(here) and all(abs(x - y) > 3 for x in here for y in others)

    # -------------------------------------------------------- the outage

    def is_quiet(self) -> bool:
        return self.started_at is None

    def is_over(self) -> bool:
        return self.started_at is not None

    @action(
        weight=4, when=is_quiet, firsts=st.tuples(FIRST, FIRST, FIRST), more=MORE, choice=CHOICE
    )
    def outage(self, firsts, more, choice):
        """A third of a committee by number and by power."""
        if self.started_at:
            return
        self.convene()
        nonce, members = self.committees[-1]
        powers = {signer_of(x): power_of(x) for x in members}
        offenders = {id: key for id in (1, 2, 3) for key in self.signers(id) if key in powers}
        power = sum(powers[key] for key in offenders.values())
        if len(offenders) < 3:
            return
        if 3 * power < sum(powers.values()):
            return
        self.voters, self.offenders = (nonce, members), list(offenders)
        self.started_at = (self.now // QUARTER + 7) * QUARTER
        for id, first in zip(offenders, firsts, strict=True):
            self.unreported.append((id, self.started_at + first * QUARTER + choice))
        for place, quarter in enumerate(more):
            id = (choice + place) % 3 + 1
            self.unreported.append((id, self.started_at + quarter * QUARTER))
        self.wait_until(max(time for _, time in self.unreported))

    def signers(self, id: int) -> list[int]:
        return [signer(number) for number in self.keys[id]]

    @action(weight=6, when=is_over, choice=CHOICE)
    def report(self, choice):
        """One of their timeouts, by those who were there."""
        if not self.unreported:
            return
        id, time = self.unreported.pop(choice % len(self.unreported))
        self.tell_of(id, time, Reason.TIMEOUT, self.voters)

    def tell_of(self, id: int, time: int, reason: int, voters: tuple):
        members = [signer_of(x) for x in voters[1]]
        known = [number for number in self.keys[id] if signer(number) in members]
        if not known or time < self.now - LIMITS["CERTIFICATE_MAX_AGE"]:
            return
        self.reporting = id, time
        latest, keys = self.committees, self.keys[id]
        self.committees, self.keys[id] = [voters], known
        try:
            receipt = self.report_failure(id, time, reason)
        finally:
            self.committees, self.keys[id] = latest, keys
        assert receipt.reason is None, receipt.reason
        if reason == Reason.TIMEOUT:
            self.reported.append((id, time))

    # -------------------------------------------------------- tricks

    @action(weight=3, when=lambda self: self.windows, choice=CHOICE, several=st.booleans())
    def page(self, choice, several):
        """Charged at a moment of their choice, one or all."""
        if self.windows:
            number = sorted(self.windows)[choice % len(self.windows)]
            ids = [id for id in self.ids if self.quarters(id, number)]
            if ids:
                self.top_up(number, ids if several else [ids[choice % len(ids)]])

    @action(weight=3, choice=CHOICE, back=st.sampled_from([0, 6, 12, 24, 30, 48]))
    def another_timeout(self, choice, back):
        """A small slash, on a day of the outage or on another."""
        time = self.now - back * HOUR
        if self.started_at is None or time >= self.started_at - 2 * DAY:
            self.tell_of(choice % 3 + 1, time, Reason.TIMEOUT, self.committees[-1])

    @action(weight=2, choice=CHOICE, times=st.sampled_from([1, 2]))
    def backlog(self, choice, times):
        for _ in range(times):
            self.report_backlog(choice % 3 + 1)

    @action(weight=1, choice=CHOICE)
    def wrong_block(self, choice):
        """It costs more than an outage, and is paid beside it."""
        self.tell_of(choice % 3 + 1, self.now, Reason.INVALID_EXECUTION, self.committees[-1])

    @action(
        weight=5,
        choice=CHOICE,
        what=st.sampled_from(
            [
                *("withdraw", "relock", "claim", "withdraw paired", "deposit_paired"),
                *("claim paired", "withdraw"),
            ]
        ),
        amount=AMOUNTS,
    )
    def stake_moves(self, choice, what, amount):
        self.move_stake(what, choice % 3 + 1, amount)

    @action(weight=1, choice=CHOICE)
    def unlock(self, choice):
        id = choice % 3 + 1
        self.send(self.owner(id), self.suite.pool, "unlock", id)

    @action(weight=1, choice=CHOICE)
    def sale(self, choice):
        self.sell(choice % 3 + 1)

    @action(weight=1, choice=CHOICE)
    def new_key(self, choice):
        self.rotate(choice % 3 + 1)

    @action(weight=2, hours=st.sampled_from([6, 1, 24, 18, 40]))
    def wait(self, hours):
        """As long as all can be reported in time."""
        if self.started_at is None or self.now + hours * HOUR < self.started_at + 4 * DAY:
            self.suite.wait(hours * HOUR)
