"""What operators and paired vaults do: checked, explained, and ready to be sent.

Each function checks everything that the pool would refuse, so that a user reads what is wrong and
what to do about it before anything is sent. The pool checks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqpool.chain.transactions import Action, Call
from seqpool.documents.consent import Consent
from seqpool.errors import UserError
from seqpool.pool.view import LIVE, PAIRED, Approval, State, View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.units import format_date, format_metis, in_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance


def funding(
    view: View, payer: str, amount: int, spender: ContractInstance, name: str
) -> list[Call]:
    """The allowance that is lacking for a payment; UserError if METIS is."""
    metis = view.suite.metis
    balance = metis.balanceOf(payer)
    if balance < amount:
        raise UserError(
            f"too little METIS: {payer} has {format_metis(balance)},"
            f" {format_metis(amount)} are wanted"
        )
    allowance = metis.allowance(payer, spender)
    if allowance >= amount:
        return []
    what = f"allow {name} to take {in_metis(amount)} (now {format_metis(allowance)})"
    return [Call(what, metis, "approve", (spender.address, amount), view.block)]


def check_amount(amount: int) -> None:
    if amount == 0:
        raise UserError("the amount is 0")


class Actions:
    """All actions of one account."""

    def __init__(self, view: View, sender: AccountAPI):
        self.view, self.pool, self.sender = view, view.pool, sender
        self._me: str = sender.address

    # helpers

    def _action(self, title: str, method: str, *arguments, rows=(), prior=()) -> Action:
        return Action(
            title,
            [("sender", self._me), *rows],
            [*prior, Call(title, self.pool, method, arguments, self.view.block)],
        )

    def owned(self, id: int | None) -> tuple[int, object]:
        """Id and record of a sequencer that the sender owns; without an id, its own."""
        id = self.view.id_of(self._me) if id is None else id
        record = self.view.sequencer(id)
        if record.owner != self._me:
            raise UserError(f"sequencer {id} belongs to {record.owner}, not to {self._me}")
        return id, record

    def _paired(self, id: int) -> object:
        record = self.view.sequencer(id)
        if record.vault != self._me:
            vault = "no vault" if record.vault == ZERO else record.vault
            raise UserError(f"sequencer {id} is paired with {vault}, not with {self._me}")
        return record

    def _check_live(self, id: int, record) -> None:
        if record.state not in LIVE:
            raise UserError(f"sequencer {id} has left: it is {State(record.state).name}")

    def _funding(self, amount: int) -> list[Call]:
        """The allowance that is lacking for a deposit; UserError if METIS is."""
        return funding(self.view, self._me, amount, self.pool, "the pool")

    def check_deposit(self, id: int, record, amount: int) -> int:
        """Bonded stake after a deposit, or UserError."""
        check_amount(amount)
        self._check_live(id, record)
        bonded = record.own.bonded + record.paired.bonded
        cap = self.view.parameters.cap
        if bonded + amount > cap:
            raise UserError(
                f"above the cap of {in_metis(cap)}: {format_metis(bonded)} are bonded, so at most"
                f" {format_metis(max(0, cap - bonded))} can be added"
            )
        if bonded + amount > self.view.parameters.min_stake:
            self._check_not_paused("deposits above min_stake wait")
        return bonded + amount

    def _check_not_paused(self, what: str) -> None:
        until = self.view.paused_until()
        if until is not None:
            raise UserError(f"the pool is paused: {what} until {format_date(until, self.view.now)}")

    def _check_consent(self, consent: Consent, owner: str) -> None:
        nonce = self.view.read("admission", owner)[2]
        consent.check(self.pool.provider.chain_id, self.pool.address, owner, nonce)
        used_by = self.view.read("signer_of_record", consent.signer)[0]
        if used_by:
            raise UserError(
                f"signer {consent.signer} was used by sequencer {used_by}: take a new key"
            )

    def _exit_row(self) -> tuple[str, str]:
        at = self.view.now + self.view.parameters.exit_delay
        return ("slashable until, claimable from", format_date(at, self.view.now))

    # owners

    def lock(self, amount: int, recipient: str | None, consent: Consent) -> Action:
        id, approval, _ = self.view.read("admission", self._me)
        self._check_may_take(id, approval)
        self._check_not_paused("new sequencers wait")
        recipient = self._me if recipient is None else recipient
        if recipient == ZERO:
            raise UserError("the reward recipient must not be the zero address")
        vault, commission_bps = self.view.read("intended_pairing", self._me)
        min_stake, cap = self.view.parameters.min_stake, self.view.parameters.cap
        if amount < min_stake and vault == ZERO:
            raise UserError(
                f"{in_metis(amount)} is below min_stake, {in_metis(min_stake)}: only an owner with"
                " a pairing may lock less"
            )
        if amount > cap:
            raise UserError(f"{in_metis(amount)} is above the cap of {in_metis(cap)}")
        self._check_consent(consent, self._me)
        rows = [
            ("stake", in_metis(amount)),
            ("signer", consent.signer),
            ("reward recipient", recipient),
        ]
        if vault != ZERO:
            rows.append(("paired vault", f"{vault}, commission {commission_bps / 100:g} %"))
        rows.append(("will be", self._place(amount)))
        return self._action(
            f"lock {in_metis(amount)}",
            "lock",
            consent.signer,
            amount,
            recipient,
            consent.pubkey_words,
            tuple(consent.signature),
            rows=rows,
            prior=self._funding(amount),
        )

    def _place(self, bonded: int) -> str:
        if bonded < self.view.parameters.min_stake:
            return "PENDING, until own and paired stake reach min_stake"
        roster, seats = self.view.read("roster"), self.view.parameters.max_sequencers
        if roster.queued == 0 and roster.seated < seats:
            return f"ACTIVE, in seat {roster.seated + 1} of {seats}"
        return f"QUEUED, behind {roster.queued}"

    def _check_may_take(self, id: int, approval: int) -> None:
        if id:
            record = self.view.sequencer(id)
            if record.owner == self._me and record.state != State.EXITED:
                raise UserError(
                    f"{self._me} has sequencer {id} already, which is {State(record.state).name}:"
                    " one an owner"
                )
        if approval != Approval.APPROVED:
            raise UserError(f"{self._me} is not approved: that takes a vote and governance")
        if id and self.view.sequencer(id).open_causes:
            raise UserError(f"{self._me} is suspended since sequencer {id}")

    def relock(self, id: int | None, amount: int) -> Action:
        id, record = self.owned(id)
        after = self.check_deposit(id, record, amount)
        rows = [("sequencer", str(id)), ("bonded afterwards", in_metis(after))]
        return self._action(
            f"add {in_metis(amount)}", "relock", id, amount, rows=rows, prior=self._funding(amount)
        )

    def request_withdrawal(self, id: int | None, amount: int) -> Action:
        id, record = self.owned(id)
        check_amount(amount)
        self._check_live(id, record)
        bonded = record.own.bonded + record.paired.bonded
        most = max(0, min(record.own.bonded, bonded - self.view.parameters.min_stake))
        if amount > most:
            raise UserError(
                f"at most {in_metis(most)} can be withdrawn, since"
                f" {in_metis(self.view.parameters.min_stake)} must remain; unlock takes all"
            )
        rows = [
            ("sequencer", str(id)),
            ("bonded afterwards", in_metis(bonded - amount)),
            self._withdrawal_row(record.own, "of the owner"),
        ]
        return self._action(
            f"withdraw {in_metis(amount)}", "request_withdrawal", id, amount, rows=rows
        )

    def _withdrawal_row(self, holding, whose: str) -> tuple[str, str]:
        name, value = self._exit_row()
        if holding.unbondings >= LIMITS["MAX_UNBONDINGS"]:
            value += f", or later: it joins the newest of {holding.unbondings} open {whose}"
        return name, value

    def unlock(self, id: int | None) -> Action:
        id, record = self.owned(id)
        self._check_live(id, record)
        rows = [
            ("sequencer", f"{id}, which leaves for good"),
            ("own stake that unbonds", in_metis(record.own.bonded)),
            ("paired stake that unbonds", in_metis(record.paired.bonded)),
            self._exit_row(),
        ]
        return self._action(f"unlock sequencer {id}", "unlock", id, rows=rows)

    def claim(self, id: int | None) -> Action:
        """Anyone may; the owner is paid."""
        id = self.view.id_of(self._me) if id is None else id
        record = self.view.sequencer(id)
        amount = self._claimable(id, record.own, paired=False)
        rows = [("sequencer", str(id)), ("paid to its owner", record.owner)]
        return self._action(f"claim {in_metis(amount)}", "claim", id, rows=rows)

    def _claimable(self, id: int, holding, paired: bool) -> int:
        amount = self.view.claimable(holding)
        if amount:
            return amount
        if holding.kept:
            raise UserError(
                f"nothing to claim: a hold keeps {in_metis(holding.kept)} while a case is undecided"
            )
        dates = [x.matures_at for x in self.view.unbondings(id) if x.paired == paired]
        if not dates:
            raise UserError("nothing to claim: no stake is unbonding")
        raise UserError(f"nothing to claim before {format_date(min(dates), self.view.now)}")

    def rotate_signer(self, id: int | None, consent: Consent) -> Action:
        """For the owner, or for the present signer, who then has to name the id."""
        id = self.view.id_of(self._me) if id is None else id
        record = self.view.sequencer(id)
        period = self.view.parameters.rotation_period
        earliest = record.owner_rotated_at + period
        if self._me != record.owner:
            if self._me != record.signer:
                raise UserError(f"{self._me} is neither owner nor signer of sequencer {id}")
            earliest = max(
                record.owner_rotated_at + LIMITS["SIGNER_ROTATION_LOCK"],
                record.signer_rotated_at + period,
            )
        self._check_live(id, record)
        if self.view.now < earliest:
            raise UserError(
                "rotated too recently: possible from"
                f" {format_date(earliest, self.view.now)} for this account"
            )
        self._check_consent(consent, record.owner)
        rows = [
            ("sequencer", str(id)),
            ("present signer", record.signer),
            ("new signer", consent.signer),
        ]
        return self._action(
            f"rotate the signer of sequencer {id}",
            "rotate_signer",
            id,
            consent.signer,
            consent.pubkey_words,
            tuple(consent.signature),
            rows=rows,
        )

    def transfer(self, id: int | None, new_owner: str) -> Action:
        id, record = self.owned(id)
        if record.state == State.EXITED:
            raise UserError(f"sequencer {id} has left: there is nothing to transfer")
        rows = [
            ("sequencer", f"{id}, with stake, open unbondings and unclaimed rewards"),
            ("own stake", in_metis(self.view.total(record.own))),
            ("offered to", "nobody: the offer ends" if new_owner == ZERO else new_owner),
        ]
        approval = self.view.read("admission", new_owner)[1]
        if new_owner != ZERO and approval != Approval.APPROVED:
            rows.append(("note", "it is not approved yet, and cannot accept before"))
        return self._action(
            f"offer sequencer {id}", "transfer_ownership_of", id, new_owner, rows=rows
        )

    def accept(self, id: int) -> Action:
        record = self.view.sequencer(id)
        if record.pending_owner != self._me:
            raise UserError(f"sequencer {id} was not offered to {self._me}")
        if record.state == State.EXITED:
            raise UserError(f"sequencer {id} has left: there is nothing to accept")
        last, approval, _ = self.view.read("admission", self._me)
        self._check_may_take(last, approval)
        if self.view.read("intended_pairing", self._me)[0] != ZERO:
            raise UserError(f"{self._me} has a pairing of its own: governance has to end it first")
        rows = [
            ("sequencer", f"{id}, {State(record.state).name}"),
            ("from", record.owner),
            ("own stake", in_metis(self.view.total(record.own))),
            ("reward recipient stays", record.reward_recipient),
        ]
        return self._action(f"accept sequencer {id}", "accept_ownership_of", id, rows=rows)

    def set_reward_recipient(self, id: int | None, recipient: str) -> Action:
        id, record = self.owned(id)
        if recipient == ZERO:
            raise UserError("the reward recipient must not be the zero address")
        rows = [
            ("sequencer", str(id)),
            ("present recipient", record.reward_recipient),
            ("new recipient", recipient),
        ]
        return self._action(
            f"set the reward recipient of sequencer {id}",
            "set_reward_recipient",
            id,
            recipient,
            rows=rows,
        )

    def unjail(self, id: int | None) -> Action:
        id, record = self.owned(id)
        if record.state != State.JAILED:
            raise UserError(f"sequencer {id} is not jailed: it is {State(record.state).name}")
        if self.view.now < record.jailed_until:
            raise UserError(
                f"sequencer {id} is jailed until {format_date(record.jailed_until, self.view.now)}"
            )
        return self._action(f"unjail sequencer {id}", "unjail", id, rows=[("sequencer", str(id))])

    # paired vaults

    def deposit_paired(self, id: int, amount: int) -> Action:
        record = self._paired(id)
        if record.pairing_ended:
            raise UserError(f"the pairing of sequencer {id} has ended")
        after = self.check_deposit(id, record, amount)
        rows = [("sequencer", str(id)), ("bonded afterwards, own and paired", in_metis(after))]
        return self._action(
            f"add {in_metis(amount)} of paired stake",
            "deposit_paired",
            id,
            amount,
            rows=rows,
            prior=self._funding(amount),
        )

    def request_paired_withdrawal(self, id: int, amount: int) -> Action:
        record = self._paired(id)
        check_amount(amount)
        self._check_live(id, record)
        if amount > record.paired.bonded:
            raise UserError(f"at most {in_metis(record.paired.bonded)} can be withdrawn")
        after = record.own.bonded + record.paired.bonded - amount
        rows = [
            ("sequencer", str(id)),
            ("bonded afterwards, own and paired", in_metis(after)),
            self._withdrawal_row(record.paired, "of the vault"),
        ]
        if after < self.view.parameters.min_stake:
            rows.append(("note", "below min_stake: the sequencer leaves the committee"))
        return self._action(
            f"withdraw {in_metis(amount)} of paired stake",
            "request_paired_withdrawal",
            id,
            amount,
            rows=rows,
        )

    def claim_paired(self, id: int) -> Action:
        record = self._paired(id)
        amount = self._claimable(id, record.paired, PAIRED)
        rows = [("sequencer", str(id)), ("paid to the vault", self._me)]
        return self._action(
            f"claim {in_metis(amount)} of paired stake", "claim_paired", id, rows=rows
        )
