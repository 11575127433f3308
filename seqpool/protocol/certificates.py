"""Certificates from loose signatures, as contracts/modules/signing/quorum.vy takes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import coincurve
from eip712.messages import EIP712Message
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PublicKey

from seqpool.protocol.committee import member
from seqpool.protocol.messages import digest
from seqpool.protocol.signatures import CompactSignature


class Certificate(NamedTuple):
    """quorum.Certificate."""

    members: list[int]  # the committee's words, in its order
    signers: int  # bit i: members[i] has signed
    signatures: list[CompactSignature]  # one for each bit, in ascending order of bits


class Dropped(NamedTuple):
    """A signature that is not in the certificate."""

    place: int  # in the given list, from 0
    why: str


@dataclass(frozen=True)
class Turnout:
    """How much of a committee has signed a message, by power and by number.

    The rule of quorum.vy asks for both: at least two thirds of the power, which must not be 0, and
    more than a third of the members.
    """

    signed: int  # wei of power
    power: int  # of all members
    signers: int
    members: int

    @property
    def is_enough(self) -> bool:
        """Whether these signatures make a certificate."""
        return self.missing_power == 0 and self.missing_signers == 0

    @property
    def missing_power(self) -> int:
        """Wei of power that still have to sign; 0 if two thirds have."""
        return max(0, max(1, -(-2 * self.power // 3)) - self.signed)

    @property
    def missing_signers(self) -> int:
        """How many members still have to sign; 0 if more than a third have."""
        return max(0, self.members // 3 + 1 - self.signers)


@dataclass(frozen=True)
class SignatureCount:
    """What loose signatures add up to."""

    certificate: Certificate
    turnout: Turnout
    dropped: list[Dropped]

    @property
    def is_valid(self) -> bool:
        """Whether the certificate is complete."""
        return self.turnout.is_enough


def recover(message_digest: bytes, signature: CompactSignature) -> str | None:
    """The address that has signed; None if the signature is malformed, or its s is high."""
    s = signature.vs % 2**255
    if s > SECPK1_N // 2:
        return None
    packed = signature.r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([signature.vs >> 255])
    try:
        key = coincurve.PublicKey.from_signature_and_message(packed, message_digest, hasher=None)
    except ValueError:
        return None
    return _address(key.format(compressed=False)[1:])


# The same few sign again and again, and hashing costs as much as recovering.
@lru_cache(maxsize=1024)
def _address(public_key: bytes) -> str:
    return PublicKey(public_key).to_checksum_address()


def tally(
    message: EIP712Message,
    members: Sequence[int],
    signatures: Iterable[CompactSignature],
    *,
    others: Mapping[str, EIP712Message] | None = None,
) -> SignatureCount:
    """Makes a certificate of a message from signatures in any order: no more than are needed.

    `members` are the committee's words. Bad, duplicate and strange signatures are dropped, each
    with the reason; so is what comes after enough have signed, by power and by number. `others`
    (name => message) are what a stranger may have signed by mistake, such as the same message in
    another domain.
    """
    places = {member(word).signer: place for place, word in enumerate(members)}
    turnout = Turnout(0, sum(member(word).power for word in members), 0, len(members))
    found: dict[int, CompactSignature] = {}
    dropped: list[Dropped] = []
    message_digest = digest(message)
    for number, signature in enumerate(signatures):
        signer = recover(message_digest, signature)
        if signer is None:
            dropped.append(Dropped(number, "malformed"))
        elif signer not in places:
            dropped.append(Dropped(number, _strange(signer, signature, places, others or {})))
        elif places[signer] in found:
            dropped.append(Dropped(number, f"{signer} has signed already"))
        elif turnout.is_enough:
            dropped.append(Dropped(number, f"{signer} is not needed any more"))
        else:
            found[places[signer]] = signature
            signed = turnout.signed + member(members[places[signer]]).power
            turnout = replace(turnout, signed=signed, signers=len(found))
    certificate = Certificate(
        list(members), sum(1 << place for place in found), [found[place] for place in sorted(found)]
    )
    return SignatureCount(certificate, turnout, dropped)


def _strange(
    signer: str,
    signature: CompactSignature,
    places: dict[str, int],
    others: Mapping[str, EIP712Message],
) -> str:
    for name, other in others.items():
        if (real := recover(digest(other), signature)) in places:
            return f"{real} has signed {name}"
    return f"{signer} is no member: a stranger, or another message was signed"
