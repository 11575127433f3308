"""How the machine sends, looks and waits."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from seqpool.units import METIS
from tests.stateful.chain import STARTED_AT, Receipt
from tests.stateful.encoding import keccak_words
from tests.stateful.machine import Machine
from tests.stateful.quorum import Certificate, Signature
from tests.stateful.signing import consent, public_key, signer
from tests.stateful.slashing.chain import (
    DOMAIN,
    GOVERNANCE,
    GUARDIAN,
    HOLDERS,
    LAUNCH,
    MIN_STAKE,
    NAMES,
    OTHER_DOMAIN,
    OWNERS,
    POOL,
    PURSES,
    SLASH_VAULT,
    STRANGER,
    TREASURIES,
    VAULTS,
    SuiteContract,
    deployed,
    hash_of,
    moved,
)
from tests.stateful.slashing.model import Slashing
from tests.stateful.slashing.model.records import CEILINGS, Committee, Stake
from tests.stateful.voting import Voting

# Of these, all that are logged are expected.
COMPARED = {
    *("OffencePunished", "OffenceReported", "SlashPending", "Slashed", "Held", "Jailed"),
    *("Suspended", "CauseLifted", "CaseOpened", "CaseAppealed", "CaseResolved", "CaseReleased"),
    *("RefundCollected", "PendingConfirmed", "PendingDropped", "PendingLapsed", "PenaltySet"),
    *("SlashedByGovernance", "TreasuryAnnounced", "OutageFound", "ToppedUp"),
}


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


class Base(Voting, Machine):
    """Slasher, SlashVault and pool on their chain, and the model of the two."""

    names = NAMES
    domain, other_domain = DOMAIN, OTHER_DOMAIN

    def __init__(self):
        chain, self.metis, self.slash_vault, self.pool, self.registry, self.slasher = deployed()
        super().__init__(chain)
        self.model = Slashing(
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

    def do(self, sender: int, contract: SuiteContract, name: str, *args, words=None) -> bool:
        """Sends a call and checks reason, answer, events and payments against the model's."""
        model = self.model
        answer, reasons = self.expect(model.call, name, sender, *args)
        receipt = contract.send(sender, name, *(args if words is None else words))
        shown = [x for x in args if not isinstance(x, Certificate | Signature)]
        self.tell(f"{model.now - STARTED_AT:>9}s", sender, name, shown, receipt)
        if not self.succeeds(receipt, answer, reasons):
            return False
        names = {x[0] for x in model.events} | COMPARED
        self.compare_events(
            ((x.name, *x.args) for x in receipt.events if x.name in names), model.events
        )
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
            if name == "ToppedUp":
                self.touched.add(values[1])
            if name.startswith("Case") or name == "RefundCollected":
                self.touched_cases.add(values[0])

    def pool_does(self, sender: int, name: str, *args) -> bool:
        """What the machine of pool and registry tests: here they may do or refuse what they like,
        but they never touch the escrow."""
        self.is_sound = False
        contract = self.registry if name in ("checkpoint", "seal") else self.pool
        receipt = contract.send(sender, name, *args)
        self.tell(f"{self.model.now - STARTED_AT:>9}s", sender, f"pool.{name}", args, receipt)
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

    def wait(self, seconds: int, blocks: int = 1):
        self.model.now += seconds
        self.chain.now = self.model.now
        self.chain.block += blocks

    def wait_until(self, date: int):
        self.wait(max(0, date - self.model.now))

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
            self.takes(owner, number + 1)
            if share:
                assert self.pool_does(vault, "deposit_paired", number + 1, share)
        self.convene()
        if is_harsh:
            for setting, bps in CEILINGS.items():
                self.do(GOVERNANCE, self.slasher, "set_penalty", setting, bps)

    def takes(self, owner: int, id: int):
        """An owner has a sequencer from now on."""
        owned = self.model.owned[owner]
        if owned[-1:] != [id]:
            owned.append(id)

    def new_key(self, id: int, owner: int) -> tuple[int, int]:
        """The next one; what it says to its owner."""
        number = sum(map(len, self.keys.values()))
        self.keys.setdefault(id, []).append(number)
        self.model.signers[signer(number)] = id, None
        self.nonces[owner] += 1
        return consent(POOL, owner, number, self.nonces[owner] - 1)
