"""What the vault stakes, takes back and loses."""

from hypothesis import strategies as st

from tests.stateful.encoding import keccak_words
from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.pool.model.records import PAIRED
from tests.stateful.rewards.chain import (
    ALLOCATOR,
    CAP,
    GOVERNANCE,
    SLASHER,
    STAKED,
    STRANGER,
    text_words,
)
from tests.stateful.rewards.rules.wanted import PARTS, is_staked


class Stake:
    """The allocator, and anybody in its place; slashes and refunds."""

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
