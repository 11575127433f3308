"""What governance and the guardian do."""

from hypothesis import strategies as st

from seqpool.protocol.messages import Reason
from seqpool.units import DAY, HOUR
from tests.stateful.encoding import bytes_words
from tests.stateful.machine import CHOICE, OFFSET, RARELY, action
from tests.stateful.slashing.chain import GOVERNANCE, GUARDIAN, STRANGER, STRANGERS
from tests.stateful.slashing.model.records import CEILINGS, OPEN


class Governance:
    """Votes, pending slashes, penalties and stops."""

    def by(self, right: int, is_wrong: bool, choice: int) -> int:
        return STRANGERS[choice % len(STRANGERS)] if is_wrong else right

    @action(
        weight=3,
        choice=CHOICE,
        bps=st.sampled_from([500, 3_000, 1, 1_500, 2_999, 0, 3_001]),
        is_wrong=RARELY,
        flaw=CHOICE,
        many=st.sampled_from([1, 1, 2]),
    )
    def slash_by_governance(self, choice, bps, is_wrong, flaw, many):
        id = len(self.ids) + 1 if flaw == 97 else self.one(choice)
        reason = b"" if flaw in (98, 99) else b"ipfs://statement"
        sender = self.by(GOVERNANCE, is_wrong, choice)
        words = (id, bps, 96, *bytes_words(reason))
        for _ in range(many):
            args = (id, bps, reason)
            self.do(sender, self.slasher, "slash_by_governance", *args, words=words)

    def is_pending(self) -> bool:
        return any(x.state == OPEN for x in self.model.pendings)

    @action(
        weight=5,
        when=is_pending,
        how=st.sampled_from(["confirm", "drop", "lapse", "confirm"]),
        choice=CHOICE,
        wait=st.booleans(),
        offset=OFFSET,
        is_wrong=RARELY,
    )
    def decide(self, how, choice, wait, offset, is_wrong):
        """What the brakes have kept; sometimes when it expires."""
        model = self.model
        waiting = [id for id, x in enumerate(model.pendings, 1) if x.state == OPEN]
        pending_id = len(model.pendings) + 1
        if waiting:
            pending_id = waiting[choice % len(waiting)]
            if wait:
                self.wait_until(model.pendings[pending_id - 1].expires_at + offset)
        elif choice % 2 and model.pendings:
            pending_id = 1 + choice % len(model.pendings)
        sender = STRANGER if how == "lapse" else self.by(GOVERNANCE, is_wrong, choice)
        if self.do(sender, self.slasher, how, pending_id):
            self.touched.add(model.pendings[pending_id - 1].id)
            self.reached.add(f"{how} of {'several' if len(waiting) > 1 else 'one'}")

    @action(
        weight=1,
        kind=st.sampled_from([*CEILINGS, 1, 6, 8, 255]),
        bps=st.sampled_from([10, 0, 100, 200, 500, 1_000, 201, 1_001, 2_000, 2_001]),
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def set_penalty(self, kind, bps, is_wrong, choice):
        self.do(self.by(GOVERNANCE, is_wrong, choice), self.slasher, "set_penalty", kind, bps)

    @action(
        weight=1,
        wait=st.sampled_from([HOUR, 3 * DAY, 3 * DAY - 1, DAY, 0]),
        resume=RARELY,
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def stop(self, wait, resume, is_wrong, choice):
        """And something is tried meanwhile; ages stand still."""
        self.do(self.by(GUARDIAN, is_wrong, choice), self.slasher, "stop")
        self.wait(wait)
        committee = self.voters("none", 0)
        message = self.reelection(self.one(choice), self.model.now, Reason.TIMEOUT, committee)
        self.vote("report_reelection", message, committee)
        if resume:
            self.do(GUARDIAN, self.slasher, "resume")

    @action(weight=4, when=lambda self: self.model.is_stopped, is_wrong=RARELY, choice=CHOICE)
    def resume(self, is_wrong, choice):
        self.do(self.by(GUARDIAN, is_wrong, choice), self.slasher, "resume")
