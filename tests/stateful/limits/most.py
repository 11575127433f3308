"""State machine: two thirds and votes that take as much as they can, from one, from all, and from
one that leaves. What they can never pass is in docs/trust.md.
"""

from collections.abc import Iterable
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis import target
from hypothesis.stateful import initialize

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.chain import Receipt
from tests.stateful.limits.base import AMOUNTS, EDGE, MIN_STAKE, Base, Stake, Take
from tests.stateful.limits.suite import GOVERNANCE, GUARDIAN, STRANGER
from tests.stateful.machine import CHOICE, action
from tests.stateful.slashing.model.records import CEILINGS

PERIOD, WEEK = 30 * DAY, 7 * DAY
BY_CERTIFICATES, BY_ALL, OF_ALL = Fraction(15, 100), Fraction(30, 100), Fraction(20, 100)
CERTIFIED = "share of one, by certificates"
TOGETHER = "share of one, with votes"
FROM_ALL = "share of all"
FROM_LEAVER = "share of one that leaves"


def sum_of(shares: Iterable[Fraction]) -> Fraction:
    return sum(shares, Fraction(0))


class Most(Base):
    """Adversaries, and the bounds."""

    def __init__(self):
        super().__init__()
        self.most = dict.fromkeys((CERTIFIED, TOGETHER, FROM_ALL, FROM_LEAVER), Fraction(0))
        self.counted = 0  # takes that were checked
        self.left: dict[int, tuple[int, int]] = {}  # id => what it had then; takes before
        # id => what may be claimed, by side, whatever the Slasher does: since the first of the
        # holds that follow one another, and since the last
        self.free: dict[int, list[tuple[int, int]]] = {}

    @initialize(
        stakes=st.sampled_from(
            [
                [(30_000, 0), (20_000, 20_000), (90_000, None), (90_000, None), (90_000, None)],
                [(20_000, None)] * 4,
                [(1, 20_000), (99_999, None), (99_999, None), (99_999, None)],
                [(33_333, None), (1, 77_777), (40_000, 50_000), (25_000, None), (20_000, 1)],
            ]
        )
    )
    def begin(self, stakes):
        self.begin_with(
            (own * METIS + number, None if paired is None else paired * METIS)
            for number, (own, paired) in enumerate(stakes)
        )

    def finish(self):
        for what, share in self.most.items():
            target(float(share), label=what)

    # -------------------------------------------------------- bounds

    def done(self, name: str, receipt: Receipt, before: dict[int, Stake]):
        after = {id: self.stake(id) for id in self.ids}
        for take in self.takes[self.counted :]:
            self.check_take(take)
        self.counted = len(self.takes)
        for id in self.ids:
            self.check_hold(id, name, receipt, before[id], after[id])

    def since(self, seconds: int) -> list[Take]:
        return [x for x in self.takes if x.time >= self.now - seconds]

    def reach(self, what: str, share: Fraction, limit: Fraction):
        assert share <= limit, f"{what}: {float(share)}"
        self.most[what] = max(self.most[what], share)

    def check_take(self, take: Take):
        of_one = [x for x in self.since(PERIOD) if x.id == take.id]
        certified = sum_of(x.share for x in of_one if not x.is_voted)
        self.reach(CERTIFIED, certified, BY_CERTIFICATES)
        self.reach(TOGETHER, sum_of(x.share for x in of_one), BY_ALL)
        of_all = sum_of(x.share_of_all for x in self.since(WEEK) if not x.is_voted)
        self.reach(FROM_ALL, of_all, OF_ALL)
        if take.id in self.left:
            had, counted = self.left[take.id]
            taken = sum(x.amount for x in self.takes[counted:] if x.id == take.id)
            self.reach(FROM_LEAVER, Fraction(taken, had), BY_ALL)

    def check_hold(self, id: int, name: str, receipt: Receipt, before: Stake, after: Stake):
        held = [x.args for x in receipt.events if x.name == "Held" and x.args[0] == id]
        if name == "unlock" and before.locked and any(x.args[0] == id for x in receipt.events):
            self.left.setdefault(id, (before.here, len(self.takes)))
        if held:
            used = sum_of(x.share for x in self.since(PERIOD) if x.id == id)
            assert held[-1][1] <= after.locked * (BY_ALL - used) + after.kept
            first = self.free[id][:1] if id in self.free and before.is_held else [before.matured]
            self.free[id] = [*first, after.free]
        if id in self.free:
            for side, call in enumerate(("claim", "claim_paired")):
                if name == call and before.free[side] != after.free[side]:
                    assert receipt.words == [before.free[side]]
                    self.free[id] = [
                        tuple(0 if x == side else y for x, y in enumerate(free))
                        for free in self.free[id]
                    ]
            self.check_free(id, after)

    def check_free(self, id: int, stake: Stake):
        """No hold keeps what had matured before it was set."""
        if not stake.is_held:
            self.free.pop(id, None)
        for free in self.free.get(id, ()):
            assert all(x >= y for x, y in zip(stake.free, free, strict=True)), (stake, free)

    def wait_until(self, time: int):
        super().wait_until(time)
        for id in list(self.free):
            self.check_free(id, self.stake(id))

    # -------------------------------------------------------- time

    @action(
        weight=6,
        kind=st.sampled_from(
            [
                *("bucket", "after a take", "bucket", "hold ends", "matures", "midnight"),
                *("after a take", "hour"),
            ]
        ),
        choice=CHOICE,
        apart=st.sampled_from([30, 7, 28, 32, 8, 21]),
        edge=EDGE,
    )
    def jump(self, kind, choice, apart, edge):
        now = self.now
        match kind:
            case "bucket":
                time = (now // LIMITS["BRAKE_BUCKET"] + 1) * LIMITS["BRAKE_BUCKET"] + edge
            case "midnight":
                time = (now // DAY + 1) * DAY + edge
            case "after a take" if self.takes:
                take = self.takes[-1 - choice % min(len(self.takes), 12)]
                time = take.time + apart * DAY + edge
            case "hold ends":
                time = self.record(self.one(choice))[22] + edge
            case "matures":
                dates = sorted(self.dates(self.one(choice)))
                time = dates[choice % len(dates)] + edge if dates else now + HOUR
            case _:
                time = now + HOUR
        self.wait_until(time)

    def dates(self, id: int) -> set[int]:
        """When what is unbonding may be claimed."""
        record, pool = self.record(id), self.suite.pool
        counts = record[14], record[19]
        return {
            pool.view("unbonding_at", id, side, place)[1]
            for side, count in enumerate(counts)
            for place in range(count)
        } - {0}

    # -------------------------------------------------------- certificates

    @action(weight=5, choice=CHOICE, times=st.sampled_from([2, 1, 3]))
    def wrong_blocks(self, choice, times):
        for _ in range(times):
            self.report_failure(self.one(choice), self.now, Reason.INVALID_EXECUTION)

    @action(weight=3, choice=CHOICE, back=st.sampled_from([0, 6, 24, 18, 48, 7 * 24]))
    def timeout(self, choice, back):
        self.report_failure(self.one(choice), self.now - back * HOUR)

    @action(weight=2, choice=CHOICE, times=st.sampled_from([1, 3, 8]))
    def backlogs(self, choice, times):
        for _ in range(times):
            self.report_backlog(self.one(choice))

    @action(weight=2, first=CHOICE, many=st.sampled_from([3, 5, 4]), back=st.sampled_from([0, 20]))
    def outage(self, first, many, back):
        for place in range(many):
            self.report_failure(self.one(first + place), self.now - back * HOUR)

    @action(weight=2, when=lambda self: self.outages > 0, choice=CHOICE)
    def page(self, choice):
        if self.outages:
            ids = self.ids[choice % len(self.ids) :] or self.ids
            for id in ids:
                self.top_up(self.outages, [id])

    @action(weight=2, choice=CHOICE, seconds=st.sampled_from([0, HOUR]))
    def everyone(self, choice, seconds):
        """All that the committee can say of everybody."""
        for id in self.ids:
            for _ in range(3):
                self.report_failure(id, self.now, Reason.INVALID_EXECUTION)
            self.suite.wait(seconds)

    @action(weight=1, kind=st.sampled_from(sorted(CEILINGS)), part=st.sampled_from([1, 3, 1]))
    def set_penalty(self, kind, part):
        bps = CEILINGS[kind] // part
        self.send(GOVERNANCE, self.suite.slasher, "set_penalty", kind, bps)

    @action(weight=1, choice=CHOICE)
    def new_committee(self, choice):
        self.heal(self.one(choice))
        self.convene()

    @action(weight=1, ends=st.booleans())
    def stop(self, ends):
        self.send(GUARDIAN, self.suite.slasher, "resume" if ends else "stop")

    # -------------------------------------------------------- votes

    @action(weight=4, choice=CHOICE, bps=st.sampled_from([3_000, 1_500, 1, 2_999, 1_501, 3_000]))
    def slash_by_vote(self, choice, bps):
        self.vote_slash(self.one(choice), bps)

    @action(
        weight=4,
        when=lambda self: self.pendings,
        choice=CHOICE,
        name=st.sampled_from(["confirm", "confirm", "confirm", "drop", "lapse"]),
    )
    def decide(self, choice, name):
        if self.pendings:
            pending = sorted(self.pendings)[-1 - choice % min(len(self.pendings), 6)]
            sender = STRANGER if name == "lapse" else GOVERNANCE
            self.send(sender, self.suite.slasher, name, pending)

    # -------------------------------------------------------- owners

    @action(
        weight=5,
        choice=CHOICE,
        what=st.sampled_from(
            [
                *("withdraw", "relock", "claim", "withdraw paired", "deposit_paired"),
                *("claim paired", "relock"),
            ]
        ),
        amount=AMOUNTS,
    )
    def owner_moves(self, choice, what, amount):
        self.move_stake(what, self.one(choice), amount)

    @action(weight=2, choice=CHOICE, to_least=st.booleans())
    def withdraw_most(self, choice, to_least):
        """Down to the least that a seat needs, or all of one side."""
        id = self.one(choice)
        own, paired = self.record(id)[10], self.record(id)[15]
        amount = max(0, own + paired - MIN_STAKE) if to_least else own
        self.move_stake("withdraw", id, amount)

    @action(weight=2, when=lambda self: len(self.ids) < 9, stake=st.sampled_from([99_999, 20_000]))
    def join(self, stake):
        """New stake, of which nothing was taken yet."""
        if len(self.ids) < 9:
            self.enter(stake * METIS, None)

    @action(weight=1, choice=CHOICE)
    def unlock(self, choice):
        id = self.one(choice)
        self.send(self.owner(id), self.suite.pool, "unlock", id)

    @action(weight=1, choice=CHOICE)
    def sale(self, choice):
        self.sell(self.one(choice))

    @action(weight=1, choice=CHOICE)
    def new_key(self, choice):
        self.rotate(self.one(choice))

    @action(weight=1, amount=AMOUNTS)
    def donate(self, amount):
        """METIS sent to the pool raises what is a fifth of all."""
        self.send(
            self.owner(self.ids[-1]), self.suite.metis, "transfer", self.suite.pool.at, amount
        )
