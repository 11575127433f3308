"""State machine: pool, RewardDistributor and StakedMetis against their model; I1, I2, I5, I9."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    actor,
    address_of,
    block_hash,
    deployer,
    keccak_words,
)
from tests.stateful.epochs_chain import signer
from tests.stateful.epochs_model import Certificate
from tests.stateful.model import LEAVING, OWN, PAIRED, Rejected, Sequencer
from tests.stateful.rewards_chain import (
    Contracts,
    batch_words,
    deploy,
    entries_hash,
    paid,
    text_words,
)
from tests.stateful.rewards_model import (
    BPS,
    COMMITTEE_AGE,
    MAX_BATCH,
    MAX_REQUESTS,
    MRR_RISE_INTERVAL,
    NOBODY,
    YEAR,
    RewardBatch,
    Suite,
    Voters,
)
from tests.stateful.slashing_chain import consent, public_key
from tests.stateful.test_slashing import (
    CHOICE,
    DOMAIN,
    MOSTLY,
    OFFSET,
    RARELY,
    STARTED_AT,
    STARTED_IN,
    SlashingMachine,
)
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, State

MIN_STAKE, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]
FIRST_BLOCK, MRR, BLOCK_TIME, L2_CHAIN_ID = 1_000, 2_000, 2, 1_088

# ------------------------------------------------------------ the chain and its people

GOVERNANCE, GUARDIAN, SLASHER, TREASURY, ALLOCATOR, STRANGER, OTHER_VAULT = map(
    actor,
    (
        *("governance", "guardian", "slasher", "treasury", "allocator", "stranger"),
        "other vault",
    ),
)
MINTER = deployer("metis")
AT = {x: address_of(x) for x in Contracts._fields}
POOL, REWARDS, STAKED = AT["pool"], AT["rewards"], AT["staked"]
OWNERS = [actor(f"owner {i}") for i in range(7)]
USERS = [actor(f"depositor {i}") for i in range(3)]
SHAREHOLDERS = [*USERS, STRANGER]
L2_METIS = actor("metis on L2")
NAMES = {
    0: "nobody",
    GOVERNANCE: "governance",
    SLASHER: "slasher",
    ALLOCATOR: "allocator",
    STRANGER: "stranger",
    OTHER_VAULT: "other vault",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"depositor {i}" for i, x in enumerate(USERS)},
    **{x: title for title, x in AT.items()},
}
PURSES = {
    **dict.fromkeys(OWNERS, 250_000 * METIS),
    **dict.fromkeys(USERS, 300_000 * METIS),
    OTHER_VAULT: 200_000 * METIS,
    STRANGER: 400_000 * METIS,
}
HOLDERS = [*PURSES, *AT.values(), TREASURY]


@cache
def deployed() -> tuple[Chain, Contracts]:
    """Once a process, as each example is undone."""
    chain = Chain(STARTED_AT, STARTED_IN)
    people = {
        "governance": GOVERNANCE,
        "guardian": GUARDIAN,
        "slasher": SLASHER,
        "distributor": STRANGER,
        "treasury": TREASURY,
        "allocator": ALLOCATOR,
    }
    contracts = deploy(
        chain,
        AT,
        people,
        parameters=tuple(PARAMETERS.values()),
        domain=DOMAIN,
        l2_chain_id=L2_CHAIN_ID,
        l2_metis=L2_METIS,
        first_block=FIRST_BLOCK,
        mrr=MRR,
        block_time=BLOCK_TIME,
    )
    for user, amount in PURSES.items():
        contracts.metis.send(MINTER, "mint", user, amount)
        for spender in (POOL, REWARDS, STAKED):
            contracts.metis.send(user, "approve", spender, 2**255)
    return chain, contracts


# ------------------------------------------------------------ choices

SECONDS = st.sampled_from([HOUR, 0, 1, 60, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 22 * DAY, 7 * DAY])
# Of a batch: in what it says, in its entries, in its certificate.
BATCH_FLAWS = st.sampled_from(
    ["none"] * 24
    + [
        *(
            "number",
            "number",
            "again",
            "gap",
            "overlap",
            "standstill",
            "back",
            "future",
            "long",
            "end block",
        ),
        *("fast", "barely fast", "sum", "small sum", "unsorted", "twice", "no blocks", "unknown"),
        *("entries", "old committee", "previous committee", "unknown committee"),
        *("below", "duplicate", "stranger", "other chain", "other message"),
    ]
)
AMOUNTS = st.sampled_from([5_000 * METIS, 20_000 * METIS + 7, 100 * METIS, 1, 0, 70_000 * METIS])
# Of what there is.
PARTS = st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 3), (1, 10), (0, 1), (1, 10**9)])

# Payments are compared apart; cases are opened elsewhere.
IGNORED = ("metis.Transfer", "metis.Approval", "staked.Approval", "escrow.CaseOpened")
ACTIONS: dict[str, tuple[int, Callable, st.SearchStrategy]] = {}


def action(weight: int, when: Callable = lambda machine: True, **arguments):
    """What `act` may do, as in test_sequencer_pool.py."""

    def register(method: Callable) -> Callable:
        ACTIONS[method.__name__] = weight, when, st.fixed_dictionaries(arguments)
        return method

    return register


def is_live(seq: Sequencer) -> bool:
    return seq.state not in LEAVING


def is_staked(seq: Sequencer) -> bool:
    return seq.vault == STAKED and not seq.pairing_ended and is_live(seq)


class RewardsMachine(RuleBasedStateMachine):
    """Each action asks the model what must happen, sends the transaction, and compares."""

    wait_until = SlashingMachine.wait_until
    certificate = SlashingMachine.certificate

    def __init__(self):
        super().__init__()
        self.chain, self.contracts = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.suite = Suite(
            token=AT["metis"],
            pool={
                "pool": POOL,
                "vault": AT["escrow"],
                "governance": GOVERNANCE,
                "guardian": GUARDIAN,
                "slasher": SLASHER,
                "distributor": STRANGER,
                "parameters": PARAMETERS,
                "clock": (self.chain.now, self.chain.block),
                "keccak": keccak_words,
                "block_hash": block_hash,
            },
            rewards={
                "at": REWARDS,
                "domain": DOMAIN,
                "bridge": AT["bridge"],
                "l2_metis": L2_METIS,
                "first_block": FIRST_BLOCK,
                "mrr": MRR,
                "block_time": BLOCK_TIME,
            },
            escrow=AT["escrow"],
            vault={"at": STAKED, "allocator": ALLOCATOR},
            hashed=entries_hash,
        )
        # `model` has the clock
        self.model = self.suite.pool
        self.rewards, self.staked = self.suite.rewards, self.suite.staked
        self.model.balances = dict.fromkeys(HOLDERS, 0) | PURSES
        self.model.allowances = dict.fromkeys(PURSES, 2**255)
        self.last_sent: tuple | None = None  # arguments of the last accepted batch
        self.earned = Fraction(0)  # the accountant: what the rate on all used power allows
        self.paid = 0
        self.rate = self.used_before = self.owed_before = 0  # before the last batch
        self.is_new = True
        self.steps = 0
        self.is_sound = True  # nothing has disagreed
        self.reached: set[str] = set()  # for --hypothesis-show-statistics

    def teardown(self):
        try:
            if self.is_sound and self.model.sequencers:
                for what in self.reached:
                    event(f"reached: {what}")
                self.leave()
        finally:
            self._anchor.__exit__(None, None, None)

    # -------------------------------------------------------- transactions

    def do(self, part: str, sender: int, name: str, *args, words=None) -> int | None:
        """Sends a call and checks reason, answer, events and payments against the model's. What it
        returns, or True; None: it reverts."""
        self.is_sound = False
        suite, model = self.suite, self.model
        before = self.staked.price
        try:
            answer, reasons = suite.call(part, name, sender, *args), None
        except Rejected as rejected:
            answer, reasons = None, rejected.reasons
        contract = getattr(self.contracts, part)
        receipt = contract.send(sender, name, *(args if words is None else words))
        shown = tuple(NAMES.get(x, x) for x in args if not isinstance(x, Certificate))
        at = f"{model.now - STARTED_AT:>9}s"
        note(f"{at} {NAMES[sender]}.{part}.{name}{shown}: {receipt.reason or 'ok'}")
        event(f"{part}.{name}: {receipt.reason or 'ok'}")
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return None
        assert receipt.reason is None, receipt.reason
        expected = [] if answer is None else [answer]
        assert receipt.words == expected, f"{receipt.words}, not {expected}"
        assert paid(receipt) == suite.transfers, f"{paid(receipt)}, not {suite.transfers}"
        logged = sorted((x.name, *x.args) for x in receipt.events if x.name not in IGNORED)
        ours = sorted(suite.events)
        assert logged == ours, f"logged {logged}, not {ours}"
        self.audit(receipt)
        # a slash is a loss; all else leaves the price at least where it was
        price = self.staked.price
        is_left = name == "slash" or not self.staked.supply
        assert is_left or price >= before, f"price falls from {before} to {price}"
        self.is_new = True
        return True if answer is None else answer

    def audit(self, receipt):
        """I9, from the events alone: batches pay no more than the rate in force on the power x
        seconds that they have used up; what they credit adds up."""
        for name, args in receipt.events:
            if name == "rewards.BatchAccepted":
                _, start, end, _, _, budget, amount, entries, vault_parts = args
                used = self.contracts.rewards.view("power_seconds_used")[0]
                self.earned += Fraction(self.rate * (used - self.used_before), YEAR * BPS)
                self.paid += amount
                assert amount <= budget
                assert used <= self.model.power_seconds
                assert self.paid <= self.earned
                blocks = [x >> 32 for x in entries]
                assert sum(blocks) == end - start + 1
                owed = self.contracts.rewards.view("owed")[0] - self.owed_before
                known = sum(x >> 32 for x in entries if x % 2**32)
                assert owed <= amount
                assert owed <= Fraction(amount * known, sum(blocks) or 1) < owed + len(entries) + 1
                assert sum(vault_parts) <= owed

    def donate(self, sender: int, to: int, amount: int):
        """A plain transfer, which changes nothing but a reserve."""
        self.is_sound = False
        amount = min(amount, self.model.balances[sender])
        receipt = self.contracts.metis.send(sender, "transfer", to, amount)
        assert receipt.reason is None
        self.suite.donate(sender, to, amount)
        note(f"{NAMES[sender]} gives {NAMES[to]} {amount}")
        self.is_new = True

    def wait(self, seconds: int, blocks: int = 1):
        self.model.now += seconds
        self.model.block += blocks
        self.chain.now, self.chain.block = self.model.now, self.model.block
        self.is_new = True

    # -------------------------------------------------------- choices

    def some(self, choice: int, wanted: Callable = lambda seq: True) -> int:
        """The id of a sequencer that is as wanted, if there is one; sometimes any, or none."""
        ids = list(self.model.sequencers)
        if choice < 94:
            fitting = [id for id in ids if wanted(self.model.sequencers[id])] or ids
            return fitting[choice % len(fitting)]
        return [0, len(ids) + 1, *ids][choice % (len(ids) + 2)]

    def get(self, id: int) -> Sequencer:
        """The sequencer; an empty one if the id is unknown."""
        return self.model.sequencers.get(id) or Sequencer(id, STRANGER, 0, 0, STRANGER)

    def by(self, right: int, is_wrong: bool, choice: int) -> int:
        return [STRANGER, GOVERNANCE, ALLOCATOR, USERS[0]][choice % 4] if is_wrong else right

    def is_there(self, wanted: Callable[[Sequencer], bool]) -> bool:
        return any(map(wanted, self.model.sequencers.values()))

    # -------------------------------------------------------- start

    @initialize(
        size=st.sampled_from([4, 5, 3]),
        reserve=st.sampled_from([50_000 * METIS, 50_000 * METIS, 300 * METIS, 0]),
        bps=st.sampled_from([1_000, 0, 3_333, 5_000]),
        odd=st.sampled_from([0, 1, 7]),
    )
    def begin(self, size, reserve, bps, odd):
        """Of the first, all stake is the vault's; of the second, half. Another vault has a part of
        the third. Rewards have begun."""
        for user in USERS[:2]:
            self.do("staked", user, "deposit", 40_000 * METIS + odd, user)
        owns = [0, 15_000 * METIS + odd, 20_000 * METIS, 25_000 * METIS, 30_000 * METIS]
        vaults = [STAKED, STAKED, OTHER_VAULT, 0, 0]
        for number in range(size):
            self.lock_now(number, owns[number], vaults[number], bps)
        for id in (1, 2):
            self.do("staked", ALLOCATOR, "allocate", id, 25_000 * METIS + odd)
        self.do("pool", OTHER_VAULT, "deposit_paired", 3, 10_000 * METIS)
        self.donate(STRANGER, REWARDS, reserve)
        self.convene()
        first = [(4 if size > 3 else 3, 100)]
        if odd:
            for id in (1, 2, 1):  # once more: until rewards begin, it can be called again
                assert self.do("rewards", STRANGER, "sync", id) is not None
            self.wait(odd)
            assert not self.do("rewards", STRANGER, "begin")
            assert not self.batch_now(first, self.model.now)
        self.do("pool", GOVERNANCE, "set_distributor", REWARDS)
        assert not self.batch_now(first, self.model.now)
        assert not self.do("rewards", STRANGER, "retire")
        assert self.do("rewards", STRANGER, "begin")
        for id in (1, 2, 3):
            self.do("rewards", STRANGER, "sync", id)
        self.wait(HOUR)
        latest = len(self.rewards.may_start()) - 1
        assert not self.batch_now(first, self.model.now, late=latest + 1)
        assert self.batch_now(first, self.model.now, late=latest)
        self.wait(DAY)

    def lock_now(self, number: int, amount: int, vault=0, bps=0):
        owner = OWNERS[number]
        self.do("pool", GOVERNANCE, "approve", owner)
        if vault:
            self.do("pool", GOVERNANCE, "set_pairing", owner, vault, bps)
        key, pubkey = signer(number), public_key(number)
        nonce = self.model.nonces.get(owner, 0)
        signature = consent(CHAIN_ID, POOL, owner, number, nonce)
        self.do(
            *("pool", owner, "lock", key, amount, owner, pubkey, key, (key, owner, key, nonce)),
            words=(key, amount, owner, *pubkey, *signature),
        )

    def convene(self):
        """A new committee, if there may be one."""
        if self.do("pool", STRANGER, "checkpoint"):
            self.wait(60, blocks=5)
            self.do("pool", STRANGER, "seal")

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

    @action(weight=5, seconds=SECONDS)
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=3, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, choice, offset):
        """To the second before, of, or after something that is due."""
        model = self.model
        dates = {x.ready_at for x in self.staked.requests if x.shares}
        dates |= {self.staked.gains[2], self.staked.deallocatable_at}
        dates |= {x + MRR_RISE_INTERVAL for x in self.rewards.rises}
        if self.rewards.is_in_use:
            dates.add(self.rewards.end + MAX_BATCH)
        dates |= {x.superseded_at + COMMITTEE_AGE for x in model.committees.values()}
        for seq in model.sequencers.values():
            dates |= {x.matures_at for side in seq.sides for x in side.unbondings}
        dates = sorted(x for x in dates if x > model.now)
        if dates:
            self.wait_until(dates[choice % len(dates)] + offset)

    # -------------------------------------------------------- the pool

    @action(weight=1, when=lambda self: len(self.model.sequencers) < len(OWNERS), choice=CHOICE)
    def lock(self, choice):
        vault = [0, STAKED, OTHER_VAULT][choice % 3]
        amount = MIN_STAKE + choice * METIS if choice % 2 or not vault else choice * METIS
        self.lock_now(len(self.model.sequencers), amount, vault, choice * 50)
        self.do("pool", STRANGER, "activate_next", 9)

    @action(weight=1, choice=CHOICE, amount=AMOUNTS)
    def relock(self, choice, amount):
        id = self.some(choice, is_live)
        self.do("pool", self.get(id).owner, "relock", id, amount)

    @action(weight=1, choice=CHOICE, part=PARTS)
    def request_withdrawal(self, choice, part):
        id = self.some(choice, lambda seq: is_live(seq) and seq.bonded > MIN_STAKE)
        seq = self.get(id)
        amount = max(0, seq.bonded - MIN_STAKE) * part[0] // part[1]
        self.do("pool", seq.owner, "request_withdrawal", id, amount)

    @action(weight=1, choice=CHOICE)
    def unlock(self, choice):
        id = self.some(choice, is_live)
        self.do("pool", self.get(id).owner, "unlock", id)

    @action(weight=1, choice=CHOICE, patient=MOSTLY)
    def claim_stake(self, choice, patient):
        id = self.some(choice, lambda seq: seq.sides[OWN].unbondings)
        self.be_patient(id, OWN, patient)
        self.do("pool", STRANGER, "claim", id)

    def be_patient(self, id: int, side: int, patient: bool):
        dates = [x.matures_at for x in self.get(id).sides[side].unbondings]
        if patient and dates:
            self.wait_until(min(dates))

    @action(weight=3, wait=st.sampled_from([HOUR, 0, DAY]))
    def checkpoint(self, wait):
        self.wait(wait)
        self.convene()

    @action(weight=1, choice=CHOICE, amount=AMOUNTS, back=st.booleans())
    def other_vault(self, choice, amount, back):
        id = self.some(choice, lambda seq: seq.vault == OTHER_VAULT and is_live(seq))
        if back:
            self.do("pool", OTHER_VAULT, "request_paired_withdrawal", id, amount)
        else:
            self.do("pool", OTHER_VAULT, "deposit_paired", id, amount)

    @action(
        weight=1,
        choice=CHOICE,
        bps=st.sampled_from([0, 1_000, 5_000, 777]),
        ends=st.booleans(),
    )
    def set_pairing(self, choice, bps, ends):
        """Of the one whose vault has no stake: with the other vault."""
        seq = self.get(self.some(choice % 94, is_live))
        empty = not seq.sides[PAIRED].total()
        other = STAKED if seq.vault == OTHER_VAULT else OTHER_VAULT
        vault = 0 if ends and seq.vault else other if empty else seq.vault
        self.do("pool", GOVERNANCE, "set_pairing", seq.owner, vault, bps)

    @action(
        weight=1,
        when=lambda self: self.is_there(is_staked),
        choice=CHOICE,
        synced=st.integers(0, 3),
    )
    def pairing_moves(self, choice, synced):
        """To another vault, with all that it takes; share and rewards of the old one stay its
        own."""
        fitting = [x for x in self.model.sequencers.values() if is_staked(x)]
        if not fitting:
            return
        seq = fitting[choice % len(fitting)]
        self.do("pool", GOVERNANCE, "set_pairing", seq.owner, 0, 0)
        self.be_patient(seq.id, PAIRED, patient=True)
        self.wait(21 * DAY)
        if seq.sides[PAIRED].unbondings:
            self.do("staked", STRANGER, "collect", seq.id)
        self.do("pool", GOVERNANCE, "set_pairing", seq.owner, OTHER_VAULT, 500)
        self.do("pool", OTHER_VAULT, "deposit_paired", seq.id, 5_000 * METIS)
        for _ in range(synced):
            self.do("rewards", STRANGER, "sync", seq.id)
            self.convene()
            self.wait(HOUR)
            self.batch_now([(seq.id, 1_000)], self.model.now)

    # -------------------------------------------------------- money for rewards

    @action(weight=1, amount=AMOUNTS)
    def fund(self, amount):
        self.do("rewards", STRANGER, "fund", amount)

    @action(weight=2, amount=AMOUNTS, to=st.sampled_from([STAKED, REWARDS, STAKED, POOL]))
    def metis_is_sent(self, amount, to):
        self.donate(USERS[2], to, amount)

    # -------------------------------------------------------- batches

    @property
    def voters(self) -> list[Voters]:
        """Committees with members, the latest last."""
        return [
            Voters(nonce, tuple(x.words)) for nonce, x in self.model.committees.items() if x.words
        ]

    def batch_now(self, parts, end: int, flaw="none", choice=0, late=0) -> bool:
        """One batch of (id, blocks), with a flaw; its first block is so many too late."""
        rewards, all_voters = self.rewards, self.voters
        committee = all_voters[-1] if all_voters else Voters(1, (signer(0) | 1 << 160,))
        if flaw == "old committee" and all_voters:
            committee = all_voters[choice % len(all_voters)]
        if flaw == "previous committee" and all_voters:
            committee = all_voters[max(0, len(all_voters) - 2)]
        count = sum(blocks for _, blocks in parts)
        entries = tuple(blocks << 32 | id for id, blocks in parts)
        last = rewards.end_block + late
        batch = RewardBatch(committee.nonce, rewards.number + 1, last + 1, last + count, end, 0)
        duration = end - rewards.end
        match flaw:
            case "number":
                batch = batch._replace(batch=batch.batch + (-1) ** choice)
            case "gap":
                batch = batch._replace(start_block=last + 2, end_block=last + 1 + count)
            case "overlap":
                batch = batch._replace(start_block=last, end_block=last + count)
            case "standstill":
                batch = batch._replace(end_timestamp=rewards.end)
            case "back":
                batch = batch._replace(end_timestamp=rewards.end - 1)
            case "future":
                batch = batch._replace(end_timestamp=self.model.now + 1)
            case "long":
                long = rewards.end + MAX_BATCH + choice % 2
                batch = batch._replace(end_timestamp=min(long, 2**64 - 1))
            case "end block":
                batch = batch._replace(end_block=last - 1)
            case "fast" | "barely fast":
                many = max(0, duration) + (flaw == "fast")
                entries, batch = (many << 32 | 1,), batch._replace(end_block=last + many)
            case "sum":
                batch = batch._replace(end_block=batch.end_block - 1)
            case "small sum":
                batch = batch._replace(end_block=batch.end_block + 1)
            case "unsorted":
                entries = entries[::-1]
            case "twice" if entries:
                entries = (*entries, entries[-1])
                batch = batch._replace(end_block=batch.end_block + parts[-1][1])
            case "no blocks":
                entries = (*entries, len(self.model.sequencers))
            case "unknown":
                entries = (*entries, 5 << 32 | len(self.model.sequencers) + 1)
                batch = batch._replace(end_block=batch.end_block + 5)
            case "unknown committee":
                batch = batch._replace(committee_nonce=committee.nonce + 100)
        hashed = entries_hash(entries)
        batch = batch._replace(entries_hash=hashed ^ (flaw == "entries"))
        certificate = self.certificate(batch, committee, flaw, choice)
        return self.submit(batch, entries, certificate)

    def submit(self, *sent) -> bool:
        self.rate, self.used_before = self.rewards.term("mrr"), self.rewards.used
        self.owed_before = self.rewards.owed
        if self.do("rewards", STRANGER, "submit_batch", *sent, words=batch_words(*sent)) is None:
            return False
        self.last_sent = sent
        is_short = any(x[0] == "rewards.ReserveShort" for x in self.suite.events)
        self.reached |= {"short reserve"} if is_short else set()
        self.reached |= {"nobody's blocks"} if sent[1] and sent[1][0] % 2**32 == 0 else set()
        return True

    @action(
        weight=10,
        who=st.lists(st.integers(0, 8), max_size=4, unique=True),
        blocks=st.lists(st.sampled_from([100, 1, 333, 7_777, 43_200]), min_size=4, max_size=4),
        late=st.sampled_from([0, 0, 0, 1, HOUR, DAY, 2 * DAY]),
        flaw=BATCH_FLAWS,
        choice=CHOICE,
    )
    def submit_batch(self, who, blocks, late, flaw, choice):
        count = len(self.model.sequencers)
        ids = {x % (count + 1) for x in who} or {1, 2, 3}
        ids = sorted(ids | ({NOBODY} if choice % 4 == 0 else set()))
        start = self.rewards.end if self.rewards.is_in_use else self.model.now
        if start == self.model.now:
            self.wait(DAY // 2)
        end = max(start + 1, min(self.model.now - late, start + MAX_BATCH))
        room = end - start
        parts = []
        for id, many in zip(ids, blocks, strict=False):
            if many <= room:
                parts.append((id, many))
                room -= many
        if flaw == "again" and self.last_sent:
            self.submit(*self.last_sent)
        else:
            self.batch_now(parts, end, flaw, choice)

    @action(weight=4, choice=CHOICE)
    def sync(self, choice):
        self.do("rewards", STRANGER, "sync", self.some(choice, lambda seq: seq.vault))

    # -------------------------------------------------------- claims

    def has_earned(self, seq: Sequencer) -> bool:
        return self.rewards.operator_of(seq.id) > 0

    @action(weight=2, choice=CHOICE)
    def claim(self, choice):
        self.do("rewards", STRANGER, "claim", self.some(choice, self.has_earned))

    @action(weight=2, choice=CHOICE, wrong=RARELY)
    def restake(self, choice, wrong):
        id = self.some(choice, self.has_earned)
        self.do("rewards", self.by(self.get(id).owner, wrong, choice), "restake", id)

    @action(weight=1, choice=CHOICE, fails=st.booleans(), wrong=RARELY)
    def claim_to_l2(self, choice, fails, wrong):
        id = self.some(choice, self.has_earned)
        sender = self.by(self.get(id).recipient or STRANGER, wrong, choice)
        self.do("rewards", sender, "claim_to_l2", id, int(fails))

    @action(weight=1, choice=CHOICE, wrong=RARELY)
    def claim_vault(self, choice, wrong):
        id = self.some(choice, lambda x: self.rewards.vault_claimable(x.id, OTHER_VAULT))
        self.do("rewards", self.by(OTHER_VAULT, wrong, choice), "claim_vault", id)

    @action(weight=4, choice=CHOICE)
    def harvest(self, choice):
        id = self.some(choice, lambda x: self.rewards.vault_claimable(x.id, STAKED))
        if self.do("staked", STRANGER, "harvest", id):
            self.reached.add("harvest")

    @action(weight=1, choice=CHOICE, recipient=st.sampled_from([STRANGER, STAKED, REWARDS]))
    def set_recipient(self, choice, recipient):
        id = self.some(choice)
        self.do("pool", self.get(id).owner, "set_reward_recipient", id, recipient)

    # -------------------------------------------------------- governance

    @action(weight=1, choice=CHOICE, amount=AMOUNTS, beyond=RARELY, wrong=RARELY, is_empty=RARELY)
    def reimburse(self, choice, amount, beyond, wrong, is_empty):
        id, reason = self.some(choice), b"" if is_empty else b"ipfs://decision"
        amount = self.rewards.reserve + 1 if beyond else min(amount, self.rewards.reserve)
        sender = self.by(GOVERNANCE, wrong, choice)
        words = text_words(id, amount, text=reason)
        self.do("rewards", sender, "reimburse", id, amount, reason, words=words)

    @action(
        weight=2,
        mrr=st.sampled_from([2_500, 1_000, 0, 3_000, 3_500, 5_000, 5_001, 2_000]),
        wrong=RARELY,
        choice=CHOICE,
    )
    def set_mrr(self, mrr, wrong, choice):
        self.do("rewards", self.by(GOVERNANCE, wrong, choice), "set_mrr", mrr)

    @action(weight=1, is_retired=RARELY)
    def term_of_office(self, is_retired):
        """Another distributor for a while. Named again, this one goes on, unless somebody has
        retired it."""
        self.do("rewards", STRANGER, "begin")
        self.do("rewards", STRANGER, "retire")
        self.do("pool", GOVERNANCE, "set_distributor", STRANGER)
        self.batch_now([(1, 1)], self.model.now)
        if is_retired:
            self.do("rewards", STRANGER, "retire")
            self.reached.add("retired")
        self.do("rewards", STRANGER, "begin")
        self.do("pool", GOVERNANCE, "set_distributor", REWARDS)

    @action(weight=1, seconds=st.sampled_from([1, 2, 60, 10, 0, 61]), wrong=RARELY, choice=CHOICE)
    def set_block_time(self, seconds, wrong, choice):
        self.do("rewards", self.by(GOVERNANCE, wrong, choice), "set_block_time", seconds)

    # -------------------------------------------------------- depositors

    @action(weight=3, choice=CHOICE, amount=AMOUNTS, wrong=RARELY)
    def deposit(self, choice, amount, wrong):
        user = USERS[choice % 3]
        receiver = 0 if wrong else USERS[choice % 2]
        self.do("staked", user, "deposit", amount, receiver)

    @action(weight=1, choice=CHOICE, amount=AMOUNTS)
    def mint(self, choice, amount):
        self.do("staked", USERS[choice % 3], "mint", amount, USERS[choice % 3])

    @action(weight=5, choice=CHOICE, part=PARTS, other=RARELY, controller=RARELY, beyond=RARELY)
    def request_redeem(self, choice, part, other, controller, beyond):
        owner = USERS[choice % 3]
        shares = self.staked.shares[owner] * part[0] // part[1] + beyond
        sender = USERS[(choice + 1) % 3] if other else owner
        controller = USERS[(choice + 1) % 3] if controller else owner
        self.do("staked", sender, "requestRedeem", shares, controller, owner)

    @action(weight=1, choice=CHOICE, times=st.sampled_from([3, 17]))
    def many_requests(self, choice, times):
        """More than a list holds."""
        user = USERS[choice % 3]
        for _ in range(times):
            shares = self.staked.shares[user] // 50
            self.do("staked", user, "requestRedeem", shares, user, user)

    def has_requests(self) -> bool:
        return any(x.shares for x in self.staked.requests)

    def controller(self, choice: int) -> int:
        """Whose redemption is claimable, if there is one."""
        ready = [x for x in USERS if self.staked.claimable(x)[0]]
        return (ready or USERS)[choice % len(ready or USERS)]

    def be_ready(self, controller: int):
        requests = self.staked.open_requests(controller)
        if requests:
            self.wait_until(requests[0].ready_at)

    @action(
        weight=5,
        when=has_requests,
        choice=CHOICE,
        part=PARTS,
        patient=MOSTLY,
        wrong=RARELY,
        beyond=RARELY,
    )
    def redeem(self, choice, part, patient, wrong, beyond):
        user = self.controller(choice)
        if patient:
            self.be_ready(user)
        most = self.staked.claimable(user)[0]
        shares = most * part[0] // part[1] + beyond
        worth = self.contracts.staked.view("convertToAssets", shares)[0]
        sender = USERS[(USERS.index(user) + 1) % 3] if wrong else user
        assets = self.do("staked", sender, "redeem", shares, USERS[choice % 3], user)
        # never above the value then
        assert assets is None or assets <= worth or not self.staked.supply

    @action(
        weight=2,
        when=has_requests,
        choice=CHOICE,
        part=PARTS,
        patient=MOSTLY,
        wrong=RARELY,
        beyond=RARELY,
    )
    def withdraw(self, choice, part, patient, wrong, beyond):
        user = self.controller(choice)
        if patient:
            self.be_ready(user)
        assets = self.staked.claimable(user)[1] * part[0] // part[1] + beyond
        sender = USERS[(USERS.index(user) + 1) % 3] if wrong else user
        shares = self.do("staked", sender, "withdraw", assets, USERS[choice % 3], user)
        if shares is not None:
            self.reached.add("withdraw")

    @action(weight=1, choice=CHOICE, approved=MOSTLY)
    def set_operator(self, choice, approved):
        user, other = USERS[choice % 3], USERS[(choice + 1) % 3]
        self.do("staked", user, "setOperator", other, int(approved))

    @action(weight=1, choice=CHOICE, part=PARTS, only_allow=st.booleans())
    def shares_move(self, choice, part, only_allow):
        user, other = USERS[choice % 3], USERS[(choice + 1) % 3]
        shares = self.staked.shares[user] * part[0] // part[1]
        self.do("staked", user, "approve" if only_allow else "transfer", other, shares)

    # -------------------------------------------------------- the vault's stake

    @action(weight=4, choice=CHOICE, part=PARTS, beyond=RARELY, wrong=RARELY)
    def allocate(self, choice, part, beyond, wrong):
        id = self.some(choice, is_staked)
        amount = self.staked.idle * part[0] // part[1]
        amount = min(amount, max(1, CAP - self.get(id).bonded)) + beyond
        self.do("staked", self.by(ALLOCATOR, wrong, choice), "allocate", id, amount)

    @action(weight=2, choice=CHOICE, part=PARTS)
    def deallocate(self, choice, part):
        """By the allocator, as it likes."""
        id = self.some(choice, lambda seq: seq.vault == STAKED and seq.sides[PAIRED].bonded)
        amount = self.get(id).sides[PAIRED].bonded * part[0] // part[1]
        self.do("staked", ALLOCATOR, "deallocate", id, amount)

    @action(
        weight=4,
        when=lambda self: self.staked.missing,
        choice=CHOICE,
        flaw=st.sampled_from(["none"] * 8 + ["more", "less", "other", "soon"]),
    )
    def deallocate_what_is_lacking(self, choice, flaw):
        """By anybody."""
        if flaw != "soon":
            self.wait_until(self.staked.deallocatable_at)
        id, amount = self.staked.deallocatable()
        amount += (flaw == "more") - (flaw == "less" and amount > 0)
        id = self.some(choice) if flaw == "other" else id
        if self.do("staked", STRANGER, "deallocate", id, amount):
            self.reached.add("deallocated by anybody")

    @action(weight=4, choice=CHOICE, patient=MOSTLY)
    def collect(self, choice, patient):
        id = self.some(choice, lambda seq: seq.vault == STAKED and seq.sides[PAIRED].unbondings)
        self.be_patient(id, PAIRED, patient)
        self.do("staked", STRANGER, "collect", id)

    # -------------------------------------------------------- losses

    @action(
        weight=3,
        choice=CHOICE,
        part=st.sampled_from([(1, 10), (1, 100), (1, 2), (1, 1), (3, 10)]),
        many=st.sampled_from([1, 1, 2]),
        own_only=RARELY,
    )
    def slash(self, choice, part, many, own_only):
        """The owner's stake is taken first."""
        id = self.some(choice, lambda seq: seq.vault == STAKED and seq.sides[PAIRED].total())
        for _ in range(many):
            own, paired = self.get(id).sides
            kept = own.bonded + own.unmatured(self.model.now)
            amount = kept + (0 if own_only else paired.total() * part[0] // part[1])
            before = self.staked.price
            self.do("pool", SLASHER, "slash", id, amount, 5, keccak_words(id))
            assert self.staked.price <= before
            self.reached.add("loss")

    @action(weight=2)
    def count_losses(self):
        self.do("staked", STRANGER, "count_losses")

    def has_losses(self) -> bool:
        return any(x.vault == STAKED for x in self.model.cases)

    @action(weight=2, when=has_losses, choice=CHOICE, wrong=RARELY)
    def appeal(self, choice, wrong):
        case_id = 1 + choice % (len(self.model.cases) + (choice > 94) or 1)
        words = text_words(case_id, text=b"ipfs://statement")
        sender = self.by(ALLOCATOR, wrong, choice)
        self.do("staked", sender, "appeal", case_id, b"ipfs://statement", words=words)

    @action(
        weight=3,
        when=lambda self: any(x.appeals and x.refund_bps is None for x in self.suite.escrow.cases),
        choice=CHOICE,
        bps=st.sampled_from([5_000, 10_000, 3_333, 0]),
        collect=MOSTLY,
    )
    def resolve(self, choice, bps, collect):
        waiting = [
            id
            for id, x in enumerate(self.suite.escrow.cases, 1)
            if x.appeals and x.refund_bps is None
        ] or [1]
        case_id = waiting[choice % len(waiting)]
        self.do("escrow", GOVERNANCE, "resolve", case_id, bps)
        if collect:
            self.refund_now(case_id)

    def refund_now(self, case_id: int):
        if self.do("staked", STRANGER, "collect_refund", case_id):
            self.reached.add("refund")

    @action(weight=1, when=has_losses, choice=CHOICE)
    def collect_refund(self, choice):
        self.refund_now(1 + choice % (len(self.model.cases) or 1))

    # -------------------------------------------------------- what always holds

    def leave(self):
        """I5: whatever has happened, everybody gets out. First the depositors, to whom strangers
        help; then the owners."""
        model, staked = self.model, self.staked
        for _ in range(4):
            for user in SHAREHOLDERS:
                shares = staked.shares[user]
                is_full = len(staked.open_requests(user)) == MAX_REQUESTS
                if int(shares * staked.price) and not is_full:
                    assert self.do("staked", user, "requestRedeem", shares, user, user)
            if not self.has_requests():
                break
            self.bring_back()
            self.wait_until(max(x.ready_at for x in staked.requests))
            for user in SHAREHOLDERS:
                shares = staked.claimable(user)[0]
                if shares:
                    assert self.do("staked", user, "redeem", shares, user, user) is not None
        assert not self.has_requests()
        assert all(int(staked.shares[x] * staked.price) == 0 for x in SHAREHOLDERS)
        for seq in model.sequencers.values():
            if self.rewards.operator_of(seq.id):
                assert self.do("rewards", STRANGER, "claim", seq.id)
            if self.rewards.vault_claimable(seq.id, STAKED):
                assert self.do("staked", STRANGER, "harvest", seq.id)
            if self.rewards.vault_claimable(seq.id, OTHER_VAULT):
                assert self.do("rewards", OTHER_VAULT, "claim_vault", seq.id)
        assert self.contracts.rewards.view("owed") == [0]
        for seq in model.sequencers.values():
            if is_live(seq):
                assert self.do("pool", seq.owner, "unlock", seq.id)
        self.wait(PARAMETERS["exit_delay"])
        for seq in model.sequencers.values():
            if seq.sides[OWN].total():
                assert self.do("pool", STRANGER, "claim", seq.id)
            if seq.sides[PAIRED].total() and seq.vault == STAKED:
                assert self.do("staked", STRANGER, "collect", seq.id)
            elif seq.sides[PAIRED].total():
                assert self.do("pool", OTHER_VAULT, "claim_paired", seq.id)
            assert (seq.locked, seq.state) == (0, State.EXITED)
        assert self.contracts.staked.view("funds")[2] == 0
        self.compare_all()

    def bring_back(self):
        """Anybody takes back what redemptions lack, and waits for it."""
        staked = self.staked
        for _ in range(2 * len(self.model.sequencers)):
            self.wait_until(staked.deallocatable_at)
            id, amount = staked.deallocatable()
            if amount:
                assert self.do("staked", STRANGER, "deallocate", id, amount)
        self.wait(PARAMETERS["exit_delay"])
        for seq in staked.mine():
            if seq.sides[PAIRED].unbondings:
                assert self.do("staked", STRANGER, "collect", seq.id)
        assert staked.missing == 0

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at times."""
        if not self.model.sequencers:
            return
        self.steps += 1
        self.is_sound = False
        if self.steps % 20 == 0:
            self.compare_all()
        elif self.is_new:
            self.compare_sums()
            self.compare_sequencer(self.steps % len(self.model.sequencers) + 1)
            self.compare_user(USERS[self.steps % 3])
        self.is_new = False
        self.is_sound = True

    def compare_sums(self):
        """And I1. What METIS has moved was compared: so balances are those of the model."""
        model, rewards, staked = self.model, self.rewards, self.staked
        see = self.contracts.rewards.view
        assert model.balances[REWARDS] >= rewards.owed
        assert model.balances[POOL] >= sum(seq.locked for seq in model.sequencers.values())
        assert see("reserve") == [rewards.reserve]
        assert see("power_seconds_used") == [rewards.used]
        see = self.contracts.staked.view
        funds = see("funds")
        assert model.balances[STAKED] >= funds[0] + funds[1]
        reserved = staked.available - staked.idle
        expected = [staked.idle, reserved, staked.staked, staked.unvested]
        assert funds[:4] == expected, f"{funds}, not {expected}"
        assert funds[5] == staked.missing
        assert not staked.unvested or funds[4] == staked.gains[2]
        # the share price
        assert see("totalAssets") == [staked.total]
        assert see("totalSupply") == [staked.supply]

    def compare_sequencer(self, id: int):
        rewards, see = self.rewards, self.contracts.rewards.view
        account = rewards.accounts[id]
        share = account.share
        seen = see("account", id)
        assert seen[0] == account.operator
        assert seen[2:5] == [account.vault, share.at(rewards.next_begin), share.now]
        vault = account.vault or STAKED
        assert see("vault_claimable", id, vault) == [account.vaults[vault]]

    def compare_user(self, user: int):
        staked, see = self.staked, self.contracts.staked.view
        assert see("maxWithdraw", user) == [staked.claimable(user)[1]]

    def compare_request(self, id: int):
        staked, see = self.staked, self.contracts.staked.view
        x = staked.requests[id - 1]
        # once redeemed, only that nothing is left
        assert see("request", id) == [
            *(x.controller, x.shares, x.worth, x.ready_at, staked.is_funded(x)),
        ]
        claimable = x.shares if staked.is_claimable(x) else 0
        assert see("claimableRedeemRequest", id, x.controller) == [claimable]
        assert see("pendingRedeemRequest", id, x.controller) == [x.shares - claimable]

    def compare_all(self):
        """I2, and all that does not change often."""
        model, rewards, staked = self.model, self.rewards, self.staked
        self.compare_sums()
        for id in model.sequencers:
            self.compare_sequencer(id)
            for vault in (STAKED, OTHER_VAULT):
                claimable = rewards.vault_claimable(id, vault)
                assert self.contracts.rewards.view("vault_claimable", id, vault) == [claimable]
        see = self.contracts.staked.view
        for user in USERS:
            self.compare_user(user)
            assert see("balanceOf", user) == [staked.shares[user]]
            assert see("maxRedeem", user) == [staked.claimable(user)[0]]
            assert see("requests_of", user)[2:] == [x.id for x in staked.open_requests(user)]
        for request in staked.requests:
            self.compare_request(request.id)
        see = self.contracts.rewards.view
        assert see("owed") == [rewards.owed]
        assert see("last_batch") == [rewards.number, rewards.end_block, rewards.end]
        terms = [rewards.term("mrr"), rewards.term("block_time")]
        assert see("terms_of_next_batch") == terms
        assert [see("mrr"), see("block_time")] == [[x.now] for x in rewards.terms.values()]
        see = self.contracts.staked.view
        assert see("allocations")[2:] == staked.order
        assert see("uncounted_cases") == [len(model.cases) - staked.counted]
        assert see("maxDeposit", STRANGER) == [staked.most]
        assert see("maxMint", STRANGER) == [int(staked.most / staked.price)]
        assert see("balanceOf", STAKED) == [sum(x.shares for x in staked.requests)]
        for amount in (1, 10**18 + 1, 77_777 * METIS):
            shares, assets = int(amount / staked.price), int(amount * staked.price)
            assert see("convertToShares", amount) == see("previewDeposit", amount) == [shares]
            assert see("convertToAssets", amount) == [assets]
            assert see("previewMint", amount) == [-int(-amount * staked.price // 1)]
        seen = {x: self.contracts.metis.view("balanceOf", x)[0] for x in model.balances}
        assert seen == model.balances
        assert sum(seen.values()) == sum(PURSES.values())
        self.note_reached()

    def note_reached(self):
        staked = self.staked
        reached = {
            "two vaults of one": any(len(+x.vaults) > 1 for x in self.rewards.accounts.values()),
            "16 requests": any(len(staked.open_requests(x)) == MAX_REQUESTS for x in USERS),
            "queue of three": sum(x.shares > 0 and not staked.is_funded(x) for x in staked.requests)
            > 2,
            "unvested above all": staked.unvested > staked.held,
            "all lost": staked.supply > 0 and staked.held == 0,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}


TestRewards = RewardsMachine.TestCase
