"""Who is paid rewards, and to whom."""

from hypothesis import strategies as st

from tests.stateful.machine import CHOICE, RARELY, action
from tests.stateful.pool.model.records import Sequencer
from tests.stateful.rewards.chain import OTHER_VAULT, REWARDS, STAKED, STRANGER


class Claims:
    """Claims of operators and vaults."""

    def has_earned(self, seq: Sequencer) -> bool:
        return self.rewards.operator_of(seq.id) > 0

    @action(weight=2, choice=CHOICE)
    def claim(self, choice):
        self.do("rewards", STRANGER, "claim", self.some(choice, self.has_earned))

    @action(weight=1, choice=CHOICE, wrong=RARELY, is_closed=st.booleans())
    def close_claims(self, choice, wrong, is_closed):
        id = self.some(choice, self.has_earned)
        sender = self.by(self.get(id).owner, wrong, choice)
        self.do("rewards", sender, "close_claims", id, is_closed)

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
        if self.do("staked", STRANGER, "harvest", id, REWARDS):
            self.reached.add("harvest")

    @action(weight=1, choice=CHOICE, recipient=st.sampled_from([STRANGER, STAKED, REWARDS]))
    def set_recipient(self, choice, recipient):
        id = self.some(choice)
        self.do("pool", self.get(id).owner, "set_reward_recipient", id, recipient)
