"""How proposals end, and who may not meddle."""

from fractions import Fraction

from hypothesis import strategies as st

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.governance.view import OPEN_STAGES, ProposalStage
from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, METIS
from tests.stateful.chain import Receipt
from tests.stateful.governance.chain import (
    ATTESTERS,
    DESK_AT,
    GOVERNOR,
    GUARDIANS,
    PROPOSER,
    STRANGER,
    data_of,
    selector,
)
from tests.stateful.governance.model import Call
from tests.stateful.governance.rules.base import WHY, has_proposals
from tests.stateful.machine import CHOICE, action
from tests.stateful.model import Rejected


class Ends:
    """Execution, vetoes, and attempts of others."""

    @action(weight=4, when=has_proposals, choice=CHOICE)
    def execute(self, choice):
        self.execute_now(STRANGER, self.pick(choice, ProposalStage.READY))

    def execute_now(self, who: int, id: int) -> bool:
        if not self.do(who, "execute", id):
            return False
        tally, counted_at = self.counted[id]
        delay, criteria, calls = self.promised[id]
        # a tally that has passed, its delay, and no veto
        decided = tally.for_votes + tally.against_votes
        assert decided + tally.abstain_votes >= criteria["quorum"]
        assert tally.voters >= criteria["wallets"]
        assert Fraction(tally.for_votes, decided) * 10_000 >= criteria["approval"]
        assert (
            counted_at + delay <= self.model.now <= counted_at + delay + LIMITS["EXECUTION_PERIOD"]
        )
        assert id not in self.vetoed
        self.done += [call.args[0] for call in calls if call.target == DESK_AT]
        self.compare_law()
        return True

    @action(
        weight=3,
        when=has_proposals,
        who=st.sampled_from([GUARDIANS[0], GUARDIANS[0], GUARDIANS[0], GUARDIANS[1], STRANGER]),
        choice=CHOICE,
        reason=st.sampled_from([WHY, WHY, WHY, ""]),
    )
    def veto(self, who, choice, reason):
        id = self.pick(choice, *OPEN_STAGES)
        if self.do(who, "veto", id, reason):
            assert self.model.proposals[id].kind == ProposalKind.INFRASTRUCTURE
            self.vetoed.add(id)

    @action(weight=1, is_broken=st.sampled_from([False, False, False, True]))
    def damage(self, is_broken):
        """From now on calls of the desk fail, or do so no more."""
        assert self.desk.call(STRANGER, "damage", is_broken).reason is None
        self.model.is_broken = is_broken

    @action(
        weight=2,
        who=st.sampled_from([STRANGER, PROPOSER, GUARDIANS[0], ATTESTERS[0], DESK_AT, GOVERNOR]),
        choice=CHOICE,
    )
    def meddle(self, who, choice):
        """Nobody but the Timelock sets anything, and nobody but the Governor acts in it."""
        for call in (
            Call(GOVERNOR, "set_quorum", (10_000 * METIS,)),
            Call(GOVERNOR, "set_attesters", (tuple(ATTESTERS[:3]), 2)),
            Call(GOVERNOR, "set_guardian", (who,)),
        ):
            self.refused(self.governor.call(who, call.name, *call.args))
        permission = (DESK_AT, selector("note"), ProposalKind.INFRASTRUCTURE, Delay.ORDINARY)
        self.refused(self.governor.call(who, "set_permission", permission))
        if who == GOVERNOR:
            return
        proposals = list(self.model.proposals.items())
        id, x = proposals[choice % len(proposals)] if proposals else (1, None)
        call = x.calls[0] if x else Call(DESK_AT, "note", (1,))
        where = (call.target, 0, data_of(call), 0, id)
        self.refused(self.timelock.call(who, "schedule", *where, 30 * DAY))
        self.refused(self.timelock.call(who, "execute", *where))
        self.refused(self.timelock.call(who, "update_delay", 0))
        role = self.timelock.view("PROPOSER_ROLE")[0]
        for name in ("grantRole", "revokeRole"):
            self.refused(self.timelock.call(who, name, role, GOVERNOR))
        for operation in self.operations(id):
            self.refused(self.timelock.call(who, "cancel", operation))

    def refused(self, receipt: Receipt):
        try:
            self.model.call("set_directly", 0)
        except Rejected as rejected:
            assert receipt.reason in rejected.reasons, receipt.reason
