"""Committee words and their hash, as in contracts/modules/signing/committee.vy."""

from collections.abc import Sequence
from typing import NamedTuple

from eth_abi import encode
from eth_utils import keccak, to_checksum_address

SIGNER_BITS = 160


class Member(NamedTuple):
    """A member of a committee."""

    power: int  # wei of METIS
    signer: str  # checksum address


def word(member: Member) -> int:
    """`power << 160 | signer`."""
    return member.power << SIGNER_BITS | int(member.signer, 16)


def member(word: int) -> Member:
    """The member in a word."""
    signer = to_checksum_address((word % (1 << SIGNER_BITS)).to_bytes(20, "big"))
    return Member(word >> SIGNER_BITS, signer)


def committee_hash(nonce: int, words: Sequence[int]) -> bytes:
    """What a contract stores of a committee: keccak256(abi_encode(nonce, words))."""
    return keccak(encode(["uint256", "uint256[]"], [nonce, list(words)]))
