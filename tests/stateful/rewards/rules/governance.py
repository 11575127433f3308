"""What governance does."""

from hypothesis import strategies as st

from seqpool.units import DAY
from tests.stateful.machine import CHOICE, RARELY, action
from tests.stateful.rewards.chain import GOVERNANCE, OTHER_VAULT, REWARDS, STRANGER, text_words
from tests.stateful.rewards.rules.wanted import AMOUNTS


class Governance:
    """Terms, reimbursements and terms of office."""

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

    @action(weight=1, choice=CHOICE, amount=AMOUNTS, other=RARELY, wrong=RARELY, is_empty=RARELY)
    def reimburse_vault(self, choice, amount, other, wrong, is_empty):
        id, reason = self.some(choice), b"" if is_empty else b"ipfs://decision"
        vault = OTHER_VAULT if other else self.rewards.accounts[id].vault
        sender = self.by(GOVERNANCE, wrong, choice)
        words = text_words(id, vault, amount, text=reason)
        sent = (id, vault, amount, reason)
        self.do("rewards", sender, "reimburse_vault", *sent, words=words)

    @action(
        weight=1,
        waits=st.sampled_from([0, 6 * DAY, 7 * DAY, 8 * DAY, 14 * DAY, 15 * DAY]),
        is_retired=RARELY,
    )
    def term_of_office(self, waits, is_retired):
        """Another distributor for a while. Named again, this one goes on, unless somebody has
        retired it."""
        self.do("rewards", STRANGER, "begin")
        self.do("rewards", STRANGER, "give_notice")
        self.do("rewards", STRANGER, "retire")
        self.do("pool", GOVERNANCE, "set_distributor", STRANGER)
        self.batch_now([(1, 1)], self.model.now)
        if is_retired:
            self.do("rewards", STRANGER, "give_notice")
            self.wait(waits)
            self.do("rewards", STRANGER, "retire")
            if not self.rewards.is_in_use:
                self.reached.add("retired")
        self.do("rewards", STRANGER, "begin")
        self.do("pool", GOVERNANCE, "set_distributor", REWARDS)
