"""Tables of proposals, and one proposal's life as a line of time."""

from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.governance.actions import Governing
from seqpool.governance.describe_calls import printable
from seqpool.governance.forum_post import TYPES
from seqpool.governance.model import Assessed, Proposal
from seqpool.governance.snapshot.result import VoteOutcome
from seqpool.governance.view import OPEN_STAGES, Act, ProposalStage, as_hex, outcome_of
from seqpool.protocol.limits import LIMITS
from seqpool.units import format_date, format_duration, format_percent, in_metis

DONE, NOW, LATER, OVER = "●", "◐", "○", "✕"


class TimelineEntry(NamedTuple):
    """A point of a proposal's life."""

    mark: str
    what: str
    when: str
    who: str


def _pairs(title: str, rows) -> Table:
    table = Table(title=title, show_header=False, title_justify="left")
    for name, value in rows:
        table.add_row(name, escape(value))
    return table


def draft_table(proposal: Proposal, assessed: Assessed, governing: Governing) -> Table:
    """What a proposal would do."""
    delay = format_duration(governing.view.seconds(assessed.delay))
    rows = [
        ("type", TYPES[assessed.kind]),
        *governing.item_rows(assessed),
        ("delay", f"{delay} after the vote ({assessed.delay.name})"),
        ("actions hash", as_hex(proposal.hash)),
    ]
    return _pairs(escape(proposal.title), rows)


class ProposalTables:
    """Tables of one view."""

    def __init__(self, governing: Governing):
        self.governing, self.view = governing, governing.view
        self._name = governing.wording.name

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    def all(self) -> Table:
        """A row for each proposal."""
        table = Table("proposal", "type", "state", "next", "what it does")
        for id in range(1, self.view.count + 1):
            record = self.view.proposal(id)
            words = "; ".join(self._words(record, act) for act in self.view.acts(id))
            table.add_row(
                str(id),
                TYPES[ProposalKind(record.kind)],
                ProposalStage(record.state).name,
                self._next(record),
                escape(words),
            )
        return table

    def _words(self, record, act: Act) -> str:
        """What a call would change; of a proposal that has ended, only the call."""
        wording = self.governing.wording
        return wording.words(act) if record.state in OPEN_STAGES else wording.plain(act)

    def _next(self, record) -> str:
        """By when something has to happen, or will."""
        at = {
            ProposalStage.PROPOSED: record.proposed_at + LIMITS["LINK_PERIOD"],
            ProposalStage.LINKED: record.ends_at,
            ProposalStage.ENDED: record.ends_at + LIMITS["ATTESTATION_PERIOD"],
            ProposalStage.QUEUED: record.ready_at,
            ProposalStage.READY: record.ready_at + LIMITS["EXECUTION_PERIOD"],
        }.get(record.state)
        what = {
            ProposalStage.PROPOSED: "link the vote within",
            ProposalStage.LINKED: "the vote ends in",
            ProposalStage.ENDED: "attest within",
            ProposalStage.QUEUED: "ready in",
            ProposalStage.READY: "execute within",
        }
        if at is None:
            return ""
        return f"{what[ProposalStage(record.state)]} {format_duration(max(0, at - self.view.now))}"

    def show(self, id: int) -> list[Table]:
        """All of one proposal: what it is, its life, what can be done now."""
        return [self._summary(id), self._line(id), self._now(id)]

    def _summary(self, id: int) -> Table:
        record = self.view.proposal(id)
        criteria = self.view.criteria(id)
        rows = [
            ("type", TYPES[ProposalKind(record.kind)]),
            ("state", ProposalStage(record.state).name),
            ("proposer", self._name(record.proposer)),
            ("forum", printable(self.view.forum_uri(id))),
            ("wanted", f"{in_metis(criteria.quorum)} of {criteria.wallets:,} wallets"),
            ("", f"{format_percent(criteria.approval_bps)} of those for or against for it"),
        ]
        if record.ends_at:
            rows.append(("Snapshot's id", as_hex(record.snapshot_id)))
        for place, act in enumerate(self.view.acts(id), 1):
            name = self.governing.wording.function(act)
            rows.append((f"call {place}: {name}", self._words(record, act)))
            rows.append(("", as_hex(act.data)))
        rows.append(("actions hash", as_hex(self.view.actions_hash(id))))
        return _pairs(f"Proposal {id}", rows)

    def _line(self, id: int) -> Table:
        table = Table(title="Its life", show_header=False, title_justify="left", box=None)
        for is_fixed in (True, True, True, False):
            table.add_column(no_wrap=is_fixed)
        moments = self.life(id)
        for place, moment in enumerate(moments):
            mark, what, when, who = moment
            table.add_row(mark, what, when, escape(who))
            if place < len(moments) - 1:
                table.add_row("│" if mark == DONE else "┆", "", "", "")
        return table

    def life(self, id: int) -> list[TimelineEntry]:
        """Its moments in their order: those that were, the one that is next, those to come."""
        record = self.view.proposal(id)
        state = ProposalStage(record.state)
        moments = [
            TimelineEntry(
                DONE, "proposed", self._date(record.proposed_at), self._name(record.proposer)
            )
        ]
        links = self.view.events(id, "VoteLinked") if record.ends_at else []
        if links:
            who = "by attesters" if links[-1].by_attesters else "by its proposer"
            moments.append(TimelineEntry(DONE, "vote linked", self._date(links[-1].timestamp), who))
            over = record.ends_at <= self.view.now
            mark = DONE if over else NOW if state == ProposalStage.LINKED else LATER
            if over or state in OPEN_STAGES:
                when = self._date(record.ends_at)
                moments.append(
                    TimelineEntry(mark, "vote ends", when, "who holds METIS, on Snapshot")
                )
        elif state in OPEN_STAGES:
            when = f"until {self._date(record.proposed_at + LIMITS['LINK_PERIOD'])}"
            moments.append(TimelineEntry(NOW, "vote linked", when, "its proposer"))
        if record.outcome:
            moments.append(self._attested(id, outcome_of(record.outcome)))
        elif state in OPEN_STAGES:
            mark = NOW if state == ProposalStage.ENDED else LATER
            when = "when the vote has ended"
            if record.ends_at:
                when = f"until {self._date(record.ends_at + LIMITS['ATTESTATION_PERIOD'])}"
            moments.append(TimelineEntry(mark, "attested", when, self._attesters()))
        return moments + self._ending(id, record, state)

    def _attesters(self) -> str:
        return f"{self.view.threshold} of {len(self.view.attesters)} attesters"

    def _attested(self, id: int, outcome: VoteOutcome) -> TimelineEntry:
        event = self.view.events(id, "Attested")[0]
        votes = (
            f"{in_metis(event.for_votes)} for, {in_metis(event.against_votes)} against,"
            f" {in_metis(event.abstain_votes)} abstain, {event.voters:,} wallets"
        )
        return TimelineEntry(DONE, f"attested: {outcome.name}", self._date(event.timestamp), votes)

    def _ending(self, id: int, record, state: ProposalStage) -> list[TimelineEntry]:
        moments = []
        if record.ready_at and (state in OPEN_STAGES or record.ready_at <= self.view.now):
            mark = NOW if state == ProposalStage.QUEUED else DONE
            who = f"the delay: {Delay(record.delay).name}"
            moments.append(TimelineEntry(mark, "ready", self._date(record.ready_at), who))
        elif state in OPEN_STAGES:
            delay = format_duration(self.view.seconds(record.delay))
            when = f"{delay} after the attestation"
            moments.append(
                TimelineEntry(LATER, "ready", when, f"the delay: {Delay(record.delay).name}")
            )
        if state in OPEN_STAGES:
            mark, when = (NOW if state == ProposalStage.READY else LATER), "for 14 days"
            if record.ready_at:
                when = f"until {self._date(record.ready_at + LIMITS['EXECUTION_PERIOD'])}"
            moments.append(TimelineEntry(mark, "executed", when, "anyone"))
            return moments
        if state == ProposalStage.EXECUTED:
            when = self._date(self.view.events(id, "Executed")[0].timestamp)
            return [*moments, TimelineEntry(DONE, "executed", when, "")]
        if state == ProposalStage.VETOED:
            event = self.view.events(id, "Vetoed")[0]
            reason = f"the Working Group: {printable(event.reason)}"
            return [*moments, TimelineEntry(OVER, "vetoed", self._date(event.timestamp), reason)]
        if state == ProposalStage.CANCELLED:
            event = self.view.events(id, "Cancelled")[0]
            return [TimelineEntry(OVER, "cancelled", self._date(event.timestamp), "its proposer")]
        if state == ProposalStage.DEFEATED:
            return [TimelineEntry(OVER, "defeated", "", "the vote has not passed")]
        return [*moments, TimelineEntry(OVER, "expired", self._date(self._expired_at(record)), "")]

    @staticmethod
    def _expired_at(record) -> int:
        if record.ready_at:
            return record.ready_at + LIMITS["EXECUTION_PERIOD"]
        if record.ends_at:
            return record.ends_at + LIMITS["ATTESTATION_PERIOD"]
        return record.proposed_at + LIMITS["LINK_PERIOD"]

    def _now(self, id: int) -> Table:
        """Who can do what now."""
        record = self.view.proposal(id)
        state, proposer = ProposalStage(record.state), self._name(record.proposer)
        attesters = self._attesters()
        rows = {
            ProposalStage.PROPOSED: [
                (proposer, f"link {id}, or cancel {id}"),
                (attesters, f"relink {id}"),
            ],
            ProposalStage.LINKED: [
                ("who holds METIS", "vote on Snapshot"),
                (attesters, f"relink {id}, if the vote is the wrong one"),
            ],
            ProposalStage.ENDED: [(attesters, f"attest {id}, then anyone: queue {id}")],
            ProposalStage.QUEUED: [("nobody yet", f"anyone may execute {id} when it is ready")],
            ProposalStage.READY: [("anyone", f"execute {id}")],
        }.get(state, [])
        if record.kind == ProposalKind.INFRASTRUCTURE and state in OPEN_STAGES:
            rows = [
                *rows,
                (f"the Working Group {self._name(self.view.read('guardian'))}", f"veto {id}"),
            ]
        return _pairs("Who can act now", rows or [("nobody", "")])
