"""The nodes of L2 as one: of the blocks that producers offer, it makes those that a node accepts.

One anvil, which mines when it is told to, stands for all nodes. They all accept the same blocks:
rules 1 to 4 of docs/client-rules.md, and of two blocks at one height the first (rule 7). Rule 6 is
about blocks that arrive within 5 s of each other; here no block is on its way. The gate leaves out
what a producer leaves out by rule 2. A producer asks with

    POST /produce   {"parent": hash, "signer": address, "takeover": hash of a transaction or null}
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from eth_utils import to_checksum_address

from seqpool.chain.jsonrpc import RpcError
from seqpool.watcher.chain.abi import load
from seqpool.watcher.chain.rpc import Rpc

# Calls that can make a block the signer's own; two of them have two forms.
_TAKEOVERS = ("commit_epoch", "reelect", "fallback")


_ABI = load("SequencerSet")
# by selector, in hex: the name of the call
SELECTORS = {
    "0x" + selector.hex(): name for name in _TAKEOVERS for selector in _ABI.selectors(name)
}
SEQUENCER_AT = "0x" + _ABI.selectors("sequencer_at")[0].hex()
# Calls that would replace the signer of the block that contains them.
_REPLACES = ("reelect", "fallback")


@dataclass(frozen=True)
class Made:
    """A block, and when it was there."""

    number: int
    signer: str
    takeover: str | None  # the call it begins with
    timestamp: int
    at: float


class BlockRefused(Exception):
    """No node would accept the block."""


class Gate:
    def __init__(self, rpc: Rpc, sequencer_set: str, log: Path):
        self._rpc, self._set, self._log = rpc, sequencer_set, log
        self.lock = asyncio.Lock()
        self.pace = 1  # seconds from block to block, at least
        self.blocks: list[Made] = []
        self.refusals: list[tuple[str, str]] = []  # signer, why
        self.on_block: Callable[[Made], None] = lambda block: None
        self._runner: web.AppRunner | None = None

    # as a server

    async def start(self, port: int) -> None:
        app = web.Application()
        app.router.add_post("/produce", self._produce)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _produce(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        try:
            block = await self.produce(wanted["parent"], wanted["signer"], wanted["takeover"])
        except BlockRefused as error:
            why = str(error)
            if why not in ("too soon", "not the head"):
                self.refusals.append((wanted["signer"], why))
                self._write({"refused": why, "signer": wanted["signer"]})
            return web.json_response({"refused": why})
        return web.json_response({"number": block.number})

    def _write(self, data: dict) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps({"at": round(time.time(), 3)} | data) + "\n")

    # blocks

    async def produce(self, parent: str, signer: str, takeover: str | None) -> Made:
        """A block on the head, or BlockRefused."""
        async with self.lock:
            head = await self._rpc.call("eth_getBlockByNumber", "latest", False)
            if head["hash"] != parent:
                raise BlockRefused("not the head")
            now = int(time.time())
            if now < int(head["timestamp"], 16) + self.pace:
                raise BlockRefused("too soon")
            number = int(head["number"], 16) + 1
            if takeover is None and await self._named(number) != signer:
                raise BlockRefused(f"block {number} is not of this signer")
            return await self.mine(number, signer, takeover, now)

    async def mine(self, number: int, signer: str, takeover: str | None, timestamp: int) -> Made:
        """Mines with what waits; BlockRefused, and undone, if the block is not the signer's."""
        waiting = await self._pool()
        left_out = [x for x in waiting if x["name"] in _REPLACES and x["hash"] != takeover]
        first = next((x for x in waiting if x["hash"] == takeover), None)
        if takeover is not None and (first is None or first["name"] is None):
            raise BlockRefused("there is no such transaction")
        await self._rpc.call("anvil_setCoinbase", signer)
        await self._rpc.call("evm_setNextBlockTimestamp", timestamp)
        if first is not None:
            others = [x for x in waiting if x is not first and x not in left_out]
            await self._take_out(waiting)
            await self._put_back([first])
            await self._put_back(others)
        else:
            await self._take_out(left_out)
        try:
            await self._rpc.call("evm_mine")
            made_at = time.time()
            why = await self._fault_of(number, signer, takeover)
            if why is not None:
                await self._rpc.call("anvil_rollback", 1)
                raise BlockRefused(why)
        finally:
            await self._put_back(left_out)
        block = Made(number, signer, first and first["name"], timestamp, made_at)
        self.blocks.append(block)
        self._write(vars(block))
        self.on_block(block)
        return block

    async def _fault_of(self, number: int, signer: str, takeover: str | None) -> str | None:
        block = await self._rpc.call("eth_getBlockByNumber", hex(number), False)
        if block is None or int(block["number"], 16) != number:
            return "it was not mined"
        if takeover is not None:
            if block["transactions"][:1] != [takeover]:
                return "it does not begin with its transaction"
            receipt = await self._rpc.call("eth_getTransactionReceipt", takeover)
            if int(receipt["status"], 16) != 1:
                return "its first transaction fails"
        named = await self._named(number)
        return None if named == signer else f"block {number} is of {named}"

    async def _named(self, number: int) -> str | None:
        """Whose block it is as things stand; None: nobody's."""
        data = f"{SEQUENCER_AT}{number:064x}"
        try:
            answer = await self._rpc.call("eth_call", {"to": self._set, "data": data}, "latest")
        except RpcError:
            return None
        return to_checksum_address("0x" + answer[-40:])

    # what waits

    async def _pool(self) -> list[dict[str, Any]]:
        """Transactions that could be mined: hash, and name if it may install a signer."""
        content = await self._rpc.call("txpool_content")
        found = []
        for by_nonce in content["pending"].values():
            for _, sent in sorted(by_nonce.items(), key=lambda x: int(x[0])):
                is_ours = (sent.get("to") or "").lower() == self._set.lower()
                name = SELECTORS.get(sent["input"][:10]) if is_ours else None
                found.append({"hash": sent["hash"], "name": name})
        return found

    async def _take_out(self, waiting: list[dict[str, Any]]) -> None:
        hashes = [sent["hash"] for sent in waiting]
        raws = await self._rpc.batch([("eth_getRawTransactionByHash", [x]) for x in hashes])
        for sent, raw in zip(waiting, raws, strict=True):
            sent["raw"] = raw
        await self._rpc.batch([("anvil_dropTransaction", [x]) for x in hashes])

    async def _put_back(self, waiting: list[dict[str, Any]]) -> None:
        # refusals do not matter: what was mined, or replaced, meanwhile
        await self._rpc.batch([("eth_sendRawTransaction", [sent["raw"]]) for sent in waiting])
