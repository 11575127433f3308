"""Who signs for a watcher: a keystore file, an account of ape's, or a web3signer elsewhere.

Whatever comes back is checked before it is used: a signature recovers to the signer's address, and
a transaction is the one that was asked for. Nothing here shows a key or a password: not in an
error, not in a log, not in a repr.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import rlp  # type: ignore[import-untyped]
from eip712.messages import EIP712Message, extract_eip712_struct_message
from eth_account import Account
from eth_account._utils.legacy_transactions import (
    encode_transaction,
    serializable_unsigned_transaction_from_dict,
)
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.datatypes import PublicKey
from eth_typing import Hash32
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from yarl import URL

from seqpool.chain import jsonrpc
from seqpool.documents.votes import fields_of
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.protocol.certificates import recover
from seqpool.protocol.messages import digest
from seqpool.protocol.signatures import CompactSignature, compact
from seqpool.watcher.base.http import read_answer

REST, JSON_RPC = "rest", "json-rpc"
# of an answer, in bytes: a signed transaction may hold a certificate of 128
MAX_ANSWER = 256 * 2**10
_EIP_155 = 35


class SigningFailed(Exception):
    """There is no signature, or not the one that was asked for."""


class Signer(Protocol):
    """A key, wherever it is."""

    address: str

    async def sign(self, message: EIP712Message) -> CompactSignature:
        """A message's signature, or SigningFailed."""

    async def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The transaction that JSON-RPC's fields describe, ready to be sent; or SigningFailed."""

    async def close(self) -> None:
        """Lets go of connections."""


@dataclass(frozen=True)
class KeySettings:
    """Where the key is: exactly one of the first three is given."""

    keystore: Path | None = None
    ape_account: str | None = None  # alias
    remote: str | None = None  # URL of a web3signer
    # name of the environment variable with the password of a keystore or account
    password_env: str = "SEQPOOL_PASSWORD"
    address: str | None = None  # wanted of a remote signer; checked of the others
    # REST signs for any chain; JSON-RPC shows the remote signer what it signs, and signs
    # transactions of its own chain only
    api: str = REST
    timeout: float = 5  # seconds
    attempts: int = 3


async def open_signer(settings: KeySettings, environ: Mapping[str, str] = os.environ) -> Signer:
    """The signer that settings describe, ready to sign; or UserError."""
    path, alias = settings.keystore, settings.ape_account
    if sum(x is not None for x in (path, alias, settings.remote)) != 1:
        raise UserError("[key]: give one of keystore, ape_account and remote")
    if settings.remote is not None:
        signer = RemoteSigner(settings)
        try:
            await signer.open()
        except SigningFailed as error:
            await signer.close()
            raise UserError(str(error)) from None
        return signer
    if alias is not None:
        path = ape_keystore(alias, environ)
    assert path is not None  # one of the three was given
    # which takes a second, and 256 MB
    account = await asyncio.to_thread(_unlock, path, settings.password_env, environ)
    if settings.address not in (None, account.address):
        raise UserError(f"{shown(path)}: this is the key of {account.address}")
    return LocalSigner(account)


def ape_keystore(alias: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Where ape keeps an account."""
    named = environ.get("APE_DATA_FOLDER")
    folder = Path(named) if named else Path.home() / ".ape"
    path = folder / "accounts" / f"{alias}.json"
    if Path(alias).name != alias or not path.exists():
        raise UserError(f"no account {alias!r}: `ape accounts list` shows those that there are")
    return path


def _unlock(path: Path, variable: str, environ: Mapping[str, str]) -> LocalAccount:
    keystore: dict[str, Any] = strict_json.read_file(
        path, _read_keystore, "keystore", "ape accounts generate"
    )
    password = environ.get(variable)
    if password is None:
        raise UserError(f"no password for {shown(path)}: set {variable} in the environment")
    try:
        key = Account.decrypt(keystore, password)
    except (ValueError, TypeError, KeyError):
        raise UserError(f"{shown(path)}: the password in {variable} does not open it") from None
    account: LocalAccount = Account.from_key(key)
    return account


def _read_keystore(data: dict[str, Any]) -> dict[str, Any]:
    if not {"crypto", "Crypto"} & set(data):
        raise ValueError
    return data


class LocalSigner:
    """A key in this process."""

    def __init__(self, account: LocalAccount):
        self.address: str = account.address
        self._account = account

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    async def sign(self, message: EIP712Message) -> CompactSignature:
        hash_ = digest(message)
        return _checked(hash_, self._sign(hash_), self.address)

    async def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        unsigned = _unsigned(fields)
        return _assemble(unsigned, fields, self._sign(unsigned.hash()), self.address)

    async def close(self) -> None:
        pass

    def _sign(self, hash_: bytes) -> bytes:
        """65 bytes: r, s, v."""
        return bytes(self._account.unsafe_sign_hash(Hash32(hash_)).signature)


class RemoteSigner:
    """A key in a web3signer (eth1 mode), reached by its REST API or by JSON-RPC."""

    def __init__(self, settings: KeySettings):
        if settings.remote is None:
            raise UserError("[key]: a remote signer has a URL")
        if settings.address is None:
            raise UserError("[key]: a remote signer may have many keys: give the address")
        if settings.api not in (REST, JSON_RPC):
            raise UserError(f"[key]: api is {REST!r} or {JSON_RPC!r}")
        self.address: str = settings.address
        self._settings = settings
        self._url = URL(settings.remote)
        # without what may be secret in it
        self._name = str(self._url.origin())
        self._http: aiohttp.ClientSession | None = None
        self._identifier = ""  # the public key in hex, for REST

    def __repr__(self) -> str:
        return f"RemoteSigner({self.address} at {self._name})"

    async def open(self) -> None:
        """Checks that the remote signer has the key; SigningFailed if not."""
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        self._http = aiohttp.ClientSession(timeout=timeout)
        if self._settings.api == JSON_RPC:
            found = [x.lower() for x in _texts(await self._rpc("eth_accounts"))]
            is_there = self.address.lower() in found
        else:
            keys = _texts(await self._public_keys())
            self._identifier = next((x for x in keys if _address(x) == self.address), "")
            is_there = bool(self._identifier)
        if not is_there:
            raise SigningFailed(f"the signer at {self._name} has no key of {self.address}")

    async def sign(self, message: EIP712Message) -> CompactSignature:
        if self._settings.api == JSON_RPC:
            typed = json.dumps(extract_eip712_struct_message(message) | _message(message))
            answer = await self._rpc("eth_signTypedData", self.address, typed)
        else:
            signable = message.signable_message
            answer = await self._sign(b"\x19" + b"".join(signable))
        return _checked(digest(message), self._bytes(answer), self.address)

    async def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        unsigned = _unsigned(fields)
        if self._settings.api == REST:
            signature = self._bytes(await self._sign(_payload(unsigned)))
            return _assemble(unsigned, fields, signature, self.address)
        wanted = {key: hex(x) if isinstance(x, int) else x for key, x in fields.items()}
        answer = await self._rpc("eth_signTransaction", wanted | {"from": self.address})
        raw = self._bytes(answer)
        if _assemble(unsigned, fields, _signature_of(raw), self.address) != raw:
            raise SigningFailed(f"the signer at {self._name} has signed another transaction")
        return raw

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _sign(self, data: bytes) -> object:
        """The signature of data's keccak256: the remote signer hashes by itself."""
        path = f"api/v1/eth1/sign/{self._identifier}"
        body = json.dumps({"data": "0x" + data.hex()}).encode()
        return (await self._request("POST", path, body)).decode()

    async def _rpc(self, method: str, *parameters: object) -> object:
        wanted = [(method, parameters)]
        body = await self._request("POST", "", jsonrpc.encode(wanted, 1))
        try:
            return jsonrpc.decode(wanted, 1, body).only()
        except jsonrpc.RpcError as error:
            why = f"refuses {method}: {jsonrpc.one_line(error.message)}"
        except jsonrpc.RpcFault as fault:
            why = f"does not answer {method}: {fault}"
        raise SigningFailed(f"the signer at {self._name} {why}")

    async def _public_keys(self) -> object:
        try:
            return jsonrpc.parse(await self._request("GET", "api/v1/eth1/publicKeys"))
        except ValueError:
            raise SigningFailed(f"the signer at {self._name} answers no JSON") from None

    async def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer. Tried again if there is none: to sign twice does no harm."""
        if self._http is None:
            raise SigningFailed(f"the signer at {self._name} is not open")
        why = ""
        for attempt in range(self._settings.attempts):
            if attempt:
                await asyncio.sleep(0.1 * 2**attempt)
            try:
                url = self._url / path if path else self._url
                headers = jsonrpc.HEADERS if body else None
                async with self._http.request(method, url, data=body, headers=headers) as response:
                    answer = await read_answer(response, MAX_ANSWER)
                    if response.status == 200:
                        return answer
                    why = f"status {response.status}"
                    if response.status < 500:
                        break
            except TimeoutError:
                why = f"no answer in {self._settings.timeout:g} s"
            except aiohttp.ClientError as error:
                why = type(error).__name__
        raise SigningFailed(f"the signer at {self._name} does not answer: {why}")

    def _bytes(self, answer: object) -> bytes:
        try:
            if not isinstance(answer, str):
                raise ValueError
            return bytes.fromhex(answer.strip().removeprefix("0x"))
        except ValueError:
            raise SigningFailed(f"the signer at {self._name} answers no hex") from None


def _texts(answer: object) -> list[str]:
    return [x for x in answer if isinstance(x, str)] if isinstance(answer, list) else []


def _message(message: EIP712Message) -> dict[str, object]:
    """The message of typed data in JSON's types."""
    return {"message": fields_of(message)}


def _address(public_key: str) -> str | None:
    try:
        return PublicKey(bytes.fromhex(public_key.removeprefix("0x"))).to_checksum_address()
    except (ValueError, ValidationError):
        return None


def _checked(hash_: bytes, signature: bytes, address: str) -> CompactSignature:
    """65 bytes (r, s, v) as a signature, if it is the address's; else SigningFailed."""
    try:
        if len(signature) != 65:
            raise ValueError
        v = signature[64] % 27 + 27  # some count from 0
        found = compact(v, signature[:32], signature[32:64])
    except ValueError:
        raise SigningFailed(f"no signature for {address}") from None
    if recover(hash_, found) != address:
        raise SigningFailed(f"a signature for {address} that is of another key or message")
    return found


# Transactions: their bytes are made here, so that nobody else decides what is sent.


def _unsigned(fields: dict[str, Any]) -> Any:
    """The transaction without its signature, as eth_account has it."""
    try:
        return serializable_unsigned_transaction_from_dict(fields)
    except (TypeError, ValueError) as error:
        raise SigningFailed(f"this is no transaction: {error}") from None


def _payload(unsigned: Any) -> bytes:
    """What is hashed and signed of a transaction."""
    if not isinstance(unsigned, TypedTransaction):
        return bytes(rlp.encode(unsigned))
    raw = encode_transaction(unsigned, vrs=(0, 1, 1))
    return raw[:1] + bytes(rlp.encode(rlp.decode(raw[1:])[:-3]))


def _signature_of(raw: bytes) -> bytes:
    """The signature in a signed transaction, as 65 bytes."""
    try:
        v, r, s = rlp.decode(raw[1:] if raw[0] < 0x80 else raw)[-3:]
        # 35 + 2 x chain + parity in an old one, parity alone in the others
        parity = int.from_bytes(v, "big")
        parity = (parity - _EIP_155) % 2 if parity >= _EIP_155 else parity
        return bytes(r.rjust(32, b"\0") + s.rjust(32, b"\0")) + bytes([27 + parity])
    except (rlp.exceptions.DecodingError, ValueError, TypeError, IndexError, AttributeError):
        raise SigningFailed("the remote signer answers no transaction") from None


def _assemble(unsigned: Any, fields: dict[str, Any], signature: bytes, address: str) -> bytes:
    """The signed transaction; SigningFailed unless the address has signed it."""
    hash_ = keccak(_payload(unsigned))
    r, vs = _checked(hash_, signature, address)
    parity, s = vs >> 255, vs % 2**255
    v = parity
    if not isinstance(unsigned, TypedTransaction):
        v = _EIP_155 + 2 * fields["chainId"] + parity
    return encode_transaction(unsigned, vrs=(v, r, s))
