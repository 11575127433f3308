"""What a call of governance does, in words, with the present value of what it changes."""

from collections.abc import Callable

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address

from seqpool.bridge.calls import SETTERS
from seqpool.chain import ape
from seqpool.chain.accounts import account_name
from seqpool.deployment.allow_list import Delay, ProposalKind, selector_of
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    GOVERNOR,
    LST,
    POOL,
    RELAY,
    SLASHER,
    TIMELOCK,
    VAULT,
)
from seqpool.deployment.params import format_parameter
from seqpool.errors import UserError
from seqpool.governance.view import Act, GovernorView, as_hex
from seqpool.pool.view import LIVE, Approval, State
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import PENALTY_KINDS, Kind
from seqpool.units import format_duration, format_percent, in_metis

PENALTIES = {kind: name for name, kind in PENALTY_KINDS.items()}


def shown_value(name: str, value: int | str) -> str:
    """A parameter with its unit."""
    if isinstance(value, str):
        return value
    return format_parameter(name, value)


def printable(text: str) -> str:
    """Text of strangers in one line, with nothing in it for a terminal to act on."""
    return "".join(x if x.isprintable() else "?" for x in text)


class Wording:
    """Reads calls for people. What cannot be read is shown as it is."""

    def __init__(self, view: GovernorView, is_local: bool = False):
        self.view, self.suite, self.pool = view, view.suite, view.pool
        self._is_local = is_local
        # of all contracts, also of new ones that are not in the suite yet
        self._functions = {
            selector_of(method): method.name
            for _, contract in view.contracts.values()
            for method in contract.contract_type.mutable_methods
        }

    def name(self, address: str) -> str:
        """Of ours the contract's, else an address, with its name on a local chain."""
        if address in self.view.contracts:
            return self.view.contracts[address][0]
        return account_name(address, self._is_local)

    def function(self, act: Act) -> str:
        """SequencerPool.approve."""
        return self._function(act.target, act.selector)

    def _function(self, target: str, selector: bytes) -> str:
        known = self._functions.get(selector, as_hex(selector))
        return f"{self.name(target)}.{known}"

    def arguments(self, act: Act) -> tuple | None:
        """What a call of one of our contracts is given; None if it is none, or is malformed."""
        if act.target not in self.view.contracts:
            return None
        contract_type = self.view.contracts[act.target][1].contract_type
        for method in contract_type.mutable_methods:
            if selector_of(method) == act.selector:
                types = [x.canonical_type for x in method.inputs]
                try:
                    values = decode(types, act.data[4:])
                    # to the letter, or a reader might see something else than the contract
                    is_plain = encode(types, values) == act.data[4:]
                except (DecodingError, ValueError, OverflowError):
                    return None
                return _checksummed(types, values) if is_plain else None
        return None

    def words(self, act: Act) -> str:
        """What a call does, in one line."""
        name, arguments = self.function(act), self.arguments(act)
        if arguments is None:
            return f"call {name} with data that cannot be read: {as_hex(act.data)}"
        function = name.partition(".")[2]
        try:
            if name in self._known:
                return printable(self._known[name](*arguments))
            if function in ("transfer_ownership", "set_guardian"):
                return getattr(self, f"_{function}")(act.target, *arguments)
            if function.startswith("set_"):
                return self._set(act.target, function.removeprefix("set_"), *arguments)
        except (UserError, ape.ApeException):
            # about something that is not there; why, the trial of the call says
            pass
        return self.plain(act)

    def plain(self, act: Act) -> str:
        """A call without what it would change now: for one that was made, or never will be."""
        arguments = self.arguments(act)
        if arguments is None:
            return self.words(act)
        return printable(f"{self.function(act)}({', '.join(map(str, arguments))})")

    @property
    def _known(self) -> dict[str, Callable[..., str]]:
        return {
            f"{POOL}.approve": self._approve,
            f"{POOL}.disapprove": self._disapprove,
            f"{POOL}.set_pairing": self._set_pairing,
            f"{POOL}.offboard": self._offboard,
            f"{POOL}.reinstate": self._reinstate,
            f"{POOL}.announce_slasher": self._announce_slasher,
            f"{POOL}.set_distributor": self._set_distributor,
            f"{VAULT}.resolve": self._resolve,
            f"{VAULT}.announce_treasury": self._announce_treasury,
            f"{SLASHER}.slash_by_governance": self._slash,
            f"{SLASHER}.confirm": lambda id: f"take {self._pending(id)}",
            f"{SLASHER}.drop": lambda id: f"drop {self._pending(id)}",
            f"{SLASHER}.set_penalty": self._set_penalty,
            f"{DISTRIBUTOR}.reimburse": lambda id, amount, why: self._reimburse(
                self._sequencer(id), amount, why
            ),
            f"{DISTRIBUTOR}.reimburse_vault": lambda id, vault, amount, why: self._reimburse(
                f"{self.name(vault)}, the vault of {self._sequencer(id)},", amount, why
            ),
            f"{LST}.set_allocator": self._set_allocator,
            f"{RELAY}.set_l2": self._set_l2,
            f"{TIMELOCK}.grantRole": lambda role, x: f"give {self._role(role)} to {self.name(x)}",
            f"{TIMELOCK}.revokeRole": lambda role, x: (
                f"take {self._role(role)} from {self.name(x)}"
            ),
            f"{GOVERNOR}.set_permission": self._set_permission,
            f"{GOVERNOR}.set_attesters": self._set_attesters,
        }

    # admission and pairing

    def _approve(self, owner: str) -> str:
        id, approval, _ = self.pool.read("admission", owner)
        if id and self.pool.sequencer(id).state in LIVE:
            return f"give {self.name(owner)}, owner of sequencer {id}, its approval back"
        low, high = (in_metis(getattr(self.pool.parameters, x)) for x in ("min_stake", "cap"))
        again = ", which it is already" if approval == Approval.APPROVED else ""
        return f"admit {self.name(owner)} as an operator{again}: it may lock {low} to {high}, once"

    def _disapprove(self, owner: str) -> str:
        return f"withdraw the approval of {self.name(owner)}: stake that is there stays"

    def _set_pairing(self, owner: str, vault: str, commission_bps: int) -> str:
        id = self.pool.read("admission", owner)[0]
        record = self.pool.sequencer(id) if id else None
        if record is not None and record.state in LIVE:
            now, stake = record.vault, record.paired.bonded
        else:
            now, stake = self.pool.read("intended_pairing", owner)[0], 0
        if vault == ZERO:
            return (
                f"end the pairing of {self.name(owner)} with {self.name(now)}, whose"
                f" {in_metis(stake)} unbond"
            )
        instead = f" (now {self.name(now)})" if now not in (ZERO, vault) else ""
        commission = format_percent(commission_bps)
        return (
            f"pair {self.name(owner)} with {self.name(vault)}{instead}: the operator's commission"
            f" is {commission}"
        )

    def _sequencer(self, id: int) -> str:
        return f"sequencer {id} of {self.name(self.pool.sequencer(id).owner)}"

    def _offboard(self, id: int) -> str:
        record = self.pool.sequencer(id)
        bonded = in_metis(record.own.bonded + record.paired.bonded)
        delay = format_parameter("exit_delay", self.pool.parameters.exit_delay)
        return (
            f"offboard {self._sequencer(id)}, now {State(record.state).name}: its {bonded} unbond"
            f" for {delay}, and its approval ends"
        )

    # offences

    def _reinstate(self, id: int) -> str:
        state = State(self.pool.sequencer(id).state).name
        return f"reinstate {self._sequencer(id)}, now {state}"

    def _slash(self, id: int, bps: int, reason: str) -> str:
        locked = self.pool.read("stake_of", id)[1]
        amount = in_metis(locked * bps // LIMITS["BPS"])
        return (
            f"slash {self._sequencer(id)} by {format_percent(bps)} of {in_metis(locked)}:"
            f" {amount} as things stand, into escrow; reason: {reason}"
        )

    def _pending(self, number: int) -> str:
        entry = self.suite.slasher.pending(number)
        return (
            f"the {in_metis(entry.amount)} of pending slash {number}, for {Kind(entry.kind).name},"
            f" from {self._sequencer(entry.id)}"
        )

    def _set_penalty(self, kind: int, bps: int) -> str:
        now = format_percent(self.suite.slasher.penalty(kind))
        return f"set the penalty {PENALTIES[kind]}: {now} → {format_percent(bps)}"

    def _resolve(self, number: int, bps: int) -> str:
        case = self.suite.slash_vault.case_of(number)
        parts = [
            f"{in_metis(lost * bps // LIMITS['BPS'])} to the {who} {self.name(address)}"
            for who, lost, address in (
                ("owner", case.own, case.owner),
                ("vault", case.paired, case.vault),
            )
            if lost
        ]
        share = f"refund {format_percent(bps)}" if bps else "refund nothing"
        return f"{share} of case {number}" + (f": {' and '.join(parts)}" if bps else "")

    def _reimburse(self, whom: str, amount: int, reason: str) -> str:
        reserve = in_metis(self.suite.distributor.reserve())
        return f"pay {in_metis(amount)} to {whom} from the reserve of {reserve}; reason: {reason}"

    # roles and modules

    def _announce_slasher(self, slasher: str) -> str:
        notice, now = format_duration(LIMITS["SLASHER_NOTICE"]), self.pool.read("slasher")
        if slasher == now:
            return f"keep {self.name(now)} as the slasher: what was announced is withdrawn"
        return f"announce {self.name(slasher)} as the slasher, in {notice} (now {self.name(now)})"

    def _set_distributor(self, distributor: str) -> str:
        now = self.name(self.pool.read("distributor"))
        return f"make {self.name(distributor)} the distributor (now {now})"

    def _set_guardian(self, target: str, guardian: str) -> str:
        name, contract = self.view.contracts[target]
        now = self.name(contract.guardian())
        return f"make {self.name(guardian)} the guardian of {name} (now {now})"

    def _announce_treasury(self, treasury: str) -> str:
        now = self.name(self.suite.slash_vault.treasury())
        notice = format_duration(LIMITS["TREASURY_NOTICE"])
        return f"announce {self.name(treasury)} as the treasury, in {notice} (now {now})"

    def _set_allocator(self, allocator: str) -> str:
        now = self.name(self.suite.lst.allocator())
        return f"make {self.name(allocator)} the allocator of StakedMetis (now {now})"

    def _transfer_ownership(self, target: str, owner: str) -> str:
        return f"offer the {self.name(target)} to {self.name(owner)}, which has to accept it"

    def _role(self, role: bytes) -> str:
        for name in ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE"):
            if bytes(getattr(self.view.timelock, name)()) == role:
                return f"the Timelock's {name}"
        return f"the Timelock's role {as_hex(role)}"

    def _set_permission(self, permission: tuple) -> str:
        target, selector, kind, delay = permission
        function = self._function(to_checksum_address(target), selector)
        if kind == 0:
            return f"take {function} off the allow-list: no proposal may call it any more"
        wait = format_duration(self.view.seconds(delay))
        kind, delay = ProposalKind(kind).name, Delay(delay).name
        return f"let {kind} proposals call {function}, after {wait} ({delay})"

    def _set_attesters(self, members: tuple, threshold: int) -> str:
        people = ", ".join(self.name(to_checksum_address(member)) for member in members)
        now = f"{self.view.threshold} of {len(self.view.attesters)}"
        return f"let {threshold} of {people} attest votes (now {now})"

    # parameters

    def _set(self, target: str, parameter: str, value: int | str) -> str:
        now = self.present(target, parameter)
        return f"set {parameter}: {shown_value(parameter, now)} → {shown_value(parameter, value)}"

    def present(self, target: str, parameter: str) -> int | str:
        """The value of a parameter that a contract on L1 has now."""
        name, contract = self.view.contracts[target]
        if name == POOL:
            return getattr(self.pool.parameters, parameter)
        if name == GOVERNOR and parameter != "proposal_threshold":
            field = "approval_bps" if parameter == "approval" else parameter
            return getattr(self.view.criteria(), field)
        return getattr(contract, parameter)()

    def _set_l2(self, data: bytes) -> str:
        for setter, (selector, kind) in SETTERS.items():
            if data[:4] != selector:
                continue
            parameter = setter.removeprefix("set_")
            (value,) = _checksummed([kind], decode([kind], data[4:]))
            registry, now = self.suite.registry, ""
            if registry is not None:
                found = getattr(registry.sequencer_set.parameters(), parameter)
                now = f"{self._l2_value(parameter, found)} → "
            return f"set {parameter} on L2: {now}{self._l2_value(parameter, value)}"
        return f"call L2 with data that cannot be read: {as_hex(data)}"

    def _l2_value(self, parameter: str, value: int | str) -> str:
        return self.name(value) if isinstance(value, str) else shown_value(parameter, value)


def _checksummed(types: list[str], values: tuple) -> tuple:
    return tuple(
        to_checksum_address(value) if kind == "address" else value
        for kind, value in zip(types, values, strict=True)
    )
