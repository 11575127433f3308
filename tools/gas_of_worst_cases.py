"""What calls cost at their worst: all seats taken, full lists, the highest penalties."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import track

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.chain import Contract
from tests.stateful.encoding import bytes_words
from tests.stateful.epochs.model import Correction
from tests.stateful.limits.suite import GOVERNANCE, STRANGER, vote
from tests.stateful.signing import signer
from tests.utils.system import PARAMETERS
from tools.meter import Cost, Meter
from tools.single_transaction import cost_of
from tools.worst_world import FULL, World

# seats => the most that any call may cost
CEILING_OF = {50: 8_000_000, 128: 12_000_000}
# that any of them may have to be given, with what it gets back at its end; Ethereum lets a
# transaction have 16,777,216 (EIP-7825)
MOST_GIVEN = 12_000_000
# equal powers; or so many at the cap, and the others at the least
EQUAL, AT_THE_CAP = 30_000 * METIS, 40
POWERS: dict[str, Callable[[int], list[int]]] = {
    "equal": lambda seats: [EQUAL] * seats,
    "skewed": lambda seats: [
        # but for a few wei that come and go one by one
        *[PARAMETERS["cap"] - FULL] * AT_THE_CAP,
        *[PARAMETERS["min_stake"] + FULL] * (seats - AT_THE_CAP),
    ],
}
QUARTER, PAGE = LIMITS["QUARTER"], LIMITS["MAX_TOP_UPS"]
TOP_UP = f"top_up, {PAGE} ids"
CALLS = (
    *("report_reelection, alone", "report_reelection, completes an outage"),
    *("report_reelection, in a known outage", "report_reelection, late between two full days"),
    *("report_reelection, late, four windows at once", "report_reelection, INVALID_EXECUTION"),
    *("report, BACKLOG", "lift_suspension", "report_equivocation", TOP_UP),
    *("slash_by_governance", "confirm", "drop", "lapse", "checkpoint"),
    *("submit_batch, the first of all", "submit_batch, all shares have changed", "submit_batch"),
)
HIGHEST, TIMEOUT = LIMITS["INVALID_EXECUTION_CEILING"], LIMITS["TIMEOUT_CEILING"]


def row(call: str, seats: int, powers: str) -> str:
    return f"worst: {call}, {seats} seats, {powers}"


# call => ceiling in gas
CEILINGS = {
    row(call, seats, powers): ceiling
    for seats, ceiling in CEILING_OF.items()
    for powers in POWERS
    for call in CALLS
}


@dataclass
class WorstMeter(Meter):
    """Brings about the worst cases on the chain of the state machines, and notes what they cost."""

    given: dict[str, int] = field(default_factory=dict)  # gas, with what comes back

    def measure(self) -> dict[str, Cost]:
        cases = [(seats, powers) for seats in CEILING_OF for powers in POWERS]
        for seats, powers in track(cases, "worst cases", console=Console()):
            self.world = World(POWERS[powers](seats))
            self.of = seats, powers
            for story in (
                *(self.alone, self.outage, self.full_days, self.four_windows, self.others),
                *(self.votes, self.committee),
            ):
                with self.world.chain.anchor():
                    story()
        return self.costs

    def given_faults(self) -> list[str]:
        """What has to be given too much gas."""
        return [
            f"{call} has to be given {gas:,} gas, more than {MOST_GIVEN:,}"
            for call, gas in self.given.items()
            if gas > MOST_GIVEN
        ]

    def weigh(self, call: str, contract: Contract, sender: int, name: str, *arguments):
        """Notes what a call costs, and makes it."""
        data = contract.data(name, *arguments)
        name_of = row(call, *self.of)
        self.costs[name_of], self.given[name_of] = cost_of(
            self.world.chain, sender, contract.at, data
        )
        self.world.do(sender, contract, name, *arguments)

    def weigh_timeout(self, call: str, id: int, time: int):
        world = self.world
        words = world.failure(id, time)
        self.weigh(
            f"report_reelection, {call}", world.slasher, STRANGER, "report_reelection", *words
        )

    @property
    def last(self) -> int:
        """The id whom each loop over the committee reaches last."""
        return self.world.ids[-1]

    def brake(self, id: int, *penalties: int):
        """Has it pay so much before, and fills its lists again: the next penalty is taken in part,
        and in part kept."""
        for bps in penalties:
            self.world.wrong_block(id, bps)
        self.world.refill(id)

    def to_midnight(self) -> int:
        """Lets the UTC day end; the first second of the next."""
        self.world.wait(DAY - self.world.chain.now % DAY)
        return self.world.chain.now

    # -------------------------------------------------------- timeouts

    def alone(self):
        # of the timeout's penalty, half is taken and half is kept
        room = LIMITS["BRAKE_OF_ONE"] - HIGHEST - TIMEOUT // 2
        self.brake(self.last, HIGHEST, room)
        self.weigh_timeout("alone", self.last, self.world.chain.now)

    def outage(self):
        world, time = self.world, self.to_midnight() + DAY // 2
        world.wait(DAY)
        others = world.third_without(self.last)
        page = others[:PAGE]
        for id in (*page, self.last):
            self.brake(id, HIGHEST)
        for id in others:
            world.time_out(id, time)
        self.weigh_timeout("completes an outage", self.last, time)
        late = next(x for x in world.ids if x not in (*others, self.last))
        self.brake(late, HIGHEST)
        self.weigh_timeout("in a known outage", late, time)
        for id in page:
            world.refill(id)
        self.weigh(TOP_UP, world.slasher, STRANGER, "top_up", *world.page(page))

    def full_days(self):
        """In each quarter of two days another third timed out; then somebody's first is reported
        that was in the middle."""
        world, start = self.world, self.to_midnight()
        self.brake(self.last, HIGHEST)
        world.wait(2 * DAY)
        others = [x for x in world.ids if x != self.last]
        third = len(world.third_without(self.last)) + 1
        for quarter in range(8):
            for place in range(third):
                id = others[(quarter * third + place) % len(others)]
                world.time_out(id, start + quarter * QUARTER)
        self.weigh_timeout("late between two full days", self.last, start + 4 * QUARTER)

    def four_windows(self):
        """All timed out twice who with one more are a third. Then that one is reported, between the
        two: it completes each window that it is in."""
        world, start = self.world, self.to_midnight()
        self.brake(self.last, HIGHEST)
        world.wait(2 * DAY)
        for id in world.third_without(self.last):
            for quarter in (3, 5):
                world.time_out(id, start + quarter * QUARTER)
        self.weigh_timeout("late, four windows at once", self.last, start + 4 * QUARTER)

    # -------------------------------------------------------- other calls

    def others(self):
        world, slasher, id = self.world, self.world.slasher, self.last
        self.brake(id, HIGHEST)
        with world.chain.anchor():
            words = world.failure(id, world.chain.now, Reason.INVALID_EXECUTION)
            call = "report_reelection, INVALID_EXECUTION"
            self.weigh(call, slasher, STRANGER, "report_reelection", *words)
            right = Correction(world.nonce, 7, world.last_block + 1, 1, signer(id))
            words = vote(world.members, right)
            self.weigh("lift_suspension", slasher, STRANGER, "lift_suspension", *words)
        with world.chain.anchor():
            words = world.pair_of_blocks(id)
            self.weigh("report_equivocation", slasher, STRANGER, "report_equivocation", *words)
        self.brake(id, LIMITS["BRAKE_OF_ONE"] - HIGHEST - LIMITS["BACKLOG_CEILING"] // 2)
        self.weigh("report, BACKLOG", slasher, STRANGER, "report", *world.backlog(id))

    def votes(self):
        world, slasher, id = self.world, self.world.slasher, self.last
        # the second is taken in half
        self.brake(id, HIGHEST, HIGHEST)
        for name in ("confirm", "drop"):
            with world.chain.anchor():
                self.weigh(name, slasher, GOVERNANCE, name, 1)
        with world.chain.anchor():
            reason = 256 * b"."
            words = (id, LIMITS["BRAKE_OF_VOTE"], 96, *bytes_words(reason))
            self.weigh("slash_by_governance", slasher, GOVERNANCE, "slash_by_governance", *words)
        world.wait(LIMITS["MAX_HOLD"])
        self.weigh("lapse", slasher, STRANGER, "lapse", 1)

    def committee(self):
        world = self.world
        world.wait(DAY)
        self.weigh("checkpoint", world.registry, STRANGER, "checkpoint")
        self.weigh_batch("submit_batch, the first of all")
        world.wait(HOUR)
        for id in world.ids:
            world.do(STRANGER, world.rewards, "sync", id)
        # of a batch in whose time all shares have changed
        self.weigh_batch("submit_batch, all shares have changed")
        self.weigh_batch("submit_batch")

    def weigh_batch(self, call: str):
        world = self.world
        world.wait(DAY)
        self.weigh(call, world.rewards, STRANGER, "submit_batch", *world.next_batch())
