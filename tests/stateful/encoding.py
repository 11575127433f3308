"""Words of 32 bytes: numbers, and arguments with numbers in place of addresses and hashes."""

from typing import Any

from eth_abi import encode
from eth_utils import keccak

from tests.stateful.quorum import Certificate


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


def keccak_words(*values: int) -> int:
    """keccak256 of words, as a word."""
    return int.from_bytes(keccak(b"".join(map(word, values))), "big")


def fitted(kind: str, value: Any) -> Any:
    """A value as eth_abi wants it."""
    if kind.endswith("[]"):
        return [fitted(kind[:-2], x) for x in value]
    if kind == "address" and isinstance(value, int):
        return "0x" + value.to_bytes(20, "big").hex()
    if kind == "bytes32" and isinstance(value, int):
        return value.to_bytes(32, "big")
    if kind.startswith("("):
        return tuple(fitted(k, v) for k, v in zip(parts(kind), value, strict=True))
    return value


def parts(kind: str) -> list[str]:
    """Of a tuple's type."""
    found, depth, start = [], 0, 1
    for place, char in enumerate(kind):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if (depth == 1 and char == ",") or depth == 0:
            found.append(kind[start:place])
            start = place + 1
            if depth == 0 and place:
                break
    return found


def encoded(kinds: list[str], args: tuple) -> bytes:
    return encode(kinds, [fitted(kind, value) for kind, value in zip(kinds, args, strict=True)])


def bytes_words(data: bytes) -> list[int]:
    """Bytes as the tail of an ABI encoding."""
    padded = data + bytes(-len(data) % 32)
    return [len(data), *words(padded)]


def list_words(values: tuple[int, ...]) -> list[int]:
    """A list as the tail of an ABI encoding."""
    return [len(values), *values]


def certificate_words(certificate: Certificate) -> list[int]:
    """A certificate as the tail of an ABI encoding."""
    members = list_words(certificate.members)
    signatures = [x for signature in certificate.signatures for x in (signature.r, signature.vs)]
    return [
        *(3 * 32, certificate.bits, 32 * (3 + len(members))),
        *(*members, len(certificate.signatures), *signatures),
    ]


def vote_words(message: tuple[int, ...], certificate: Certificate) -> list[int]:
    """A message and its certificate, as arguments."""
    return [*message, 32 * (len(message) + 1), *certificate_words(certificate)]
