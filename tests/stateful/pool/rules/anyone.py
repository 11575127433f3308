"""What anyone may do."""

from hypothesis import strategies as st

from seqpool.units import DAY, HOUR
from tests.stateful.machine import CHOICE, MOSTLY, action
from tests.stateful.pool.chain import STRANGER
from tests.stateful.pool.rules.wanted import has, is_below


class Anyone:
    """Checkpoints, seals, activations and ejections."""

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
