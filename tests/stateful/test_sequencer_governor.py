"""State machine: proposals against their model, in any order of calls; I12 of the Governor."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from eth_keys.constants import SECPK1_N
from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    Receipt,
    actor,
    address_of,
    compiled,
    compiled_source,
    deployer,
    keccak_words,
)
from tests.stateful.governance_chain import (
    AnyContract,
    data_of,
    describe,
    domain_separator,
    selector,
    sign,
    signatures_of,
    signer,
)
from tests.stateful.governance_model import (
    ATTESTATION_PERIOD,
    CUSTODY,
    DAY,
    ENDED,
    EXECUTED,
    EXECUTION_PERIOD,
    GOVERNANCE,
    INFRASTRUCTURE,
    LINK_PERIOD,
    LINKED,
    METIS,
    ORDINARY,
    PARAMETERS,
    PASSED,
    PROPOSED,
    QUEUED,
    READY,
    SECONDS,
    VETOED,
    VOTE_FLOOR,
    Call,
    Law,
    Link,
    Model,
    Signature,
    Signatures,
    Tally,
)
from tests.stateful.model import Rejected
from tests.utils.parliament import DESK

STARTED_AT, STARTED_IN = 1_800_000_000, 20_000_000
HOUR = 3_600
MOST_PROPOSALS = 7
FORUM, WHY = "https://forum/1", "ipfs://why"


# ------------------------------------------------------------ the chain and its people


GOVERNOR, TIMELOCK_AT, DESK_AT, TOKEN = map(address_of, ("governor", "timelock", "desk", "metis"))
STRANGER, PROPOSER, SQUATTER, POOR = map(actor, ("stranger", "proposer", "squatter", "poor"))
GUARDIANS = [actor(f"working group {i}") for i in range(2)]
ATTESTERS = [signer(number) for number in range(6)]
OUTSIDER = len(ATTESTERS)  # a key that never attests
THRESHOLD = 10 * METIS
BALANCES = {PROPOSER: THRESHOLD, SQUATTER: THRESHOLD, POOR: THRESHOLD - 1}
LAUNCH = {"quorum": 50_000 * METIS, "wallets": 500, "approval": 8_000}
DESK_ROWS = {
    "note": (INFRASTRUCTURE, ORDINARY),
    "record": (GOVERNANCE, ORDINARY),
    "change": (GOVERNANCE, PARAMETERS),
    "replace": (GOVERNANCE, CUSTODY),
}
OWN_ROWS = {
    **dict.fromkeys(("set_permission", "set_attesters", "set_guardian"), CUSTODY),
    **dict.fromkeys(
        ("set_quorum", "set_wallets", "set_approval", "set_proposal_threshold"), PARAMETERS
    ),
}
NAMES = {
    STRANGER: "stranger",
    PROPOSER: "proposer",
    SQUATTER: "squatter",
    POOR: "poor",
    GOVERNOR: "governor",
    DESK_AT: "desk",
    TIMELOCK_AT: "timelock",
    **{x: f"guardian {i}" for i, x in enumerate(GUARDIANS)},
    **{x: f"attester {i}" for i, x in enumerate(ATTESTERS)},
}


@cache
def deployed() -> tuple[Chain, AnyContract, AnyContract, AnyContract]:
    """Once a process, since each example is undone."""
    chain = Chain(STARTED_AT, STARTED_IN)

    def deploy(name: str, title: str, *arguments):
        return AnyContract(chain, compiled(name), title, *arguments)

    token = deploy("MockMETIS", "metis")
    for holder, amount in BALANCES.items():
        assert token.call(deployer("metis"), "mint", holder, amount).reason is None
    timelock = deploy("Timelock", "timelock", GOVERNOR)
    desk = AnyContract(chain, compiled_source(DESK), "desk")
    ends = (TOKEN, TIMELOCK_AT, GUARDIANS[0])
    rows = [(DESK_AT, selector(x), *row) for x, row in DESK_ROWS.items()]
    law = (ATTESTERS[:3], 2, tuple(LAUNCH.values()), THRESHOLD, rows)
    return chain, deploy("SequencerGovernor", "governor", *ends, *law), timelock, desk


DOMAIN = domain_separator(CHAIN_ID, GOVERNOR)


def launch_law() -> Law:
    rows = {(DESK_AT, name): row for name, row in DESK_ROWS.items()}
    rows |= {(GOVERNOR, name): (GOVERNANCE, delay) for name, delay in OWN_ROWS.items()}
    return Law(dict(LAUNCH), THRESHOLD, rows, ATTESTERS[:3], 2, GUARDIANS[0])


# ------------------------------------------------------------ choices

# Of each, the first is the simplest: hypothesis shrinks towards it.
CHOICE = st.integers(0, 99)
RARELY = st.integers(0, 14).map(lambda x: x == 14)
OFFSET = st.sampled_from([0, 1, -1])
PEOPLE = st.sampled_from([PROPOSER, PROPOSER, PROPOSER, SQUATTER, SQUATTER, STRANGER, POOR])
VOTES = (
    *("passes", "passes", "quorum", "quorum - 1", "abstain", "abstain - 1", "all abstain"),
    *("wallets", "wallets - 1", "approval", "approval - 1", "approval + 1", "all against"),
    *("largest", "too large"),
)
SIGNATURE_FLAWS = (
    *("below", "below", "duplicate", "stranger", "reordered", "extra", "missing", "none given"),
    *("high s", "malformed", "bit beyond", "bit moved", "other domain", "other message"),
    *("former", "old signatures"),
)
MESSAGE_FLAWS = ("proposal", "actions", "snapshot", "end + 1", "end - 1", "nonce + 1", "nonce - 1")
FLAWS = st.sampled_from(["none"] * 35 + [*SIGNATURE_FLAWS, *MESSAGE_FLAWS])


def reforms() -> st.SearchStrategy:
    """Calls that change the law, some of them out of bounds."""
    quorum, wallets, approval = LAUNCH.values()

    def one(name: str, *args) -> Call:
        return Call(GOVERNOR, name, args)

    permissions = [
        *((DESK_AT, "note", GOVERNANCE, ORDINARY), (DESK_AT, "note", 0, 0)),
        *((DESK_AT, "note", INFRASTRUCTURE, CUSTODY), (DESK_AT, "record", INFRASTRUCTURE, 1)),
        *((DESK_AT, "damage", GOVERNANCE, ORDINARY), (DESK_AT, "change", GOVERNANCE, 3)),
        *((DESK_AT, "change", 3, ORDINARY), (STRANGER, "note", GOVERNANCE, ORDINARY)),
        *((GOVERNOR, x, GOVERNANCE, CUSTODY) for x in OWN_ROWS),
        *((GOVERNOR, x, GOVERNANCE, PARAMETERS) for x in OWN_ROWS),
        *((GOVERNOR, x, GOVERNANCE, ORDINARY) for x in ("set_quorum", "set_guardian")),
        *((GOVERNOR, x, INFRASTRUCTURE, CUSTODY) for x in ("set_quorum", "set_guardian")),
        *((GOVERNOR, x, 0, 0) for x in ("set_quorum", "set_permission")),
    ]
    return st.sampled_from(
        [
            *(one("set_quorum", x) for x in (quorum + 1, 10_000 * METIS, 10_000 * METIS - 1)),
            *(one("set_wallets", x) for x in (wallets + 1, 10, 9, 10_001)),
            *(one("set_approval", x) for x in (5_000, 10_000, approval + 1, 10_001, 4_999)),
            *(one("set_proposal_threshold", x) for x in (0, THRESHOLD + 1, THRESHOLD - 1, 10**23)),
            *(one("set_guardian", x) for x in (*GUARDIANS, 0)),
            one("set_attesters", tuple(ATTESTERS[1:5]), 3),
            one("set_attesters", tuple(ATTESTERS[:5]), 3),
            one("set_attesters", tuple(ATTESTERS[:4]), 2),
            one("set_attesters", (*ATTESTERS[:3], ATTESTERS[0]), 3),
            *(one("set_permission", *x) for x in permissions),
        ]
    )


ACTIONS: dict[str, tuple[int, Callable, st.SearchStrategy]] = {}


def action(weight: int, when: Callable = lambda machine: True, **arguments):
    """What `act` may do, as in test_sequencer_pool.py."""

    def register(method: Callable) -> Callable:
        ACTIONS[method.__name__] = weight, when, st.fixed_dictionaries(arguments)
        return method

    return register


def has_proposals(machine) -> bool:
    return len(machine.model.proposals) > 0


def has_room(machine) -> bool:
    return len(machine.model.proposals) < MOST_PROPOSALS


class GovernanceMachine(RuleBasedStateMachine):
    """Each action asks the model what must happen, sends the transaction, and compares."""

    def __init__(self):
        super().__init__()
        self.chain, self.governor, self.timelock, self.desk = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.model = Model(
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
        self.steps = 0
        self.is_sound = True  # nothing has disagreed

    def teardown(self):
        try:
            if self.is_sound:
                self.compare_all()
        finally:
            self._anchor.__exit__(None, None, None)

    # -------------------------------------------------------- transactions

    def do(self, sender: int, name: str, *args, given: tuple | None = None) -> bool:
        """Sends a call to the Governor and checks reason, answer and events against the model's;
        `given` are its arguments where the model takes others."""
        self.is_sound = False
        model = self.model
        try:
            answer, reasons = model.call(name, sender, *args), None
        except Rejected as rejected:
            answer, reasons = None, rejected.reasons
        receipt = self.governor.call(sender, name, *(args if given is None else given))
        days = (model.now - STARTED_AT) / DAY
        note(f"{days:>7.3f}d {NAMES[sender]}.{name}{args}: {receipt.reason or 'ok'}")
        event(f"{name}: {receipt.reason or 'ok'}")
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return False
        assert receipt.reason is None, receipt.reason
        assert receipt.words == ([] if answer is None else [answer])
        logged = Counter(map(self.seen, receipt.events))
        expected = Counter(map(self.expected, model.events))
        assert logged == expected, f"logged {logged - expected}, not {expected - logged}"
        self.touched |= {x[1] for x in model.events if x[1] in model.proposals}
        self.is_sound = True
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

    # -------------------------------------------------------- start

    @initialize(history=st.sampled_from([1, 2, 0, 3]), kind=st.sampled_from([1, 2]))
    def begin(self, history, kind):
        """Some proposals, each further on than the next."""
        for number in range(history):
            self.propose_calls(PROPOSER, kind, (self.usual(kind, number),))
            for id in self.model.proposals:
                self.go_on(id)

    @rule(data=st.data(), senseless=RARELY)
    def act(self, data, senseless):
        names = [
            name
            for name, (weight, when, _) in ACTIONS.items()
            for _ in range(weight)
            if senseless or when(self)
        ]
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(ACTIONS[name][2]))

    # -------------------------------------------------------- time

    @action(weight=3, seconds=st.sampled_from([1, HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY]))
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=6, when=has_proposals, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, choice, offset):
        """To the second before, of, or after a date of some proposal."""
        dates = set()
        for x in self.model.proposals.values():
            dates |= {x.proposed_at + LINK_PERIOD, x.proposed_at + VOTE_FLOOR}
            if x.vote:
                dates |= {x.vote[1], x.vote[1] + ATTESTATION_PERIOD}
            if x.ready_at:
                dates |= {x.ready_at, x.ready_at + EXECUTION_PERIOD}
        dates = sorted(x + offset for x in dates if x + offset > self.model.now)
        if dates:
            self.wait(dates[choice % min(3, len(dates))] - self.model.now)

    # -------------------------------------------------------- proposals

    def usual(self, kind: int, number: int) -> Call:
        return Call(DESK_AT, "note" if kind == INFRASTRUCTURE else "record", (number,))

    def propose_calls(self, who: int, kind: int, calls: tuple[Call, ...], uri: str = FORUM):
        given = (kind, describe(calls)[1], uri)
        if self.do(who, "propose", kind, calls, uri, given=given):
            law = self.model.law
            rows = [law.allowed[call.target, call.name] for call in calls]
            assert {row[0] for row in rows} == {kind}
            delay = max(SECONDS[row[1]] for row in rows)
            self.promised[len(self.model.proposals)] = delay, dict(law.criteria), calls

    @action(
        weight=5,
        when=has_room,
        who=PEOPLE,
        kind=st.sampled_from([INFRASTRUCTURE, GOVERNANCE, INFRASTRUCTURE, GOVERNANCE, 0, 3]),
        names=st.lists(st.sampled_from(["note", "record", "change", "replace"]), max_size=3),
        flaw=st.sampled_from([*["none"] * 12, "short", "damage", "stranger", "no forum post"]),
        number=CHOICE,
        right=st.integers(0, 9).map(lambda x: x < 8),
    )
    def propose(self, who, kind, names, flaw, number, right):
        if right and kind in (INFRASTRUCTURE, GOVERNANCE):
            allowed = self.model.law.allowed
            fits = [x for x in DESK_ROWS if allowed.get((DESK_AT, x), (0,))[0] == kind]
            if not fits:
                return
            names = [fits[(len(x) + number) % len(fits)] for x in names or ["note"]]
        calls = [Call(DESK_AT, name, (number + i,)) for i, name in enumerate(names)]
        if flaw == "short":
            calls.append(Call(DESK_AT, "short"))
        elif flaw == "damage":
            calls.append(Call(DESK_AT, "damage", (True,)))
        elif flaw == "stranger":
            calls.append(Call(STRANGER, "note", (1,)))
        uri = "" if flaw == "no forum post" else FORUM
        self.propose_calls(who, kind, tuple(calls), uri)

    @action(weight=1, when=has_room, number=CHOICE, count=st.sampled_from([8, 7]))
    def propose_many(self, number, count):
        """The same call twice, and so on."""
        calls = [Call(DESK_AT, "record", (number + i % 3,)) for i in range(count)]
        self.propose_calls(PROPOSER, GOVERNANCE, tuple(calls))

    @action(weight=3, when=has_room, call=reforms(), rush=st.sampled_from([True, True, False]))
    def reform(self, call, rush):
        """A vote about the law; mostly it is brought to its end at once."""
        self.propose_calls(PROPOSER, GOVERNANCE, (call,))
        if rush:
            self.rush_on(len(self.model.proposals))

    @action(weight=2, when=has_proposals, who=PEOPLE, choice=CHOICE)
    def cancel(self, who, choice):
        self.do(who, "cancel", self.pick(choice, PROPOSED))

    def pick(self, choice: int, *states: int) -> int:
        """The id of a proposal; mostly of one in these states."""
        model = self.model
        fitting = [id for id, x in model.proposals.items() if model.state(x) in states]
        if fitting and choice < 90:
            return fitting[choice % len(fitting)]
        return choice % (len(model.proposals) + 2)

    # -------------------------------------------------------- the way on

    def go_on(self, id: int) -> bool:
        """The next step that a proposal is meant to take; whether there was one."""
        model = self.model
        x = model.proposals[id]
        match model.state(x):
            case state if state == PROPOSED:
                self.votes += 1
                end = max(model.now + 3 * DAY, x.proposed_at + VOTE_FLOOR)
                return self.do(x.proposer, "link_vote", id, keccak_words(self.votes), end)
            case state if state == LINKED:
                self.wait(x.vote[1] + 1 - model.now)
            case state if state == ENDED:
                return self.attest_with(id, "passes", "none", 0)
            case state if state == QUEUED:
                self.wait(x.ready_at - model.now)
            case state if state == READY:
                return self.execute_now(STRANGER, id)
            case _:
                return False
        return True

    def rush_on(self, id: int):
        while id in self.model.proposals and self.go_on(id):
            pass

    @action(weight=14, when=has_proposals, choice=CHOICE)
    def step(self, choice):
        id = self.pick(choice, PROPOSED, LINKED, ENDED, QUEUED, READY)
        if id in self.model.proposals:
            self.go_on(id)

    @action(weight=2, when=has_proposals, choice=CHOICE)
    def rush(self, choice):
        self.rush_on(self.pick(choice, PROPOSED, LINKED, ENDED, QUEUED, READY))

    # -------------------------------------------------------- links

    def snapshot(self, choice: int) -> int:
        """A new vote, one of another proposal, or none."""
        taken = [x.vote[0] for x in self.model.proposals.values() if x.vote]
        if taken and choice % 3 == 0:
            return taken[choice % len(taken)]
        if choice == 98:
            return 0
        self.votes += 1
        return keccak_words(self.votes)

    def end(self, id: int, choice: int, offset: int) -> int:
        """At a bound, or somewhere between."""
        model = self.model
        x = model.proposals.get(id)
        proposed_at = x.proposed_at if x else model.now
        ends = [
            *(model.now + 3 * DAY, model.now + 3 * DAY, proposed_at + DAY + offset),
            *(model.now + 7 * DAY + offset, model.now + offset, model.now + DAY),
        ]
        return ends[choice % len(ends)]

    @action(
        weight=3,
        when=has_proposals,
        who=PEOPLE,
        choice=CHOICE,
        vote=CHOICE,
        end=CHOICE,
        offset=OFFSET,
    )
    def link(self, who, choice, vote, end, offset):
        id = self.pick(choice, PROPOSED)
        x = self.model.proposals.get(id)
        who = x.proposer if x and choice % 4 else who
        self.do(who, "link_vote", id, self.snapshot(vote), self.end(id, end, offset))

    @action(
        weight=4,
        when=has_proposals,
        choice=CHOICE,
        vote=CHOICE,
        end=CHOICE,
        offset=OFFSET,
        flaw=FLAWS,
    )
    def relink(self, choice, vote, end, offset, flaw):
        id = self.pick(choice, PROPOSED, LINKED, ENDED)
        x = self.model.proposals.get(id)
        links = x.links if x else 0
        message = Link(id, self.snapshot(vote), self.end(id, end, offset), links)
        signed = self.flawed(message, flaw)
        self.relink_with(message, self.signatures(signed, flaw, choice))

    def relink_with(self, message: Link, signatures: Signatures):
        self.kept.append((message, signatures))
        given = (*message[:3], signatures_of(signatures))
        self.do(STRANGER, "relink_vote", message, signatures, given=given)

    # -------------------------------------------------------- tallies

    def tally(self, id: int, votes: str) -> Tally:
        """What a vote came to: at the criteria of a proposal, or just beside them."""
        x = self.model.proposals.get(id)
        criteria = x.criteria if x else LAUNCH
        quorum, wallets, approval = criteria.values()
        share = quorum // 10_000 + 1
        counts = {
            "quorum": (quorum, 0, 0),
            "quorum - 1": (quorum - 1, 0, 0),
            "abstain": (1, 0, quorum - 1),
            "abstain - 1": (1, 0, quorum - 2),
            "all abstain": (0, 0, quorum),
            "approval": (approval * share, (10_000 - approval) * share, 0),
            "approval - 1": (approval * share - 1, (10_000 - approval) * share + 1, 0),
            "approval + 1": (approval * share + 1, (10_000 - approval) * share, 7),
            "all against": (0, quorum, 0),
            "largest": (2**128 - 1, 0, 2**128 - 1),
            "too large": (quorum, 2**128, 0),
        }.get(votes, (2 * quorum, 1, 5))
        voters = wallets - (votes == "wallets - 1")
        calls = x.calls if x else ()
        vote = x.vote if x and x.vote else (0, 0)
        return Tally(id, describe(calls)[0], *vote, *counts, voters, keccak_words(id))

    def flawed(self, message: Tally | Link, flaw: str) -> Tally | Link:
        """The message with a wrong field."""
        changes = {
            "proposal": {"proposal_id": message.proposal_id + 1},
            "snapshot": {"snapshot_id": message.snapshot_id ^ 1},
            "end + 1": {"ends_at": message.ends_at + 1},
            "end - 1": {"ends_at": max(0, message.ends_at - 1)},
        }.get(flaw, {})
        if isinstance(message, Tally) and flaw == "actions":
            changes = {"actions_hash": message.actions_hash ^ 1}
        if isinstance(message, Link) and flaw in ("nonce + 1", "nonce - 1"):
            changes = {"nonce": max(0, message.nonce + (1 if flaw == "nonce + 1" else -1))}
        return message._replace(**changes)

    def attest_with(self, id: int, votes: str, flaw: str, choice: int) -> bool:
        message = self.flawed(self.tally(id, votes), flaw)
        return self.attest_now(id, message, self.signatures(message, flaw, choice))

    def attest_now(self, id: int, message: Tally, signatures: Signatures) -> bool:
        self.kept.append((message, signatures))
        given = (id, message, signatures_of(signatures))
        done = self.do(STRANGER, "attest", id, message, signatures, given=given)
        if done:
            assert id not in self.counted
            self.counted[id] = message, self.model.now
        return done

    @action(
        weight=6,
        when=has_proposals,
        choice=CHOICE,
        votes=st.sampled_from(VOTES),
        flaw=FLAWS,
    )
    def attest(self, choice, votes, flaw):
        self.attest_with(self.pick(choice, ENDED), votes, flaw, choice)

    @action(weight=3, when=lambda self: self.kept, choice=CHOICE, other=st.booleans())
    def replay(self, choice, other):
        """Something that was signed before; also for another proposal."""
        if not self.kept:
            return
        message, signatures = self.kept[choice % len(self.kept)]
        if isinstance(message, Link):
            self.relink_with(message, signatures)
        else:
            id = self.pick(choice, ENDED) if other else message.proposal_id
            self.attest_now(id, message, signatures)

    # -------------------------------------------------------- signatures

    def signatures(self, message: Tally | Link, flaw: str, choice: int) -> Signatures:
        """Those of just enough attesters, or of all; with a flaw."""
        law = self.model.law
        numbers = [ATTESTERS.index(x) for x in law.attesters]
        if flaw == "former":
            numbers = [(number + 3) % len(ATTESTERS) for number in numbers]
        count = law.threshold - (flaw == "below")
        first = choice % (len(numbers) - count + 1)
        places = list(range(first, first + count))
        signs = message
        if flaw == "other message":
            signs = message._replace(proposal_id=message.proposal_id ^ 1)
        where = DOMAIN ^ (flaw == "other domain")
        signed = [sign(numbers[place], where, signs) for place in places]
        bits = sum(1 << place for place in places)
        last = signed[-1]
        match flaw:
            case "duplicate":
                signed[-1] = signed[0]
            case "stranger":
                signed[-1] = sign(OUTSIDER, where, signs)
            case "reordered":
                signed.reverse()
            case "extra":
                signed.append(last)
            case "missing":
                signed.pop()
            case "none given":
                signed = []
            case "high s":
                reason = "ecdsa: invalid signature `s` value"
                signed[-1] = Signature(0, (), reason, last.r, SECPK1_N // 2 + 1 + choice)
            case "malformed":
                signed[-1] = Signature(0, (), "ecdsa: invalid signature", 0, last.vs)
            case "bit beyond":
                bits |= 1 << (len(numbers) + choice)
            case "bit moved":
                bits <<= 1
            case "old signatures" if self.kept:
                signed = [*self.kept[choice % len(self.kept)][1].signatures]
        return Signatures(bits, tuple(signed))

    # -------------------------------------------------------- ends

    @action(weight=4, when=has_proposals, choice=CHOICE)
    def execute(self, choice):
        self.execute_now(STRANGER, self.pick(choice, READY))

    def execute_now(self, who: int, id: int) -> bool:
        if not self.do(who, "execute", id):
            return False
        tally, counted_at = self.counted[id]
        delay, criteria, calls = self.promised[id]
        # a tally that has passed, its delay, and no veto
        decided = tally.for_votes + tally.against_votes
        assert decided + tally.abstain_votes >= criteria["quorum"]
        assert tally.voters >= criteria["wallets"]
        assert Fraction(tally.for_votes, decided) * 10_000 >= criteria["approval"]
        assert counted_at + delay <= self.model.now <= counted_at + delay + EXECUTION_PERIOD
        assert id not in self.vetoed
        self.done += [call.args[0] for call in calls if call.target == DESK_AT]
        self.compare_law()
        return True

    @action(
        weight=3,
        when=has_proposals,
        who=st.sampled_from([GUARDIANS[0], GUARDIANS[0], GUARDIANS[0], GUARDIANS[1], STRANGER]),
        choice=CHOICE,
        reason=st.sampled_from([WHY, WHY, WHY, ""]),
    )
    def veto(self, who, choice, reason):
        id = self.pick(choice, PROPOSED, LINKED, ENDED, QUEUED, READY)
        if self.do(who, "veto", id, reason):
            assert self.model.proposals[id].kind == INFRASTRUCTURE
            self.vetoed.add(id)

    @action(weight=1, is_broken=st.sampled_from([False, False, False, True]))
    def damage(self, is_broken):
        """From now on calls of the desk fail, or do so no more."""
        assert self.desk.call(STRANGER, "damage", is_broken).reason is None
        self.model.is_broken = is_broken

    @action(
        weight=2,
        who=st.sampled_from([STRANGER, PROPOSER, GUARDIANS[0], ATTESTERS[0], DESK_AT, GOVERNOR]),
        choice=CHOICE,
    )
    def meddle(self, who, choice):
        """Nobody but the Timelock sets anything, and nobody but the Governor acts in it."""
        for call in (
            Call(GOVERNOR, "set_quorum", (10_000 * METIS,)),
            Call(GOVERNOR, "set_attesters", (tuple(ATTESTERS[:3]), 2)),
            Call(GOVERNOR, "set_guardian", (who,)),
        ):
            self.refused(self.governor.call(who, call.name, *call.args))
        permission = (DESK_AT, selector("note"), INFRASTRUCTURE, ORDINARY)
        self.refused(self.governor.call(who, "set_permission", permission))
        if who == GOVERNOR:
            return
        proposals = list(self.model.proposals.items())
        id, x = proposals[choice % len(proposals)] if proposals else (1, None)
        call = x.calls[0] if x else Call(DESK_AT, "note", (1,))
        where = (call.target, 0, data_of(call), 0, id)
        self.refused(self.timelock.call(who, "schedule", *where, 30 * DAY))
        self.refused(self.timelock.call(who, "execute", *where))
        self.refused(self.timelock.call(who, "update_delay", 0))
        role = self.timelock.view("PROPOSER_ROLE")[0]
        for name in ("grantRole", "revokeRole"):
            self.refused(self.timelock.call(who, name, role, GOVERNOR))
        for operation in self.operations(id):
            self.refused(self.timelock.call(who, "cancel", operation))

    def refused(self, receipt: Receipt):
        try:
            self.model.call("set_directly", 0)
        except Rejected as rejected:
            assert receipt.reason in rejected.reasons, receipt.reason

    # -------------------------------------------------------- what always holds

    @invariant()
    def agrees(self):
        """What has changed, and the state of some other; in full at the end."""
        self.steps += 1
        self.is_sound = False
        for id in self.touched:
            self.compare(id)
        self.touched = set()
        if self.model.proposals and self.seen_at != self.model.now:
            self.seen_at = self.model.now
            id = 1 + self.steps % len(self.model.proposals)
            state = self.model.state(self.model.proposals[id])
            event(f"state: {state}")
            assert self.governor.view("state", id) == [state]
        self.is_sound = True

    def operations(self, id: int) -> list[int]:
        """The Timelock's ids of a proposal's calls, which never change."""
        if id not in self.model.proposals:
            return []
        if id not in self.known_operations:
            self.known_operations[id] = self.governor.view("operations_of", id)[2:]
        return self.known_operations[id]

    def compare(self, id: int):
        model = self.model
        x = model.proposals[id]
        snapshot_id, ends_at = x.vote or (0, 0)
        assert self.governor.view("proposal", id) == [
            *(x.proposer, x.kind, x.delay, x.proposed_at, *x.criteria.values()),
            *(snapshot_id, ends_at, x.links, x.outcome, x.ready_at, model.state(x)),
        ]
        if snapshot_id:
            assert self.governor.view("proposal_of", snapshot_id) == [id]
        if x.outcome or x.end:
            self.compare_timelock(id)

    def compare_timelock(self, id: int):
        """It has the calls of who has passed, until they are made or vetoed."""
        x = self.model.proposals[id]
        at = 0
        if x.end == EXECUTED:
            at = 1
        elif x.outcome == PASSED and x.end != VETOED:
            at = x.ready_at
        assert len(self.operations(id)) == len(x.calls)
        for operation in self.operations(id):
            assert self.timelock.view("get_timestamp", operation) == [at]

    def compare_law(self):
        law = self.model.law
        assert self.governor.view("criteria") == [*law.criteria.values()]
        assert self.governor.view("proposal_threshold") == [law.proposal_threshold]
        assert self.governor.view("guardian") == [law.guardian]
        assert self.governor.view("attesters")[2:] == law.attesters
        assert self.governor.view("attestation_threshold") == [law.threshold]
        # every call exactly once, and in order
        assert self.desk.view("all_notes")[2:] == law.notes == self.done
        if self.done:
            assert self.desk.view("senders", len(self.done) - 1) == [TIMELOCK_AT]

    def compare_all(self):
        model = self.model
        self.compare_law()
        assert self.governor.view("proposal_count") == [len(model.proposals)]
        for id in model.proposals:
            self.compare(id)
        for vote in range(max(0, self.votes - 5), self.votes + 1):
            snapshot_id = keccak_words(vote)
            expected = [model.proposal_of(snapshot_id)]
            assert self.governor.view("proposal_of", snapshot_id) == expected
        launch = launch_law().allowed
        for target, name in {*launch, *model.law.allowed, (DESK_AT, "damage")}:
            row = model.law.allowed.get((target, name), (0, 0))
            if row != launch.get((target, name)):
                word = int.from_bytes(selector(name).ljust(32, b"\x00"), "big")
                assert self.governor.view("permission", target, word)[2:] == [*row]
        someone = list(NAMES)[self.steps % len(NAMES)]
        for role in ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"):
            (id,) = self.timelock.view(role)
            for who in (GOVERNOR, someone):
                assert self.timelock.view("hasRole", id, who) == [who == GOVERNOR]
        assert self.timelock.view("get_minimum_delay") == [SECONDS[ORDINARY]]


TestGovernor = GovernanceMachine.TestCase
