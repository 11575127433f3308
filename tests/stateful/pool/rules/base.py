"""How the machine sends, keeps books, chooses and waits."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from seqpool.protocol.committee import committee_hash, member
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.chain import STARTED_AT, Receipt, block_hash
from tests.stateful.encoding import keccak_words
from tests.stateful.machine import CHOICE, Machine, action
from tests.stateful.pool.chain import (
    CAP,
    DISTRIBUTORS,
    GOVERNANCE,
    GUARDIAN,
    HOLDERS,
    LAUNCH,
    MIN_STAKE,
    NAMES,
    OWNERS,
    POOL,
    PURSES,
    SLASH_VAULT,
    SLASHERS,
    STRANGER,
    VAULTS,
    deployed,
)
from tests.stateful.pool.model import Pool
from tests.stateful.pool.model.records import OWN, PAIRED, Sequencer
from tests.stateful.signing import consent, public_key, signer

SECONDS = st.sampled_from([12, 0, 1, 60, HOUR, HOUR - 1, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 22 * DAY])
BLOCKS = st.sampled_from([1, 0, 4, 5, 20, 255, 256, 257, 300])


class Base(Machine):
    """A pool and its registry on their chain, and the model of both."""

    names = NAMES

    def __init__(self):
        chain, self.metis, self.slash_vault, self.pool, self.registry = deployed()
        super().__init__(chain)
        self.model = Pool(
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

    # -------------------------------------------------------- transactions

    def do(self, sender: int, name: str, *args, to_pool: tuple | None = None):
        """Sends a call of the pool, or of the registry, and checks reason, answer and events
        against the model's."""
        answer, reasons = self.expect(self.model.call, name, sender, *args)
        if name == "set_parameter":
            name, args = f"set_{args[0]}", args[1:]
        contract = self.registry if name in ("checkpoint", "seal") else self.pool
        receipt = contract.send(sender, name, *(args if to_pool is None else to_pool))
        self.tell(f"{self.model.now - STARTED_AT:>9}s", sender, name, args, receipt)
        if not self.succeeds(receipt, answer, reasons):
            return None
        self.check_events(receipt)
        return answer

    def check_events(self, receipt: Receipt):
        seen = [(x.name, *x.args) for x in receipt.events]
        self.compare_events(seen, self.model.events)
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
                    used = [i for i in range(number) if signer(i) in model.signers]
                    by = number = pubkey_of = used[-1] if used else number
        key, pubkey = signer(number), public_key(pubkey_of)
        NAMES[key] = f"signer {number}"
        signature = consent(POOL, for_owner, number, nonce, by)
        signed = (signer(by), for_owner, key, nonce)
        return key, (pubkey, signature), (pubkey, signer(pubkey_of), signed)

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
