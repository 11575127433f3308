"""State machines: the pool against its model, over all calls and time; invariants I1 to I5."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from eth_account import Account
from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from seqpool.protocol.committee import committee_hash, member
from seqpool.protocol.messages import signer_consent
from seqpool.protocol.signatures import compact, public_key
from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    Contract,
    Receipt,
    actor,
    address,
    address_of,
    block_hash,
    compiled,
    deployer,
    keccak_words,
)
from tests.stateful.model import (
    CLOCKED,
    LEAVING,
    MAX_UNBONDINGS,
    OWN,
    PAIRED,
    SEATED,
    SLASH_LOCK,
    Model,
    Rejected,
    Sequencer,
)
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, Approval, State

STATES = {value: name for name, value in vars(State).items() if name.isupper()}
LAUNCH = PARAMETERS | {"max_sequencers": 4}  # so few that some must queue
MIN_STAKE, CAP = LAUNCH["min_stake"], LAUNCH["cap"]
STARTED_AT, STARTED_IN = 1_800_000_000, 20_000_000


# ------------------------------------------------------------ the chain and its people


GOVERNANCE, GUARDIAN, STRANGER = map(actor, ("governance", "guardian", "stranger"))
MINTER = deployer("metis")
POOL, SLASH_VAULT, TOKEN = map(address_of, ("pool", "slash vault", "metis"))
OWNERS = [actor(f"owner {i}") for i in range(9)]
VAULTS = [actor(f"vault {i}") for i in range(2)]
SLASHERS = [actor(f"slasher {i}") for i in range(2)]
DISTRIBUTORS = [actor(f"distributor {i}") for i in range(2)]
NAMES = {
    GOVERNANCE: "governance",
    GUARDIAN: "guardian",
    STRANGER: "stranger",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"vault {i}" for i, x in enumerate(VAULTS)},
    **{x: f"slasher {i}" for i, x in enumerate(SLASHERS)},
    **{x: f"distributor {i}" for i, x in enumerate(DISTRIBUTORS)},
}
PURSES = {
    **dict.fromkeys(OWNERS, 250_000 * METIS),
    **dict.fromkeys(VAULTS, 400_000 * METIS),
    **dict.fromkeys(DISTRIBUTORS, 60_000 * METIS),
    STRANGER: 1_000 * METIS,
}
HOLDERS = [*PURSES, POOL, SLASH_VAULT]


@cache
def key(number: int) -> tuple[Account, int, tuple[int, int]]:
    """The account, its address and its public key."""
    account = Account.from_key((number + 1).to_bytes(32, "big"))
    x, y = (int.from_bytes(part, "big") for part in public_key(account.key))
    NAMES[int(account.address, 16)] = f"signer {number}"
    return account, int(account.address, 16), (x, y)


@cache
def consent(by: int, owner: int, signer: int, nonce: int) -> tuple[int, int]:
    """Key `by` signs the consent of key `signer`."""
    message = signer_consent(
        CHAIN_ID,
        address(POOL),
        address(owner),
        address(key(signer)[1]),
        nonce,
    )
    signed = key(by)[0].sign_message(message.signable_message)
    return tuple(compact(signed.v, signed.r, signed.s))


@cache
def deployed() -> tuple[Chain, Contract, Contract, Contract]:
    """The chain, METIS, SlashVault and pool: once a process, since each example is undone."""
    chain = Chain(STARTED_AT, STARTED_IN)

    metis = Contract(chain, compiled("MockMETIS"), "metis")
    ends = (TOKEN, POOL, GOVERNANCE, STRANGER)
    slash_vault = Contract(chain, compiled("SlashVault"), "slash vault", *ends)
    roles = (TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHERS[0], DISTRIBUTORS[0])
    pool = Contract(chain, compiled("SequencerPool"), "pool", *roles, tuple(LAUNCH.values()))
    for user, amount in PURSES.items():
        metis.send(MINTER, "mint", user, amount)
        metis.send(user, "approve", POOL, amount)
    return chain, metis, slash_vault, pool


LOCKED = 1  # ISlashVault.Status


# ------------------------------------------------------------ choices

# Small numbers, of which the first is the likeliest to be right: hypothesis shrinks towards it.
CHOICE = st.integers(0, 99)
RARELY = st.integers(0, 14).map(lambda x: x == 14)
MOSTLY = st.integers(0, 9).map(lambda x: x < 8)
SECONDS = st.sampled_from([12, 0, 1, 60, HOUR, HOUR - 1, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 22 * DAY])
BLOCKS = st.sampled_from([1, 0, 4, 5, 20, 255, 256, 257, 300])


ACTIONS: dict[str, tuple[int, Callable, st.SearchStrategy]] = {}


def action(weight: int, when: Callable = lambda machine: True, **arguments):
    """What `act` may do: it chooses by weight among the actions that make sense. (Rules of their
    own would be switched off half the time, and seldom come in an order that leads anywhere.)"""

    def register(method: Callable) -> Callable:
        ACTIONS[method.__name__] = weight, when, st.fixed_dictionaries(arguments)
        return method

    return register


def has(wanted: Callable[[Model, Sequencer], bool]) -> Callable:
    """Makes sense if a sequencer is as wanted."""
    return lambda machine: any(
        wanted(machine.model, seq) for seq in machine.model.sequencers.values()
    )


def is_live(model: Model, seq: Sequencer) -> bool:
    return seq.state not in LEAVING


def is_open(model: Model, seq: Sequencer) -> bool:
    return is_live(model, seq) and seq.bonded < model.cap


def is_paired(model: Model, seq: Sequencer) -> bool:
    return is_open(model, seq) and seq.vault != 0 and not seq.pairing_ended


def is_offered(model: Model, seq: Sequencer) -> bool:
    return seq.pending_owner != 0 and seq.state != State.EXITED


def is_below(model: Model, seq: Sequencer) -> bool:
    return seq.state in CLOCKED and seq.bonded < model.min_stake


def spare(model: Model, seq: Sequencer) -> int:
    """What the owner may withdraw."""
    left = max(0, seq.bonded - model.min_stake) if is_live(model, seq) else 0
    return min(left, seq.sides[OWN].bonded)


# Some more than once, because they lead somewhere.
PARAMETER_CHANGES = [
    *(("min_stake", x * METIS) for x in (25_000, 15_000, 20_000, 25_000, 20_000, 1)),
    *(("min_stake", x) for x in (METIS - 1, CAP, CAP + 1)),
    *(("cap", x * METIS) for x in (60_000, 100_000, 40_000, 60_000, 100_000, 1_000_000)),
    *(("cap", x) for x in (10**24 + 1, 14_000 * METIS)),
    *(("max_sequencers", x) for x in (5, 4, 6, 4, 5, 3, 129)),
    *(("exit_delay", x * DAY) for x in (60, 21, 30, 60, 21)),
    *(("exit_delay", x) for x in (21 * DAY - 1, 60 * DAY + 1, 2**256 - 1)),
    *(("cure_period", x) for x in (7 * DAY, DAY, 30 * DAY, DAY - 1, 30 * DAY + 1)),
    *(("rotation_period", x) for x in (DAY, HOUR, 7 * DAY, HOUR - 1, 7 * DAY + 1)),
]


class PoolMachine(RuleBasedStateMachine):
    """Each rule asks the model what must happen, sends the transaction, and compares."""

    favoured: ClassVar[dict[str, int]] = {}  # action => how many times as likely

    def __init__(self):
        super().__init__()
        self.chain, self.metis, self.slash_vault, self.pool = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.model = Model(
            pool=POOL,
            vault=SLASH_VAULT,
            governance=GOVERNANCE,
            guardian=GUARDIAN,
            slasher=SLASHERS[0],
            distributor=DISTRIBUTORS[0],
            parameters=LAUNCH,
            clock=(self.chain.now, self.chain.block),
            keccak=keccak_words,
            block_hash=block_hash,
        )
        self.model.balances = dict.fromkeys(HOLDERS, 0) | PURSES
        self.model.allowances = dict(PURSES)
        self.books: Counter = Counter()  # the accountant: (id, side, what) => wei, from events
        self.fresh_key = 0
        self.touched: set[int] = set()
        self.steps = 0
        self.is_sound = True  # nothing has disagreed
        self.reached: set[str] = set()  # for --hypothesis-show-statistics

    def teardown(self):
        try:
            if self.is_sound:
                for what in self.reached:
                    event(f"reached: {what}")
                self.compare_all()
                self.leave()
        finally:
            self._anchor.__exit__(None, None, None)

    # -------------------------------------------------------- transactions

    def do(self, sender: int, name: str, *args, to_pool: tuple | None = None):
        """Sends a call of the pool and checks reason, answer and events against the model's."""
        self.is_sound = False
        try:
            answer = self.model.call(name, sender, *args)
            reasons = None
        except Rejected as rejected:
            answer, reasons = None, rejected.reasons
        if name == "set_parameter":
            name, args = f"set_{args[0]}", args[1:]
        receipt = self.pool.send(sender, name, *(args if to_pool is None else to_pool))
        at = f"{self.model.now - STARTED_AT:>9}s"
        note(f"{at} {NAMES[sender]}.{name}{self.named(args)}: {receipt.reason or 'ok'}")
        event(f"{name}: {'reverts' if reasons else 'ok'}")
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return None
        assert receipt.reason is None, receipt.reason
        assert receipt.words == ([] if answer is None else [answer])
        self.check_events(receipt)
        return answer

    def named(self, args) -> tuple:
        return tuple(self.named(x) if isinstance(x, tuple) else NAMES.get(x, x) for x in args)

    def check_events(self, receipt: Receipt):
        """Events are those of the model; their order is not specified."""
        seen = [(x.name, *x.args) for x in receipt.events]
        logged, expected = Counter(seen), Counter(self.model.events)
        assert logged == expected, f"logged {logged - expected}, not {expected - logged}"
        for name, *args in seen:
            if name in ("Locked", "Deposited", "UnbondingStarted", "Claimed", "Slashed"):
                self.book(name, args)
            if name == "CommitteeCheckpointed":
                self.check_committee(*args)
            elif args and args[0] in self.model.sequencers:
                self.touched.add(args[0])

    def check_committee(self, nonce: int, hashed: int, power: int, words: tuple):
        """I3, from the event alone."""
        assert hashed == int.from_bytes(committee_hash(nonce, words), "big")
        members = [member(x) for x in words]
        assert all(self.model.min_stake <= x.power <= self.model.cap for x in members)
        assert len({x.signer for x in members}) == len(members)
        assert not members or power == sum(x.power for x in members)

    def book(self, name: str, args: list):
        """What an accountant makes of an event."""
        id = args[0]
        match name, args[1:]:
            case "Locked", (_, _, amount, _):
                self.books[id, OWN, "bonded"] += amount
            case "Deposited", (_, side, amount):
                self.books[id, int(side), "bonded"] += amount
            case "UnbondingStarted", (side, amount, _):
                self.books[id, int(side), "bonded"] -= amount
                self.books[id, int(side), "unbonding"] += amount
            case "Claimed", (_, side, amount):
                self.books[id, int(side), "unbonding"] -= amount
            case "Slashed", (_, _, bonded, unbonding, _):
                for side in (OWN, PAIRED):
                    self.books[id, side, "bonded"] -= bonded[side]
                    self.books[id, side, "unbonding"] -= unbonding[side]
                    self.books["slashed"] += bonded[side] + unbonding[side]

    def wait(self, seconds: int, blocks: int = 0):
        self.model.now += seconds
        self.model.block += blocks
        self.chain.now, self.chain.block = self.model.now, self.model.block

    def wait_until(self, date: int):
        if date > self.model.now:
            self.wait(date - self.model.now, blocks=1)

    # -------------------------------------------------------- choices

    def some(self, choice: int, wanted) -> int:
        """The id of a sequencer that is as wanted, if there is one; sometimes any, or none."""
        ids = list(self.model.sequencers)
        if choice < 90:
            fitting = [id for id in ids if wanted(self.model, self.model.sequencers[id])] or ids
            if fitting:
                return fitting[choice % len(fitting)]
        return [0, len(ids) + 1, *ids][choice % (len(ids) + 2)]

    def get(self, id: int) -> Sequencer:
        """The sequencer; an empty one if the id is unknown."""
        return self.model.sequencers.get(id) or Sequencer(id, STRANGER, 0, 0, STRANGER)

    def has_turn(self) -> bool:
        """Whether somebody in the queue could take a seat."""
        model = self.model
        free = model.parameters["max_sequencers"] - len(model.seats)
        return bool(model.queue()) and free > 0 and not model.paused

    def owner(self, choice: int, wanted) -> int:
        fitting = [x for x in OWNERS if wanted(x)] if choice < 90 else OWNERS
        return (fitting or OWNERS)[choice % len(fitting or OWNERS)]

    def by(self, right: int, is_wrong: bool, choice: int) -> int:
        """The right sender, or a wrong one."""
        others = [STRANGER, self.model.governance, self.model.guardian, self.model.slasher]
        return others[choice % 4] if is_wrong else right

    def keys(self, owner: int, flaw: int):
        """A key with all that `lock` and `rotate_signer` want of it; flaws above 90. First for the
        pool, then for the model."""
        model, number = self.model, self.fresh_key
        self.fresh_key += 1
        nonce = model.nonces.get(owner, 0)
        by, for_owner, pubkey_of = number, owner, number
        if flaw >= 90:
            match flaw % 5:
                case 0:
                    by = number + 1
                case 1:
                    for_owner = OWNERS[(OWNERS.index(owner) + 1) % len(OWNERS)]
                case 2:
                    nonce += 1
                case 3:
                    pubkey_of = number + 1
                case 4:
                    used = [i for i in range(number) if key(i)[1] in model.signers]
                    by = number = pubkey_of = used[-1] if used else number
        signer, pubkey = key(number)[1], key(pubkey_of)[2]
        signature = consent(by, for_owner, number, nonce)
        signed = (key(by)[1], for_owner, signer, nonce)
        return signer, (pubkey, signature), (pubkey, key(pubkey_of)[1], signed)

    # -------------------------------------------------------- start

    @initialize(crew=st.integers(0, 7), paired=st.integers(0, 3), rich=CHOICE)
    def begin(self, crew, paired, rich):
        """Some sequencers, of which some are paired, and a sealed committee."""
        for number in range(crew):
            owner = OWNERS[number]
            self.do(self.model.governance, "approve", owner)
            if number < paired:
                self.do(self.model.governance, "set_pairing", owner, VAULTS[number % 2], 1_000)
            extra = (0, 30_000 * METIS, CAP - MIN_STAKE)[(rich + number) % 3]
            self.lock_for(owner, MIN_STAKE + extra, owner, flaw=0)
            if number < paired:
                self.do(VAULTS[number % 2], "deposit_paired", number + 1, 10_000 * METIS)
        self.do(STRANGER, "checkpoint")
        self.wait(60, blocks=5)
        self.do(STRANGER, "seal")

    @rule(data=st.data(), senseless=RARELY)
    def act(self, data, senseless):
        names = [
            name
            for name, (weight, when, _) in ACTIONS.items()
            for _ in range(weight * self.favoured.get(name, 1))
            if senseless or when(self)
        ]
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(ACTIONS[name][2]))

    # -------------------------------------------------------- time

    @action(weight=3, seconds=SECONDS, blocks=BLOCKS)
    def time_passes(self, seconds, blocks):
        self.wait(seconds, blocks)

    @action(weight=4, choice=st.integers(0, 4), offset=st.sampled_from([0, -1, 1]))
    def deadline_comes(self, choice, offset):
        """To the second before, of, or after something that the model knows to be due."""
        model = self.model
        dates = {model.announced[1]}
        if model.committees:
            dates |= {model.committees[model.nonce].created_at + x for x in (HOUR, DAY)}
        if model.pauses:
            dates |= {model.pauses[-1][1], model.pauses[-1][0] + 14 * DAY}
        for seq in model.sequencers.values():
            dates |= {x.matures_at for side in seq.sides for x in side.unbondings}
            dates |= {seq.jailed_until, seq.held_until}
            dates |= {
                seq.owner_rotated_at + model.parameters["rotation_period"],
                seq.signer_rotated_at + model.parameters["rotation_period"],
                seq.owner_rotated_at + 7 * DAY,
            }
            if model.clock_runs(seq):
                left = seq.below_since + model.parameters["cure_period"] - model.cure_clock
                dates.add(model.now + left)
        dates = sorted(x for x in dates if x > model.now)
        if dates:
            self.wait(max(0, dates[choice % len(dates)] + offset - model.now), blocks=1)

    # -------------------------------------------------------- METIS

    @action(weight=1, choice=CHOICE, amount=st.sampled_from([1, 0, 10**21]))
    def metis_is_sent_to_the_pool(self, choice, amount):
        """It belongs to nobody, and must not change anything."""
        payer = list(PURSES)[choice % len(PURSES)]
        amount = min(amount, self.model.balances[payer])
        assert self.metis.send(payer, "transfer", POOL, amount).reason is None
        self.model.move(payer, POOL, amount)

    @action(weight=1, choice=CHOICE, amount=st.sampled_from([2**255, 10**22, 0]))
    def metis_is_allowed(self, choice, amount):
        payer = list(PURSES)[choice % len(PURSES)]
        assert self.metis.send(payer, "approve", POOL, amount).reason is None
        self.model.allowances[payer] = amount

    # -------------------------------------------------------- owners

    def lock_for(self, owner: int, amount: int, recipient: int, flaw: int):
        signer, for_pool, for_model = self.keys(owner, flaw)
        self.do(
            owner,
            "lock",
            *(signer, amount, recipient, *for_model),
            to_pool=(signer, amount, recipient, *for_pool),
        )

    @action(
        weight=4, choice=CHOICE, amount=CHOICE, flaw=CHOICE, without_recipient=RARELY, admit=MOSTLY
    )
    def lock(self, choice, amount, flaw, without_recipient, admit):
        model = self.model

        def may_lock(x):
            return model.owned(x) is None and (admit or model.approvals.get(x) == Approval.APPROVED)

        owner = self.owner(choice, may_lock)
        if admit and model.owned(owner) is None:
            self.do(model.governance, "approve", owner)
        small = model.intended.get(owner, (0, 0))[0] != 0
        amounts = [model.min_stake, model.min_stake + 1, 50_000 * METIS, model.cap]
        amounts += [0, 1, model.min_stake - 1] if small else [model.min_stake] * 6
        amounts += [model.cap + 1, model.min_stake - 1, 0]
        recipient = 0 if without_recipient else owner
        self.lock_for(owner, amounts[amount % len(amounts)], recipient, flaw)

    def top_up(self, amount: int, seq: Sequencer) -> int:
        room = max(0, self.model.cap - seq.bonded)
        lacking = max(1, self.model.min_stake - seq.bonded)
        amounts = [lacking, min(room, 5_000 * METIS), room // 2, 1, lacking, room, lacking - 1]
        return [*amounts, lacking, room // 3, lacking + 1, room + 1, 0][amount % 12]

    @action(weight=3, when=has(is_open), choice=CHOICE, amount=CHOICE, wrong=RARELY, restake=RARELY)
    def relock(self, choice, amount, wrong, restake):
        id = self.some(choice, is_open)
        seq = self.get(id)
        right = self.model.distributor if restake else seq.owner
        self.do(self.by(right, wrong, choice), "relock", id, self.top_up(amount, seq))

    @action(weight=3, when=has(spare), choice=CHOICE, amount=CHOICE, wrong=RARELY)
    def request_withdrawal(self, choice, amount, wrong):
        id = self.some(choice, spare)
        seq = self.get(id)
        most = spare(self.model, seq)
        amounts = [most // 3, most // 2, 1, most // 10, most, most // 4, most // 5, most // 20]
        amounts += [most + 1, 0, seq.sides[OWN].bonded + 1]
        amount = amounts[amount % len(amounts)]
        self.do(self.by(seq.owner, wrong, choice), "request_withdrawal", id, amount)

    @action(
        weight=1,
        when=has(spare),
        choice=CHOICE,
        times=st.integers(6, 18),
        delays=st.sampled_from([(30, 30), (60, 21), (21, 60)]),
    )
    def many_withdrawals(self, choice, times, delays):
        """More than a list of unbondings holds; the delay changes at the last."""
        governance, before = self.model.governance, self.model.parameters["exit_delay"]
        seq = self.get(self.some(choice % 90, spare))
        side = PAIRED if seq.sides[PAIRED].bonded and choice % 2 else OWN
        self.do(governance, "set_parameter", "exit_delay", delays[0] * DAY)
        for amount in range(1, times + 1):
            if amount == times:
                self.do(governance, "set_parameter", "exit_delay", delays[1] * DAY)
            if side == PAIRED:
                self.do(seq.vault, "request_paired_withdrawal", seq.id, amount)
            else:
                self.do(seq.owner, "request_withdrawal", seq.id, amount)
            self.wait(60)
        self.do(governance, "set_parameter", "exit_delay", before)

    @action(weight=1, when=has(is_live), choice=CHOICE, wrong=RARELY)
    def unlock(self, choice, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.get(id).owner, wrong, choice), "unlock", id)

    @action(
        weight=4,
        when=has(lambda m, x: x.sides[OWN].unbondings),
        choice=CHOICE,
        patient=MOSTLY,
        who=CHOICE,
    )
    def claim(self, choice, patient, who):
        """Anyone may."""
        id = self.some(choice, lambda m, x: x.sides[OWN].unbondings)
        self.be_patient(id, OWN, patient)
        self.do(self.by(self.get(id).owner, who % 2 == 1, who), "claim", id)

    def be_patient(self, id: int, side: int, patient: bool):
        dates = [x.matures_at for x in self.get(id).sides[side].unbondings]
        if patient and dates:
            self.wait_until(min(dates))

    @action(
        weight=2,
        when=has(is_live),
        choice=CHOICE,
        flaw=CHOICE,
        by_signer=MOSTLY,
        wrong=RARELY,
        patient=MOSTLY,
    )
    def rotate_signer(self, choice, flaw, by_signer, wrong, patient):
        model = self.model
        id = self.some(choice, is_live)
        seq = self.get(id)
        owner = seq.owner if seq.owner in OWNERS else OWNERS[0]
        right = seq.signer if by_signer and seq.signer else seq.owner
        if patient and not by_signer:
            self.wait_until(seq.owner_rotated_at + model.parameters["rotation_period"])
        signer, for_pool, for_model = self.keys(owner, flaw)
        self.do(
            self.by(right, wrong, choice),
            "rotate_signer",
            *(id, signer, *for_model),
            to_pool=(id, signer, *for_pool),
        )

    @action(weight=2, when=has(is_live), choice=CHOICE, new=CHOICE, wrong=RARELY, withdraw=RARELY)
    def transfer_ownership_of(self, choice, new, wrong, withdraw):
        id = self.some(choice, lambda m, x: x.state != State.EXITED)
        new = 0 if withdraw else self.owner(new, lambda x: self.model.owned(x) is None)
        self.do(self.by(self.get(id).owner, wrong, choice), "transfer_ownership_of", id, new)

    @action(weight=5, when=has(is_offered), choice=CHOICE, admit=MOSTLY, wrong=RARELY)
    def accept_ownership_of(self, choice, admit, wrong):
        id = self.some(choice, is_offered)
        new = self.get(id).pending_owner or STRANGER
        if admit and new != STRANGER:
            self.do(self.model.governance, "approve", new)
        self.do(self.by(new, wrong, choice), "accept_ownership_of", id)

    @action(
        weight=1,
        when=has(is_live),
        choice=CHOICE,
        recipient=st.sampled_from([STRANGER, OWNERS[0], 0]),
        wrong=RARELY,
    )
    def set_reward_recipient(self, choice, recipient, wrong):
        id = self.some(choice, lambda m, x: True)
        sender = self.by(self.get(id).owner, wrong, choice)
        self.do(sender, "set_reward_recipient", id, recipient)

    @action(
        weight=4,
        when=has(lambda m, x: x.state == State.JAILED),
        choice=CHOICE,
        patient=MOSTLY,
        wrong=RARELY,
    )
    def unjail(self, choice, patient, wrong):
        id = self.some(choice, lambda m, x: x.state == State.JAILED)
        seq = self.get(id)
        if patient and seq.state == State.JAILED:
            self.wait_until(seq.jailed_until)
        self.do(self.by(seq.owner, wrong, choice), "unjail", id)

    # -------------------------------------------------------- paired vaults

    @action(weight=4, when=has(is_paired), choice=CHOICE, amount=CHOICE, wrong=RARELY)
    def deposit_paired(self, choice, amount, wrong):
        id = self.some(choice, is_paired)
        seq = self.get(id)
        sender = self.by(seq.vault or VAULTS[0], wrong, choice)
        self.do(sender, "deposit_paired", id, self.top_up(amount, seq))

    @action(
        weight=3,
        when=has(lambda m, x: is_live(m, x) and x.sides[PAIRED].bonded),
        choice=CHOICE,
        amount=CHOICE,
        wrong=RARELY,
    )
    def request_paired_withdrawal(self, choice, amount, wrong):
        id = self.some(choice, lambda m, x: is_live(m, x) and x.sides[PAIRED].bonded)
        seq = self.get(id)
        most = seq.sides[PAIRED].bonded
        to_edge = max(0, seq.bonded - self.model.min_stake)
        amounts = [most // 4, most // 3, most, most // 2, min(most, to_edge + 1), 1]
        amounts += [most // 8, most // 16, min(most, to_edge), most + 1, 0]
        amount = amounts[amount % len(amounts)]
        sender = self.by(seq.vault or VAULTS[0], wrong, choice)
        self.do(sender, "request_paired_withdrawal", id, amount)

    @action(
        weight=4,
        when=has(lambda m, x: x.sides[PAIRED].unbondings),
        choice=CHOICE,
        patient=MOSTLY,
        wrong=RARELY,
    )
    def claim_paired(self, choice, patient, wrong):
        id = self.some(choice, lambda m, x: x.sides[PAIRED].unbondings)
        self.be_patient(id, PAIRED, patient)
        self.do(self.by(self.get(id).vault or VAULTS[0], wrong, choice), "claim_paired", id)

    # -------------------------------------------------------- anyone

    @action(weight=3, patient=MOSTLY, wait=st.sampled_from([HOUR, DAY, HOUR - 1, DAY - 1, 0]))
    def checkpoint(self, patient, wait):
        model = self.model
        if patient and not model.sealed:
            self.seal_now()
        if model.committees:
            self.wait_until(model.committees[model.nonce].created_at + wait)
        self.do(STRANGER, "checkpoint")

    def seal_now(self):
        self.wait(12, blocks=5)
        self.do(STRANGER, "seal")
        if not self.model.sealed:  # postponed
            self.seal_now()

    @action(weight=3, when=lambda self: not self.model.sealed, patient=MOSTLY)
    def seal(self, patient):
        if patient:
            self.wait(60, blocks=max(0, self.model.seal_block + 5 - self.model.block))
        self.do(STRANGER, "seal")

    @action(
        weight=4,
        when=lambda self: self.has_turn(),
        count=st.sampled_from([1, 128, 2, 0, 129, 2**256 - 1]),
    )
    def activate_next(self, count):
        self.do(STRANGER, "activate_next", count)

    @action(weight=3, when=has(is_below), choice=CHOICE, patient=MOSTLY, second=MOSTLY)
    def eject(self, choice, patient, second):
        model = self.model
        id = self.some(choice, is_below)
        seq = self.get(id)
        if patient and model.clock_runs(seq) and not model.paused:
            passed = model.cure_clock - seq.below_since
            left = model.parameters["cure_period"] - passed + second
            self.wait_until(model.now + left)
        self.do(STRANGER, "eject", id)

    # -------------------------------------------------------- slasher

    @action(
        weight=3,
        when=has(lambda m, x: m.slashable(x)),
        choice=CHOICE,
        amount=CHOICE,
        wrong=RARELY,
        kind=st.integers(0, 6),
    )
    def slash(self, choice, amount, wrong, kind):
        id = self.some(choice, lambda m, x: m.slashable(x))
        seq = self.get(id)
        most = self.model.slashable(seq)
        own, paired = seq.sides
        amounts = [most // 10, own.bonded + 1, 1, most // 3, own.total() + 1, most, most + 1]
        amounts += [own.bonded, own.total() + paired.bonded + 1, most // 50, most // 100, 0]
        amounts.append(2**256 - 1)
        amount = amounts[amount % len(amounts)]
        sender = self.by(self.model.slasher, wrong, choice)
        self.do(sender, "slash", id, amount, kind, keccak_words(amount))

    def until(self, choice: int) -> int:
        now = self.model.now
        good = [now + x for x in (HOUR, DAY, 30 * DAY, 7 * DAY, 20 * DAY, 1)]
        return [*good, *good, *good, now, now + 30 * DAY + 1, 2**256 - 1][choice % 21]

    @action(weight=2, when=has(is_live), choice=CHOICE, date=CHOICE, wrong=RARELY)
    def jail(self, choice, date, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.model.slasher, wrong, choice), "jail", id, self.until(date))

    @action(weight=2, when=has(is_live), choice=CHOICE, cause=st.integers(1, 3), wrong=RARELY)
    def suspend(self, choice, cause, wrong):
        id = self.some(choice, lambda m, x: cause not in x.causes)
        self.do(self.by(self.model.slasher, wrong, choice), "suspend", id, cause, 7, 1_000)

    @action(
        weight=4,
        when=has(lambda m, x: x.causes),
        choice=CHOICE,
        cause=st.integers(1, 3),
        wrong=RARELY,
    )
    def lift(self, choice, cause, wrong):
        id = self.some(choice, lambda m, x: x.causes)
        causes = sorted(self.get(id).causes)
        cause = causes[cause % len(causes)] if causes and choice % 10 else cause
        self.do(self.by(self.model.slasher, wrong, choice), "lift", id, cause)

    @action(
        weight=3,
        when=has(lambda m, x: x.locked),
        choice=CHOICE,
        amount=CHOICE,
        date=CHOICE,
        wrong=RARELY,
        late=st.booleans(),
    )
    def hold(self, choice, amount, date, wrong, late):
        """Early, or late: when stake has matured."""
        id = self.some(choice, lambda m, x: any(y.unbondings for y in x.sides) or not late)
        own, paired = self.get(id).sides
        if late:
            self.be_patient(id, PAIRED if paired.unbondings else OWN, patient=True)
        both = own.total() + paired.total()
        amounts = [both, own.total() + 1, own.bonded + 1, both // 2, both + 1, 1, 0, 2**256 - 1]
        sender = self.by(self.model.slasher, wrong, choice)
        self.do(sender, "hold", id, amounts[amount % len(amounts)], self.until(date))

    @action(
        weight=3,
        when=has(lambda m, x: any(y.unbondings for y in x.sides)),
        choice=CHOICE,
        amount=CHOICE,
        again=st.booleans(),
    )
    def claim_what_is_held(self, choice, amount, again):
        """Both sides, when a hold has caught what had matured; and when it has lapsed."""

        def wanted(model, seq):
            return seq.sides[choice % 3 > 0].unbondings  # mostly the vault's

        seq = self.get(self.some(choice % 90, wanted))
        own, paired = seq.sides
        side = PAIRED if paired.unbondings else OWN
        self.be_patient(seq.id, side, patient=True)
        both = own.total() + paired.total()
        amounts = [
            both,
            max(1, both) - 1,
            both // 2,
            own.total() + paired.bonded + 1,
            own.bonded + 1,
        ]
        held = amounts[amount % len(amounts)], self.model.now + DAY
        self.do(self.model.slasher, "hold", seq.id, *held)
        for _ in range(1 + again):
            if seq.vault:
                self.do(seq.vault, "claim_paired", seq.id)
            self.do(STRANGER, "claim", seq.id)
            self.wait(DAY, blocks=1)

    # -------------------------------------------------------- governance

    @action(weight=2, choice=CHOICE, wrong=RARELY, nobody=RARELY)
    def approve(self, choice, wrong, nobody):
        owner = 0 if nobody else self.owner(choice, lambda x: not self.model.is_admitted(x))
        self.do(self.by(self.model.governance, wrong, choice), "approve", owner)

    @action(weight=1, choice=CHOICE, wrong=RARELY)
    def disapprove(self, choice, wrong):
        owner = self.owner(choice, self.model.approvals.get)
        self.do(self.by(self.model.governance, wrong, choice), "disapprove", owner)

    @action(
        weight=2,
        choice=CHOICE,
        other=MOSTLY,
        bps=st.sampled_from([1_000, 0, 5_000, 5_001]),
        wrong=RARELY,
    )
    def set_pairing(self, choice, other, bps, wrong):
        owner = self.owner(choice, lambda x: True) if choice else 0
        vault = VAULTS[(choice + other) % 2]
        sender = self.by(self.model.governance, wrong, choice)
        self.do(sender, "set_pairing", owner, vault, bps)

    @action(
        weight=1,
        when=has(lambda m, x: is_live(m, x) and x.sides[PAIRED].bonded),
        choice=CHOICE,
        wrong=RARELY,
    )
    def end_pairing(self, choice, wrong):
        seq = self.get(self.some(choice, lambda m, x: x.sides[PAIRED].bonded))
        sender = self.by(self.model.governance, wrong, choice)
        self.do(sender, "set_pairing", seq.owner, 0, 0)

    @action(weight=1, when=has(is_live), choice=CHOICE, wrong=RARELY)
    def offboard(self, choice, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.model.governance, wrong, choice), "offboard", id)

    @action(
        weight=2,
        when=has(lambda m, x: x.state in (State.JAILED, State.SUSPENDED)),
        choice=CHOICE,
        wrong=RARELY,
    )
    def reinstate(self, choice, wrong):
        id = self.some(choice, lambda m, x: x.state in (State.JAILED, State.SUSPENDED))
        self.do(self.by(self.model.governance, wrong, choice), "reinstate", id)

    @action(
        weight=3,
        change=st.sampled_from(PARAMETER_CHANGES),
        wrong=RARELY,
    )
    def set_parameter(self, change, wrong):
        self.do(self.by(self.model.governance, wrong, 0), "set_parameter", *change)

    @action(weight=1, choice=st.integers(0, 6), wrong=RARELY)
    def roles_change(self, choice, wrong):
        """Rarely: between two holders each."""
        model, governance = self.model, self.by(self.model.governance, wrong, choice)
        match choice:
            case 0 | 1:
                slasher = SLASHERS[model.slasher == SLASHERS[0]]
                self.do(governance, "announce_slasher", slasher)
            case 2:
                self.do(governance, "announce_slasher", 0 if wrong else model.slasher)
            case 3:
                distributor = DISTRIBUTORS[model.distributor == DISTRIBUTORS[0]]
                self.do(governance, "set_distributor", 0 if wrong else distributor)
            case 4:
                guardian = STRANGER if model.guardian == GUARDIAN else GUARDIAN
                self.do(governance, "set_guardian", guardian)
            case 5:
                self.do(governance, "transfer_ownership", OWNERS[-1])
            case 6:
                heir = model.pending_governance or STRANGER
                self.do(self.by(heir, wrong, 0), "accept_ownership")

    # -------------------------------------------------------- guardian

    @action(weight=1, when=lambda self: not self.model.paused, patient=MOSTLY, wrong=RARELY)
    def pause(self, patient, wrong):
        pauses = self.model.pauses
        if patient and pauses and not wrong:
            self.wait_until(pauses[-1][0] + 14 * DAY)
        self.do(self.by(self.model.guardian, wrong, 0), "pause")

    @action(weight=1, when=lambda self: self.model.paused, wrong=RARELY)
    def unpause(self, wrong):
        self.do(self.by(self.model.guardian, wrong, 0), "unpause")

    # -------------------------------------------------------- what always holds

    def leave(self):
        """I5: whatever has happened, all owners leave and all stake is paid; no one else helps."""
        model = self.model
        for seq in model.sequencers.values():
            if seq.state not in LEAVING:
                self.do(seq.owner, "unlock", seq.id)
                assert seq.state in LEAVING
        dates = [
            x.matures_at for s in model.sequencers.values() for y in s.sides for x in y.unbondings
        ]
        dates += [seq.held_until for seq in model.sequencers.values()]
        assert max(dates, default=0) <= model.now + 60 * DAY
        self.wait_until(max(dates, default=0))
        for seq in model.sequencers.values():
            if seq.sides[OWN].total():
                self.do(STRANGER, "claim", seq.id)
            if seq.sides[PAIRED].total():
                self.do(seq.vault, "claim_paired", seq.id)
            assert (seq.locked, seq.state) == (0, State.EXITED)
        self.compare_pool()

    @invariant()
    def agrees(self):
        """The chain agrees with the model: in full at times, else where something has changed."""
        self.steps += 1
        self.is_sound = False
        ids, self.touched = self.touched, set()
        if self.steps % 25 == 0:
            self.compare_all()
        else:
            if not ids and self.model.sequencers:
                ids = {self.steps % len(self.model.sequencers) + 1}
            for id in ids:
                self.compare(self.model.sequencers[id])
            self.compare_pool()
        self.is_sound = True

    def compare_pool(self):
        model, pool = self.model, self.pool
        queue = model.queue()
        roster = [len(model.sequencers), len(model.seats), len(queue)]
        assert pool.view("roster") == [*roster, model.queue_head, len(model.places)]
        last = model.committees.get(model.nonce)
        made_at = last.created_at if last else 0
        seen = pool.view("last_checkpoint")
        made = [model.nonce, made_at, model.seal_block, model.sealed, model.member_left]
        assert seen == (made if last else [0] * 5), f"{seen}, not {made}"
        # I1
        in_pool = self.metis.view("balanceOf", POOL)[0]
        assert in_pool == model.balances[POOL]
        assert in_pool >= sum(seq.locked for seq in model.sequencers.values())
        in_vault = self.metis.view("balanceOf", SLASH_VAULT)[0]
        assert in_vault == self.slash_vault.view("held")[0] == self.books["slashed"]

    def compare(self, seq: Sequencer):
        model = self.model
        kept = model.kept(seq)
        expected = {
            "owner": seq.owner,
            "pending_owner": seq.pending_owner,
            "signer": seq.signer,
            "reward_recipient": seq.recipient,
            "vault": seq.vault,
            "commission_bps": seq.commission,
            "pairing_ended": seq.pairing_ended,
            "state": seq.state,
            "approval": model.approvals[seq.owner],
            "place": model.seats.index(seq.id) if seq.state in SEATED else seq.place,
        }
        for side, holding in enumerate(seq.sides):
            unmatured, matured = holding.unmatured(model.now), holding.matured(model.now)
            expected |= {
                f"bonded {side}": holding.bonded,
                f"unbonding {side}": unmatured,
                f"matured {side}": matured,
                f"kept {side}": kept[side],
                f"unbondings {side}": len(holding.unbondings),
            }
            assert self.books[seq.id, side, "bonded"] == holding.bonded
            assert self.books[seq.id, side, "unbonding"] == unmatured + matured
        expected |= {
            "slashable": model.slashable(seq),
            "held": seq.held,
            "held_until": seq.held_until,
            "jailed_until": seq.jailed_until,
            "below_since": seq.below_since if model.clock_runs(seq) else 0,
            "open_causes": len(seq.causes),
            "owner_rotated_at": seq.owner_rotated_at,
            "signer_rotated_at": seq.signer_rotated_at,
        }
        self.note_reached(seq)
        seen = dict(zip(expected, self.pool.view("sequencer", seq.id), strict=True))
        if seq.state not in (*SEATED, State.QUEUED):
            expected["place"] = seen["place"]  # of no meaning
        locked = sum(side.bonded + side.unmatured(model.now) for side in seq.sides)
        assert self.pool.view("stake_of", seq.id) == [seq.owner, locked]
        differ = [(x, seen[x], expected[x]) for x in seen if seen[x] != expected[x]]
        assert not differ, f"sequencer {seq.id}: (what, seen, expected) {differ}"

    def note_reached(self, seq: Sequencer):
        model = self.model
        reached = {
            f"state {STATES[seq.state]}": True,
            "below min_stake": is_below(model, seq),
            "clock runs in a pause": model.paused and model.clock_runs(seq),
            "hold keeps matured stake": any(model.kept(seq)),
            "pairing ended, with stake": seq.pairing_ended and seq.sides[PAIRED].total(),
            "16 unbondings": max(len(side.unbondings) for side in seq.sides) == MAX_UNBONDINGS,
            "handed over": list(model.last_id.values()).count(seq.id) > 1,
            "slasher replaced": model.slasher != SLASHERS[0],
            "empty committee": not model.committees[model.nonce].words,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}

    def compare_all(self):
        model, pool = self.model, self.pool
        self.compare_pool()
        for seq in model.sequencers.values():
            self.compare(seq)
            for side, holding in enumerate(seq.sides):
                for place, entry in enumerate(holding.unbondings):
                    seen = pool.view("unbonding_at", seq.id, side, place)
                    assert seen == [entry.amount, entry.matures_at]
            for cause in (1, 2, 3):
                assert pool.view("is_open", seq.id, cause) == [cause in seq.causes]
        for place in range(model.queue_head, len(model.places)):
            assert pool.view("queue_at", place) == [model.places[place]]
        for owner in OWNERS:
            admission = [x.get(owner, 0) for x in (model.last_id, model.approvals, model.nonces)]
            assert pool.view("admission", owner) == admission
            vault, commission = pool.view("intended_pairing", owner)
            # without a vault the commission means nothing
            assert (vault, commission if vault else 0) == model.intended.get(owner, (0, 0))
        for signer, record in model.signers.items():
            assert pool.view("signer_of_record", signer) == [*record]
        for nonce, x in model.committees.items():
            hashed = model.hash_of(nonce)
            expected = [hashed, x.power, len(x.words), x.created_at, x.superseded_at]
            assert pool.view("committee", nonce) == expected
        sealed = model.sealed_nonce
        hashed = model.hash_of(sealed) if sealed else 0
        assert pool.view("sealed_committee") == [sealed, hashed, model.seed]
        assert pool.view("parameters") == [*model.parameters.values()]
        assert pool.view("power_seconds") == [model.power_seconds]
        assert pool.view("cure_clock") == [model.cure_clock]
        assert pool.view("paused") == [model.paused]
        assert pool.view("slasher") == [model.slasher]
        assert pool.view("announced_slasher") == [*model.announced]
        assert pool.view("distributor") == [model.distributor]
        assert self.slash_vault.view("case_count") == [len(model.cases)]
        for number, case in enumerate(model.cases, start=1):
            expected = [case.id, case.owner, case.vault, case.own, case.paired, case.kind]
            # the key's half of the word; only a Slasher tells the vault of evidence
            expected += [case.evidence >> 128 << 128, 0]
            unlocks_at = case.slashed_at + SLASH_LOCK
            expected += [case.slashed_at, unlocks_at, LOCKED, 0, 0, 0, 0, unlocks_at]
            assert self.slash_vault.view("case_of", number) == expected
        # I2
        balances = [self.metis.view("balanceOf", x)[0] for x in HOLDERS]
        assert balances == [model.balances.get(x, 0) for x in HOLDERS]
        assert sum(balances) == sum(PURSES.values())


class CrowdedPool(PoolMachine):
    """More of pairings, of the queue and of hand-overs."""

    favoured = dict.fromkeys(
        (
            *("lock", "activate_next", "unlock", "disapprove", "approve", "set_pairing"),
            *("deposit_paired", "request_paired_withdrawal", "claim_paired", "end_pairing"),
            *("transfer_ownership_of", "accept_ownership_of", "eject"),
        ),
        2,
    )


class PunishedPool(PoolMachine):
    """More of slashing, holds, jail and suspension, and of what ends them."""

    favoured = dict.fromkeys(
        (
            *("slash", "hold", "jail", "unjail", "suspend", "lift", "reinstate", "claim"),
            *("many_withdrawals", "claim_what_is_held", "checkpoint", "seal", "offboard"),
            "roles_change",
        ),
        2,
    )


TestCrowdedPool = CrowdedPool.TestCase
TestPunishedPool = PunishedPool.TestCase
