"""Snapshot's signed envelopes, as its sequencer takes them, and as an export has them.

The id of a proposal, or of a vote, is the digest that its author has signed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils import is_address, keccak, to_checksum_address

from seqpool.files import strict_json
from seqpool.governance.snapshot.types import DOMAIN, Types
from seqpool.protocol.signatures import sign_plain


class VoteFault(StrEnum):
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


class BadSnapshotEnvelope(Exception):
    """An envelope that is none of Snapshot's."""

    def __init__(self, fault: VoteFault, why: str):
        super().__init__(why)
        self.fault, self.why = fault, why


@dataclass(frozen=True)
class SnapshotEnvelope:
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
    def read(cls, data: object, published: Sequence[Types], chain_id: int) -> "SnapshotEnvelope":
        """An envelope with one of the published types, or BadSnapshotEnvelope.

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
            raise BadSnapshotEnvelope(VoteFault.MALFORMED, "no envelope of Snapshot's") from None
        domain = inner["domain"]
        # to Python 1.0 and True are 1
        if (
            domain not in (DOMAIN, DOMAIN | {"chainId": chain_id})
            or type(domain.get("chainId", chain_id)) is not int
        ):
            raise BadSnapshotEnvelope(
                VoteFault.WRONG_DOMAIN, f"signed in another domain: {_short(domain)}"
            )
        types = _without_domain(inner["types"])
        if types not in published:
            raise BadSnapshotEnvelope(
                VoteFault.WRONG_TYPES, f"not a {_name(published[0])} of Snapshot's"
            )
        if inner.get("primaryType", _name(types)) != _name(types):
            raise BadSnapshotEnvelope(
                VoteFault.WRONG_TYPES, f"its primary type is not {_name(types)}"
            )
        message = inner["message"]
        _check_message(message, types)
        envelope = cls(address, sig, domain, types, message)
        if data.get("hash", envelope.id) != envelope.id:
            raise BadSnapshotEnvelope(VoteFault.MALFORMED, "its hash is not that of its message")
        if message["from"].lower() != address.lower():
            raise BadSnapshotEnvelope(
                VoteFault.WRONG_SIGNER, f"sent by {address} for {_short(message['from'])}"
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
        raise BadSnapshotEnvelope(VoteFault.MALFORMED, "fields are missing, or too many") from None
    for field in fields:
        try:
            _CHECKS[field["type"]](message[field["name"]])
        except ValueError:
            value = _short(message[field["name"]])
            raise BadSnapshotEnvelope(
                VoteFault.MALFORMED, f"its {field['name']} is no {field['type']}: {value}"
            ) from None


def sign_envelope(signer, types: Types, message: dict[str, object]) -> SnapshotEnvelope:
    """A message signed by an account of ape's, or of eth_account's."""
    sig = sign_plain(signer, encode_typed_data(DOMAIN, types, message))
    return SnapshotEnvelope(signer.address, sig, DOMAIN, types, message)
