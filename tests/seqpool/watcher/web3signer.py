"""A stand-in for web3signer in eth1 mode.

It follows web3signer's OpenAPI file (eth1) and its JSON-RPC reference: REST signs the keccak256 of
`data` with the key of a public key, and answers in plain text; `eth_signTypedData` takes an address
and the typed data as a text; `eth_signTransaction` signs for the one chain that it was started for,
whatever chain is asked for. Errors have its codes and texts.
"""

import asyncio
import json

from aiohttp import web
from eth_account import Account
from eth_utils import keccak

_INVALID, _LOCKED = -32602, -32000


class Web3Signer:
    """The server, and what it is told to do wrong."""

    def __init__(self, accounts, chain_id: int = 1_088):
        self._accounts = {account.address: account for account in accounts}
        self._chain_id = chain_id
        self.liar = None  # an account that signs in place of the right one
        self.fails = 0  # times
        self.delay = 0.0  # seconds
        self.answer: str | None = None  # in place of all else
        self.requests: list[str] = []
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Its URL."""
        app = web.Application(middlewares=[self._misbehave])
        app.router.add_get("/api/v1/eth1/publicKeys", self._public_keys)
        app.router.add_post("/api/v1/eth1/sign/{identifier}", self._sign)
        app.router.add_post("/", self._json_rpc)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    @web.middleware
    async def _misbehave(self, request: web.Request, handler):
        self.requests.append(request.path)
        await asyncio.sleep(self.delay)
        if self.fails:
            self.fails -= 1
            raise web.HTTPInternalServerError
        return web.Response(text=self.answer) if self.answer is not None else await handler(request)

    async def _public_keys(self, request: web.Request) -> web.Response:
        return web.json_response([_public_key(x) for x in self._accounts.values()])

    async def _sign(self, request: web.Request) -> web.Response:
        wanted = request.match_info["identifier"]
        body = await request.json()
        account = next((x for x in self._accounts.values() if _public_key(x) == wanted), None)
        if not isinstance(body.get("data"), str):
            raise web.HTTPBadRequest
        if account is None:
            raise web.HTTPNotFound
        hash_ = keccak(hexstr=body["data"])
        signed = (self.liar or account).unsafe_sign_hash(hash_)
        return web.Response(text="0x" + signed.signature.hex())

    async def _json_rpc(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        answer = {"jsonrpc": "2.0", "id": body["id"]}
        try:
            answer["result"] = self._call(body["method"], body["params"])
        except _Refused as refused:
            code, message = refused.args
            answer["error"] = {"code": code, "message": message}
        return web.json_response(answer)

    def _call(self, method: str, parameters: list) -> object:
        match method, parameters:
            case "eth_accounts", []:
                return [address.lower() for address in self._accounts]
            case "eth_signTypedData", [str() as address, str() as typed]:
                account = self._account(address)
                signed = Account.sign_typed_data(account.key, full_message=json.loads(typed))
                return "0x" + signed.signature.hex()
            case "eth_signTransaction", [dict() as fields]:
                known = ("to", "gas", "gasPrice", "maxPriorityFeePerGas", "maxFeePerGas", "nonce")
                kept = {x: fields[x] for x in (*known, "value", "data") if x in fields}
                if "nonce" not in kept:
                    raise _Refused(_INVALID, "Invalid params")
                account = self._account(fields["from"])
                kind = {"type": 2} if "maxFeePerGas" in kept else {}
                signed = account.sign_transaction(kept | kind | {"chainId": self._chain_id})
                return "0x" + signed.raw_transaction.hex()
        raise _Refused(_INVALID, "Invalid params")

    def _account(self, address: str):
        found = {x.lower(): account for x, account in self._accounts.items()}.get(address.lower())
        if found is None:
            raise _Refused(_LOCKED, "No unlocked account matches the Sender")
        return self.liar or found


class _Refused(Exception):
    """Code and text of an error of JSON-RPC."""


def _public_key(account) -> str:
    return "0x" + account._key_obj.public_key.to_bytes().hex()
