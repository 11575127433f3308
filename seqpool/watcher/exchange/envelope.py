"""A vote on its way between watchers: one line of JSON, in the form of a vote's file.

    {"kind": .., "domain": .., "message": .., "signer": .., "signature": .., "attachment": ".."}

`attachment` is optional: the evidence file in base64, at most 64 KiB, whose keccak256 an Offence
names. Signed BlockCommitments travel in the same way.
"""

import base64
import json
from dataclasses import dataclass
from functools import lru_cache

from eip712.messages import EIP712Message
from eth_utils.crypto import keccak

from seqpool.documents.votes import COMMITMENTS, VOTE_TYPES, Vote, read_message, read_signature
from seqpool.files import strict_json
from seqpool.protocol.certificates import recover
from seqpool.protocol.messages import Offence
from seqpool.protocol.messages import digest as digest_of

MAX_ATTACHMENT = 64 * 2**10
MAX_VOTE = 2 * 2**10
# base64 makes 4 bytes of 3
MAX_LINE = MAX_VOTE + MAX_ATTACHMENT // 3 * 4 + 4
# how many messages are remembered
_MESSAGES = 1_024
_PARTS = ("kind", "domain", "message")
_KEYS = (*_PARTS, "signer", "signature")


class BadEnvelope(ValueError):
    """A line that no honest watcher sends."""


@dataclass(frozen=True)
class Envelope:
    """A vote with what it is known by."""

    vote: Vote
    digest: bytes  # what is signed
    line: bytes  # without the attachment
    attachment: bytes | None = None

    def check(self) -> None:
        """BadEnvelope unless the signature is of the signer that the vote names."""
        if recover(self.digest, self.vote.signature) != self.vote.signer:
            raise BadEnvelope("the signature is another's")


def encode(vote: Vote, attachment: bytes | None = None) -> bytes:
    """The line of a vote, without its end."""
    line = json.dumps(vote.data(), separators=(",", ":")).encode()
    return line if attachment is None else attach(line, attachment)


def attach(line: bytes, attachment: bytes) -> bytes:
    """A line without an attachment, with one."""
    return line[:-1] + b',"attachment":"' + base64.b64encode(attachment) + b'"}'


def decode(line: bytes) -> Envelope:
    """What a line says, or BadEnvelope. The signature is not checked yet."""
    if len(line) > MAX_LINE:
        raise BadEnvelope(f"longer than {MAX_LINE} bytes")
    try:
        data = strict_json.parse(line)
        if not isinstance(data, dict):
            raise ValueError
        attachment = data.pop("attachment", None)
        strict_json.check_keys(data, _KEYS)
        content = None if attachment is None else _attachment(attachment)
        message, digest = _message({key: data[key] for key in _PARTS})
        vote = Vote(message, _address(data["signer"]), read_signature(data["signature"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadEnvelope("no vote") from None
    if content is not None and not _is_named(content, message):
        raise BadEnvelope("the message does not name the attachment")
    if content is not None:
        line = encode(vote)
    elif len(line) > MAX_VOTE:
        raise BadEnvelope(f"longer than {MAX_VOTE} bytes without an attachment")
    return Envelope(vote, digest, line, content)


def envelope(vote: Vote, attachment: bytes | None = None) -> Envelope:
    """The envelope of this watcher's own vote.

    Raises ValueError if the attachment is not what the vote names, or is too large."""
    if attachment is not None:
        if len(attachment) > MAX_ATTACHMENT:
            raise ValueError(f"the attachment has more than {MAX_ATTACHMENT} bytes")
        if not _is_named(attachment, vote.message):
            raise ValueError("the message does not name the attachment")
    return Envelope(vote, digest_of(vote.message), encode(vote), attachment)


def evidence_of(vote: Vote) -> bytes | None:
    """The keccak256 of the evidence that a vote names."""
    return bytes(vote.message.evidence) if isinstance(vote.message, Offence) else None


def _is_named(attachment: bytes, message: EIP712Message) -> bool:
    return isinstance(message, Offence) and keccak(attachment) == bytes(message.evidence)


def _attachment(text: str) -> bytes:
    content = base64.b64decode(text, validate=True)
    if len(content) > MAX_ATTACHMENT:
        raise ValueError
    return content


def _message(data: dict[str, object]) -> tuple[EIP712Message, bytes]:
    """A message and its digest. A committee signs the same one, which takes longest to read."""
    key = repr(data)
    if key not in _messages:
        message = read_message(data, VOTE_TYPES | COMMITMENTS)
        if len(_messages) >= _MESSAGES:
            _messages.clear()
        _messages[key] = message, digest_of(message)
    return _messages[key]


_messages: dict[str, tuple[EIP712Message, bytes]] = {}
_address = lru_cache(maxsize=_MESSAGES)(strict_json.address)
