"""What is done with the Slasher and the SlashVault: checked, explained, and ready to be sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from ape.api import AccountAPI
from rich.table import Table

from seqpool.actions import Action, Call, account_name
from seqpool.committee import committee_hash, member
from seqpool.errors import UserError
from seqpool.evidence import Evidence, file_hash
from seqpool.limits import LIMITS
from seqpool.messages import Kind, Offence, Reelection, as_struct, set_domain
from seqpool.pool import View
from seqpool.units import format_date, format_duration, format_metis, format_percent
from seqpool.votes import Ballot, check_domain


class Status(IntEnum):
    """ISlashVault.Status: a flag, which Ape gives as a number."""

    LOCKED = 1
    APPEALED = 2
    RESOLVED = 4
    RELEASED = 8


@dataclass(frozen=True)
class Appeal:
    """What an owner or vault says against a case."""

    uri: str
    file: Path

    @property
    def statement(self) -> str:
        """With the hash, so that the statement cannot be changed afterwards."""
        return f"{self.uri}#keccak256={file_hash(self.file).hex()}"


def _metis(wei: int) -> str:
    return f"{format_metis(wei)} METIS"


class Slashing:
    """All actions of one account, and tables."""

    def __init__(self, view: View, sender: AccountAPI | None, is_local: bool = False):
        self.view, self.suite, self.sender = view, view.suite, sender
        self.vault, self._is_local = view.suite.slash_vault, is_local

    @property
    def slasher(self):
        if self.suite.slasher is None:
            raise UserError("this suite has no Slasher of ours: nothing can be reported to it")
        return self.suite.slasher

    def _name(self, address: str) -> str:
        return account_name(address, self._is_local)

    def _action(self, title: str, contract, method: str, *arguments, rows=()) -> Action:
        call = Call(title, contract, method, arguments, self.view.block)
        return Action(title, [("sender", self._name(self.sender.address)), *rows], [call])

    # cases

    def case(self, number: int):
        """A case, or UserError."""
        count = self.vault.case_count()
        if not 0 < number <= count:
            raise UserError(f"there is no case {number}: the latest is {count}")
        return self.vault.case_of(number)

    def cases(self, id: int | None = None) -> Iterator[tuple[int, object]]:
        """All cases, or those of a sequencer."""
        for number in range(1, self.vault.case_count() + 1):
            case = self.vault.case_of(number)
            if id in (None, case.id):
                yield number, case

    def table(self, id: int | None = None) -> Table:
        """State, amount, and days to release."""
        table = Table("case", "sequencer", "offence", "METIS", "state", "refunds", "to release")
        table.columns[3].justify = "right"
        for number, case in self.cases(id):
            left = case.releasable_at - self.view.now
            if case.status == Status.RELEASED:
                when = "was released"
            else:
                when = f"in {format_duration(left)}" if left > 0 else "now"
            refunds = case.own_refund + case.paired_refund
            table.add_row(
                str(number),
                str(case.id),
                Kind(case.kind).name,
                format_metis(case.own + case.paired),
                Status(case.status).name,
                _metis(refunds) if refunds else "",
                when,
            )
        return table

    def evidence_of(self, number: int, path: Path) -> bool:
        """Whether a file is what a case rests on."""
        return bytes(self.case(number).evidence) == file_hash(path)

    def _lost(self, case) -> int:
        """Wei that the sender has lost in a case, or UserError."""
        me = self.sender.address
        if me not in (case.owner, case.vault):
            losers = " and ".join(x for x in (case.owner, case.vault) if int(x, 16))
            raise UserError(f"the case is that of {losers}, not of {me}")
        return case.own * (me == case.owner) + case.paired * (me == case.vault)

    def appeal(self, number: int, appeal: Appeal) -> Action:
        case = self.case(number)
        lost = self._lost(case)
        if case.status in (Status.RESOLVED, Status.RELEASED):
            raise UserError(f"too late: case {number} is {Status(case.status).name}")
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
            ("lost", _metis(lost)),
            ("statement", statement),
            ("held at most for", format_duration(LIMITS["APPEAL_PERIOD"])),
        ]
        title = f"appeal against case {number}"
        return self._action(title, self.vault, "appeal", number, statement, rows=rows)

    def collect(self, number: int) -> Action:
        case = self.case(number)
        self._lost(case)
        me = self.sender.address
        amount = case.own_refund * (me == case.owner) + case.paired_refund * (me == case.vault)
        if not amount:
            raise UserError(f"case {number} has nothing to collect for {me}")
        rows = [("refund", f"{format_percent(case.refund_bps)}: {_metis(amount)}")]
        title = f"collect the refund of case {number}"
        return self._action(title, self.vault, "collect_refund", number, rows=rows)

    def release(self, number: int) -> Action:
        case = self.case(number)
        if case.status == Status.RELEASED:
            raise UserError(f"case {number} was released already")
        if self.view.next_at < case.releasable_at:
            raise UserError(f"too early: {format_date(case.releasable_at, self.view.now)}")
        rest = sum(
            amount - amount * case.refund_bps // LIMITS["BPS"] for amount in (case.own, case.paired)
        )
        rows = [("treasury", self._name(self.vault.treasury())), ("amount", _metis(rest))]
        return self._action(f"release case {number}", self.vault, "release", number, rows=rows)

    # reports

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
            eip712_domain=set_domain(self.suite.l2_chain_id, self.suite.set_address),
            committeeNonce=self.view.read("last_checkpoint").nonce,
            sequencerId=evidence.sequencer_id,
            kind=evidence.kind,
            epoch=evidence.epoch,
            observedAt=evidence.observed_at,
            evidence=evidence.hash,
        )

    def _check_age(self, time: int) -> None:
        now, oldest = self.view.next_at, LIMITS["CERTIFICATE_MAX_AGE"]
        if time > now:
            raise UserError(f"the block is of the future: {format_date(time, self.view.now)}")
        if now - time > oldest:
            raise UserError(
                f"too old: {format_date(time, self.view.now)}, at most {format_duration(oldest)}"
            )

    def check_members(self, nonce: int, members: Sequence[int]) -> None:
        """UserError unless a list is that of a committee which may still report."""
        committee = self.view.read("committee", nonce)
        if not committee.created_at:
            raise UserError(f"the pool has no committee {nonce}")
        if bytes(committee.hash) != committee_hash(nonce, members):
            raise UserError(f"the members are not those of committee {nonce}")

    def report(self, ballot: Ballot) -> Action:
        message = ballot.message
        if not isinstance(message, (Offence, Reelection)):
            raise UserError(f"the certificate is of a {type(message).__name__}")
        check_domain(message, self.suite.l2_chain_id, self.suite.set_address, "the certificate")
        self.check_members(message.committeeNonce, ballot.certificate.members)
        ballot.check()
        if isinstance(message, Offence):
            id, kind, time = message.sequencerId, Kind(message.kind), message.observedAt
        else:
            id = self.view.read("signer_of_record", message.failed)[0]
            if id == 0:
                raise UserError(f"{message.failed} is no sequencer's signer, and never was")
            is_timeout = message.reason == 1
            kind = Kind.BLOCK_TIMEOUT if is_timeout else Kind.INVALID_EXECUTION
            time = message.lastBlockTimestamp
        self._check_age(time)
        locked = self.view.read("stake_of", id)[1]
        signed = len(ballot.certificate.signatures)
        rows = [
            ("sequencer", str(id)),
            ("offence", kind.name),
            ("locked", _metis(locked)),
            ("penalty", self._penalty(kind, id)),
            ("signatures", f"{signed} of {len(ballot.certificate.members)} members"),
        ]
        method = "report" if isinstance(message, Offence) else "report_reelection"
        return self._action(
            f"report {kind.name} of sequencer {id}",
            self.slasher,
            method,
            as_struct(message),
            tuple(ballot.certificate),
            rows=rows,
        )

    def _penalty(self, kind: Kind, id: int) -> str:
        bps = self.slasher.penalty(kind)
        if kind == Kind.BLOCK_TIMEOUT:
            strikes = self.slasher.record_of(id).strikes + 1
            bps = min(bps * strikes, self.slasher.penalty(0))
            return f"{format_percent(bps)} for strike {strikes}, unless it is a mass outage"
        return format_percent(bps)

    def voters(self, nonce: int) -> list[int]:
        """The words of a committee, checked."""
        members = self.view.members_of(nonce)
        self.check_members(nonce, members)
        return members

    @staticmethod
    def check_voter(members: Sequence[int], address: str, nonce: int) -> None:
        if address not in (member(word).signer for word in members):
            raise UserError(f"{address} is no member of committee {nonce}")
