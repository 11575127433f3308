"""Signatures and keys in the forms that the contracts take."""

from typing import Any, NamedTuple, Protocol

from eip712.messages import EIP712Message
from eth_account.messages import SignableMessage
from eth_account.signers.base import BaseAccount
from eth_keys.datatypes import PrivateKey

from seqpool.errors import UserError


class Account(Protocol):
    """Who signs: an account of ape's, or of eth_account's. They differ in what they sign."""

    @property
    def address(self) -> str: ...
    def sign_message(self, message: Any, /) -> Any: ...


class CompactSignature(NamedTuple):
    """An EIP-2098 compact signature."""

    r: int
    vs: int  # y parity << 255 | s


def compact(v: int, r: int | bytes, s: int | bytes) -> CompactSignature:
    """A signature (v 27 or 28, s low) in its compact form.

    Raises ValueError if v is neither 27 nor 28, or s is high.
    """
    r, s = (int.from_bytes(x, "big") if isinstance(x, bytes) else x for x in (r, s))
    if v not in (27, 28):
        raise ValueError(f"v is {v}, not 27 or 28")
    if s >> 255:
        raise ValueError("s is high: no compact form")
    return CompactSignature(r, (v - 27) << 255 | s)


def sign(signer: Account, message: EIP712Message) -> CompactSignature:
    """A message's signature by an account of ape's, or of eth_account's."""
    is_foreign = isinstance(signer, BaseAccount)
    return compact(*_sign(signer, message.signable_message if is_foreign else message))


def sign_plain(signer: Account, message: SignableMessage) -> bytes:
    """The same of any signable message, in 65 bytes: r, s and v, which is 27 or 28."""
    v, r, s = _sign(signer, message)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def _sign(signer: Account, message: EIP712Message | SignableMessage) -> tuple[int, int, int]:
    signed = signer.sign_message(message)
    if signed is None:
        raise UserError(f"{signer.address} did not sign")
    v, r, s = (
        int.from_bytes(x, "big") if isinstance(x, bytes) else x
        for x in (signed.v, signed.r, signed.s)
    )
    return v, r, s


def public_key(private_key: bytes | str) -> tuple[bytes, bytes]:
    """x and y (32 bytes each) of a private key's public key."""
    if isinstance(private_key, str):
        private_key = bytes.fromhex(private_key.removeprefix("0x"))
    point = PrivateKey(private_key).public_key.to_bytes()
    return point[:32], point[32:]
