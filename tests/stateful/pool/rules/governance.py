"""What governance and the guardian do."""

from hypothesis import strategies as st

from seqpool.pool.view import State
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.pool.chain import (
    CAP,
    DISTRIBUTORS,
    GUARDIAN,
    OWNERS,
    SLASHERS,
    STRANGER,
    VAULTS,
)
from tests.stateful.pool.model.records import PAIRED
from tests.stateful.pool.rules.wanted import has, is_live

# Some more than once, because they lead somewhere.
PARAMETER_CHANGES = [
    *(("min_stake", x * METIS) for x in (25_000, 15_000, 20_000, 25_000, 20_000, 1)),
    *(("min_stake", x) for x in (METIS - 1, CAP, CAP + 1)),
    *(("cap", x * METIS) for x in (60_000, 100_000, 40_000, 60_000, 100_000, 1_000_000)),
    *(("cap", x) for x in (10**24 + 1, 14_000 * METIS)),
    *(("max_sequencers", x) for x in (5, 4, 6, 4, 5, 3, 129)),
    *(("exit_delay", x * DAY) for x in (60, 21, 30, 60, 21)),
    *(("exit_delay", x) for x in (21 * DAY - 1, 60 * DAY + 1, 2**256 - 1)),
    *(("cure_period", x) for x in (7 * DAY, DAY, 30 * DAY, DAY - 1, 30 * DAY + 1)),
    *(("rotation_period", x) for x in (DAY, HOUR, 7 * DAY, HOUR - 1, 7 * DAY + 1)),
]


class Governance:
    """Admissions, pairings, parameters, roles and pauses."""

    @action(weight=2, choice=CHOICE, wrong=RARELY, nobody=RARELY)
    def approve(self, choice, wrong, nobody):
        owner = 0 if nobody else self.owner(choice, lambda x: not self.model.is_admitted(x))
        self.do(self.by(self.model.governance, wrong, choice), "approve", owner)

    @action(weight=1, choice=CHOICE, wrong=RARELY)
    def disapprove(self, choice, wrong):
        owner = self.owner(choice, self.model.approvals.get)
        self.do(self.by(self.model.governance, wrong, choice), "disapprove", owner)

    @action(
        weight=2,
        choice=CHOICE,
        other=MOSTLY,
        bps=st.sampled_from([1_000, 0, 5_000, 5_001]),
        wrong=RARELY,
    )
    def set_pairing(self, choice, other, bps, wrong):
        owner = self.owner(choice, lambda x: True) if choice else 0
        vault = VAULTS[(choice + other) % 2]
        sender = self.by(self.model.governance, wrong, choice)
        self.do(sender, "set_pairing", owner, vault, bps)

    @action(
        weight=1,
        when=has(lambda m, x: is_live(m, x) and x.sides[PAIRED].bonded),
        choice=CHOICE,
        wrong=RARELY,
    )
    def end_pairing(self, choice, wrong):
        seq = self.get(self.some(choice, lambda m, x: x.sides[PAIRED].bonded))
        sender = self.by(self.model.governance, wrong, choice)
        self.do(sender, "set_pairing", seq.owner, 0, 0)

    @action(weight=1, when=has(is_live), choice=CHOICE, wrong=RARELY)
    def offboard(self, choice, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.model.governance, wrong, choice), "offboard", id)

    @action(
        weight=2,
        when=has(lambda m, x: x.state in (State.JAILED, State.SUSPENDED)),
        choice=CHOICE,
        wrong=RARELY,
    )
    def reinstate(self, choice, wrong):
        id = self.some(choice, lambda m, x: x.state in (State.JAILED, State.SUSPENDED))
        self.do(self.by(self.model.governance, wrong, choice), "reinstate", id)

    @action(
        weight=3,
        change=st.sampled_from(PARAMETER_CHANGES),
        wrong=RARELY,
    )
    def set_parameter(self, change, wrong):
        self.do(self.by(self.model.governance, wrong, 0), "set_parameter", *change)

    @action(weight=1, choice=st.integers(0, 6), wrong=RARELY)
    def roles_change(self, choice, wrong):
        """Rarely: between two holders each."""
        model, governance = self.model, self.by(self.model.governance, wrong, choice)
        match choice:
            case 0 | 1:
                slasher = SLASHERS[model.slasher == SLASHERS[0]]
                self.do(governance, "announce_slasher", slasher)
            case 2:
                self.do(governance, "announce_slasher", 0 if wrong else model.slasher)
            case 3:
                distributor = DISTRIBUTORS[model.distributor == DISTRIBUTORS[0]]
                self.do(governance, "set_distributor", 0 if wrong else distributor)
            case 4:
                guardian = STRANGER if model.guardian == GUARDIAN else GUARDIAN
                self.do(governance, "set_guardian", guardian)
            case 5:
                self.do(governance, "transfer_ownership", OWNERS[-1])
            case 6:
                heir = model.pending_governance or STRANGER
                self.do(self.by(heir, wrong, 0), "accept_ownership")

    # -------------------------------------------------------- guardian

    @action(weight=1, when=lambda self: not self.model.paused, patient=MOSTLY, wrong=RARELY)
    def pause(self, patient, wrong):
        pauses = self.model.pauses
        if patient and pauses and not wrong:
            self.wait_until(pauses[-1][0] + 14 * DAY)
        self.do(self.by(self.model.guardian, wrong, 0), "pause")

    @action(weight=1, when=lambda self: self.model.paused, wrong=RARELY)
    def unpause(self, wrong):
        self.do(self.by(self.model.guardian, wrong, 0), "unpause")
