"""Addresses of contracts before they exist."""

import rlp
from eth_utils import keccak, to_canonical_address, to_checksum_address


def create_address(sender: str, nonce: int) -> str:
    """The address of the contract that `sender` creates in its transaction number `nonce`."""
    return to_checksum_address(keccak(rlp.encode([to_canonical_address(sender), nonce]))[-20:])


ZERO = "0x" + 40 * "0"
