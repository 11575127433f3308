"""State machine: pool, Slasher and SlashVault against their model; I1, I2, I4, I6 to I8, I13."""

from collections import Counter
from collections.abc import Callable
from functools import cache

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
    deployer,
    keccak_words,
)
from tests.stateful.epochs_chain import bytes_words, domain_separator, signer, vote_words
from tests.stateful.epochs_model import (
    INVALID_EXECUTION,
    TIMEOUT,
    Certificate,
    Correction,
    Reelection,
    Signature,
    power_of,
    signer_of,
)
from tests.stateful.model import Rejected
from tests.stateful.slashing_chain import (
    Pool,
    SuiteContract,
    consent,
    hash_of,
    moved,
    public_key,
    signed,
)
from tests.stateful.slashing_model import (
    BACKLOG,
    BRAKE_DAYS,
    BRAKE_PERIOD,
    CEILINGS,
    COMMITTEE_AGE,
    COMMITTEE_AGE_ON_L2,
    MAX_AGE,
    OLD_SIGNER_AGE,
    OPEN,
    SLASH_LOCK,
    SLOW_PRODUCTION,
    STOP_INTERVAL,
    STRIKE_PERIOD,
    Commitment,
    Committee,
    Model,
    Offence,
    Period,
    Stake,
)
from tests.utils.court import PENALTIES
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, State

STARTED_AT, STARTED_IN = 1_800_000_000, 20_000_000
MIN_STAKE, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]
# In the order of CEILINGS, by kind.
LAUNCH = dict(
    zip(
        CEILINGS,
        (
            PENALTIES[x]
            for x in (
                *("timeout_maximum", "timeout", "backlog"),
                *("invalid_execution", "equivocation", "mass_outage"),
            )
        ),
        strict=True,
    )
)


# ------------------------------------------------------------ the chain and its people


GOVERNANCE, GUARDIAN, STRANGER = map(actor, ("governance", "guardian", "stranger"))
MINTER = deployer("metis")
POOL, SLASH_VAULT, SLASHER, TOKEN, SET = map(
    address_of, ("pool", "slash vault", "slasher", "metis", "sequencer set")
)
OWNERS = [actor(f"owner {i}") for i in range(12)]
VAULTS = [actor(f"vault {i}") for i in range(2)]
TREASURIES = [actor(f"treasury {i}") for i in range(3)]
NAMES = {
    GOVERNANCE: "governance",
    GUARDIAN: "guardian",
    STRANGER: "stranger",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"vault {i}" for i, x in enumerate(VAULTS)},
    **{x: f"treasury {i}" for i, x in enumerate(TREASURIES)},
}
PURSES = {**dict.fromkeys(OWNERS, 500_000 * METIS), **dict.fromkeys(VAULTS, 800_000 * METIS)}
HOLDERS = [*PURSES, *TREASURIES, STRANGER, POOL, SLASH_VAULT]
NUMBERS = {signer(number): number for number in range(40)}  # of keys
OUTSIDER = 39  # a key of nobody
DOMAIN = domain_separator(1_088, SET)
OTHER_DOMAIN = domain_separator(59_902, SET)


@cache
def deployed() -> tuple[Chain, SuiteContract, SuiteContract, Pool, SuiteContract]:
    """The chain, METIS, SlashVault, pool and Slasher: once a process, as each example is undone."""
    chain, suite = Chain(STARTED_AT, STARTED_IN), {}

    def deploy(kind: type, name: str, title: str, *arguments):
        return kind(suite, chain, compiled(name), title, *arguments)

    metis = deploy(SuiteContract, "MockMETIS", "metis")
    ends = (TOKEN, POOL, GOVERNANCE, TREASURIES[0])
    slash_vault = deploy(SuiteContract, "SlashVault", "slash vault", *ends)
    roles = (TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHER, 0)
    pool = deploy(Pool, "SequencerPool", "pool", *roles, tuple(PARAMETERS.values()))
    terms = (GOVERNANCE, GUARDIAN, tuple(PENALTIES.values()))
    slasher = deploy(SuiteContract, "Slasher", "slasher", POOL, DOMAIN, *terms)
    for user, amount in PURSES.items():
        metis.send(MINTER, "mint", user, amount)
        metis.send(user, "approve", POOL, amount)
    return chain, metis, slash_vault, pool, slasher


# ------------------------------------------------------------ choices

# Of each, the first is the simplest: hypothesis shrinks towards it.
CHOICE = st.integers(0, 99)
RARELY = st.integers(0, 14).map(lambda x: x == 14)
SELDOM = st.integers(0, 29).map(lambda x: x == 29)
MOSTLY = st.integers(0, 9).map(lambda x: x < 8)
OFFSET = st.sampled_from([0, 1, -1])
SECONDS = st.sampled_from(
    [60, 0, 1, HOUR, 6 * HOUR, DAY, 12 * HOUR, 3 * DAY, 60, HOUR, 8 * DAY, 22 * DAY, 31 * DAY]
)
# Of a vote: in the message, in what the committee is, and in its certificate.
REPORT_FLAWS = st.sampled_from(
    ["none"] * 40
    + [
        *("future", "old", "barely old", "unknown", "reason 0", "reason 3"),
        *("previous committee", "previous committee", "old committee", "unknown committee"),
        *("below", "below", "duplicate", "stranger", "reordered", "other chain", "other message"),
    ]
)
# Who sends what only one may send.
STRANGERS = [STRANGER, GUARDIAN, GOVERNANCE, OWNERS[0], VAULTS[0]]
BPS_OF_REFUND = st.sampled_from([5_000, 10_000, 3_333, 1, 0, 9_999, 10_001])


ACTIONS: dict[str, tuple[int, Callable, st.SearchStrategy]] = {}


def action(weight: int, when: Callable = lambda machine: True, **arguments):
    """What `act` may do, as in test_sequencer_pool.py."""

    def register(method: Callable) -> Callable:
        ACTIONS[method.__name__] = weight, when, st.fixed_dictionaries(arguments)
        return method

    return register


def stakes(kind: str, size: int) -> list[int]:
    """Of the sequencers, in wei."""
    one, odd = 24_000 * METIS, 24_000 * METIS + 7
    match kind:
        case "thirds" | "thirds + 1" if size > 4:
            # the first three have exactly a third, or a wei less
            rest = [6 * one // (size - 3)] * (size - 3)
            rest[-1] += 6 * one - sum(rest) + (kind == "thirds + 1")
            return [one] * 3 + rest
        case "uneven":
            return [odd + 3_001 * METIS * i for i in range(size)]
        case "least":
            return [MIN_STAKE] * size
    return [odd] * size


class SlashingMachine(RuleBasedStateMachine):
    """Each action asks the model what must happen, sends the transaction, and compares."""

    def __init__(self):
        super().__init__()
        self.chain, self.metis, self.slash_vault, self.pool, self.slasher = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.model = Model(
            people={
                "governance": GOVERNANCE,
                "guardian": GUARDIAN,
                "pool": POOL,
                "vault": SLASH_VAULT,
                "treasury": TREASURIES[0],
            },
            domain=DOMAIN,
            penalties=LAUNCH,
            now=self.chain.now,
            stakes=self.stake,
            keccak=keccak_words,
            hash_of=hash_of,
        )
        self.model.balances = dict.fromkeys(HOLDERS, 0) | PURSES
        self.records: dict = {}  # of the pool, until something changes
        self.stakes: dict = {}
        self.keys: dict[int, list[int]] = {}  # id => numbers of its keys
        self.nonces: Counter = Counter()  # owner => consents used
        self.votes: list[tuple] = []  # name, message
        self.proofs: list[tuple] = []  # arguments of report_equivocation
        self.acted: set[tuple] = set()  # offences
        self.losses: dict[int, Counter] = {}  # the accountant: case => what each may still get
        self.opened: dict[int, tuple] = {}  # case => when, and how much
        self.last_block = 1_000
        self.touched: set[int] = set()
        self.touched_cases: set[int] = set()
        self.is_new = True  # something may have changed since it was compared
        self.steps = 0
        self.is_sound = True  # nothing has disagreed
        self.reached: set[str] = set()  # for --hypothesis-show-statistics

    def teardown(self):
        try:
            if self.is_sound:
                for what in self.reached:
                    event(f"reached: {what}")
                self.compare_all()
        finally:
            self._anchor.__exit__(None, None, None)

    # -------------------------------------------------------- transactions

    def do(self, sender: int, contract: SuiteContract, name: str, *args, words=None) -> bool:
        """Sends a call and checks reason, answer, events and payments against the model's."""
        self.is_sound = False
        model = self.model
        try:
            answer = model.call(name, sender, *args)
            reasons = None
        except Rejected as rejected:
            answer, reasons = None, rejected.reasons
        receipt = contract.send(sender, name, *(args if words is None else words))
        at = f"{model.now - STARTED_AT:>9}s"
        shown = tuple(NAMES.get(x, x) for x in args if not isinstance(x, Certificate | Signature))
        note(f"{at} {NAMES[sender]}.{name}{shown}: {receipt.reason or 'ok'}")
        event(f"{name}: {receipt.reason or 'ok'}")
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return False
        assert receipt.reason is None, receipt.reason
        expected = [] if answer is None else [answer]
        assert receipt.words == expected, f"{receipt.words}, not {expected}"
        names = {x[0] for x in model.events} | COMPARED
        logged = Counter((x.name, *x.args) for x in receipt.events if x.name in names)
        expected = Counter(model.events)
        assert logged == expected, f"logged {logged - expected}, not {expected - logged}"
        assert moved(receipt.events) == model.transfers
        self.check_proof(name, sender, args)
        self.audit(name, sender, receipt)
        self.changed()
        self.note_touched(receipt)
        return True

    def changed(self):
        self.records.clear()
        self.stakes.clear()
        self.is_new = True

    def note_touched(self, receipt: Receipt):
        for name, *args in receipt.events:
            values = args[0]
            if name in ("OffencePunished", "Slashed", "Held", "Jailed", "Suspended"):
                self.touched.add(values[0])
            if name.startswith("Case") or name == "RefundCollected":
                self.touched_cases.add(values[0])

    def pool_does(self, sender: int, name: str, *args) -> bool:
        """What the pool's own machine tests: here it may do or refuse what it likes, but it never
        touches the escrow."""
        self.is_sound = False
        receipt = self.pool.send(sender, name, *args)
        at = f"{self.model.now - STARTED_AT:>9}s"
        note(f"{at} {NAMES[sender]}.pool.{name}{args}: {receipt.reason or 'ok'}")
        event(f"pool.{name}: {'reverts' if receipt.reason else 'ok'}")
        if receipt.reason is not None:
            return False
        for payer, payee, amount in moved(receipt.events):
            assert SLASH_VAULT not in (payer, payee)
            self.model.pay(payer, payee, amount)
        for name, values in receipt.events:
            if name == "CommitteeCheckpointed":
                self.convened(*values)
        self.changed()
        return True

    def convened(self, nonce: int, hashed: int, power: int, members: tuple):
        committees, now = self.model.committees, self.model.now
        if committees:
            committees[-1] = committees[-1]._replace(superseded_at=now)
        committees.append(Committee(nonce, members, power, now, None))

    def check_proof(self, name: str, sender: int, args: tuple):
        """I6: nothing is taken but by two thirds, by a proof or by a vote. I7 and I13: no offence
        is acted on twice."""
        model = self.model
        is_slash = any(payee == SLASH_VAULT for _, payee, _ in model.transfers)
        is_measure = any(x[0] in ("Jailed", "Suspended", "SlashPending") for x in model.events)
        offence = None
        match name, args:
            case "report", (message, certificate):
                assert self.voted(message, certificate)
                offence = (name, message.sequencer_id, message.kind, message.epoch)
            case "report_reelection", (message, certificate):
                assert self.voted(message, certificate)
                offence = (name, model.signers[message.failed][0], message.last_block)
            case "report_equivocation", (one, by_one, other, by_other):
                assert by_one.of == (DOMAIN, one)
                assert by_other.of == (DOMAIN, other)
                assert by_one.by == by_other.by
                assert one != other
                assert one[:2] == other[:2]
                offence = (name, model.signers[by_one.by][0], *one[:2])
            case (("slash_by_governance" | "confirm"), _):
                assert sender == GOVERNANCE
            case "lift_suspension", (message, certificate):
                assert self.voted(message, certificate)
                assert not is_slash
            case _:
                assert not is_slash
                assert not is_measure
        if offence:
            assert offence not in self.acted
            self.acted.add(offence)

    def voted(self, message: tuple, certificate: Certificate) -> bool:
        """Whether two thirds of a true committee have signed a message."""
        committee = next(x for x in self.model.committees if x.nonce == message.committee_nonce)
        voters = {x.by for x in certificate.signatures if x.of == (DOMAIN, message)}
        power = sum(power_of(x) for x in committee.members if signer_of(x) in voters)
        return 3 * power >= 2 * sum(map(power_of, committee.members)) > 0

    def audit(self, name: str, sender: int, receipt: Receipt):
        """I8, from the events alone: an accountant knows no more."""
        now = self.model.now
        for x in receipt.events:
            match x.name, x.args:
                case "CaseOpened", (case_id, _, owner, vault, own, paired, *_):
                    self.opened[case_id] = now, Counter({owner: own}) + Counter({vault: paired})
                    self.losses[case_id] = Counter()
                case "CaseResolved", (case_id, bps, own, paired):
                    lost = self.opened[case_id][1]
                    assert (own + paired) * 10_000 <= lost.total() * bps
                    case = self.model.cases[case_id - 1]
                    owner, vault = (who for who, _ in case.losses)
                    self.losses[case_id] = Counter({owner: own}) + Counter({vault: paired})
                    assert self.losses[case_id] <= lost
        for payer, payee, amount in moved(receipt.events):
            if payer == SLASH_VAULT:
                (case_id,) = (x.args[0] for x in receipt.events if x.name != "Transfer")
                if name == "release":
                    assert now >= self.opened[case_id][0] + SLASH_LOCK
                    assert payee == self.model.treasury
                else:
                    assert name == "collect_refund"
                    assert amount <= self.losses[case_id][payee]
                    self.losses[case_id][payee] -= amount

    def wait(self, seconds: int, blocks: int = 1):
        self.model.now += seconds
        self.chain.now = self.model.now
        self.chain.block += blocks

    def wait_until(self, date: int):
        self.wait(max(0, date - self.model.now))

    # -------------------------------------------------------- what is there

    def record(self, id: int) -> list[int] | None:
        """As the pool says, but for what changes with time alone."""
        if id not in self.records:
            self.records[id] = self.pool.record(id)
        return self.records[id]

    def stake(self, id: int) -> Stake | None:
        if id not in self.stakes:
            record = self.record(id)
            self.stakes[id] = record and self.pool.stake(id, record)
        return self.stakes[id]

    def state(self, id: int) -> int:
        return self.record(id)[7]

    @property
    def ids(self) -> list[int]:
        return list(self.keys)

    def one(self, choice: int) -> int:
        return self.ids[choice % len(self.ids)]

    def signer_of(self, id: int) -> int:
        return signer(self.keys[id][-1])

    def convene(self):
        """A new committee, if there may be one."""
        if self.pool_does(STRANGER, "checkpoint"):
            self.wait(12, blocks=5)
            self.pool_does(STRANGER, "seal")

    # -------------------------------------------------------- start

    @initialize(
        size=st.sampled_from([5, 4, 6, 7, 6, 5, 9]),
        kind=st.sampled_from(["equal", "thirds", "uneven", "thirds", "thirds + 1", "least"]),
        paired=st.sampled_from([2, 0, 3, 1]),
        is_harsh=st.booleans(),
    )
    def begin(self, size, kind, paired, is_harsh):
        """Sequencers, of which some are paired, in a sealed committee. The third's owner may be its
        own vault."""
        for number, amount in enumerate(stakes(kind, size)):
            owner, vault = OWNERS[number], [*VAULTS, OWNERS[2]][number % 3]
            # of the first, a slash takes both; of the second, only the vault's
            shares = (amount - 100 * METIS, amount, amount // 2)
            share = shares[number] if number < paired else 0
            self.pool_does(GOVERNANCE, "approve", owner)
            if number < paired:
                self.pool_does(GOVERNANCE, "set_pairing", owner, vault, 1_000)
            signature = self.new_key(number + 1, owner)
            what = (signer(number), amount - share, owner, *public_key(number), *signature)
            assert self.pool_does(owner, "lock", *what)
            if share:
                assert self.pool_does(vault, "deposit_paired", number + 1, share)
        self.convene()
        if is_harsh:
            for setting, bps in CEILINGS.items():
                self.do(GOVERNANCE, self.slasher, "set_penalty", setting, bps)

    def new_key(self, id: int, owner: int) -> tuple[int, int]:
        """The next one; what it says to its owner."""
        number = sum(map(len, self.keys.values()))
        self.keys.setdefault(id, []).append(number)
        self.model.signers[signer(number)] = id, None
        self.nonces[owner] += 1
        return consent(CHAIN_ID, POOL, owner, number, self.nonces[owner] - 1)

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

    @action(weight=6, seconds=SECONDS)
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=4, kind=CHOICE, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, kind, choice, offset):
        """To the second before, of, or after something that is due."""
        model = self.model
        kinds = [
            {x for start, end in model.stops[-1:] for x in (end, start + STOP_INTERVAL)},
            {
                model.committees[-1].created_at + DAY,
                *(
                    x.superseded_at + age
                    for x in model.committees[-3:-1]
                    for age in (COMMITTEE_AGE, COMMITTEE_AGE_ON_L2)
                ),
            },
            {x.expires_at for x in model.pendings if x.state == OPEN},
            {(at // DAY + BRAKE_DAYS + 1) * DAY for at, _ in model.slashes},
            {x.began_at + BRAKE_PERIOD for x in model.periods.values()},
            {x.time + STRIKE_PERIOD for x in model.timeouts},
            {
                date
                for id in self.ids
                for side in self.stake(id).sides
                for _, date in side.unbondings
            },
            {date + OLD_SIGNER_AGE for _, date in model.signers.values() if date is not None},
            {date for _, date in model.treasuries},
            {*model.jails.values()},
        ]
        kinds = [sorted(x for x in dates if x > model.now) for dates in kinds]
        kinds = [dates for dates in kinds if dates]
        if kinds:
            dates = kinds[kind % len(kinds)]
            self.wait_until(dates[choice % len(dates)] + offset)

    def has_cases(self) -> bool:
        return any(not x.is_released for x in self.model.cases)

    @action(weight=1, when=has_cases, choice=CHOICE, offset=OFFSET, first=MOSTLY)
    def year_passes(self, choice, offset, first):
        """To the second before, of, or after a case may be released or not appealed against any
        more; and then one tries."""
        model = self.model
        waiting = [id for id, x in enumerate(model.cases, 1) if not x.is_released]
        if not waiting:
            return
        case_id = waiting[0 if first else choice % len(waiting)]
        case = model.cases[case_id - 1]
        if case.appeals or choice % 2:
            self.wait_until(case.releasable_at + offset)
            self.release_now(case_id)
        else:
            self.wait_until(case.unlocks_at + offset)
            self.appeal_now(case.losses[0][0], case_id)

    # -------------------------------------------------------- votes

    def moment(self, choice: int, offset: int) -> int:
        """When something was: mostly of late; or a day, or more, from what was before."""
        model = self.model
        if choice < 50:
            return model.now - choice % 4 * 60
        edges = [
            x.time + step + offset
            for x in model.timeouts[-8:]
            for step in (DAY, -DAY, DAY // 2, 0, STRIKE_PERIOD, 22 * HOUR, -STRIKE_PERIOD)
        ]
        edges += [model.now - 6 * DAY, model.now - 30 * HOUR]
        edges = [x for x in edges if model.now - MAX_AGE <= x <= model.now]
        return edges[choice % len(edges)]

    def flawed_time(self, time: int, flaw: str) -> int:
        now = self.model.now
        if flaw == "future":
            return now + 1
        if flaw in ("old", "barely old"):
            start, end = self.model.stops[-1] if self.model.stops else (0, 0)
            oldest = now - MAX_AGE
            # further back by what of a stop has passed since
            oldest -= max(0, min(now, end) - max(oldest, start))
            return oldest - (flaw == "old")
        return time

    def voters(self, flaw: str, choice: int) -> Committee:
        """The latest committee that could vote, but for the flaw."""
        able = [x for x in self.model.committees if x.members]
        if flaw == "previous committee":
            return able[max(0, len(able) - 2)]
        if flaw == "old committee":
            return able[choice % len(able)]
        return able[-1]

    def certificate(self, message, committee: Committee, flaw: str, choice: int) -> Certificate:
        """Signed by as few as are enough, but for the flaw; all flaws are tried elsewhere."""
        members = committee.members
        total = sum(map(power_of, members))
        signing, power = [], 0
        order = sorted(range(len(members)), key=lambda i: (power_of(members[i]), i), reverse=True)
        order = order[choice % len(order) :] + order[: choice % len(order)]
        for place in order:
            if 3 * power < 2 * total:
                signing.append(place)
                power += power_of(members[place])
        if flaw == "below":
            signing.pop()
        signing.sort()
        at, of = DOMAIN, message
        if flaw == "other chain":
            at = OTHER_DOMAIN
        elif flaw == "other message":
            of = message._replace(committee_nonce=message.committee_nonce + 1)
        signatures = [signed(NUMBERS[signer_of(members[place])], at, of) for place in signing]
        if flaw == "duplicate":
            signatures[-1] = signatures[0]
        elif flaw == "stranger":
            signatures[-1] = signed(OUTSIDER, at, of)
        elif flaw == "reordered":
            signatures = signatures[1:] + signatures[:1]
        bits = sum(1 << place for place in signing)
        return Certificate(members, bits, tuple(signatures))

    def vote(self, name: str, message, committee: Committee, flaw="none", choice=0) -> bool:
        certificate = self.certificate(message, committee, flaw, choice)
        self.votes.append((name, message))
        words = vote_words(message, certificate)
        return self.do(STRANGER, self.slasher, name, message, certificate, words=words)

    def reelection(self, id: int, time: int, reason: int, committee: Committee) -> Reelection:
        """About another block than all before."""
        self.last_block += 1
        return Reelection(committee.nonce, 7, 1, self.signer_of(id), self.last_block, time, reason)

    @action(
        weight=4,
        choice=CHOICE,
        reason=st.sampled_from([TIMEOUT, TIMEOUT, INVALID_EXECUTION]),
        when_=CHOICE,
        offset=OFFSET,
        flaw=REPORT_FLAWS,
        old_key=RARELY,
    )
    def report_reelection(self, choice, reason, when_, offset, flaw, old_key):
        id, committee = self.one(choice), self.voters(flaw, choice)
        time = self.flawed_time(self.moment(when_, offset), flaw)
        message = self.reelection(id, time, reason, committee)
        match flaw:
            case "unknown":
                message = message._replace(failed=signer(OUTSIDER))
            case "reason 0" | "reason 3":
                message = message._replace(reason=int(flaw[-1]))
            case "unknown committee":
                message = message._replace(committee_nonce=committee.nonce + 100)
        if old_key:
            message = message._replace(failed=signer(self.keys[id][0]))
        self.vote("report_reelection", message, committee, flaw, choice)

    @action(
        weight=3,
        many=st.sampled_from([3, 3, 4, 3, 2, 9]),
        first=st.sampled_from([0, 0, 0, 1, 2]),
        when_=CHOICE,
        apart=st.sampled_from([0, HOUR, 12 * HOUR, DAY // 2 - 1, 7 * HOUR, DAY // 2, 1]),
        backwards=st.booleans(),
        later=st.booleans(),
        again=RARELY,
    )
    def outage(self, many, first, when_, apart, backwards, later, again):
        """Several time out, one after another, and are reported in this order or the other."""
        many = min(many, len(self.ids))
        ids = [self.one(first + place) for place in range(many)]
        now, committee = self.model.now, self.voters("none", 0)
        start = min(self.moment(when_, 0), now)
        if not later:
            start = max(start - apart * (many - 1), now - MAX_AGE)
        times = [start + apart * place for place in range(many)]
        if again:
            ids, times = [*ids, ids[0]], [*times, times[-1] + apart]
        stalls = list(zip(ids, times, strict=True))
        if backwards:
            self.wait_until(max(times))
            stalls = stalls[::-1]
        for id, time in stalls:
            self.wait_until(time)
            message = self.reelection(id, time, TIMEOUT, committee)
            self.vote("report_reelection", message, committee)

    @action(
        weight=1,
        when=lambda self: any(x.charged for x in self.model.timeouts),
        choice=CHOICE,
        first=st.sampled_from([22 * HOUR, DAY - 1, DAY, 12 * HOUR]),
        second=st.sampled_from([23 * HOUR, DAY - 1, DAY, 12 * HOUR]),
    )
    def outage_follows(self, choice, first, second):
        """Who was charged times out again, and a day later others do."""
        charged = [x for x in self.model.timeouts if x.charged]
        if not charged:
            return
        before = charged[-1 - choice % min(4, len(charged))]
        time = before.time + first
        committee = self.voters("none", 0)
        stalls = [(before.id, time)]
        stalls += [(self.one(choice + place), time + second) for place in range(4)]
        for id, time in stalls:
            self.wait_until(time)
            message = self.reelection(id, time, TIMEOUT, committee)
            self.vote("report_reelection", message, committee)

    @action(weight=2, choice=CHOICE, many=st.sampled_from([2, 1, 3, 4]), everyone=SELDOM)
    def wrong_blocks(self, choice, many, everyone):
        """As many as a brake stands; of one, or of all."""
        committee = self.voters("none", 0)
        for id in self.ids if everyone else [self.one(choice)]:
            for _ in range(many):
                message = self.reelection(id, self.model.now, INVALID_EXECUTION, committee)
                self.vote("report_reelection", message, committee)

    @action(
        weight=3,
        choice=CHOICE,
        kind=st.sampled_from([BACKLOG, BACKLOG, SLOW_PRODUCTION, 0, 2, 4, 7]),
        epoch=st.integers(0, 4),
        when_=CHOICE,
        flaw=REPORT_FLAWS,
    )
    def report(self, choice, kind, epoch, when_, flaw):
        id, committee = self.one(choice), self.voters(flaw, choice)
        time = self.flawed_time(self.moment(when_, 0), flaw)
        message = Offence(committee.nonce, id, kind, epoch, time, keccak_words(choice))
        match flaw:
            case "unknown":
                message = message._replace(sequencer_id=len(self.ids) + 1)
            case "reason 0":
                message = message._replace(evidence=0)
            case "unknown committee":
                message = message._replace(committee_nonce=committee.nonce + 100)
        self.vote("report", message, committee, flaw, choice)

    def has_voted(self) -> bool:
        return bool(self.votes)

    @action(
        weight=2,
        when=has_voted,
        choice=CHOICE,
        change=st.sampled_from(
            ["none", "reason", "round", "epoch", "time", "committee", "new key", "evidence"]
        ),
    )
    def report_again(self, choice, change):
        """The same thing, told in the same way or in another."""
        if not self.votes:
            return
        name, message = self.votes[-1 - choice % min(12, len(self.votes))]
        committee = self.voters("none", 0)
        changes = {"committee_nonce": committee.nonce}
        if isinstance(message, Reelection):
            other = TIMEOUT if message.reason == INVALID_EXECUTION else INVALID_EXECUTION
            changes |= {
                "reason": {"reason": other},
                "round": {"round": message.round % 255 + 1},
                "epoch": {"epoch": message.epoch + 1},
                "time": {"last_block_timestamp": self.model.now},
            }.get(change, {})
            if change == "new key" and message.failed in self.model.signers:
                changes["failed"] = self.signer_of(self.model.signers[message.failed][0])
        elif isinstance(message, Offence):
            changes |= {
                "time": {"observed_at": self.model.now},
                "evidence": {"evidence": message.evidence ^ 1},
            }.get(change, {})
        if change == "none":
            found = [x for x in self.model.committees if x.nonce == message.committee_nonce]
            if found and found[0].members:
                committee, changes = found[0], {}
        self.vote(name, message._replace(**changes), committee)

    def is_suspended(self) -> bool:
        return any(len(cause) > 2 for cause in self.model.causes)

    @action(
        weight=3,
        when=is_suspended,
        choice=CHOICE,
        flaw=st.sampled_from(
            ["none"] * 8
            + ["block", "epoch", "signer", "below", "old committee", "unknown", "unknown committee"]
        ),
    )
    def lift_suspension(self, choice, flaw):
        model, committee = self.model, self.voters(flaw, choice)
        open_ones = sorted(x for x in model.causes if len(x) > 2) or [(1, 4, 7, 1)]
        id, _, epoch, block = open_ones[choice % len(open_ones)]
        message = Correction(
            committee_nonce=committee.nonce + 100 * (flaw == "unknown committee"),
            epoch=epoch + (flaw == "epoch"),
            block_number=block + (flaw == "block"),
            block_hash=keccak_words(block),
            signer=self.signer_of(id % len(self.ids) + 1 if flaw == "signer" else id),
        )
        if flaw == "unknown":
            message = message._replace(signer=signer(OUTSIDER))
        self.vote("lift_suspension", message, committee, flaw, choice)

    # -------------------------------------------------------- equivocation

    @action(
        weight=3,
        choice=CHOICE,
        height=st.integers(0, 9),
        flaw=st.sampled_from(
            ["none"] * 9
            + ["block", "epoch", "same", "other signer", "other chain", "outsider", "again"]
        ),
        old_key=st.booleans(),
        swap=st.booleans(),
    )
    def report_equivocation(self, choice, height, flaw, old_key, swap):
        id = self.one(choice)
        number = self.keys[id][0 if old_key else -1]
        number = OUTSIDER if flaw == "outsider" else number
        one = Commitment(7, height, keccak_words(choice))
        other = Commitment(
            7 + (flaw == "epoch"),
            height + (flaw == "block"),
            keccak_words(choice + (flaw != "same"), 1) if flaw != "same" else one.block_hash,
        )
        by_other = OUTSIDER if flaw == "other signer" else number
        at = OTHER_DOMAIN if flaw == "other chain" else DOMAIN
        proof = (one, signed(number, DOMAIN, one), other, signed(by_other, at, other))
        if flaw == "again" and self.proofs:
            proof = self.proofs[choice % len(self.proofs)]
        if swap:
            proof = (*proof[2:], *proof[:2])
        one, by_one, other, by_other = proof
        words = (*one, by_one.r, by_one.vs, *other, by_other.r, by_other.vs)
        if self.do(STRANGER, self.slasher, "report_equivocation", *proof, words=words):
            self.proofs.append(proof)

    # -------------------------------------------------------- governance and guardian

    def by(self, right: int, is_wrong: bool, choice: int) -> int:
        return STRANGERS[choice % len(STRANGERS)] if is_wrong else right

    @action(
        weight=3,
        choice=CHOICE,
        bps=st.sampled_from([500, 3_000, 1, 1_500, 2_999, 0, 3_001]),
        is_wrong=RARELY,
        flaw=CHOICE,
        many=st.sampled_from([1, 1, 2]),
    )
    def slash_by_governance(self, choice, bps, is_wrong, flaw, many):
        id = len(self.ids) + 1 if flaw == 97 else self.one(choice)
        reason = b"" if flaw in (98, 99) else b"ipfs://statement"
        sender = self.by(GOVERNANCE, is_wrong, choice)
        words = (id, bps, 96, *bytes_words(reason))
        for _ in range(many):
            args = (id, bps, reason)
            self.do(sender, self.slasher, "slash_by_governance", *args, words=words)

    def is_pending(self) -> bool:
        return any(x.state == OPEN for x in self.model.pendings)

    @action(
        weight=5,
        when=is_pending,
        how=st.sampled_from(["confirm", "drop", "lapse", "confirm"]),
        choice=CHOICE,
        wait=st.booleans(),
        offset=OFFSET,
        is_wrong=RARELY,
    )
    def decide(self, how, choice, wait, offset, is_wrong):
        """What the brakes have kept; sometimes when it expires."""
        model = self.model
        waiting = [id for id, x in enumerate(model.pendings, 1) if x.state == OPEN]
        pending_id = len(model.pendings) + 1
        if waiting:
            pending_id = waiting[choice % len(waiting)]
            if wait:
                self.wait_until(model.pendings[pending_id - 1].expires_at + offset)
        elif choice % 2 and model.pendings:
            pending_id = 1 + choice % len(model.pendings)
        sender = STRANGER if how == "lapse" else self.by(GOVERNANCE, is_wrong, choice)
        if self.do(sender, self.slasher, how, pending_id):
            self.touched.add(model.pendings[pending_id - 1].id)
            self.reached.add(f"{how} of {'several' if len(waiting) > 1 else 'one'}")

    @action(
        weight=1,
        kind=st.sampled_from([*CEILINGS, 1, 6, 8, 255]),
        bps=st.sampled_from([10, 0, 100, 200, 500, 1_000, 201, 1_001, 2_000, 2_001]),
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def set_penalty(self, kind, bps, is_wrong, choice):
        self.do(self.by(GOVERNANCE, is_wrong, choice), self.slasher, "set_penalty", kind, bps)

    @action(
        weight=1,
        wait=st.sampled_from([HOUR, 3 * DAY, 3 * DAY - 1, DAY, 0]),
        resume=RARELY,
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def stop(self, wait, resume, is_wrong, choice):
        """And something is tried meanwhile; ages stand still."""
        self.do(self.by(GUARDIAN, is_wrong, choice), self.slasher, "stop")
        self.wait(wait)
        committee = self.voters("none", 0)
        message = self.reelection(self.one(choice), self.model.now, TIMEOUT, committee)
        self.vote("report_reelection", message, committee)
        if resume:
            self.do(GUARDIAN, self.slasher, "resume")

    @action(weight=4, when=lambda self: self.model.is_stopped, is_wrong=RARELY, choice=CHOICE)
    def resume(self, is_wrong, choice):
        self.do(self.by(GUARDIAN, is_wrong, choice), self.slasher, "resume")

    # -------------------------------------------------------- cases

    def case_id(self, choice: int) -> int:
        count = len(self.model.cases)
        return count + 1 if choice == 99 or not count else 1 + choice % count

    def loser(self, case_id: int, choice: int) -> int:
        """The owner, the vault, or somebody else."""
        if choice > 93 or case_id > len(self.model.cases):
            return [STRANGER, GOVERNANCE, *OWNERS[:3], *VAULTS][choice % 7]
        owner, vault = (who for who, _ in self.model.cases[case_id - 1].losses)
        return vault if vault and choice % 2 else owner

    def appeal_now(self, sender: int, case_id: int, statement=b"ipfs://appeal"):
        words = (case_id, 64, *bytes_words(statement))
        self.do(sender, self.slash_vault, "appeal", case_id, statement, words=words)

    def release_now(self, case_id: int):
        self.do(STRANGER, self.slash_vault, "release", case_id)

    @action(weight=4, when=has_cases, choice=CHOICE, by=CHOICE, is_empty=RARELY, twice=RARELY)
    def appeal(self, choice, by, is_empty, twice):
        case_id = self.case_id(choice)
        sender = self.loser(case_id, by)
        for _ in range(1 + twice):
            self.appeal_now(sender, case_id, b"" if is_empty else b"ipfs://appeal")

    @action(
        weight=4,
        when=lambda self: any(x.appeals and x.refund_bps is None for x in self.model.cases),
        choice=CHOICE,
        bps=BPS_OF_REFUND,
        is_wrong=RARELY,
        collect=st.integers(0, 3),
        by=CHOICE,
    )
    def resolve(self, choice, bps, is_wrong, collect, by):
        """And some collect at once."""
        waiting = [
            id for id, x in enumerate(self.model.cases, 1) if x.appeals and x.refund_bps is None
        ]
        case_id = self.case_id(choice)
        if waiting and choice < 95:
            case_id = waiting[choice % len(waiting)]
        sender = self.by(GOVERNANCE, is_wrong, choice)
        self.do(sender, self.slash_vault, "resolve", case_id, bps)
        for place in range(collect):
            sender = self.loser(case_id, (by + place) % 100)
            self.do(sender, self.slash_vault, "collect_refund", case_id)

    @action(
        weight=2,
        when=lambda self: any(x.due(0) + x.due(1) for x in self.model.cases),
        choice=CHOICE,
        by=CHOICE,
    )
    def collect_refund(self, choice, by):
        owed = [id for id, x in enumerate(self.model.cases, 1) if x.due(0) + x.due(1)]
        case_id = owed[choice % len(owed)] if owed and choice < 90 else self.case_id(choice)
        self.do(self.loser(case_id, by), self.slash_vault, "collect_refund", case_id)

    @action(weight=2, when=has_cases, choice=CHOICE)
    def release(self, choice):
        model = self.model
        ripe = [
            id
            for id, x in enumerate(model.cases, 1)
            if not x.is_released and x.releasable_at <= model.now
        ]
        self.release_now(ripe[choice % len(ripe)] if ripe else self.case_id(choice))

    @action(
        weight=1,
        to=st.sampled_from([*TREASURIES, 0]),
        wait=st.sampled_from([0, 7 * DAY, 7 * DAY - 1]),
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def announce_treasury(self, to, wait, is_wrong, choice):
        sender = self.by(GOVERNANCE, is_wrong, choice)
        self.do(sender, self.slash_vault, "announce_treasury", to)
        self.wait(wait)

    @action(weight=1, by=st.sampled_from(STRANGERS), key=CHOICE)
    def intrude(self, by, key):
        """What only contracts may call."""
        self.do(by, self.slash_vault, "open_case", 1, by, by, 1, 1, 2, key << 128)
        self.do(by, self.slash_vault, "use_key", key << 128, 1)

    # -------------------------------------------------------- the pool

    @action(weight=4, patient=MOSTLY, choice=CHOICE)
    def recover(self, patient, choice):
        """Out of jail, back above the least stake, reinstated; then a new committee."""
        if patient:
            self.wait_until(max((x for x in self.model.jails.values()), default=0))
        for id in self.ids:
            state, stake = self.state(id), self.stake(id)
            if state == State.JAILED:
                self.pool_does(stake.owner, "unjail", id)
            if state == State.SUSPENDED and (id + choice) % 3:
                self.reinstate_now(id)
            lack = MIN_STAKE + 4_000 * METIS - sum(side.bonded for side in stake.sides)
            if lack > 0 and state not in (State.EXITING, State.EXITED):
                self.pool_does(stake.owner, "relock", id, lack)
        self.pool_does(STRANGER, "activate_next", 9)
        self.convene()

    def reinstate_now(self, id: int):
        state = self.state(id)
        if self.pool_does(GOVERNANCE, "reinstate", id):
            self.model.jails[id] = 0
            if state == State.SUSPENDED:
                self.model.causes = {x for x in self.model.causes if x[0] != id}
            self.touched.add(id)

    @action(weight=1, choice=CHOICE)
    def reinstate(self, choice):
        self.reinstate_now(self.one(choice))

    @action(weight=2, wait=st.sampled_from([HOUR, 0, DAY]))
    def checkpoint(self, wait):
        self.wait(wait)
        self.convene()

    @action(
        weight=3,
        choice=CHOICE,
        what=st.sampled_from(
            ["request_withdrawal", "request_paired_withdrawal", "unlock", "relock", "claim"]
        ),
        part=st.sampled_from([4, 2, 10, 1]),
    )
    def stake_changes(self, choice, what, part):
        id = self.one(choice)
        stake = self.stake(id)
        own, paired = stake.sides
        match what:
            case "request_withdrawal":
                spare = own.bonded + paired.bonded - MIN_STAKE
                amount = max(1, min(own.bonded, spare) // part)
                self.pool_does(stake.owner, what, id, amount)
            case "request_paired_withdrawal":
                paired_ids = [x for x in self.ids if self.stake(x).sides[1].bonded]
                if paired_ids:
                    id = paired_ids[choice % len(paired_ids)]
                    stake = self.stake(id)
                    self.pool_does(stake.vault, what, id, stake.sides[1].bonded // part)
            case "unlock" if part < 3:
                self.pool_does(stake.owner, what, id)
            case "relock":
                self.pool_does(stake.owner, what, id, 1_000 * METIS // part)
            case "claim":
                for id in self.ids:
                    stake = self.stake(id)
                    if stake.sides[0].matured(self.model.now):
                        self.pool_does(STRANGER, "claim", id)
                    if stake.sides[1].matured(self.model.now):
                        self.pool_does(stake.vault, "claim_paired", id)
        self.touched.add(id)

    @action(weight=1, choice=CHOICE)
    def rotate_signer(self, choice):
        """What was signed with the old key stays attributable."""
        id = self.one(choice)
        owner = self.stake(id).owner
        number = sum(map(len, self.keys.values()))
        signature = consent(CHAIN_ID, POOL, owner, number, self.nonces[owner])
        what = (id, signer(number), *public_key(number), *signature)
        if number < OUTSIDER and self.pool_does(owner, "rotate_signer", *what):
            self.model.signers[self.signer_of(id)] = id, self.model.now
            self.new_key(id, owner)

    @action(weight=1, choice=CHOICE)
    def change_owner(self, choice):
        """Cases stay with the one who has lost; strikes follow both."""
        id = self.one(choice)
        owner = self.stake(id).owner
        known = {self.stake(x).owner for x in self.ids}
        new = next((x for x in OWNERS[3:] if x not in known and not self.nonces[x]), None)
        if new:
            self.pool_does(GOVERNANCE, "approve", new)
            if self.pool_does(owner, "transfer_ownership_of", id, new):
                self.pool_does(new, "accept_ownership_of", id)
            self.touched.add(id)

    # -------------------------------------------------------- what always holds

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at the end."""
        if not self.keys:
            return
        self.steps += 1
        self.is_sound = False
        if self.is_new:
            self.compare_sums()
            for id in self.touched:
                self.compare_sequencer(id)
            for case_id in self.touched_cases:
                self.compare_case(case_id)
        self.is_new = False
        self.touched.clear()
        self.touched_cases.clear()
        if self.steps % 10 == 0:
            self.note_reached()
            self.compare_rest()
        self.is_sound = True

    def compare_sums(self):
        model = self.model
        # I1
        held = self.slash_vault.view("held")[0]
        assert held == model.escrow
        assert self.metis.view("balanceOf", SLASH_VAULT)[0] == model.balances[SLASH_VAULT] >= held
        assert self.metis.view("balanceOf", POOL)[0] == model.balances[POOL]
        assert self.slasher.view("braked") == [model.braked]
        assert model.braked <= 2 * 10**8

    def compare_sequencer(self, id: int):
        model, stake, now = self.model, self.stake(id), self.model.now
        # I4
        assert self.pool.view("stake_of", id) == [stake.owner, stake.locked(now)]
        words = self.pool.view("sequencer", id)  # now
        assert words[20] == sum(map(sum, model.takeable(id)))
        assert words[23] == model.jails.get(id, 0)
        assert words[25] == sum(x[0] == id for x in model.causes)
        amount, until = model.held(id)
        if until > now:
            assert words[21:23] == [amount, until]
        period = model.periods.get(id, Period())
        history = [period.began_at, period.base, period.taken, period.taken_in_all]
        seen = self.slasher.view("record_of", id)
        assert seen[:6] == [model.strikes(id, stake.owner, now), *history, amount]
        assert seen[6] == until or until <= now

    def compare_case(self, case_id: int):
        case = self.model.cases[case_id - 1]
        (owner, own), (vault, paired) = case.losses
        assert self.slash_vault.view("case_of", case_id) == [
            *(case.id, owner, vault, own, paired, case.kind, case.key),
            *(self.model.evidence[case.key], case.slashed_at, case.unlocks_at, case.status),
            *(case.appealed_at, case.refund_bps or 0, case.due(0), case.due(1)),
            0 if case.is_released else case.releasable_at,
        ]

    def compare_rest(self):
        """I2, and what does not change often."""
        model = self.model
        assert self.slash_vault.view("case_count") == [len(model.cases)]
        assert self.slasher.view("pending_count") == [len(model.pendings)]
        assert self.slasher.view("stopped") == [model.is_stopped]
        assert self.slash_vault.view("treasury") == [model.treasury]
        seen = {x: self.metis.view("balanceOf", x)[0] for x in self.model.balances}
        assert seen == self.model.balances
        assert sum(seen.values()) == sum(PURSES.values())

    def compare_all(self):
        model = self.model
        self.compare_sums()
        self.compare_rest()
        for id in self.ids:
            self.compare_sequencer(id)
        for case_id in range(1, len(model.cases) + 1):
            self.compare_case(case_id)
        for pending_id, x in enumerate(model.pendings, 1):
            fields = [x.id, x.amount, x.kind, x.key, x.expires_at, x.state]
            assert self.slasher.view("pending", pending_id) == fields
        for key, evidence in model.evidence.items():
            assert self.slash_vault.view("evidence_of", key) == [evidence]
        for kind in range(9):
            assert self.slasher.view("penalty", kind) == [model.penalties.get(kind, 0)]

    def note_reached(self):
        model = self.model
        reached = {
            "mass outage": any(x.charged for x in model.timeouts),
            "covered by an outage": any(
                not x.bps and not x.charged and model.is_covered(x) for x in model.timeouts
            ),
            "brake": bool(model.pendings),
            "brake of all at its end": model.braked > 199_000_000,
            "two losers": any(x.losses[1][1] and x.losses[0][1] for x in model.cases),
            "vault alone": any(x.losses[1][1] and not x.losses[0][1] for x in model.cases),
            "released": any(x.is_released for x in model.cases),
            "released after an appeal": any(x.is_released and x.appeals for x in model.cases),
            "collected": any(x.collected for x in model.cases),
            "collected by both": any(len(x.collected) == 2 for x in model.cases),
            "five strikes": any(
                len([x for x in model.timeouts if x.id == id]) > 4 for id in self.ids
            ),
            "another treasury": model.treasury != TREASURIES[0],
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}


# Of these, all that are logged are expected.
COMPARED = {
    *("OffencePunished", "OffenceReported", "SlashPending", "Slashed", "Held", "Jailed"),
    *("Suspended", "CauseLifted", "CaseOpened", "CaseAppealed", "CaseResolved", "CaseReleased"),
    *("RefundCollected", "PendingConfirmed", "PendingDropped", "PendingLapsed", "PenaltySet"),
    *("SlashedByGovernance", "TreasuryAnnounced"),
}

TestSlashing = SlashingMachine.TestCase
