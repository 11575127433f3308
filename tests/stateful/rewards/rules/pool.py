"""What happens in the pool meanwhile."""

from hypothesis import strategies as st

from seqpool.units import DAY, HOUR, METIS
from tests.stateful.machine import CHOICE, MOSTLY, action
from tests.stateful.pool.model.records import OWN, PAIRED
from tests.stateful.rewards.chain import (
    GOVERNANCE,
    MIN_STAKE,
    OTHER_VAULT,
    OWNERS,
    STAKED,
    STRANGER,
)
from tests.stateful.rewards.rules.wanted import AMOUNTS, PARTS, is_live, is_staked


class PoolRules:
    """Stake, pairings and committees change."""

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
