"""Votes of sequencers, and the certificates made of them, as files.

A vote is a message (a Reelection, a Correction, an Offence or a RewardBatch), the domain in which
it was signed, and one signature. There is nothing secret in it. A BlockCommitment, which is no
vote, is signed and kept in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from eip712.messages import EIP712Message
from eth_pydantic_types import abi

from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.files.strict_json import U8, U64, U256, Address, Bytes32, Word
from seqpool.files.strict_model import BadValue, read_as, strict, wanted
from seqpool.protocol.certificates import (
    Certificate,
    Dropped,
    SignatureCount,
    Turnout,
    recover,
    tally,
)
from seqpool.protocol.committee import member
from seqpool.protocol.messages import (
    BlockCommitment,
    Correction,
    Offence,
    Reelection,
    RewardBatch,
    SetMessage,
    digest,
    domain_of,
    set_domain,
)
from seqpool.protocol.signatures import CompactSignature, sign
from seqpool.units import format_metis

if TYPE_CHECKING:
    from ape.api import AccountAPI

M = TypeVar("M", bound=EIP712Message)
Kinds = dict[str, type[SetMessage]]
VOTE_TYPES: Kinds = {kind.__name__: kind for kind in (Reelection, Correction, Offence, RewardBatch)}
# Of which nobody combines any.
COMMITMENTS: Kinds = {BlockCommitment.__name__: BlockCommitment}
# type of a message's field => how a file has it
_FIELDS = {
    abi.address: Address,
    abi.bytes32: Bytes32,
    abi.uint8: U8,
    abi.uint64: U64,
    abi.uint256: U256,
}


@strict
class SetDomainData:
    """The domain of a SequencerSet, as a file has it."""

    chain_id: U64
    sequencer_set: Address


@strict
class MessageData:
    """A message with its domain, as a file has them."""

    kind: str
    domain: SetDomainData
    message: object


@strict
class SignatureData:
    """An EIP-2098 signature, as a file has it."""

    r: Word
    vs: Word

    def compact(self) -> CompactSignature:
        return CompactSignature(self.r, self.vs)


@strict
class VoteData(MessageData):
    """A vote's file."""

    signer: Address
    signature: SignatureData


@strict
class CertificateData:
    """A certificate, as a file has it."""

    members: list[Word]
    signers: Word
    signatures: list[SignatureData]


@strict
class BallotData(MessageData):
    """A certificate's file."""

    certificate: CertificateData


def fields_of(message: EIP712Message) -> dict[str, object]:
    """A message's fields, as a file has them."""
    values = {name: getattr(message, name) for name in _names(type(message))}
    return {k: "0x" + bytes(v).hex() if isinstance(v, bytes) else v for k, v in values.items()}


def _names(kind: type[EIP712Message]) -> list[str]:
    return [name for name in kind.model_fields if name != "eip712_domain"]


@cache
def _shape(kind: type[EIP712Message]) -> type[Any]:
    """The strict dataclass of a message's fields."""
    types = get_type_hints(kind, include_extras=True)
    parts = [(name, _FIELDS[types[name]]) for name in _names(kind)]
    return strict(make_dataclass(f"{kind.__name__}Data", parts))


def read_fields(kind: type[EIP712Message], data: object) -> dict[str, object]:
    """A message's fields by name, of what a file has; it raises BadValue."""
    found: dict[str, object] = vars(read_as(_shape(kind), data, where="message"))
    return found


def read_kind(name: str, kinds: Mapping[str, type[M]]) -> type[M]:
    """The class of a message by its name in a file; it raises BadValue."""
    if name not in kinds:
        known = ", ".join(kinds)
        raise BadValue(f"kind: {wanted(f'one of {known}', name)}")
    return kinds[name]


def message_data(message: EIP712Message) -> dict[str, object]:
    """A message with its domain, as a file has them."""
    domain = domain_of(message)
    return {
        "kind": type(message).__name__,
        "domain": {"chain_id": domain.chainId, "sequencer_set": domain.verifyingContract},
        "message": fields_of(message),
    }


def read_message(data: object, kinds: Kinds = VOTE_TYPES) -> SetMessage:
    """What such a part of a file says; it raises BadValue."""
    return message_of(read_as(MessageData, data), kinds)


def message_of(data: MessageData, kinds: Kinds = VOTE_TYPES) -> SetMessage:
    """The message of a file; it raises BadValue."""
    kind = read_kind(data.kind, kinds)
    domain = set_domain(data.domain.chain_id, data.domain.sequencer_set)
    return kind(eip712_domain=domain, **read_fields(kind, data.message))


def signature_data(signature: CompactSignature) -> dict[str, str]:
    return {"r": f"{signature.r:#066x}", "vs": f"{signature.vs:#066x}"}


def read_signature(data: object) -> CompactSignature:
    """What such a part of a file says; it raises BadValue."""
    return read_as(SignatureData, data, where="signature").compact()


def check_domain(message: EIP712Message, chain_id: int, sequencer_set: str, what: str) -> None:
    """UserError if a message is for another SequencerSet."""
    domain = domain_of(message)
    found = (domain.chainId, domain.verifyingContract)
    if found != (chain_id, sequencer_set):
        raise UserError(
            f"{what} is for the SequencerSet {found[1]} on chain {found[0]}, not for"
            f" {sequencer_set} on chain {chain_id}"
        )


@dataclass(frozen=True)
class Vote:
    """A signature of a message, and who says to have made it."""

    message: SetMessage
    signer: str
    signature: CompactSignature

    def save(self, path: Path) -> None:
        strict_json.write_file(path, self.data())

    def data(self) -> dict[str, object]:
        """A vote as a file has it."""
        signed = {"signer": self.signer, "signature": signature_data(self.signature)}
        return message_data(self.message) | signed

    @classmethod
    def read(cls, path: Path) -> "Vote":
        """The vote in a file, or UserError. Whether it is good is seen when votes are combined."""
        return strict_json.read_file(path, cls._read, "vote", "ape run vote sign")

    @classmethod
    def read_commitment(cls, path: Path) -> "Vote":
        """The signed BlockCommitment in a file, or UserError."""
        return strict_json.read_file(
            path,
            lambda data: cls._read(data, COMMITMENTS),
            "signed commitment",
            "ape run slash commit",
        )

    @classmethod
    def _read(cls, data: object, kinds: Kinds = VOTE_TYPES) -> "Vote":
        found = read_as(VoteData, data)
        return cls(message_of(found, kinds), found.signer, found.signature.compact())


def make_vote(message: SetMessage, account: "AccountAPI") -> Vote:
    return Vote(message, account.address, sign(account, message))


@dataclass(frozen=True)
class Ballot:
    """A message with a certificate of it."""

    message: SetMessage
    certificate: Certificate

    def save(self, path: Path) -> None:
        members, signers, signatures = self.certificate
        data = {
            "members": [f"{word:#066x}" for word in members],
            "signers": hex(signers),
            "signatures": [signature_data(signature) for signature in signatures],
        }
        strict_json.write_file(path, message_data(self.message) | {"certificate": data})

    @classmethod
    def read(cls, path: Path) -> "Ballot":
        """The certificate in a file, or UserError."""
        return strict_json.read_file(path, cls._read, "certificate", "ape run vote combine")

    @classmethod
    def _read(cls, data: object) -> "Ballot":
        found = read_as(BallotData, data)
        certificate = Certificate(
            found.certificate.members,
            found.certificate.signers,
            [signature.compact() for signature in found.certificate.signatures],
        )
        return cls(message_of(found), certificate)

    def check(self) -> None:
        """UserError unless it holds for its own members."""
        members, signers, signatures = self.certificate
        people = [member(word) for word in members]
        named = [person for place, person in enumerate(people) if signers >> place & 1]
        if signers >> len(people):
            raise UserError("the certificate is bad: it has a bit beyond its members")
        if len(named) != len(signatures):
            raise UserError(
                f"the certificate is bad: {len(signatures)} signatures for {len(named)} bits"
            )
        for person, signature in zip(named, signatures, strict=True):
            if recover(digest(self.message), signature) != person.signer:
                raise UserError(f"the certificate is bad: {person.signer} has not signed it")
        signed, power = (sum(person.power for person in some) for some in (named, people))
        check_complete(Turnout(signed, power, len(named), len(people)))


def check_complete(turnout: Turnout) -> None:
    """UserError if too few have signed, by power or by number."""
    if turnout.is_enough:
        return
    lacks = []
    if power := turnout.missing_power:
        lacks.append(f"{format_metis(power)} METIS more, for two thirds of the power")
    if number := turnout.missing_signers:
        members = "1 member" if number == 1 else f"{number} members"
        lacks.append(f"{members} more, for more than a third by number")
    raise UserError(f"{describe(turnout)}: a certificate needs {'; and '.join(lacks)}")


def describe(turnout: Turnout) -> str:
    """Who has signed, in words."""
    return (
        f"signed by {turnout.signers} of {turnout.members} members, who hold"
        f" {format_metis(turnout.signed)} of {format_metis(turnout.power)} METIS"
    )


def combine(
    message: EIP712Message, members: Sequence[int], votes: Sequence[tuple[str, Vote]]
) -> tuple[SignatureCount, list[tuple[str, str]]]:
    """What named votes amount to for a message, and (name, why) of those that do not count."""
    others = {
        f"another message ({difference(vote.message, message)})": vote.message
        for _, vote in votes
        if digest(vote.message) != digest(message)
    }
    found = tally(message, members, [vote.signature for _, vote in votes], others=others)
    dropped = [(votes[x.place][0], _why(x, votes[x.place][1])) for x in found.dropped]
    return found, dropped


def _why(dropped: Dropped, vote: Vote) -> str:
    signer = recover(digest(vote.message), vote.signature)
    if signer not in (None, vote.signer):
        return f"{dropped.why}; it says that it is of {vote.signer}"
    return dropped.why


def difference(message: EIP712Message, wanted: EIP712Message) -> str:
    """In what a message differs from another: the first such field."""
    found, expected = (_flat(x) for x in (message, wanted))
    if found.keys() != expected.keys():
        return f"a {type(message).__name__}, not a {type(wanted).__name__}"
    return next(
        (f"{k} {v}, not {expected[k]}" for k, v in found.items() if v != expected[k]), "none"
    )


def _flat(message: EIP712Message) -> dict[str, object]:
    domain = domain_of(message)
    return fields_of(message) | {
        "chain": domain.chainId,
        "SequencerSet": domain.verifyingContract,
    }


def file_names(paths: Sequence[Path], votes: Sequence[Vote]) -> list[tuple[str, Vote]]:
    return [(shown(path), vote) for path, vote in zip(paths, votes, strict=True)]
