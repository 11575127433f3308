"""How the machine sends, goes on and waits."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from seqpool.governance.view import OPEN_STAGES, ProposalStage
from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR
from tests.stateful.chain import STARTED_AT
from tests.stateful.encoding import keccak_words
from tests.stateful.governance.chain import (
    BALANCES,
    DESK_AT,
    DOMAIN,
    GOVERNOR,
    NAMES,
    POOR,
    PROPOSER,
    SQUATTER,
    STRANGER,
    deployed,
    describe,
    launch_law,
    selector,
)
from tests.stateful.governance.model import Governor, Tally
from tests.stateful.machine import CHOICE, OFFSET, Machine, action

MOST_PROPOSALS = 7
FORUM, WHY = "https://forum/1", "ipfs://why"
PEOPLE = st.sampled_from([PROPOSER, PROPOSER, PROPOSER, SQUATTER, SQUATTER, STRANGER, POOR])


def has_proposals(machine) -> bool:
    return len(machine.model.proposals) > 0


def has_room(machine) -> bool:
    return len(machine.model.proposals) < MOST_PROPOSALS


class Base(Machine):
    """A Governor with its Timelock on a chain, and its model."""

    names = NAMES

    def __init__(self):
        chain, self.governor, self.timelock, self.desk = deployed()
        super().__init__(chain)
        self.model = Governor(
            governor=GOVERNOR,
            desk=DESK_AT,
            domain=DOMAIN,
            law=launch_law(),
            balances=BALANCES,
            now=self.chain.now,
            describe=describe,
        )
        self.kept: list[tuple] = []  # attestations of any kind, that were sent or not
        self.counted: dict[int, tuple[Tally, int]] = {}  # what was attested, and when
        self.promised: dict[int, tuple] = {}  # what the list and the law said at the proposal
        self.vetoed: set[int] = set()
        self.done: list[int] = []  # what executed calls must have left
        self.votes = 0
        self.touched: set[int] = set()  # since they were compared
        self.seen_at = 0  # when a state was compared that only time changes
        self.known_operations: dict[int, list[int]] = {}

    def do(self, sender: int, name: str, *args, given: tuple | None = None) -> bool:
        """Sends a call to the Governor and checks reason, answer and events against the model's;
        `given` are its arguments where the model takes others."""
        model = self.model
        answer, reasons = self.expect(model.call, name, sender, *args)
        receipt = self.governor.call(sender, name, *(args if given is None else given))
        days = (model.now - STARTED_AT) / DAY
        self.tell(f"{days:>7.3f}d", sender, name, args, receipt)
        if not self.succeeds(receipt, answer, reasons):
            return False
        self.compare_events(map(self.seen, receipt.events), map(self.expected, model.events))
        self.touched |= {x[1] for x in model.events if x[1] in model.proposals}
        return True

    @staticmethod
    def seen(x) -> tuple:
        """Of an event, what the model says of it too."""
        name, args = x.name, x.args
        if name == "PermissionSet":
            target, call, *rest = args
            return name, target, call >> 224 if call >> 224 else call, *rest
        return name, *args

    @staticmethod
    def expected(x: tuple) -> tuple:
        if x[0] == "PermissionSet":
            _, target, name, *rest = x
            return x[0], target, int.from_bytes(selector(name), "big"), *rest
        return x

    def wait(self, seconds: int):
        self.model.now += max(0, seconds)
        self.chain.now, self.chain.block = self.model.now, self.chain.block + 1

    @initialize(history=st.sampled_from([1, 2, 0, 3]), kind=st.sampled_from([1, 2]))
    def begin(self, history, kind):
        """Some proposals, each further on than the next."""
        for number in range(history):
            self.propose_calls(PROPOSER, kind, (self.usual(kind, number),))
            for id in self.model.proposals:
                self.go_on(id)

    @action(weight=3, seconds=st.sampled_from([1, HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY]))
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=6, when=has_proposals, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, choice, offset):
        """To the second before, of, or after a date of some proposal."""
        dates = set()
        for x in self.model.proposals.values():
            dates |= {x.proposed_at + LIMITS["LINK_PERIOD"], x.proposed_at + LIMITS["VOTE_FLOOR"]}
            if x.vote:
                dates |= {x.vote[1], x.vote[1] + LIMITS["ATTESTATION_PERIOD"]}
            if x.ready_at:
                dates |= {x.ready_at, x.ready_at + LIMITS["EXECUTION_PERIOD"]}
        dates = sorted(x + offset for x in dates if x + offset > self.model.now)
        if dates:
            self.wait(dates[choice % min(3, len(dates))] - self.model.now)

    def pick(self, choice: int, *states: int) -> int:
        """The id of a proposal; mostly of one in these states."""
        model = self.model
        fitting = [id for id, x in model.proposals.items() if model.state(x) in states]
        if fitting and choice < 90:
            return fitting[choice % len(fitting)]
        return choice % (len(model.proposals) + 2)

    def go_on(self, id: int) -> bool:
        """The next step that a proposal is meant to take; whether there was one."""
        model = self.model
        x = model.proposals[id]
        match model.state(x):
            case ProposalStage.PROPOSED:
                self.votes += 1
                end = max(model.now + 3 * DAY, x.proposed_at + LIMITS["VOTE_FLOOR"])
                return self.do(x.proposer, "link_vote", id, keccak_words(self.votes), end)
            case ProposalStage.LINKED:
                self.wait(x.vote[1] + 1 - model.now)
            case ProposalStage.ENDED:
                return self.attest_with(id, "passes", "none", 0)
            case ProposalStage.QUEUED:
                self.wait(x.ready_at - model.now)
            case ProposalStage.READY:
                return self.execute_now(STRANGER, id)
            case _:
                return False
        return True

    def rush_on(self, id: int):
        while id in self.model.proposals and self.go_on(id):
            pass

    @action(weight=14, when=has_proposals, choice=CHOICE)
    def step(self, choice):
        id = self.pick(choice, *OPEN_STAGES)
        if id in self.model.proposals:
            self.go_on(id)

    @action(weight=2, when=has_proposals, choice=CHOICE)
    def rush(self, choice):
        self.rush_on(self.pick(choice, *OPEN_STAGES))
