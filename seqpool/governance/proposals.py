"""What a proposal does: cases of the rules, from a YAML file or one from the command line.

The file has `title`, `forum` (address of the thread), `summary` and `actions`, a list of cases each
with what it wants:

    title: Admit Alpha Nodes as a sequencer
    forum: https://forum.example/t/1234
    summary: |
      Two years of running validators for three chains.
    actions:
      - onboard:
          owner: "0x..."

CASES has them all. Amounts are "12.5 METIS", shares "10 %", durations "7 days"; on local chains the
names of test accounts are addresses.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from ape.contracts import ContractInstance
from eth_utils import function_signature_to_4byte_selector

from seqpool.bridge.calls import l2_call
from seqpool.deployment.allow_list import Delay, ProposalKind, rows, selector_of
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    GOVERNOR,
    LST,
    POOL,
    RELAY,
    SLASHER,
    VAULT,
)
from seqpool.errors import UserError, shown
from seqpool.governance.describe_calls import Wording
from seqpool.governance.model import URI_LIMIT, Assessed, Item, Proposal
from seqpool.governance.view import Act, GovernorView
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import PENALTY_KINDS
from seqpool.strict_json import not_too_deep
from seqpool.units import parse_duration, parse_metis, parse_percent

KEYS = ("title", "forum", "summary", "actions")
FILE_LIMIT = 65_536  # bytes


# ---------------------------------------------------------------- values

Reader = Callable[["Desk", str], object]


def _whole(desk: "Desk", text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{3})*", text):
        raise UserError(f"wanted a whole number, found {text!r}")
    return int(text.replace(",", ""))


def _percent(desk: "Desk", text: str) -> int:
    return parse_percent(text)


def _metis(desk: "Desk", text: str) -> int:
    if not text.endswith(" METIS"):
        raise UserError(f'wanted an amount such as "12.5 METIS", found {text!r}')
    return parse_metis(text.removesuffix(" METIS").replace(",", ""))


def _duration(desk: "Desk", text: str) -> int:
    return parse_duration(text)


def _blocks(desk: "Desk", text: str) -> int:
    return _whole(desk, re.sub(" blocks?$", "", text))


def _text(desk: "Desk", text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise UserError("wanted is one line of text")
    if len(text.encode()) > URI_LIMIT:
        raise UserError(f"{len(text.encode())} bytes, at most {URI_LIMIT}")
    return text


def _word(desk: "Desk", text: str) -> str:
    return text


def _address(desk: "Desk", text: str) -> str:
    return ZERO if text in ("nobody", ZERO) else desk.address(text)


def _somebody(desk: "Desk", text: str) -> str:
    found = _address(desk, text)
    if found == ZERO:
        raise UserError("wanted an address, not the zero address")
    return found


# parameter => contract that has it (RELAY: on L2), how its value is read
PARAMETERS: dict[str, tuple[str, Reader]] = {
    "min_stake": (POOL, _metis),
    "cap": (POOL, _metis),
    "max_sequencers": (POOL, _whole),
    "exit_delay": (POOL, _duration),
    "cure_period": (POOL, _duration),
    "rotation_period": (POOL, _duration),
    "epoch_length": (RELAY, _blocks),
    "block_timeout": (RELAY, _duration),
    "fallback_delay": (RELAY, _duration),
    "fallback_sequencer": (RELAY, _somebody),
    "mrr": (DISTRIBUTOR, _percent),
    "block_time": (DISTRIBUTOR, _duration),
    "quorum": (GOVERNOR, _metis),
    "wallets": (GOVERNOR, _whole),
    "approval": (GOVERNOR, _percent),
    "proposal_threshold": (GOVERNOR, _metis),
}
MODULES = ("slasher", "distributor", "guardian", "allocator", "treasury", "governor")
_ROLES = ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE")


def _choice(names: Iterable[str]) -> Reader:
    names = tuple(names)

    def read(desk: "Desk", text: str) -> str:
        if text not in names:
            raise UserError(f"wanted one of {', '.join(names)}, found {text!r}")
        return text

    return read


# ---------------------------------------------------------------- cases


class Desk:
    """Makes the calls of each case."""

    def __init__(self, view: GovernorView, address: Callable[[str], str], is_local: bool = False):
        self.view, self.suite, self.address = view, view.suite, address
        self.wording = Wording(view, is_local)

    def contract(self, name: str) -> ContractInstance:
        contracts = dict(self.view.contracts.values())
        if name not in contracts:
            raise UserError(f"this suite has no {name} of ours")
        return contracts[name]

    def call(self, name: str, function: str, *arguments) -> Act:
        contract = self.contract(name)
        return Act(contract.address, bytes(getattr(contract, function).encode_input(*arguments)))

    # a list of calls each

    def onboard(self, owner: str) -> list[Act]:
        return [self.call(POOL, "approve", owner)]

    def offboard(self, id: int) -> list[Act]:
        return [self.call(POOL, "offboard", id)]

    def disapprove(self, owner: str) -> list[Act]:
        return [self.call(POOL, "disapprove", owner)]

    def pair(self, owner: str, vault: str, commission: int) -> list[Act]:
        return [self.call(POOL, "set_pairing", owner, vault, commission)]

    def unpair(self, owner: str) -> list[Act]:
        pool = self.view.pool
        id = pool.read("admission", owner)[0]
        # what the vault has earned before is shared as it was
        commission = pool.sequencer(id).commission_bps if id else 0
        return [self.call(POOL, "set_pairing", owner, ZERO, commission)]

    def parameter(self, name: str, value: str) -> list[Act]:
        contract, read = PARAMETERS[name]
        found = _read(self, name, read, value)
        if contract == RELAY:
            return [self.call(RELAY, "set_l2", l2_call(f"set_{name}", found))]
        return [self.call(contract, f"set_{name}", found)]

    def penalty(self, kind: str, share: int) -> list[Act]:
        return [self.call(SLASHER, "set_penalty", PENALTY_KINDS[kind], share)]

    def slash(self, id: int, share: int, reason: str) -> list[Act]:
        return [self.call(SLASHER, "slash_by_governance", id, share, reason)]

    def confirm(self, pending: int) -> list[Act]:
        return [self.call(SLASHER, "confirm", pending)]

    def drop(self, pending: int) -> list[Act]:
        return [self.call(SLASHER, "drop", pending)]

    def resolve(self, case: int, refund: int) -> list[Act]:
        return [self.call(VAULT, "resolve", case, refund)]

    def reinstate(self, id: int) -> list[Act]:
        return [self.call(POOL, "reinstate", id)]

    def reimburse(self, id: int, amount: int, reason: str) -> list[Act]:
        return [self.call(DISTRIBUTOR, "reimburse", id, amount, reason)]

    def replace(self, module: str, address: str) -> list[Act]:
        if address == ZERO and module != "allocator":
            raise UserError("address: wanted an address, not the zero address")
        return getattr(self, f"_replace_{module}")(address)

    def _replace_slasher(self, address: str) -> list[Act]:
        return [self.call(POOL, "announce_slasher", address), *self._permit_all(SLASHER, address)]

    def _replace_distributor(self, address: str) -> list[Act]:
        permissions = self._permit_all(DISTRIBUTOR, address)
        return [self.call(POOL, "set_distributor", address), *permissions]

    def _permit_all(self, name: str, address: str) -> list[Act]:
        """For the new contract what the list has of the one that is there."""
        contract = self.contract(name)
        if address == contract.address:
            return []
        acts = []
        for _, function, kind, delay in (row for row in rows() if row[0] == name):
            acts.append(self._permit(address, _selector(contract, function), kind, delay))
        return acts

    def _permit(self, target: str, selector: bytes, kind: int, delay: int) -> Act:
        return self.call(GOVERNOR, "set_permission", (target, selector, kind, delay))

    def _replace_guardian(self, address: str) -> list[Act]:
        names = (POOL, SLASHER, GOVERNOR) if self.suite.slasher else (POOL, GOVERNOR)
        return [self.call(name, "set_guardian", address) for name in names]

    def _replace_allocator(self, address: str) -> list[Act]:
        return [self.call(LST, "set_allocator", address)]

    def _replace_treasury(self, address: str) -> list[Act]:
        return [self.call(VAULT, "announce_treasury", address)]

    def _replace_governor(self, address: str) -> list[Act]:
        """The Timelock stays the owner of all; who may use it changes."""
        timelock, old = self.view.timelock, self.view.governor.address
        roles = [bytes(getattr(timelock, role)()) for role in _ROLES]
        return [
            Act(timelock.address, bytes(getattr(timelock, function).encode_input(role, holder)))
            for function, holder in (("grantRole", address), ("revokeRole", old))
            for role in roles
        ]

    def hand_over(self, contract: str, to: str) -> list[Act]:
        return [self.call(contract, "transfer_ownership", to)]

    def attesters(self, members: list[str], threshold: int) -> list[Act]:
        return [self.call(GOVERNOR, "set_attesters", members, threshold)]

    def allow(self, contract: str, function: str, kind: str, delay: str) -> list[Act]:
        target, selector = self._target(contract, function)
        return [self._permit(target, selector, ProposalKind[kind], Delay[delay])]

    def forbid(self, contract: str, function: str) -> list[Act]:
        return [self._permit(*self._target(contract, function), 0, 0)]

    def _target(self, contract: str, function: str) -> tuple[str, bytes]:
        """By our names, or by an address and a signature such as set_x(uint256)."""
        contracts = dict(self.view.contracts.values())
        if contract in contracts:
            return contracts[contract].address, _selector(contracts[contract], function)
        if not re.fullmatch(r"\w+\([\w,()\[\]]*\)", function):
            raise UserError(f"function: wanted a signature such as set_x(uint256): {function!r}")
        return self.address(contract), function_signature_to_4byte_selector(function)


def _selector(contract: ContractInstance, function: str) -> bytes:
    contract_type = contract.contract_type
    for method in contract_type.mutable_methods:
        if function in (method.name, method.selector):
            return selector_of(method)
    raise UserError(f"function: {contract_type.name} has no {function!r}")


@dataclass(frozen=True)
class Case:
    """One of the things that the rules let people ask for."""

    help: str
    fields: Mapping[str, Reader]


_KIND = _choice(kind.name for kind in ProposalKind)
_DELAY = _choice(delay.name for delay in Delay)
# name, in files and commands => what it wants
CASES: dict[str, Case] = {
    "onboard": Case("Admit OWNER as an operator.", {"owner": _somebody}),
    "offboard": Case("Make sequencer ID leave, and withdraw its approval.", {"id": _whole}),
    "disapprove": Case("Withdraw the approval of OWNER; stake stays.", {"owner": _somebody}),
    "pair": Case(
        "Pair OWNER with an LST protocol's VAULT.",
        {"owner": _somebody, "vault": _address, "commission": _percent},
    ),
    "unpair": Case("End the pairing of OWNER.", {"owner": _somebody}),
    "parameter": Case(
        "Set parameter NAME of docs/parameters.md to VALUE, as in min_stake '25000 METIS'.",
        {"name": _choice(PARAMETERS), "value": _word},
    ),
    "penalty": Case(
        "Set what a KIND of offence costs, as in backlog '1 %'.",
        {"kind": _choice(PENALTY_KINDS), "share": _percent},
    ),
    "slash": Case(
        "Slash sequencer ID by SHARE of what it has locked.",
        {"id": _whole, "share": _percent, "reason": _text},
    ),
    "confirm": Case("Take what the brakes have kept as PENDING.", {"pending": _whole}),
    "drop": Case("Give up what the brakes have kept as PENDING.", {"pending": _whole}),
    "resolve": Case("Decide the appeal in a CASE.", {"case": _whole, "refund": _percent}),
    "reinstate": Case("End the jail or suspension of sequencer ID.", {"id": _whole}),
    "reimburse": Case(
        "Pay sequencer ID from the reserve of rewards.",
        {"id": _whole, "amount": _metis, "reason": _text},
    ),
    "replace": Case(
        f"Replace a MODULE: {', '.join(MODULES)}.",
        {"module": _choice(MODULES), "address": _address},
    ),
    "hand_over": Case(
        "Offer a CONTRACT to another owner, which has to accept it.",
        {"contract": _word, "to": _somebody},
    ),
    "attesters": Case(
        "Name the attesters anew, THRESHOLD of whom have to sign.",
        {"members": _somebody, "threshold": _whole},
    ),
    "allow": Case(
        "Let proposals of a KIND call a CONTRACT's FUNCTION, after a DELAY.",
        {"contract": _word, "function": _word, "kind": _KIND, "delay": _DELAY},
    ),
    "forbid": Case(
        "Take a CONTRACT's FUNCTION off the allow-list.", {"contract": _word, "function": _word}
    ),
}
# the one field that is a list
LISTS = ("members",)


def _read(desk: Desk, name: str, read: Reader, value: object) -> object:
    try:
        if name in LISTS:
            if not isinstance(value, list | tuple):
                raise UserError("wanted a list")
            return [_read(desk, f"{place}", read, x) for place, x in enumerate(value, 1)]
        if not isinstance(value, str):
            raise UserError("wanted one value")
        return read(desk, value)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def make_acts(desk: Desk, name: str, values: Mapping[str, object]) -> list[Act]:
    """The calls of one case; UserError if a value is bad, missing or unknown."""
    if name not in CASES:
        raise UserError(f"unknown case {name!r}: wanted one of {', '.join(CASES)}")
    fields = CASES[name].fields
    _check_keys(values, fields, name)
    try:
        found = {key: _read(desk, key, read, values[key]) for key, read in fields.items()}
        return getattr(desk, name)(**found)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def _check_keys(data: object, wanted: Iterable[str], where: str) -> None:
    if not isinstance(data, dict):
        raise UserError(f"{where}: wanted {', '.join(wanted)}")
    for kind, keys in (
        ("unknown", [key for key in data if key not in wanted]),
        ("missing", [key for key in wanted if key not in data]),
    ):
        if keys:
            raise UserError(f"{where}: {kind} {', '.join(map(str, keys))}")


# ---------------------------------------------------------------- the file


class _Loader(yaml.BaseLoader):
    """Text, lists and mappings; nothing twice, and nothing by reference."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise UserError("aliases are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise UserError("a key is no text")
            if keys.count(key) > 1:
                raise UserError(f"{key} stands there twice")
        return super().construct_mapping(node, deep=True)


def read_proposal(path: Path, desk: Desk) -> Proposal:
    """The proposal in a YAML file, or UserError."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise UserError(f"no proposal file {shown(path)}") from None
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{shown(path)}: cannot be read") from None
    if len(text) > FILE_LIMIT:
        raise UserError(f"{shown(path)}: too large for a proposal")
    try:
        with not_too_deep():
            data = yaml.load(text, _Loader)
        return _proposal(data, desk)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {error.problem})" if mark else ""
        raise UserError(f"{shown(path)}: no YAML{where}") from None
    except RecursionError:
        raise UserError(f"{shown(path)}: no YAML (it nests too deep)") from None
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from None


def _proposal(data: object, desk: Desk) -> Proposal:
    _check_keys(data, KEYS, "the file")
    for key in KEYS[:-1]:
        if not isinstance(data[key], str):
            raise UserError(f"{key}: wanted is text")
    actions = data["actions"]
    if not isinstance(actions, list) or not actions:
        raise UserError("actions: wanted a list of cases")
    acts = []
    for place, action in enumerate(actions, 1):
        if not isinstance(action, dict) or len(action) != 1:
            raise UserError(f"action {place}: wanted one case, such as `onboard:`")
        ((name, values),) = action.items()
        try:
            acts += make_acts(desk, name, values)
        except UserError as error:
            raise UserError(f"action {place}: {error}") from None
    return Proposal(data["title"], data["forum"], data["summary"].strip(), tuple(acts))


# ---------------------------------------------------------------- what the chain says of it


def assess(acts: Iterable[Act], view: GovernorView, wording: Wording) -> Assessed:
    """Kind and delay by the allow-list, words, and what would revert now; UserError if the Governor
    would not take them together."""
    acts = tuple(acts)
    if not acts:
        raise UserError("the proposal does nothing")
    if len(acts) > LIMITS["MAX_ACTIONS"]:
        raise UserError(f"{len(acts)} calls, at most {LIMITS['MAX_ACTIONS']} in a proposal")
    kinds: dict[ProposalKind, str] = {}
    items = []
    for act in acts:
        function = wording.function(act)
        if len(act.data) > LIMITS["MAX_ACTION_DATA"]:
            most = LIMITS["MAX_ACTION_DATA"]
            raise UserError(f"{function}: {len(act.data)} bytes of data, at most {most}")
        permission = view.permission(act)
        if not permission.kind:
            raise UserError(f"{function} is not on the allow-list: no proposal may call it")
        kinds.setdefault(ProposalKind(permission.kind), function)
        items.append(
            Item(act, function, wording.words(act), Delay(permission.delay), view.refusal(act))
        )
    if len(kinds) > 1:
        mixed = ", ".join(f"{function} is {kind.name}" for kind, function in kinds.items())
        raise UserError(f"mixed kinds: {mixed}; make two proposals")
    return Assessed(next(iter(kinds)), max(item.delay for item in items), tuple(items))
