"""Merkle trees with sorted pairs, as OpenZeppelin's and snekmate's contracts verify them."""

from collections.abc import Iterable, Sequence

from eth_abi import encode
from eth_utils import keccak

EMPTY = bytes(32)


def leaf(voter: str, choice: int, power: int) -> bytes:
    """A vote; hashed twice, so that no inner node passes for one."""
    return keccak(keccak(encode(["address", "uint256", "uint256"], [voter, choice, power])))


def _pair(a: bytes, b: bytes) -> bytes:
    return keccak(min(a, b) + max(a, b))


def _levels(leaves: Sequence[bytes]) -> Iterable[list[bytes]]:
    level = list(leaves)
    while True:
        yield level
        if len(level) <= 1:
            return
        # one without a partner goes up as it is
        level = [
            _pair(*level[place : place + 2]) if place + 1 < len(level) else level[place]
            for place in range(0, len(level), 2)
        ]


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of leaves in their order; EMPTY if there are none."""
    *_, top = _levels(leaves)
    return top[0] if top else EMPTY


def proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes that lead from a leaf, counted from 0, to the root."""
    found = []
    for level in _levels(leaves):
        if place ^ 1 < len(level):
            found.append(level[place ^ 1])
        place //= 2
    return found


def verify(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Whether a proof leads from a leaf to the root."""
    for other in proof:
        leaf = _pair(leaf, other)
    return leaf == root
