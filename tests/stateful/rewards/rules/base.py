"""How the machine sends, chooses and waits."""

from collections.abc import Callable
from fractions import Fraction

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from seqpool.units import DAY, HOUR, METIS
from tests.stateful.chain import STARTED_AT, block_hash
from tests.stateful.encoding import keccak_words
from tests.stateful.machine import Machine
from tests.stateful.pool.model.records import Sequencer
from tests.stateful.quorum import Certificate
from tests.stateful.rewards.chain import (
    ALLOCATOR,
    AT,
    FIRST_BLOCK,
    GOVERNANCE,
    GUARDIAN,
    HOLDERS,
    L2_METIS,
    MRR,
    NAMES,
    OTHER_VAULT,
    OWNERS,
    POOL,
    PURSES,
    REWARDS,
    SLASHER,
    STAKED,
    STRANGER,
    USERS,
    deployed,
    entries_hash,
    paid,
)
from tests.stateful.rewards.model import Suite
from tests.stateful.rewards.model.records import VIRTUAL
from tests.stateful.signing import consent, public_key, signer
from tests.stateful.slashing.chain import DOMAIN, OTHER_DOMAIN
from tests.stateful.voting import Voting
from tests.utils.system import PARAMETERS

# Payments are compared apart; cases are opened elsewhere.
IGNORED = ("metis.Transfer", "metis.Approval", "staked.Approval", "escrow.CaseOpened")


class Base(Voting, Machine):
    """The contracts on their chain, and the model of them all."""

    names = NAMES
    domain, other_domain = DOMAIN, OTHER_DOMAIN

    def __init__(self):
        chain, self.contracts = deployed()
        super().__init__(chain)
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

    def do(self, part: str, sender: int, name: str, *args, words=None) -> int | None:
        """Sends a call and checks reason, answer, events and payments against the model's. What it
        returns, or True; None: it reverts."""
        suite, model = self.suite, self.model
        before = self.staked.price
        answer, reasons = self.expect(suite.call, part, name, sender, *args)
        contract = getattr(self.contracts, part)
        receipt = contract.send(sender, name, *(args if words is None else words))
        shown = [x for x in args if not isinstance(x, Certificate)]
        self.tell(f"{model.now - STARTED_AT:>9}s", sender, f"{part}.{name}", shown, receipt)
        if not self.succeeds(receipt, answer, reasons):
            return None
        assert paid(receipt) == suite.transfers, f"{paid(receipt)}, not {suite.transfers}"
        logged = ((x.name, *x.args) for x in receipt.events if x.name not in IGNORED)
        self.compare_events(logged, suite.events)
        self.audit(receipt)
        # a slash is a loss; all else leaves the price at least where it was, but for crumbs that
        # count as none when the last other holder leaves
        price = self.staked.price
        is_left = name == "slash" or self.staked.supply * before < VIRTUAL
        assert is_left or price >= before, f"price falls from {before} to {price}"
        self.is_new = True
        return True if answer is None else answer

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

    def wait_until(self, date: int):
        self.wait(max(0, date - self.model.now))

    def be_patient(self, id: int, side: int, patient: bool):
        dates = [x.matures_at for x in self.get(id).sides[side].unbondings]
        if patient and dates:
            self.wait_until(min(dates))

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
            for id in (1, 2, 1):
                assert self.do("rewards", STRANGER, "sync", id) is not None
            self.wait(odd)
            assert not self.do("rewards", STRANGER, "begin")
            assert not self.batch_now(first, self.model.now)
        self.do("pool", GOVERNANCE, "set_distributor", REWARDS)
        assert not self.batch_now(first, self.model.now)
        assert not self.do("rewards", STRANGER, "give_notice")
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
        signature = consent(POOL, owner, number, nonce)
        self.do(
            *("pool", owner, "lock", key, amount, owner, pubkey, key, (key, owner, key, nonce)),
            words=(key, amount, owner, *pubkey, *signature),
        )

    def convene(self):
        """A new committee, if there may be one."""
        if self.do("registry", STRANGER, "checkpoint"):
            self.wait(60, blocks=5)
            self.do("registry", STRANGER, "seal")
