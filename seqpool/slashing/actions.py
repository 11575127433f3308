"""What is done with the Slasher and the SlashVault: checked, explained, and ready to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqpool.chain.transactions import Action
from seqpool.documents.evidence import EVIDENCE_KINDS, Evidence, file_hash
from seqpool.documents.votes import Ballot, Vote
from seqpool.errors import UserError
from seqpool.pool.certified import Certified
from seqpool.pool.view import View
from seqpool.protocol.certificates import recover
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import (
    BlockCommitment,
    Correction,
    Kind,
    Offence,
    Reason,
    Reelection,
    as_struct,
    digest,
)
from seqpool.slashing.outages import Outage, OutageView, Part
from seqpool.slashing.view import CaseStatus, SlashingView, cause_key
from seqpool.units import format_date, format_duration, format_percent, in_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI


@dataclass(frozen=True)
class Appeal:
    """What an owner or vault says against a case."""

    uri: str
    file: Path

    @property
    def statement(self) -> str:
        """With the hash, so that the statement cannot be changed afterwards."""
        return f"{self.uri}#keccak256={file_hash(self.file).hex()}"


def _hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()


class SlashingActions(Certified):
    """All actions of one account."""

    def __init__(self, view: View, sender: AccountAPI | None, is_local: bool = False):
        super().__init__(view, sender, is_local)
        self.slashing = SlashingView(view)
        self.vault = self.slashing.vault

    # cases

    def _lost(self, case) -> int:
        """Wei that the sender has lost in a case, or UserError."""
        me = self.sender.address
        if me not in (case.owner, case.vault):
            losers = " and ".join(x for x in (case.owner, case.vault) if int(x, 16))
            raise UserError(f"the case is that of {losers}, not of {me}")
        return case.own * (me == case.owner) + case.paired * (me == case.vault)

    def appeal(self, number: int, appeal: Appeal) -> Action:
        case = self.slashing.case(number)
        lost = self._lost(case)
        if case.status in (CaseStatus.RESOLVED, CaseStatus.RELEASED):
            raise UserError(f"too late: case {number} is {CaseStatus(case.status).name}")
        if self.view.next_at >= case.unlocks_at:
            raise UserError(f"too late: since {format_date(case.unlocks_at, self.view.now)}")
        me = self.sender.address
        block = self.view.block_number + 1
        events = self.vault.CaseAppealed.range(
            self.suite.from_block, block, search_topics={"case_id": number}
        )
        if case.appealed_at and any(event.by == me for event in events):
            raise UserError(f"{me} has appealed against case {number} already")
        statement = appeal.statement
        if len(statement) > 256:
            raise UserError(f"the URI is too long: with the hash {len(statement)} characters")
        rows = [
            ("case", f"{number}: sequencer {case.id}, {Kind(case.kind).name}"),
            ("lost", in_metis(lost)),
            ("statement", statement),
            ("held at most for", format_duration(LIMITS["APPEAL_PERIOD"])),
        ]
        title = f"appeal against case {number}"
        return self._action(title, self.vault, "appeal", number, statement, rows=rows)

    def collect(self, number: int) -> Action:
        case = self.slashing.case(number)
        self._lost(case)
        me = self.sender.address
        amount = case.own_refund * (me == case.owner) + case.paired_refund * (me == case.vault)
        if not amount:
            raise UserError(f"case {number} has nothing to collect for {me}")
        rows = [("refund", f"{format_percent(case.refund_bps)}: {in_metis(amount)}")]
        title = f"collect the refund of case {number}"
        return self._action(title, self.vault, "collect_refund", number, rows=rows)

    def release(self, number: int) -> Action:
        case = self.slashing.case(number)
        if case.status == CaseStatus.RELEASED:
            raise UserError(f"case {number} was released already")
        if self.view.next_at < case.releasable_at:
            raise UserError(f"too early: {format_date(case.releasable_at, self.view.now)}")
        rest = sum(
            amount - amount * case.refund_bps // LIMITS["BPS"] for amount in (case.own, case.paired)
        )
        rows = [("treasury", self._name(self.vault.treasury())), ("amount", in_metis(rest))]
        return self._action(f"release case {number}", self.vault, "release", number, rows=rows)

    # what is signed

    def offence(self, evidence: Evidence) -> Offence:
        """What a committee signs for a file."""
        if evidence.chain_id != self.suite.l2_chain_id:
            raise UserError(
                f"the evidence is of chain {evidence.chain_id}, the L2 is {self.suite.l2_chain_id}"
            )
        self._check_age(evidence.observed_at)
        id = self.view.read("signer_of_record", evidence.signer)[0]
        if id != evidence.sequencer_id:
            owner = "nobody" if id == 0 else f"sequencer {id}"
            raise UserError(f"{evidence.signer} is {owner}'s, not {evidence.sequencer_id}'s")
        return Offence(
            eip712_domain=self.domain,
            committeeNonce=self.view.last_checkpoint().nonce,
            sequencerId=evidence.sequencer_id,
            kind=evidence.kind,
            epoch=evidence.epoch,
            observedAt=evidence.observed_at,
            evidence=evidence.hash,
        )

    def commitment(self, epoch: int, number: int, block_hash: bytes) -> BlockCommitment:
        """What a sequencer signs for its block."""
        return BlockCommitment(
            eip712_domain=self.domain, epoch=epoch, blockNumber=number, blockHash=block_hash
        )

    # reports

    def report(self, ballot: Ballot) -> Action:
        message = ballot.message
        self._check_running()
        self._check_certificate(ballot, Offence, Reelection)
        if isinstance(message, Offence):
            if message.kind not in EVIDENCE_KINDS.values():
                raise UserError(f"the certificate names kind {message.kind}: that is not voted on")
            id, kind, time = message.sequencerId, Kind(message.kind), message.observedAt
            key = (kind, id, message.epoch)
        else:
            if message.reason not in tuple(Reason):
                raise UserError(
                    f"the certificate names reason {message.reason}: there is none such"
                )
            id = self._signer_of_record(message.failed)[0]
            is_timeout = message.reason == Reason.TIMEOUT
            kind = Kind.BLOCK_TIMEOUT if is_timeout else Kind.INVALID_EXECUTION
            time = message.lastBlockTimestamp
            # one stall or wrong block is one offence, whatever it is called
            key = (Kind.BLOCK_TIMEOUT, id, message.lastBlock)
        self._check_age(time)
        self._check_unpunished(*key)
        method = "report" if isinstance(message, Offence) else "report_reelection"
        return self._action(
            f"report {kind.name} of sequencer {id}",
            self.slashing.slasher,
            method,
            as_struct(message),
            tuple(ballot.certificate),
            rows=[*self._offence_rows(kind, id), self._signatures_row(ballot)],
        )

    def equivocation(self, one: tuple[str, Vote], other: tuple[str, Vote]) -> Action:
        """Of two signed commitments, each with the name of its file."""
        self._check_running()
        messages = [vote.message for _, vote in (one, other)]
        for name, vote in (one, other):
            self._check_domain(vote.message, name)
        places = [(message.epoch, message.blockNumber) for message in messages]
        if places[0] != places[1]:
            raise UserError(
                f"not one height: block {places[0][1]} of epoch {places[0][0]}, and block"
                f" {places[1][1]} of epoch {places[1][0]}"
            )
        if messages[0].blockHash == messages[1].blockHash:
            raise UserError(f"the same block: both are signed for {_hex(messages[0].blockHash)}")
        signer = self._one_signer(one, other)
        id, rotated_at = self._signer_of_record(signer)
        oldest = LIMITS["OLD_SIGNER_AGE"]
        if rotated_at and self._age(rotated_at) > oldest:
            raise UserError(
                f"{signer} was rotated out {format_date(rotated_at, self.view.now)}, and answers"
                f" for {format_duration(oldest)}"
            )
        if self.view.read("is_open", id, self.slashing.slasher.EQUIVOCATION_CAUSE()):
            raise UserError(f"sequencer {id} is suspended for an equivocation already")
        epoch, number = places[0]
        self._check_unpunished(Kind.EQUIVOCATION, id, epoch, number)
        rows = [
            ("signer", self._name(signer)),
            *self._offence_rows(Kind.EQUIVOCATION, id),
            ("block", f"{number} of epoch {epoch}"),
            *zip(("one hash", "other hash"), (_hex(x.blockHash) for x in messages), strict=True),
        ]
        return self._action(
            f"report EQUIVOCATION of sequencer {id}",
            self.slashing.slasher,
            "report_equivocation",
            *(x for _, vote in (one, other) for x in (as_struct(vote.message), vote.signature)),
            rows=rows,
        )

    @staticmethod
    def _one_signer(one: tuple[str, Vote], other: tuple[str, Vote]) -> str:
        """Who has signed both, whatever the files say, or UserError."""
        signers, claims = [], ""
        for name, vote in (one, other):
            signer = recover(digest(vote.message), vote.signature)
            if signer is None:
                raise UserError(f"{name}: the signature is malformed")
            signers.append(signer)
            if signer != vote.signer:
                claims += f"; {name} says that it is of {vote.signer}"
        if signers[0] != signers[1]:
            raise UserError(
                f"two signers: {signers[0]} has signed {one[0]}, and {signers[1]} {other[0]}"
                + claims
            )
        return signers[0]

    def lift(self, ballot: Ballot) -> Action:
        message = ballot.message
        self._check_certificate(ballot, Correction)
        id = self._signer_of_record(message.signer)[0]
        epoch, number = message.epoch, message.blockNumber
        if not self.view.read("is_open", id, cause_key(Kind.INVALID_EXECUTION, epoch, number)):
            raise UserError(f"sequencer {id} is not suspended for block {number} of epoch {epoch}")
        rows = [
            ("sequencer", str(id)),
            ("wrong block", f"{number} of epoch {epoch}"),
            ("right block", _hex(message.blockHash)),
            ("causes that stay open", str(self.view.sequencer(id).open_causes - 1)),
            self._signatures_row(ballot),
        ]
        return self._action(
            f"lift a suspension of sequencer {id}",
            self.slashing.slasher,
            "lift_suspension",
            as_struct(message),
            tuple(ballot.certificate),
            rows=rows,
        )

    # mass outages

    def top_up(self, number: int, ids: Sequence[int] = ()) -> Action:
        """Charges these sequencers for their parts in an outage, or all that had one."""
        outages = OutageView(self.slashing)
        outage = outages.outage(number)
        parts = self._named_parts(outages, outage, ids) if ids else outages.parts(outage)
        if (why := outages.why_none(outage, parts)) is not None:
            raise UserError(f"nothing to top up in outage {number}: {why}")
        rows = [
            ("sender", self._name(self.sender.address)),
            ("outage", outage.span),
            ("found", format_date(outage.found_at, self.view.now)),
            *(
                (f"sequencer {part.id}", part.due if part.bps else "was charged already")
                for part in parts
            ),
        ]
        calls = [call for call, _ in outages.page_calls(outage, parts)]
        return Action(f"top up outage {number}", rows, calls)

    def _named_parts(self, outages: OutageView, outage: Outage, ids: Sequence[int]) -> list[Part]:
        """Of these sequencers, or UserError if one had no part in it."""
        found = []
        for id in ids:
            if ids.count(id) > 1:
                raise UserError(f"sequencer {id} is named twice")
            self.view.sequencer(id)
            part = outages.part(outage, id)
            if part is None:
                raise UserError(f"sequencer {id} did not time out in outage {outage.number}")
            found.append(part)
        return found

    # what reports show

    def _offence_rows(self, kind: Kind, id: int) -> list[tuple[str, str]]:
        return [
            ("sequencer", str(id)),
            ("offence", kind.name),
            ("locked", in_metis(self.view.read("stake_of", id)[1])),
            ("penalty", self.slashing.penalty(kind, id)),
        ]

    # what the Slasher would refuse

    def _check_age(self, time: int) -> None:
        oldest = LIMITS["CERTIFICATE_MAX_AGE"]
        if time > self.view.next_at:
            raise UserError(f"the block is of the future: {format_date(time, self.view.now)}")
        if self._age(time) > oldest:
            raise UserError(
                f"too old: {format_date(time, self.view.now)}, at most {format_duration(oldest)}"
            )

    def _check_running(self) -> None:
        _, until = self.slashing.stop_since(self.view.next_at)
        if until > self.view.next_at:
            raise UserError(f"reports are stopped until {format_date(until, self.view.now)}")

    def _check_unpunished(self, *offence: int) -> None:
        """UserError for an offence that is punished: its kind, its sequencer, and where it was."""
        if self.slashing.is_punished(*offence):
            raise UserError("the offence is punished already")

    def _signer_of_record(self, signer: str) -> tuple[int, int]:
        """Whose key it is or was, and when it was rotated out; UserError if nobody's."""
        id, rotated_at = self.view.read("signer_of_record", signer)
        if id == 0:
            raise UserError(f"{signer} is no sequencer's signer, and never was")
        return id, rotated_at

    def _age(self, time: int) -> int:
        """Seconds since a time that is not in the future, less those of a stop."""
        return self.slashing.age(time)
