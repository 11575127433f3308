"""Snapshot's messages: proposals, votes, and the signed envelopes that its sequencer takes.

The types are those that Snapshot's own package, @snapshot-labs/snapshot.js, signs and lists; tests
compare every byte with it. The id of a proposal, or of a vote, is the digest that its author has
signed. Times are unix seconds.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product

from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils import is_address, keccak, to_checksum_address

from seqpool import strict_json
from seqpool.errors import UserError
from seqpool.protocol.signatures import sign_plain

Types = dict[str, list[dict[str, str]]]
Choice = int | Sequence[int] | Mapping[int, int]

DOMAIN = {"name": "snapshot", "version": "0.1.4"}
BASIC = "basic"
CHOICES = ("For", "Against", "Abstain")

# what Snapshot takes of a common space
TITLE_LIMIT = 256
BODY_LIMIT = 10_000
DISCUSSION_LIMIT = 256
TIME_FLOOR, TIME_CEILING = 10**9, 2 * 10**9
_LINK = re.compile(r"(https?|ipfs|ipns|snapshot)://")


def _types(name: str, fields: dict[str, str]) -> Types:
    return {name: [{"name": field, "type": type} for field, type in fields.items()]}


def _proposal_types(sender: str) -> Types:
    texts = ("type", "title", "body", "discussion")
    fields = {"from": sender, "space": "string", "timestamp": "uint64"} | dict.fromkeys(
        texts, "string"
    )
    fields |= {"choices": "string[]", "labels": "string[]"}
    fields |= dict.fromkeys(("start", "end", "snapshot"), "uint64")
    return _types("Proposal", fields | dict.fromkeys(("plugins", "privacy", "app"), "string"))


_REMARKS = ("reason", "app", "metadata")


def _vote_types(
    choice: str, sender: str = "string", proposal: str = "string", remarks: Sequence[str] = _REMARKS
) -> Types:
    fields = {"from": sender, "space": "string", "timestamp": "uint64"}
    fields |= {"proposal": proposal, "choice": choice}
    return _types("Vote", fields | dict.fromkeys(remarks, "string"))


# What the package signs today ...
PROPOSAL = _proposal_types("string")
VOTE, VOTE_ARRAY, VOTE_STRING = map(_vote_types, ("uint32", "uint32[]", "string"))
# ... and what the sequencer takes besides, from applications that use an older one.
PROPOSAL_TYPES = (PROPOSAL, _proposal_types("address"))
VOTE_TYPES = tuple(
    _vote_types(choice, sender, proposal, remarks)
    for choice, proposal in product(("uint32", "uint32[]", "string"), ("string", "bytes32"))
    for sender, remarks in (
        ("string", _REMARKS),
        ("address", _REMARKS),
        ("address", ("reason", "app")),
        ("address", ("app",)),
        ("address", ("metadata",)),
        ("address", ()),
    )
)


class Fault(StrEnum):
    """Why an envelope does not count."""

    MALFORMED = "malformed"
    WRONG_DOMAIN = "wrong domain"
    WRONG_TYPES = "wrong types"
    WRONG_SPACE = "wrong space"
    WRONG_PROPOSAL = "wrong proposal"
    TOO_EARLY = "before the start"
    TOO_LATE = "after the end"
    BAD_CHOICE = "no such choice"
    WRONG_SIGNER = "signed by another"
    REPEATED = "repeated"
    REPLACED = "replaced"
    NO_POWER = "no voting power"


class BadEnvelope(Exception):
    """An envelope that is none of Snapshot's."""

    def __init__(self, fault: Fault, why: str):
        super().__init__(why)
        self.fault, self.why = fault, why


@dataclass(frozen=True)
class Envelope:
    """A signed message as Snapshot's sequencer takes it, and as IPFS keeps it."""

    address: str  # who says to have signed
    sig: bytes  # r, s, v; of a contract wallet, whatever it asks for
    domain: dict[str, object]
    types: Types
    message: dict[str, object]

    @cached_property
    def digest(self) -> bytes:
        """What is signed: the id of the proposal or vote."""
        signable = encode_typed_data(self.domain, self.types, self.message)
        return _digest(signable)

    @property
    def id(self) -> str:
        return "0x" + self.digest.hex()

    @property
    def data(self) -> dict[str, object]:
        """What is posted to the sequencer."""
        signed = {"domain": self.domain, "types": self.types, "message": self.message}
        return {"address": self.address, "sig": "0x" + self.sig.hex(), "data": signed}

    @property
    def pinned(self) -> dict[str, object]:
        """The object that the sequencer leaves on IPFS."""
        return self.data | {"hash": self.id}

    @classmethod
    def read(cls, data: object, published: Sequence[Types], chain_id: int) -> "Envelope":
        """An envelope with one of the published types, or BadEnvelope.

        The signature is not checked. Some wallets put the chain into the domain: it has to be the
        space's, `chain_id`.
        """
        try:
            inner = data["data"]
            _check_keys(data, ("address", "sig", "data"), ("hash",))
            _check_keys(inner, ("domain", "types", "message"), ("primaryType",))
            address = _address(data["address"])
            sig = _bytes(data["sig"])
        except (ValueError, TypeError, KeyError):
            raise BadEnvelope(Fault.MALFORMED, "no envelope of Snapshot's") from None
        domain = inner["domain"]
        # to Python 1.0 and True are 1
        if (
            domain not in (DOMAIN, DOMAIN | {"chainId": chain_id})
            or type(domain.get("chainId", chain_id)) is not int
        ):
            raise BadEnvelope(Fault.WRONG_DOMAIN, f"signed in another domain: {_short(domain)}")
        types = _without_domain(inner["types"])
        if types not in published:
            raise BadEnvelope(Fault.WRONG_TYPES, f"not a {_name(published[0])} of Snapshot's")
        if inner.get("primaryType", _name(types)) != _name(types):
            raise BadEnvelope(Fault.WRONG_TYPES, f"its primary type is not {_name(types)}")
        message = inner["message"]
        _check_message(message, types)
        envelope = cls(address, sig, domain, types, message)
        if data.get("hash", envelope.id) != envelope.id:
            raise BadEnvelope(Fault.MALFORMED, "its hash is not that of its message")
        if message["from"].lower() != address.lower():
            raise BadEnvelope(
                Fault.WRONG_SIGNER, f"sent by {address} for {_short(message['from'])}"
            )
        return envelope


def _digest(signable: SignableMessage) -> bytes:
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def _name(types: Types) -> str:
    return next(iter(types))


def _short(value: object) -> str:
    text = ascii(value) if not isinstance(value, str) else ascii(value)[1:-1]
    return text if len(text) <= 80 else text[:77] + "..."


def _without_domain(types: object) -> object:
    """Snapshot ignores that some wallets list the domain's own type."""
    if not isinstance(types, dict):
        return types
    return {name: fields for name, fields in types.items() if name != "EIP712Domain"}


# Strict, or something else might be hashed than what people read; each raises ValueError.


def _check_keys(data: object, wanted: Sequence[str], possible: Sequence[str]) -> None:
    strict_json.check_keys(data, {*wanted, *(key for key in possible if key in data)})


def _address(value: object) -> str:
    if not isinstance(value, str) or not is_address(value) or not value.startswith("0x"):
        raise ValueError
    return to_checksum_address(value)


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("0x([0-9a-fA-F]{2})*", value):
        raise ValueError
    return bytes.fromhex(value[2:])


def _text(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError
    # UnicodeError is a ValueError: half of a surrogate pair is no text
    value.encode()


def _list(value: object) -> list:
    if not isinstance(value, list):
        raise ValueError
    return value


def _word(value: object) -> None:
    if len(_bytes(value)) != 32:
        raise ValueError


_CHECKS = {
    "string": _text,
    "address": _address,
    "bytes32": _word,
    "uint32": lambda value: strict_json.number(value, 32),
    "uint64": lambda value: strict_json.number(value, 64),
    "string[]": lambda value: [_text(x) for x in _list(value)],
    "uint32[]": lambda value: [strict_json.number(x, 32) for x in _list(value)],
}


def _check_message(message: object, types: Types) -> None:
    fields = types[_name(types)]
    try:
        strict_json.check_keys(message, [field["name"] for field in fields])
    except ValueError:
        raise BadEnvelope(Fault.MALFORMED, "fields are missing, or too many") from None
    for field in fields:
        try:
            _CHECKS[field["type"]](message[field["name"]])
        except ValueError:
            value = _short(message[field["name"]])
            raise BadEnvelope(
                Fault.MALFORMED, f"its {field['name']} is no {field['type']}: {value}"
            ) from None


# ---------------------------------------------------------------- to make them


def sign_envelope(signer, types: Types, message: dict[str, object]) -> Envelope:
    """A message signed by an account of ape's, or of eth_account's."""
    sig = sign_plain(signer, encode_typed_data(DOMAIN, types, message))
    return Envelope(signer.address, sig, DOMAIN, types, message)


def proposal_message(
    author: str,
    *,
    space: str,
    title: str,
    body: str,
    discussion: str,
    start: int,
    end: int,
    snapshot: int,
    timestamp: int,
    choices: Sequence[str] = CHOICES,
    type: str = BASIC,
    app: str = "",
) -> dict[str, object]:
    """A message of the type PROPOSAL, or UserError if Snapshot would not take it.

    `discussion` is the address of the forum's thread, `snapshot` the block whose balances count.
    """
    for what, text, limit in (
        ("title", title, TITLE_LIMIT),
        ("body", body, BODY_LIMIT),
        ("discussion", discussion, DISCUSSION_LIMIT),
    ):
        if len(text) > limit:
            raise UserError(f"the {what} has {len(text)} characters: Snapshot takes {limit}")
    if not title:
        raise UserError("the title is empty")
    if discussion and not _LINK.match(discussion):
        raise UserError(f"the discussion is no address that Snapshot takes: {discussion!r}")
    if not TIME_FLOOR <= start < end <= TIME_CEILING:
        raise UserError(f"the vote ends at {end}, and starts at {start}: Snapshot takes no such")
    if type == BASIC and len(choices) != len(CHOICES):
        raise UserError(f"a basic vote has {len(CHOICES)} choices, not {len(choices)}")
    return {
        "from": author,
        "space": space,
        "timestamp": timestamp,
        "type": type,
        "title": title,
        "body": body,
        "discussion": discussion,
        "choices": list(choices),
        "labels": [],
        "start": start,
        "end": end,
        "snapshot": snapshot,
        "plugins": "{}",
        "privacy": "",
        "app": app,
    }


def vote_message(
    voter: str, *, space: str, proposal: str, choice: Choice, timestamp: int, reason: str = ""
) -> tuple[Types, dict[str, object]]:
    """A vote, and its type, which follows from the choice.

    One choice, from 1: of a basic or single-choice vote. Several: approval or ranked-choice.
    Choice => weight: weighted or quadratic.
    """
    types = VOTE
    if isinstance(choice, Mapping):
        types = VOTE_STRING
        # as JavaScript writes it: numbers as keys in their order
        weights = {str(key): choice[key] for key in sorted(choice)}
        choice = json.dumps(weights, separators=(",", ":"))
    elif not isinstance(choice, int):
        types, choice = VOTE_ARRAY, list(choice)
    return types, {
        "from": voter,
        "space": space,
        "timestamp": timestamp,
        "proposal": proposal,
        "choice": choice,
        "reason": reason,
        "app": "",
        "metadata": "{}",
    }


def choice_of(message: Mapping[str, object]) -> int | None:
    """The one choice of a vote, from 1, as Snapshot reads it; None if it is none.

    Also a vote of the string type may have a plain number in it.
    """
    choice = message["choice"]
    if isinstance(choice, str) and re.fullmatch(r"\s*[1-9][0-9]{0,9}\s*", choice, re.ASCII):
        return int(choice)
    return choice if isinstance(choice, int) else None


# ---------------------------------------------------------------- the actions that it is about

_ACTIONS = "Actions hash:"
_LINE = re.compile(rf"^{_ACTIONS} (0x[0-9a-fA-F]{{64}})[ \t\r]*$", re.MULTILINE)


def with_actions_hash(text: str, actions_hash: bytes) -> str:
    """A body that ends with the hash of the actions on chain; UserError if it has such a line."""
    if _mentions(text):
        raise UserError(f"the text has `{_ACTIONS}` already: that line is added by this")
    return f"{text.rstrip()}\n\n{_ACTIONS} 0x{actions_hash.hex()}\n".lstrip()


def actions_hash_of(body: str) -> bytes:
    """The hash of the actions on chain that a body has, in one line; UserError if it has not."""
    found = _LINE.findall(body)
    if not _mentions(body):
        raise UserError(f"the Snapshot text lacks the actions' hash: a line `{_ACTIONS} 0x...`")
    # voters have read one of them
    if _mentions(body) > 1:
        raise UserError(f"the Snapshot text has `{_ACTIONS}` more than once")
    if not found:
        raise UserError(f"the Snapshot text has a malformed line `{_ACTIONS}`")
    return bytes.fromhex(found[0][2:])


def _mentions(text: str) -> int:
    return len(re.findall(r"actions\s+hash\s*:", text, re.IGNORECASE))
