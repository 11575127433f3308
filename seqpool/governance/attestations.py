"""What attesters sign for the SequencerGovernor, as files, and k of n of them as it takes them.

An attestation is a message (a Tally or a VoteLink), the domain in which it was signed, and one
signature. There is nothing secret in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seqpool.documents.votes import SignatureData, fields_of, read_fields, read_kind, signature_data
from seqpool.errors import UserError
from seqpool.files import strict_json
from seqpool.files.strict_json import U64, Address
from seqpool.files.strict_model import read_as, strict
from seqpool.protocol.certificates import recover
from seqpool.protocol.messages import Tally, VoteLink, digest, domain_of, governor_domain
from seqpool.protocol.signatures import CompactSignature, sign

if TYPE_CHECKING:
    from ape.api import AccountAPI

Statement = Tally | VoteLink
STATEMENTS: dict[str, type[Statement]] = {kind.__name__: kind for kind in (Tally, VoteLink)}


@strict
class GovernorDomainData:
    """The domain of a SequencerGovernor, as a file has it."""

    chain_id: U64
    governor: Address


@strict
class AttestationData:
    """An attestation's file."""

    kind: str
    domain: GovernorDomainData
    message: object
    signer: Address
    signature: SignatureData


class Signatures(NamedTuple):
    """What the Governor takes as `signatures`."""

    signers: int  # bit i: attesters[i] has signed
    signatures: list[CompactSignature]  # one for each bit, in ascending order of bits


@dataclass(frozen=True)
class Attestation:
    """A signature of a message, and who says to have made it."""

    message: Statement
    signer: str
    signature: CompactSignature

    def save(self, path: Path) -> None:
        data = _data(self.message) | {
            "signer": self.signer,
            "signature": signature_data(self.signature),
        }
        strict_json.write_file(path, data)

    @classmethod
    def read(cls, path: Path) -> Attestation:
        """The one in a file, or UserError. Whether it is good is seen when they are combined."""
        return strict_json.read_file(path, cls._read, "attestation", "ape run governance attest")

    @classmethod
    def _read(cls, data: object) -> Attestation:
        found = read_as(AttestationData, data)
        kind = read_kind(found.kind, STATEMENTS)
        domain = governor_domain(found.domain.chain_id, found.domain.governor)
        message = kind(eip712_domain=domain, **read_fields(kind, found.message))
        return cls(message, found.signer, found.signature.compact())


def _data(message: Statement) -> dict:
    domain = domain_of(message)
    return {
        "kind": type(message).__name__,
        "domain": {"chain_id": domain.chainId, "governor": domain.verifyingContract},
        "message": fields_of(message),
    }


def make_attestation(message: Statement, account: AccountAPI) -> Attestation:
    return Attestation(message, account.address, sign(account, message))


def save_tally(message: Tally, path: Path) -> None:
    """Writes a tally for attesters to compare before they sign."""
    strict_json.write_file(path, _data(message))


def check_message(attestation: Attestation, message: Statement) -> None:
    """UserError unless somebody has attested just what we would."""
    if why := _difference(attestation.message, message):
        raise UserError(f"{attestation.signer} has attested another message: {why}")


def combine(
    message: Statement,
    attesters: Sequence[str],
    threshold: int,
    attestations: Sequence[tuple[str, Attestation]],
) -> tuple[Signatures, list[tuple[str, str]]]:
    """The fewest that are needed, of named ones, and (name, why) of those that do not count.

    `attesters` is the Governor's list in its order, `threshold` how many of them have to sign.
    UserError if too few have.
    """
    found: dict[int, CompactSignature] = {}
    dropped: list[tuple[str, str]] = []
    for name, attestation in attestations:
        signer = recover(digest(attestation.message), attestation.signature)
        if signer is None:
            why = "malformed signature"
        elif signer != attestation.signer:
            why = f"signed by {signer}, not by {attestation.signer}"
        elif difference := _difference(attestation.message, message):
            why = f"another message: {difference}"
        elif signer not in attesters:
            why = f"{signer} is no attester"
        elif attesters.index(signer) in found:
            why = f"{signer} has signed already"
        elif len(found) == threshold:
            why = f"{signer} is not needed any more"
        else:
            found[attesters.index(signer)] = attestation.signature
            continue
        dropped.append((name, why))
    if len(found) < threshold:
        reasons = "".join(f"; {name}: {why}" for name, why in dropped)
        raise UserError(f"{len(found)} of {threshold} attesters have signed{reasons}")
    places = sorted(found)
    signers = sum(1 << place for place in places)
    return Signatures(signers, [found[place] for place in places]), dropped


def _difference(message: Statement, wanted: Statement) -> str | None:
    """In what a message differs from another: the first such field."""
    if type(message) is not type(wanted):
        return f"a {type(message).__name__}, not a {type(wanted).__name__}"
    found, expected = (_flat(x) for x in (message, wanted))
    return next((f"{k} {v}, not {expected[k]}" for k, v in found.items() if v != expected[k]), None)


def _flat(message: Statement) -> dict[str, object]:
    domain = domain_of(message)
    where = {"chain": domain.chainId, "Governor": domain.verifyingContract}
    return where | fields_of(message)
