"""What committees have signed, checked as the contracts on L1 will, and the actions it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eip712.messages import EIP712Domain, EIP712Message

from seqpool.chain.accounts import account_name
from seqpool.chain.transactions import Action, Call
from seqpool.documents.votes import Ballot, check_domain
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.committee import committee_hash
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import set_domain
from seqpool.units import format_date, format_duration

if TYPE_CHECKING:
    from ape.api import AccountAPI


class Certified:
    """Actions of one account with what a committee of the pool has signed."""

    def __init__(self, view: View, sender: AccountAPI | None, is_local: bool = False):
        self.view, self.suite, self.sender = view, view.suite, sender
        self._is_local = is_local

    def _name(self, address: str) -> str:
        return account_name(address, self._is_local)

    def _action(self, title: str, contract, method: str, *arguments, rows=(), **more) -> Action:
        """`more`: calls that come before (`prior`), and what a Call takes besides."""
        prior = more.pop("prior", ())
        call = Call(title, contract, method, arguments, self.view.block, **more)
        rows = [("sender", self._name(self.sender.address)), *rows]
        return Action(title, rows, [*prior, call])

    @property
    def domain(self) -> EIP712Domain:
        """In which committees sign, on both chains."""
        return set_domain(self.suite.l2_chain_id, self.suite.set_address)

    def voters(self, message: EIP712Message) -> list[int]:
        """The words of a message's committee, checked."""
        members = self.view.members_of(message.committeeNonce)
        self._check_members(message, members)
        return members

    @staticmethod
    def _signatures_row(ballot: Ballot) -> tuple[str, str]:
        members, _, signatures = ballot.certificate
        return ("signatures", f"{len(signatures)} of {len(members)} members")

    # what the contracts would refuse

    def _check_domain(self, message: EIP712Message, what: str) -> None:
        check_domain(message, self.suite.l2_chain_id, self.suite.set_address, what)

    def _check_certificate(self, ballot: Ballot, *kinds: type[EIP712Message]) -> None:
        message = ballot.message
        if not isinstance(message, kinds):
            raise UserError(f"the certificate is of a {type(message).__name__}")
        self._check_domain(message, "the certificate")
        self._check_members(message, ballot.certificate.members)
        ballot.check()

    def _check_members(self, message: EIP712Message, members: Sequence[int]) -> None:
        """UserError unless a list is that of a committee whose vote for a message counts."""
        nonce, oldest = message.committeeNonce, LIMITS["COMMITTEE_AGE"]
        committee = self.view.committee(nonce)
        if not committee.created_at:
            raise UserError(f"there is no committee {nonce}")
        at = committee.superseded_at
        # a stop of the Slasher makes no committee younger
        if at and self.view.next_at > at + oldest:
            raise UserError(
                f"committee {nonce} is too old: superseded {format_date(at, self.view.now)}, and"
                f" what it signs counts for {format_duration(oldest)}"
            )
        if bytes(committee.hash) != committee_hash(nonce, members):
            raise UserError(f"the members are not those of committee {nonce}")
