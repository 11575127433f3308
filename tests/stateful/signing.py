"""Keys by number, and what they sign: messages of models, which have a TYPE, and consents."""

from functools import cache, lru_cache

from eth_account import Account
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

from seqpool.protocol.messages import signer_consent
from seqpool.protocol.signatures import compact
from tests.stateful.chain import CHAIN_ID, address
from tests.stateful.encoding import word, words
from tests.stateful.quorum import Signature

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@cache
def private_key(number: int) -> PrivateKey:
    return PrivateKey(word(number + 1))


@cache
def public_key(number: int) -> tuple[int, int]:
    return tuple(words(private_key(number).public_key.to_bytes()))


@cache
def signer(number: int) -> int:
    """The address of a key."""
    return int.from_bytes(private_key(number).public_key.to_canonical_address(), "big")


def domain_separator(name: str, chain_id: int, at: int) -> int:
    parts = [keccak(text=x) for x in (DOMAIN_TYPE, name, "1")]
    return int.from_bytes(keccak(b"".join([*parts, word(chain_id), word(at)])), "big")


def hash_struct(message: tuple) -> int:
    """hashStruct of EIP-712; all fields are words."""
    encoded = b"".join([keccak(text=message.TYPE), *map(word, message)])
    return int.from_bytes(keccak(encoded), "big")


# typed: messages of two types may have the same fields
@lru_cache(maxsize=1_000, typed=True)
def digest(domain: int, message: tuple) -> bytes:
    """What is signed."""
    return keccak(b"\x19\x01" + word(domain) + word(hash_struct(message)))


@lru_cache(maxsize=10_000, typed=True)
def sign(number: int, domain: int, message: tuple) -> Signature:
    """A message, for a domain separator."""
    signed = private_key(number).sign_msg_hash(digest(domain, message))
    v, r, s = signed.vrs
    return Signature(signer(number), (domain, message), None, r, v << 255 | s)


@cache
def consent(
    pool: int, owner: int, number: int, nonce: int, by: int | None = None
) -> tuple[int, int]:
    """Key `number` agrees to work for an owner; signed by another key, if one is named."""
    at = map(address, (pool, owner, signer(number)))
    message = signer_consent(CHAIN_ID, *at, nonce)
    key = private_key(number if by is None else by)
    signed = Account.from_key(key.to_bytes()).sign_message(message.signable_message)
    return tuple(compact(signed.v, signed.r, signed.s))
