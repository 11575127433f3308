"""What owners do."""

from hypothesis import strategies as st

from seqpool.pool.view import Approval, State
from seqpool.units import DAY, METIS
from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.pool.chain import OWNERS, STRANGER
from tests.stateful.pool.model.records import OWN, PAIRED, Sequencer
from tests.stateful.pool.rules.wanted import has, is_live, is_offered, is_open, spare


class Owners:
    """From `lock` to the last claim."""

    def lock_for(self, owner: int, amount: int, recipient: int, flaw: int):
        signer, for_pool, for_model = self.keys(owner, flaw)
        self.do(
            owner,
            "lock",
            *(signer, amount, recipient, *for_model),
            to_pool=(signer, amount, recipient, *for_pool),
        )

    @action(
        weight=4, choice=CHOICE, amount=CHOICE, flaw=CHOICE, without_recipient=RARELY, admit=MOSTLY
    )
    def lock(self, choice, amount, flaw, without_recipient, admit):
        model = self.model

        def may_lock(x):
            return model.owned(x) is None and (admit or model.approvals.get(x) == Approval.APPROVED)

        owner = self.owner(choice, may_lock)
        if admit and model.owned(owner) is None:
            self.do(model.governance, "approve", owner)
        small = model.intended.get(owner, (0, 0))[0] != 0
        amounts = [model.min_stake, model.min_stake + 1, 50_000 * METIS, model.cap]
        amounts += [0, 1, model.min_stake - 1] if small else [model.min_stake] * 6
        amounts += [model.cap + 1, model.min_stake - 1, 0]
        recipient = 0 if without_recipient else owner
        self.lock_for(owner, amounts[amount % len(amounts)], recipient, flaw)

    def top_up(self, amount: int, seq: Sequencer) -> int:
        room = max(0, self.model.cap - seq.bonded)
        lacking = max(1, self.model.min_stake - seq.bonded)
        amounts = [lacking, min(room, 5_000 * METIS), room // 2, 1, lacking, room, lacking - 1]
        return [*amounts, lacking, room // 3, lacking + 1, room + 1, 0][amount % 12]

    @action(weight=3, when=has(is_open), choice=CHOICE, amount=CHOICE, wrong=RARELY, restake=RARELY)
    def relock(self, choice, amount, wrong, restake):
        id = self.some(choice, is_open)
        seq = self.get(id)
        right = self.model.distributor if restake else seq.owner
        self.do(self.by(right, wrong, choice), "relock", id, self.top_up(amount, seq))

    @action(weight=3, when=has(spare), choice=CHOICE, amount=CHOICE, wrong=RARELY)
    def request_withdrawal(self, choice, amount, wrong):
        id = self.some(choice, spare)
        seq = self.get(id)
        most = spare(self.model, seq)
        amounts = [most // 3, most // 2, 1, most // 10, most, most // 4, most // 5, most // 20]
        amounts += [most + 1, 0, seq.sides[OWN].bonded + 1]
        amount = amounts[amount % len(amounts)]
        self.do(self.by(seq.owner, wrong, choice), "request_withdrawal", id, amount)

    @action(
        weight=1,
        when=has(spare),
        choice=CHOICE,
        times=st.integers(6, 18),
        delays=st.sampled_from([(30, 30), (60, 21), (21, 60)]),
    )
    def many_withdrawals(self, choice, times, delays):
        """More than a list of unbondings holds; the delay changes at the last."""
        governance, before = self.model.governance, self.model.parameters["exit_delay"]
        seq = self.get(self.some(choice % 90, spare))
        side = PAIRED if seq.sides[PAIRED].bonded and choice % 2 else OWN
        self.do(governance, "set_parameter", "exit_delay", delays[0] * DAY)
        for amount in range(1, times + 1):
            if amount == times:
                self.do(governance, "set_parameter", "exit_delay", delays[1] * DAY)
            if side == PAIRED:
                self.do(seq.vault, "request_paired_withdrawal", seq.id, amount)
            else:
                self.do(seq.owner, "request_withdrawal", seq.id, amount)
            self.wait(60)
        self.do(governance, "set_parameter", "exit_delay", before)

    @action(weight=1, when=has(is_live), choice=CHOICE, wrong=RARELY)
    def unlock(self, choice, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.get(id).owner, wrong, choice), "unlock", id)

    @action(
        weight=4,
        when=has(lambda m, x: x.sides[OWN].unbondings),
        choice=CHOICE,
        patient=MOSTLY,
        who=CHOICE,
    )
    def claim(self, choice, patient, who):
        """Anyone may."""
        id = self.some(choice, lambda m, x: x.sides[OWN].unbondings)
        self.be_patient(id, OWN, patient)
        self.do(self.by(self.get(id).owner, who % 2 == 1, who), "claim", id)

    def be_patient(self, id: int, side: int, patient: bool):
        dates = [x.matures_at for x in self.get(id).sides[side].unbondings]
        if patient and dates:
            self.wait_until(min(dates))

    @action(
        weight=2,
        when=has(is_live),
        choice=CHOICE,
        flaw=CHOICE,
        by_signer=MOSTLY,
        wrong=RARELY,
        patient=MOSTLY,
    )
    def rotate_signer(self, choice, flaw, by_signer, wrong, patient):
        model = self.model
        id = self.some(choice, is_live)
        seq = self.get(id)
        owner = seq.owner if seq.owner in OWNERS else OWNERS[0]
        right = seq.signer if by_signer and seq.signer else seq.owner
        if patient and not by_signer:
            self.wait_until(seq.owner_rotated_at + model.parameters["rotation_period"])
        signer, for_pool, for_model = self.keys(owner, flaw)
        self.do(
            self.by(right, wrong, choice),
            "rotate_signer",
            *(id, signer, *for_model),
            to_pool=(id, signer, *for_pool),
        )

    @action(weight=2, when=has(is_live), choice=CHOICE, new=CHOICE, wrong=RARELY, withdraw=RARELY)
    def transfer_ownership_of(self, choice, new, wrong, withdraw):
        id = self.some(choice, lambda m, x: x.state != State.EXITED)
        new = 0 if withdraw else self.owner(new, lambda x: self.model.owned(x) is None)
        self.do(self.by(self.get(id).owner, wrong, choice), "transfer_ownership_of", id, new)

    @action(weight=5, when=has(is_offered), choice=CHOICE, admit=MOSTLY, wrong=RARELY)
    def accept_ownership_of(self, choice, admit, wrong):
        id = self.some(choice, is_offered)
        new = self.get(id).pending_owner or STRANGER
        if admit and new != STRANGER:
            self.do(self.model.governance, "approve", new)
        self.do(self.by(new, wrong, choice), "accept_ownership_of", id)

    @action(
        weight=1,
        when=has(is_live),
        choice=CHOICE,
        recipient=st.sampled_from([STRANGER, OWNERS[0], 0]),
        wrong=RARELY,
    )
    def set_reward_recipient(self, choice, recipient, wrong):
        id = self.some(choice, lambda m, x: True)
        sender = self.by(self.get(id).owner, wrong, choice)
        self.do(sender, "set_reward_recipient", id, recipient)

    @action(
        weight=4,
        when=has(lambda m, x: x.state == State.JAILED),
        choice=CHOICE,
        patient=MOSTLY,
        wrong=RARELY,
    )
    def unjail(self, choice, patient, wrong):
        id = self.some(choice, lambda m, x: x.state == State.JAILED)
        seq = self.get(id)
        if patient and seq.state == State.JAILED:
            self.wait_until(seq.jailed_until)
        self.do(self.by(seq.owner, wrong, choice), "unjail", id)
