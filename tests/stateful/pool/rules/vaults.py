"""What paired vaults do."""

from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.pool.chain import VAULTS
from tests.stateful.pool.model.records import PAIRED
from tests.stateful.pool.rules.wanted import has, is_live, is_paired


class Vaults:
    """Deposits of vaults, and what they get back."""

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
