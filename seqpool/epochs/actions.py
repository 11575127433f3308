"""What is done on the SequencerSet: checked, explained, and ready to be sent.

As seqpool/pool/actions.py: what the contract would refuse is refused here, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqpool.chain.accounts import account_name
from seqpool.chain.transactions import Action, Call
from seqpool.documents.votes import Ballot, check_domain
from seqpool.epochs.view import EpochView, reason_name
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.committee import member
from seqpool.protocol.messages import Correction, Reason, Reelection, as_struct
from seqpool.units import format_date, format_duration, format_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI


class EpochActions:
    """All actions of one account."""

    def __init__(self, view: EpochView, sender: AccountAPI, is_local: bool = False):
        self.view, self.sender, self._is_local = view, sender, is_local

    def _action(self, title: str, method: str, *arguments, rows=()) -> Action:
        # tried in the block that is made now: much depends on its number
        call = Call(title, self.view.sequencer_set, method, arguments, "pending")
        return Action(title, [("sender", self._name(self.sender.address)), *rows], [call])

    def _name(self, address: str) -> str:
        return account_name(address, self._is_local)

    def _blocks(self, start: int, note: str = "") -> tuple[str, str]:
        end = start + self.view.parameters.epoch_length - 1
        return ("blocks", f"{start} to {end}{note}")

    def _place(self) -> tuple[int, int]:
        """Id and first block of the one next epoch, or UserError if it is there already."""
        view = self.view
        if view.scheduled is not None:
            epoch = view.scheduled
            raise UserError(
                f"epoch {view.last_epoch} is scheduled already, for block {epoch.start_block} on"
            )
        last = view.read("epochs", view.last_epoch)
        # epoch 0 ends with the first commit
        if view.last_epoch == 0 or last.end_block < view.next_block:
            return view.last_epoch + 1, view.next_block
        return view.last_epoch + 1, last.end_block + 1

    # anyone

    def commit(self, members: Sequence[int]) -> Action:
        view = self.view
        view.check_committee()
        id, start = self._place()
        view.check_members(view.committee.nonce, members)
        signer = view.drawn(members, id)
        if signer == ZERO:
            raise UserError("all members are barred: the fallback sequencer takes over")
        rows = [
            ("epoch", str(id)),
            self._blocks(start),
            ("signer, drawn by weight", self._name(signer)),
            ("committee", f"{view.committee.nonce}, {len(members)} members"),
        ]
        return self._action(f"commit epoch {id}", "commit_epoch", list(members), rows=rows)

    def reelect(self, ballot: Ballot) -> Action:
        view, message = self.view, ballot.message
        self._check(ballot, Reelection)
        if message.lastBlock + 1 != view.next_block:
            raise UserError(
                f"the certificate died with its stall: it is about the block after"
                f" {message.lastBlock}, and block {view.block_number} is there"
            )
        view.check_committee()
        if message.committeeNonce != view.committee.nonce:
            raise UserError(
                f"the certificate is of committee {message.committeeNonce}, and"
                f" {view.committee.nonce} is installed"
            )
        members = ballot.certificate.members
        view.check_members(message.committeeNonce, members)
        ballot.check()
        if message.reason not in tuple(Reason):
            raise UserError(f"the certificate names reason {message.reason}: there is none such")
        expected = view.reelection(members, Reason(message.reason))
        if message.epoch != expected.epoch:
            raise UserError(
                f"the certificate is about epoch {message.epoch}; it is epoch {expected.epoch}"
            )
        if message.round != expected.round:
            raise UserError(
                f"the certificate is for round {message.round}, and now it is round"
                f" {expected.round}: sign anew"
            )
        allowed = {expected.failed}
        if message.reason == Reason.INVALID_EXECUTION:
            allowed.add(view.reelection(members, Reason.TIMEOUT, message.round).failed)
        if message.failed not in allowed:
            raise UserError(
                f"the certificate names {message.failed} as failed: in this round it is"
                f" {' or '.join(sorted(allowed))}"
            )
        signer = view.successor(members, message)
        if signer == ZERO:
            raise UserError("nobody is eligible in this round: wait for the next")
        rows = [
            ("failed", self._name(message.failed)),
            ("reason", f"{reason_name(message.reason)}, round {message.round}"),
            ("successor", self._name(signer)),
            self._blocks(view.next_block, ", a full epoch from the next block on"),
            self._power(ballot),
        ]
        return self._action(
            f"replace the signer of epoch {message.epoch}",
            "reelect",
            as_struct(message),
            tuple(ballot.certificate),
            rows=rows,
        )

    def correct(self, ballot: Ballot) -> Action:
        view, message = self.view, ballot.message
        self._check(ballot, Correction)
        expected = view.correction(message.signer, message.blockHash)
        found, bar = ((x.epoch, x.blockNumber) for x in (message, expected))
        if found != bar:
            raise UserError(
                f"the certificate is about block {found[1]} of epoch {found[0]}, and the bar is for"
                f" block {bar[1]} of epoch {bar[0]}"
            )
        view.check_members(message.committeeNonce, ballot.certificate.members)
        ballot.check()
        rows = [
            ("signer", self._name(message.signer)),
            ("wrong block", f"{message.blockNumber} of epoch {message.epoch}"),
            ("right block", "0x" + bytes(message.blockHash).hex()),
            self._power(ballot),
        ]
        return self._action(
            f"lift the bar of {message.signer}",
            "correct",
            as_struct(message),
            tuple(ballot.certificate),
            rows=rows,
        )

    def _check(self, ballot: Ballot, kind: type) -> None:
        if not isinstance(ballot.message, kind):
            raise UserError(f"the certificate is of a {type(ballot.message).__name__}")
        sequencer_set = self.view.sequencer_set.address
        check_domain(ballot.message, self.view.provider.chain_id, sequencer_set, "the certificate")

    @staticmethod
    def _power(ballot: Ballot) -> tuple[str, str]:
        powers = [member(word).power for word in ballot.certificate.members]
        signed = sum(p for i, p in enumerate(powers) if ballot.certificate.signers >> i & 1)
        return ("signed by", f"{format_metis(signed)} of {format_metis(sum(powers))} METIS")

    def heartbeat(self) -> Action:
        view = self.view
        rows = [
            ("fallback possible now from", format_date(view.fallback_from, view.now)),
            ("and then", f"{format_duration(view.parameters.fallback_delay)} from the block on"),
        ]
        return self._action("heartbeat", "heartbeat", rows=rows)

    # the fallback sequencer

    def fallback(self, members: Sequence[int] = ()) -> Action:
        """Without members before the delay is over, unless the committee is empty."""
        view = self.view
        if self.sender.address != view.parameters.fallback_sequencer:
            raise UserError(
                f"{self.sender.address} is not the fallback sequencer:"
                f" {view.parameters.fallback_sequencer} is"
            )
        if view.next_at >= view.fallback_from:
            why, (id, present), start = "no sign of life", view.present, view.next_block
            members = ()
            if present is not None and present.signer == self.sender.address:
                raise UserError(
                    f"it is in charge until block {present.end_block}; then the next is drawn"
                )
            if present is not None and present.start_block < start:
                id += 1
        else:
            why = self._why_nobody(members)
            id, start = self._place()
        rows = [("why", why), ("epoch", str(id)), self._blocks(start)]
        arguments = [list(members)] if members else []
        return self._action("take over as fallback", "fallback", *arguments, rows=rows)

    def _why_nobody(self, members: Sequence[int]) -> str:
        view = self.view
        try:
            view.check_committee()
        except UserError:
            return "there is no committee"
        if members:
            view.check_members(view.committee.nonce, members)
            barred = view.barred(members)
            if all(member(word).signer in barred for word in members):
                return "all members are barred"
        raise UserError(
            f"too early: possible from {format_date(view.fallback_from, view.now)}, or when all"
            " members are barred"
        )
