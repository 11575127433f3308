"""What is done with the SequencerGovernor: checked, explained, and ready to be sent.

Each function checks all that the Governor would refuse, so that a user reads what is wrong before
anything is sent. The Governor checks again.
"""

from collections.abc import Sequence

from seqpool.chain.transactions import Action, Call
from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.errors import UserError
from seqpool.governance.attestations import Attestation, Statement, combine
from seqpool.governance.describe_calls import Wording, printable
from seqpool.governance.drafts import Draft, Poll
from seqpool.governance.forum_post import TYPES
from seqpool.governance.model import URI_LIMIT, Assessed
from seqpool.governance.proposals import assess
from seqpool.governance.snapshot.result import Expected, Link, Result, VoteOutcome
from seqpool.governance.view import OPEN_STAGES, GovernorView, ProposalStage, as_hex
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Tally, VoteLink, as_struct, domain_of, governor_domain
from seqpool.units import format_date, format_duration, format_percent, in_metis

# A vote counts METIS of a block this long before it starts, at most: of an older one somebody may
# have chosen what suits them.
SNAPSHOT_AGE = 7 * 86_400


class Governing:
    """All actions of one account, or of nobody who only looks."""

    def __init__(self, view: GovernorView, sender=None, is_local: bool = False):
        self.view, self.suite, self.governor, self.sender = view, view.suite, view.governor, sender
        self.wording = Wording(view, is_local)

    @property
    def _me(self) -> str:
        return self.sender.address

    def _action(self, title: str, method: str, *arguments, rows=()) -> Action:
        call = Call(title, self.governor, method, arguments, self.view.block)
        return Action(title, [("sender", self.wording.name(self._me)), *rows], [call])

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    def assess(self, acts: Sequence) -> Assessed:
        return assess(acts, self.view, self.wording)

    def item_rows(self, assessed: Assessed) -> list[tuple[str, str]]:
        """What the calls do, and why one would be refused now."""
        rows = []
        for place, item in enumerate(assessed.items, 1):
            rows.append((f"call {place}: {item.function}", item.words))
            if item.refusal:
                rows.append(("", f"would be refused now: {item.refusal}"))
        return rows

    # the proposer

    def propose(self, draft: Draft, again: bool = False) -> Action:
        draft.check(self.view)
        assessed = self.assess(draft.acts)
        if assessed.kind != draft.kind:
            raise UserError(
                f"the draft is of kind {draft.kind.name}, its calls are {assessed.kind.name} by"
                " now: make it anew"
            )
        balance = self.suite.metis.balanceOf(self._me)
        threshold = self.view.read("proposal_threshold")
        if balance < threshold:
            raise UserError(
                f"below the proposal threshold: {self._me} has {in_metis(balance)}, wanted are"
                f" {in_metis(threshold)}"
            )
        for id, record in () if again else self.view.same(draft.acts):
            state = ProposalStage(record.state).name
            raise UserError(
                f"proposal {id} does the same, and is {state}: go on with that one, or propose it"
                " --again"
            )
        criteria = self.view.criteria()
        rows = [
            ("title", printable(draft.title)),
            ("type", TYPES[assessed.kind]),
            ("forum", draft.forum),
            *self.item_rows(assessed),
            ("delay", f"{format_duration(self.view.seconds(assessed.delay))} after the vote"),
            ("wanted", f"{in_metis(criteria.quorum)} of {criteria.wallets:,} wallets"),
            ("", f"{format_percent(criteria.approval_bps)} of them for it"),
            ("actions hash", as_hex(draft.hash)),
        ]
        title = f"propose as number {self.view.count + 1}"
        return self._action(
            title, "propose", assessed.kind, list(draft.acts), draft.forum, rows=rows
        )

    def cancel(self, id: int) -> Action:
        record = self._own(id)
        if record.state != ProposalStage.PROPOSED:
            raise UserError(
                f"too late: proposal {id} is {ProposalStage(record.state).name}, and only one whose"
                " vote is not linked can be cancelled"
            )
        return self._action(f"cancel proposal {id}", "cancel", id, rows=self._rows(id))

    def link(self, id: int, poll: Poll) -> Action:
        record = self._own(id)
        if record.ends_at:
            raise UserError(f"proposal {id} has a vote: attesters may correct it by `relink`")
        self._check_poll(id, record, poll)
        if poll.ends_at <= self.view.next_at:
            raise UserError(f"too late: the vote ended {self._date(poll.ends_at)}")
        used_by = self.view.read("proposal_of", poll.snapshot_id)
        if used_by:
            raise UserError(f"the vote is linked to proposal {used_by} already")
        title = f"link the vote of proposal {id}"
        rows = [*self._rows(id), *self._poll_rows(poll)]
        return self._action(title, "link_vote", id, poll.snapshot_id, poll.ends_at, rows=rows)

    def _own(self, id: int):
        record = self.view.proposal(id)
        if record.proposer != self._me:
            raise UserError(
                f"proposal {id} is of {self.wording.name(record.proposer)}, not of {self._me}"
            )
        return record

    def _check_poll(self, id: int, record, poll: Poll) -> None:
        """UserError if a vote cannot be linked, by whomever."""
        if record.state not in (ProposalStage.PROPOSED, ProposalStage.LINKED, ProposalStage.ENDED):
            raise UserError(
                f"proposal {id} is {ProposalStage(record.state).name}: it takes no vote"
            )
        wanted = self.view.actions_hash(id)
        if poll.actions_hash not in (None, wanted):
            raise UserError(
                f"the vote is about other actions, {as_hex(poll.actions_hash)}: proposal {id} has"
                f" {as_hex(wanted)}"
            )
        least, most = (LIMITS[name] for name in ("VOTE_FLOOR", "VOTE_CEILING"))
        if poll.ends_at < record.proposed_at + least:
            raise UserError(
                f"the vote ends too early: {self._date(poll.ends_at)}, and not"
                f" {format_duration(least)} after the proposal"
            )
        if poll.ends_at > self.view.next_at + most:
            raise UserError(
                f"the vote ends too late: {self._date(poll.ends_at)}, at most"
                f" {format_duration(most)} from now"
            )

    def _rows(self, id: int) -> list[tuple[str, str]]:
        """What a proposal is."""
        record = self.view.proposal(id)
        kind = TYPES[ProposalKind(record.kind)]
        rows = [("proposal", f"{id}, {kind}, {ProposalStage(record.state).name}")]
        return rows + [
            (f"call {place}: {self.wording.function(act)}", self.wording.words(act))
            for place, act in enumerate(self.view.acts(id), 1)
        ]

    def _poll_rows(self, poll: Poll) -> list[tuple[str, str]]:
        rows = [
            ("Snapshot's id", as_hex(poll.snapshot_id)),
            ("the vote ends", self._date(poll.ends_at)),
        ]
        if poll.actions_hash is None:
            rows.append(("actions hash", "not compared: the text of the vote is not here"))
        return rows

    # attesters

    def check_attester(self, address: str) -> None:
        if address not in self.view.attesters:
            raise UserError(f"{address} is no attester: `ape run governance powers` lists them")

    def vote_link(self, id: int, poll: Poll) -> VoteLink:
        """What attesters sign to link a vote."""
        record = self.view.proposal(id)
        self._check_poll(id, record, poll)
        self._check_taken(id, poll.snapshot_id)
        return VoteLink(
            eip712_domain=self._domain,
            proposalId=id,
            snapshotId=poll.snapshot_id,
            endsAt=poll.ends_at,
            nonce=record.links,
        )

    def _check_taken(self, id: int, snapshot_id: bytes) -> None:
        other = self.view.read("proposal_of", snapshot_id)
        if other not in (0, id) and self.view.proposal(other).outcome:
            raise UserError(f"the vote has decided proposal {other} already")

    def relink(
        self, id: int, signed: Sequence[tuple[str, Attestation]]
    ) -> tuple[Action, list[tuple[str, str]]]:
        """And those attestations that do not count."""
        message = self._statement(id, signed, VoteLink)
        record = self.view.proposal(id)
        poll = Poll(message.snapshotId, message.endsAt, None)
        self._check_poll(id, record, poll)
        self._check_taken(id, poll.snapshot_id)
        if message.nonce != record.links:
            raise UserError(
                f"the attestations are of link {message.nonce}, the next is {record.links}: sign"
                " anew"
            )
        signatures, dropped = self._combine(message, signed)
        rows = [
            *self._rows(id),
            *self._poll_rows(poll)[:2],
            ("signatures", f"{len(signatures.signatures)} of {len(self.view.attesters)} attesters"),
        ]
        other = self.view.read("proposal_of", poll.snapshot_id)
        if other not in (0, id):
            rows.append(("taken from", f"proposal {other}"))
        arguments = (id, poll.snapshot_id, poll.ends_at, tuple(signatures))
        title = f"link the vote of proposal {id}, by attesters"
        return self._action(title, "relink_vote", *arguments, rows=rows), dropped

    @property
    def _domain(self):
        return governor_domain(self.view.provider.chain_id, self.governor.address)

    def expected(self, id: int, space: str) -> Expected:
        """What an export has to be for a proposal, by the chain; UserError unless it is time."""
        record = self.view.proposal(id)
        if not record.ends_at:
            raise UserError(f"proposal {id} has no vote yet: its proposer has to link one")
        return Expected(
            chain_id=self.view.provider.chain_id,
            token=self.suite.metis.address,
            space=space,
            snapshot_id=bytes(record.snapshot_id),
            ends_at=record.ends_at,
        )

    def check_ended(self, id: int) -> None:
        """UserError unless a proposal waits for its attestation."""
        record = self.view.proposal(id)
        if record.state == ProposalStage.LINKED:
            raise UserError(f"too early: people vote until {self._date(record.ends_at)}")
        if record.state == ProposalStage.PROPOSED:
            raise UserError(f"proposal {id} has no vote yet: its proposer has to link one")
        if record.state != ProposalStage.ENDED:
            raise UserError(
                f"proposal {id} is {ProposalStage(record.state).name}: it takes no attestation"
            )

    def tally(self, id: int, result: Result) -> Tally:
        """What attesters sign of a count."""
        record = self.view.proposal(id)
        message = result.proposal.message
        taken_at = self.view.provider.get_block(message["snapshot"]).timestamp
        if message["start"] - taken_at > SNAPSHOT_AGE:
            raise UserError(
                f"the vote counts METIS of {self._date(taken_at)}, more than"
                f" {format_duration(SNAPSHOT_AGE)} before it started"
            )
        return result.message(
            self.view.provider.chain_id,
            self.governor.address,
            Link(id, bytes(record.snapshot_id), record.ends_at),
            self.view.actions_hash(id),
            self.view.next_at,
        )

    def queue(
        self, id: int, signed: Sequence[tuple[str, Attestation]]
    ) -> tuple[Action, list[tuple[str, str]]]:
        """And those attestations that do not count."""
        message = self._statement(id, signed, Tally)
        self.check_ended(id)
        record = self.view.proposal(id)
        for what, found, wanted in (
            ("other actions", bytes(message.actionsHash), self.view.actions_hash(id)),
            ("another vote", bytes(message.snapshotId), bytes(record.snapshot_id)),
            ("a vote with another end", message.endsAt, record.ends_at),
        ):
            if found != wanted:
                raise UserError(f"the attestations are of {what}: count the export anew")
        signatures, dropped = self._combine(message, signed)
        votes = (message.forVotes, message.againstVotes, message.abstainVotes)
        outcome = self.view.criteria(id).judge(*votes, message.voters)
        delay = self.view.seconds(record.delay)
        is_passed = outcome == VoteOutcome.PASSED
        effect = f"it waits for {format_duration(delay)}" if is_passed else "it ends here"
        rows = [
            *self._rows(id),
            *zip(("for", "against", "abstain"), map(in_metis, votes), strict=True),
            ("wallets", f"{message.voters:,}"),
            ("signatures", f"{len(signatures.signatures)} of {len(self.view.attesters)} attesters"),
            ("outcome", f"{outcome.name}: {effect}"),
        ]
        arguments = (id, as_struct(message), tuple(signatures))
        return self._action(
            f"attest the vote on proposal {id}", "attest", *arguments, rows=rows
        ), dropped

    def _statement(
        self, id: int, signed: Sequence[tuple[str, Attestation]], kind: type[Statement]
    ) -> Statement:
        """What the first of some attestations says, if it is about a proposal of this Governor."""
        if not signed:
            raise UserError("no attestations: name the files that attesters have sent")
        name, first = signed[0]
        message = first.message
        if not isinstance(message, kind):
            raise UserError(f"{name}: a {type(message).__name__}, not a {kind.__name__}")
        domain = domain_of(message)
        found = (domain.chainId, domain.verifyingContract)
        if found != (self.view.provider.chain_id, self.governor.address):
            raise UserError(
                f"{name}: for the SequencerGovernor {found[1]} on chain {found[0]}, not for this"
            )
        if message.proposalId != id:
            raise UserError(f"{name}: about proposal {message.proposalId}, not {id}")
        return message

    def _combine(self, message: Statement, signed: Sequence[tuple[str, Attestation]]):
        return combine(message, self.view.attesters, self.view.threshold, signed)

    # the Working Group, and anyone

    def veto(self, id: int, reason: str) -> Action:
        record = self.view.proposal(id)
        guardian = self.view.read("guardian")
        if self._me != guardian:
            raise UserError(
                f"only the Working Group may veto: {self.wording.name(guardian)}, not {self._me}"
            )
        if record.kind != ProposalKind.INFRASTRUCTURE:
            raise UserError(f"proposal {id} is of kind GOVERNANCE: nobody may veto it")
        if record.state not in OPEN_STAGES:
            raise UserError(f"too late: proposal {id} is {ProposalStage(record.state).name}")
        size = len(reason.encode())
        if not 0 < size <= URI_LIMIT:
            raise UserError(f"the reason has {size} bytes: wanted are 1 to {URI_LIMIT}")
        rows = [*self._rows(id), ("reason", printable(reason))]
        return self._action(f"veto proposal {id}", "veto", id, reason, rows=rows)

    def execute(self, id: int) -> Action:
        record = self.view.proposal(id)
        stage = ProposalStage(record.state)
        if stage == ProposalStage.QUEUED and self.view.next_at < record.ready_at:
            raise UserError(f"too early: proposal {id} waits until {self._date(record.ready_at)}")
        if stage == ProposalStage.EXPIRED and record.ready_at:
            end = record.ready_at + LIMITS["EXECUTION_PERIOD"]
            raise UserError(f"too late: proposal {id} could be executed until {self._date(end)}")
        if stage not in (ProposalStage.READY, ProposalStage.QUEUED):
            raise UserError(f"proposal {id} is {stage.name}: it cannot be executed")
        # those that come later may rest on those before
        first = self.view.acts(id)[0]
        if why := self.view.refusal(first):
            raise UserError(f"call 1, {self.wording.function(first)}, is refused: {why}")
        rows = [*self._rows(id), ("delay", Delay(record.delay).name)]
        return self._action(f"execute proposal {id}", "execute", id, rows=rows)
