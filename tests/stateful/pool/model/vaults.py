"""Calls of paired vaults."""

from tests.stateful.pool.model.records import LEAVING, PAIRED, Sequencer


class Vaults:
    """Deposits of vaults, and what they get back."""

    def paired_with(self, sender: int, id: int) -> Sequencer:
        self.require(id in self.sequencers, "unknown sequencer", "not vault")
        seq = self.sequencers[id]
        self.need(sender == seq.vault, "not vault")
        return seq

    def deposit_paired(self, sender, id, amount):
        seq = self.paired_with(sender, id)
        self.need(not seq.pairing_ended, "pairing has ended")
        self.deposit(sender, seq, amount, PAIRED)

    def request_paired_withdrawal(self, sender, id, amount):
        seq = self.paired_with(sender, id)
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(amount <= seq.sides[PAIRED].bonded, "more than bonded")
        self.settle()
        self.unbond(seq, amount, PAIRED)
        self.follow(seq)

    def claim_paired(self, sender, id) -> int:
        seq = self.paired_with(sender, id)
        self.settle()
        return self.pay(seq, PAIRED, sender)
