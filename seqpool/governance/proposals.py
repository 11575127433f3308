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

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.errors import UserError, shown
from seqpool.files.strict_json import not_too_deep
from seqpool.governance.case_calls import MODULES, PARAMETERS, Desk
from seqpool.governance.case_values import (
    ReadValue,
    address,
    choice,
    metis,
    percent,
    read_value,
    somebody,
    text_line,
    whole,
    word,
)
from seqpool.governance.describe_calls import Wording
from seqpool.governance.model import Assessed, Item, Proposal
from seqpool.governance.view import Act, GovernorView
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import PENALTY_KINDS

if TYPE_CHECKING:
    pass

KEYS = ("title", "forum", "summary", "actions")
FILE_LIMIT = 65_536  # bytes


# ---------------------------------------------------------------- cases


@dataclass(frozen=True)
class ProposalCase:
    """One of the things that the rules let people ask for."""

    help: str
    fields: Mapping[str, ReadValue]


_KIND = choice(kind.name for kind in ProposalKind)
_DELAY = choice(delay.name for delay in Delay)
# name, in files and commands => what it wants
CASES: dict[str, ProposalCase] = {
    "onboard": ProposalCase("Admit OWNER as an operator.", {"owner": somebody}),
    "offboard": ProposalCase("Make sequencer ID leave, and withdraw its approval.", {"id": whole}),
    "disapprove": ProposalCase("Withdraw the approval of OWNER; stake stays.", {"owner": somebody}),
    "pair": ProposalCase(
        "Pair OWNER with an LST protocol's VAULT.",
        {"owner": somebody, "vault": address, "commission": percent},
    ),
    "unpair": ProposalCase("End the pairing of OWNER.", {"owner": somebody}),
    "parameter": ProposalCase(
        "Set parameter NAME of docs/parameters.md to VALUE, as in min_stake '25000 METIS'.",
        {"name": choice(PARAMETERS), "value": word},
    ),
    "penalty": ProposalCase(
        "Set what a KIND of offence costs, as in backlog '1 %'.",
        {"kind": choice(PENALTY_KINDS), "share": percent},
    ),
    "slash": ProposalCase(
        "Slash sequencer ID by SHARE of what it has locked.",
        {"id": whole, "share": percent, "reason": text_line},
    ),
    "confirm": ProposalCase("Take what the brakes have kept as PENDING.", {"pending": whole}),
    "drop": ProposalCase("Give up what the brakes have kept as PENDING.", {"pending": whole}),
    "resolve": ProposalCase("Decide the appeal in a CASE.", {"case": whole, "refund": percent}),
    "reinstate": ProposalCase("End the jail or suspension of sequencer ID.", {"id": whole}),
    "reimburse": ProposalCase(
        "Pay sequencer ID from the reserve of rewards.",
        {"id": whole, "amount": metis, "reason": text_line},
    ),
    "reimburse_vault": ProposalCase(
        "Pay the VAULT that is paired with sequencer ID from the reserve of rewards.",
        {"id": whole, "vault": address, "amount": metis, "reason": text_line},
    ),
    "replace": ProposalCase(
        f"Replace a MODULE: {', '.join(MODULES)}.",
        {"module": choice(MODULES), "address": address},
    ),
    "hand_over": ProposalCase(
        "Offer a CONTRACT to another owner, which has to accept it.",
        {"contract": word, "to": somebody},
    ),
    "attesters": ProposalCase(
        "Name the attesters anew, THRESHOLD of whom have to sign.",
        {"members": somebody, "threshold": whole},
    ),
    "allow": ProposalCase(
        "Let proposals of a KIND call a CONTRACT's FUNCTION, after a DELAY.",
        {"contract": word, "function": word, "kind": _KIND, "delay": _DELAY},
    ),
    "forbid": ProposalCase(
        "Take a CONTRACT's FUNCTION off the allow-list.", {"contract": word, "function": word}
    ),
}


def make_acts(desk: Desk, name: str, values: Mapping[str, object]) -> list[Act]:
    """The calls of one case; UserError if a value is bad, missing or unknown."""
    if name not in CASES:
        raise UserError(f"unknown case {name!r}: wanted one of {', '.join(CASES)}")
    fields = CASES[name].fields
    _check_keys(values, fields, name)
    try:
        found = {
            key: read_value(desk.address, key, read, values[key]) for key, read in fields.items()
        }
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
