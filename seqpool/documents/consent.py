"""A signer's consent to work for an owner: signed with any key, checked, and kept in a file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from eth_account import Account
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils import is_checksum_address, keccak

from seqpool.errors import UserError
from seqpool.protocol.messages import SignerConsent, signer_consent
from seqpool.protocol.signatures import CompactSignature, sign

_HALF_ORDER = (1 << 255) - 1


@dataclass(frozen=True)
class Consent:
    """What `lock` and `rotate_signer` take besides amounts."""

    chain_id: int
    pool: str
    owner: str
    signer: str
    nonce: int
    pubkey: tuple[str, str]  # x and y, 32 bytes each in hex
    signature: CompactSignature

    @property
    def pubkey_words(self) -> tuple[bytes, bytes]:
        x, y = (bytes.fromhex(word.removeprefix("0x")) for word in self.pubkey)
        return x, y

    def check(self, chain_id: int, pool: str, owner: str, nonce: int) -> None:
        """UserError if it is for something else, or not signed by its signer."""
        for name, mine, wanted in (
            ("chain", self.chain_id, chain_id),
            ("pool", self.pool, pool),
            ("owner", self.owner, owner),
            ("nonce", self.nonce, nonce),
        ):
            if mine != wanted:
                raise UserError(f"the consent is for {name} {mine}, not {wanted}: sign it anew")
        message = signer_consent(chain_id, pool, owner, self.signer, nonce)
        vs = self.signature.vs
        parity, s = vs >> 255, vs & _HALF_ORDER
        if self.pubkey != _recover(message, parity, self.signature.r, s, self.signer):
            raise UserError("the consent's public key is not that of its signer: sign it anew")

    def save(self, path: Path) -> None:
        """Writes a file that `read` reads; there is nothing secret in it."""
        data = asdict(self) | {"signature": [hex(number) for number in self.signature]}
        path.write_text(json.dumps(data, indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Consent":
        """The consent in a file, or UserError."""
        try:
            data = json.loads(path.read_text())
            r, vs = (int(number, 16) for number in data.pop("signature"))
            x, y = data.pop("pubkey")
            consent = cls(**data, pubkey=(x, y), signature=CompactSignature(r, vs))
            if [len(word) for word in consent.pubkey_words] != [32, 32]:
                raise ValueError
            if not all(map(is_checksum_address, (consent.pool, consent.owner, consent.signer))):
                raise ValueError
        except FileNotFoundError:
            raise UserError(f"no consent file {path}") from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise UserError(
                f"{path}: this is no consent; make one with `operator consent`"
            ) from None
        return consent


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
