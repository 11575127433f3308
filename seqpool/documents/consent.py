"""A signer's consent to work for an owner: signed with any key, checked, and kept in a file."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from eth_account import Account
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils import keccak

from seqpool.errors import UserError
from seqpool.files import strict_json
from seqpool.files.strict_json import U64, U256, Address
from seqpool.files.strict_model import read_as, reader, strict, wanted
from seqpool.protocol.messages import SignerConsent, signer_consent
from seqpool.protocol.signatures import CompactSignature, sign

_HALF_ORDER = (1 << 255) - 1


def _pubkey(value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2:
        raise wanted("two words", value)
    for word in value:
        strict_json.bytes32(word)
    return value[0], value[1]


def _signature(value: object) -> CompactSignature:
    if not isinstance(value, list) or len(value) != 2:
        raise wanted("two words", value)
    return CompactSignature(*map(strict_json.word, value))


@strict
class Consent:
    """What `lock` and `rotate_signer` take besides amounts."""

    chain_id: U64
    pool: Address
    owner: Address
    signer: Address
    nonce: U256
    pubkey: Annotated[tuple[str, str], reader(_pubkey)]  # x and y, 32 bytes each in hex
    signature: Annotated[CompactSignature, reader(_signature)]

    @property
    def pubkey_words(self) -> tuple[bytes, bytes]:
        x, y = (bytes.fromhex(word.removeprefix("0x")) for word in self.pubkey)
        return x, y

    def check(self, chain_id: int, pool: str, owner: str, nonce: int) -> None:
        """UserError if it is for something else, or not signed by its signer."""
        for name, mine, theirs in (
            ("chain", self.chain_id, chain_id),
            ("pool", self.pool, pool),
            ("owner", self.owner, owner),
            ("nonce", self.nonce, nonce),
        ):
            if mine != theirs:
                raise UserError(f"the consent is for {name} {mine}, not {theirs}: sign it anew")
        message = signer_consent(chain_id, pool, owner, self.signer, nonce)
        vs = self.signature.vs
        parity, s = vs >> 255, vs & _HALF_ORDER
        if self.pubkey != _recover(message, parity, self.signature.r, s, self.signer):
            raise UserError("the consent's public key is not that of its signer: sign it anew")

    def save(self, path: Path) -> None:
        """Writes a file that `read` reads; there is nothing secret in it."""
        data = asdict(self) | {"signature": [hex(number) for number in self.signature]}
        strict_json.write_file(path, data)

    @classmethod
    def read(cls, path: Path) -> "Consent":
        """The consent in a file, or UserError."""
        return strict_json.read_file(
            path, lambda data: read_as(cls, data), "consent", "ape run operator consent"
        )


def _recover(message: SignerConsent, parity: int, r: int, s: int, signer: str) -> tuple[str, str]:
    """The public key that signed, in hex: ape's accounts do not show theirs."""
    signable = message.signable_message
    digest = keccak(b"\x19" + signable.version + signable.header + signable.body)
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValueError):
        raise UserError("the consent's signature is none") from None
    if key.to_checksum_address() != signer:
        raise UserError(f"the consent was not signed by {signer}")
    point = key.to_bytes()
    return "0x" + point[:32].hex(), "0x" + point[32:].hex()


def make_consent(signer, chain_id: int, pool: str, owner: str, nonce: int) -> Consent:
    """The consent of a signer: an account of ape's, or of eth_account's."""
    message = signer_consent(chain_id, pool, owner, signer.address, nonce)
    signature = sign(signer, message)
    parity, s = signature.vs >> 255, signature.vs & _HALF_ORDER
    pubkey = _recover(message, parity, signature.r, s, signer.address)
    return Consent(chain_id, pool, owner, signer.address, nonce, pubkey, signature)


def load_key(path: Path, ask_password) -> object:
    """The account of a private key in a file: in hex, or a keystore with a password."""
    try:
        text = path.read_text().strip()
    except FileNotFoundError:
        raise UserError(f"no key file {path}") from None
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{path}: cannot be read") from None
    try:
        key = Account.decrypt(text, ask_password()) if text.startswith("{") else text
        return Account.from_key(key)
    except Exception:
        # what is wrong with a key is nobody's business, and no part of it may get into a log
        raise UserError(f"{path}: no private key, or a wrong password") from None
