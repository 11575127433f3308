"""Votes of a committee in models: members, signatures, certificates, and how many are enough."""

from collections.abc import Collection
from typing import NamedTuple


class Signature(NamedTuple):
    """What is true of a signature; the chain only sees r and vs."""

    by: int  # signer
    of: tuple  # domain and message
    flaw: str | None  # in its form
    r: int
    vs: int


class Certificate(NamedTuple):
    members: tuple[int, ...]
    bits: int
    signatures: tuple[Signature, ...]


def power_of(member: int) -> int:
    return member >> 160


def signer_of(member: int) -> int:
    return member % 2**160


class Quorum:
    """A part of a model that counts votes."""

    domain: int

    def check_certificate(self, certificate: Certificate, committee, message: tuple):
        """`committee` has `members`."""
        members, bits, signatures = certificate
        self.need(len(members) > 0, "quorum: empty committee")
        self.need(len(signatures) > 0, "quorum: no signatures")
        self.need(members == committee.members, "quorum: wrong members")
        self.need(bits < 2 ** len(members), "quorum: bit beyond members")
        self.settle()
        signed = [x for place, x in enumerate(members) if bits & 2**place]
        self.need(len(signatures) >= len(signed), "quorum: too few signatures")
        self.need(len(signatures) <= len(signed), "quorum: too many signatures")
        counted = []
        for member, signature in zip(signed, signatures, strict=False):
            if signature.flaw:
                self.need(False, f"quorum: {signature.flaw}")
            elif signature.of != (self.domain, message) or signature.by not in map(
                signer_of, members
            ):
                self.need(False, "quorum: signer is no member")
            elif signature.by in counted:
                self.need(False, "quorum: duplicate signature")
            else:
                self.need(signature.by == signer_of(member), "quorum: signature in wrong place")
                counted.append(signature.by)
        self.settle()
        self.require(has_power(signed, members), "quorum: below two thirds")
        self.require(has_number(signed, members), "quorum: too few by number")


def has_power(signed: Collection[int], members: Collection[int]) -> bool:
    """Whether those of the members who have signed hold two thirds of the power."""
    power = sum(map(power_of, signed))
    return power > 0 and 3 * power >= 2 * sum(map(power_of, members))


def has_number(signed: Collection[int], members: Collection[int]) -> bool:
    """Whether they are more than a third by number."""
    return 3 * len(signed) > len(members)


def are_enough(signed: Collection[int], members: Collection[int]) -> bool:
    return has_power(signed, members) and has_number(signed, members)


def is_voted(message: tuple, members: tuple[int, ...], certificate: Certificate, domain: int):
    """Whether enough members have truly signed a message."""
    voters = {x.by for x in certificate.signatures if x.of == (domain, message) and not x.flaw}
    return are_enough([x for x in members if signer_of(x) in voters], members)
