"""Votes of a committee in models: members, signatures, certificates, and the rule of two thirds."""

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
        power = sum(power_of(x) for x in signed)
        total = sum(map(power_of, members))
        self.require(power > 0 and 3 * power >= 2 * total, "quorum: below two thirds")


def has_two_thirds(message: tuple, members: tuple[int, ...], certificate: Certificate, domain: int):
    """Whether two thirds of the members' power have truly signed a message."""
    voters = {x.by for x in certificate.signatures if x.of == (domain, message) and not x.flaw}
    power = sum(power_of(x) for x in members if signer_of(x) in voters)
    return 3 * power >= 2 * sum(map(power_of, members)) > 0
