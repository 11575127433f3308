"""What always holds; I12 of the Governor."""

from hypothesis import event
from hypothesis.stateful import invariant

from seqpool.deployment.allow_list import Delay
from seqpool.governance.snapshot.result import VoteOutcome
from seqpool.governance.view import ProposalStage
from tests.stateful.encoding import keccak_words
from tests.stateful.governance.chain import (
    DESK_AT,
    GOVERNOR,
    NAMES,
    TIMELOCK_AT,
    launch_law,
    selector,
)
from tests.stateful.governance.model import SECONDS


class Checks:
    """Compares the chain with the model."""

    @invariant()
    def agrees(self):
        """What has changed, and the state of some other; in full at the end."""
        self.steps += 1
        self.is_sound = False
        for id in self.touched:
            self.compare(id)
        self.touched = set()
        if self.model.proposals and self.seen_at != self.model.now:
            self.seen_at = self.model.now
            id = 1 + self.steps % len(self.model.proposals)
            state = self.model.state(self.model.proposals[id])
            event(f"state: {state}")
            assert self.governor.view("state", id) == [state]
        self.is_sound = True

    def operations(self, id: int) -> list[int]:
        """The Timelock's ids of a proposal's calls, which never change."""
        if id not in self.model.proposals:
            return []
        if id not in self.known_operations:
            self.known_operations[id] = self.governor.view("operations_of", id)[2:]
        return self.known_operations[id]

    def compare(self, id: int):
        model = self.model
        x = model.proposals[id]
        snapshot_id, ends_at = x.vote or (0, 0)
        assert self.governor.view("proposal", id) == [
            *(x.proposer, x.kind, x.delay, x.proposed_at, *x.criteria.values()),
            *(snapshot_id, ends_at, x.links, x.outcome, x.ready_at, model.state(x)),
        ]
        if snapshot_id:
            assert self.governor.view("proposal_of", snapshot_id) == [id]
        if x.outcome or x.end:
            self.compare_timelock(id)

    def compare_timelock(self, id: int):
        """It has the calls of who has passed, until they are made or vetoed."""
        x = self.model.proposals[id]
        at = 0
        if x.end == ProposalStage.EXECUTED:
            at = 1
        elif x.outcome == VoteOutcome.PASSED and x.end != ProposalStage.VETOED:
            at = x.ready_at
        assert len(self.operations(id)) == len(x.calls)
        for operation in self.operations(id):
            assert self.timelock.view("get_timestamp", operation) == [at]

    def compare_law(self):
        law = self.model.law
        assert self.governor.view("criteria") == [*law.criteria.values()]
        assert self.governor.view("proposal_threshold") == [law.proposal_threshold]
        assert self.governor.view("guardian") == [law.guardian]
        assert self.governor.view("attesters")[2:] == law.attesters
        assert self.governor.view("attestation_threshold") == [law.threshold]
        # every call exactly once, and in order
        assert self.desk.view("all_notes")[2:] == law.notes == self.done
        if self.done:
            assert self.desk.view("senders", len(self.done) - 1) == [TIMELOCK_AT]

    def finish(self):
        model = self.model
        self.compare_law()
        assert self.governor.view("proposal_count") == [len(model.proposals)]
        for id in model.proposals:
            self.compare(id)
        for vote in range(max(0, self.votes - 5), self.votes + 1):
            snapshot_id = keccak_words(vote)
            expected = [model.proposal_of(snapshot_id)]
            assert self.governor.view("proposal_of", snapshot_id) == expected
        launch = launch_law().allowed
        for target, name in {*launch, *model.law.allowed, (DESK_AT, "damage")}:
            row = model.law.allowed.get((target, name), (0, 0))
            if row != launch.get((target, name)):
                word = int.from_bytes(selector(name).ljust(32, b"\x00"), "big")
                assert self.governor.view("permission", target, word)[2:] == [*row]
        someone = list(NAMES)[self.steps % len(NAMES)]
        for role in ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"):
            (id,) = self.timelock.view(role)
            for who in (GOVERNOR, someone):
                assert self.timelock.view("hasRole", id, who) == [who == GOVERNOR]
        assert self.timelock.view("get_minimum_delay") == [SECONDS[Delay.ORDINARY]]
