"""JSON-RPC of one node, or of several; one of them has to answer.

Requests go to one node as long as it answers, in the order of the configuration; after RETRY_AFTER
the first is tried again. A websocket, if there is one, only tells when there is a new block.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

import aiohttp

from seqpool.chain.jsonrpc import (
    HEADERS,
    MAX_BATCH,
    Request,
    RpcError,
    RpcFault,
    decode,
    encode,
    parse,
)
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.http import read_answer

log = logging.getLogger(__name__)

# Seconds.
RETRY_AFTER = 30
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 5
# Bytes of an answer: a block with its transactions' hashes is far smaller.
MAX_ANSWER = 16 * 2**20


class RpcUnavailable(Exception):
    """No node answers."""


class Rpc:
    """Asks the first of some nodes that answers."""

    def __init__(
        self,
        urls: Sequence[str],
        clock: Clock,
        timeout: float = 5,
        attempts: int = 3,
        websocket: str | None = None,
    ):
        self.urls, self._clock, self._attempts = list(urls), clock, attempts
        self._websocket = websocket
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._listener: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._now_at, self._left_at = 0, 0.0
        self._next_id = 0
        self.failures = 0  # failures of nodes, for the metrics
        self.is_subscribed = False

    # requests

    async def call(self, method: str, *params: Any) -> Any:
        """A node's answer, or RpcError; RpcUnavailable if none answers."""
        (answer,) = await self.batch([(method, params)])
        if isinstance(answer, RpcError):
            raise answer
        return answer

    async def batch(self, requests: Sequence[Request]) -> list[Any]:
        """Answers of one node in the order of requests, an RpcError in place of what it refuses."""
        answers: list[Any] = []
        for start in range(0, len(requests), MAX_BATCH):
            answers += await self._ask_any(requests[start : start + MAX_BATCH])
        return answers

    async def each(self, method: str, *params: Any) -> list[Any]:
        """The answer of each node, None where there is none."""

        async def ask(url: str) -> Any:
            with contextlib.suppress(RpcFault):
                return (await self._ask(url, [(method, params)]))[0]
            return None

        return await asyncio.gather(*map(ask, self.urls))

    async def prefer_highest(self) -> None:
        """Turns to another node if it has a later block: the present one may be cut off."""
        if len(self.urls) == 1:
            return
        answers = await self.each("eth_blockNumber")
        heights = [int(x, 16) if isinstance(x, str) else -1 for x in answers]
        if heights[self._now_at] < max(heights):
            self._turn_to(heights.index(max(heights)))

    def _turn_to(self, place: int) -> None:
        if place != self._now_at:
            log.warning("asks another node: %s", shown(self.urls[place]))
        self._now_at, self._left_at = place, self._clock.now()

    async def _ask_any(self, requests: Sequence[Request]) -> list[Any]:
        if self._now_at and self._clock.now() - self._left_at > RETRY_AFTER:
            self._turn_to(0)
        backoff = FIRST_BACKOFF
        for attempt in range(self._attempts):
            if attempt:
                await self._clock.sleep(backoff)
                backoff = min(2 * backoff, LAST_BACKOFF)
            for _ in self.urls:
                asked = self._now_at
                try:
                    return await self._ask(self.urls[asked], requests)
                except RpcFault as error:
                    self.failures += 1
                    log.warning("%s: %s", shown(self.urls[asked]), error)
                    # If several requests wait for a silent node, only the first turns away from
                    # it: the next would turn back.
                    if self._now_at == asked:
                        self._turn_to((asked + 1) % len(self.urls))
        raise RpcUnavailable(f"no node answers {requests[0][0]}")

    async def _ask(self, url: str, requests: Sequence[Request]) -> list[Any]:
        """One node's answers; RpcFault unless it has one for each."""
        first_id = self._next_id
        self._next_id += len(requests)
        body = encode(requests, first_id)
        try:
            async with self._open().post(
                url, data=body, headers=HEADERS, timeout=self._timeout
            ) as response:
                answer = await read_answer(response, MAX_ANSWER)
        except aiohttp.ClientPayloadError as error:
            raise RpcFault(str(error)) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise RpcFault(type(error).__name__) from None
        return decode(requests, first_id, answer, response.status).complete()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    # news

    async def wait(self, seconds: float) -> None:
        """Returns after `seconds`, or at once when a websocket tells of a new block."""
        if self._websocket and self._listener is None:
            self._listener = asyncio.create_task(self._listen(self._websocket))
        if not self.is_subscribed:
            await self._clock.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    async def _listen(self, url: str) -> None:
        backoff = FIRST_BACKOFF
        while True:
            try:
                async with self._open().ws_connect(url, heartbeat=20) as socket:
                    subscribe = encode([("eth_subscribe", ["newHeads"])], 0)
                    await socket.send_str(subscribe.decode())
                    async for message in socket:
                        if message.type != aiohttp.WSMsgType.TEXT:
                            break
                        # the answer to the subscription, or a new head
                        told = parse(message.data)
                        self.is_subscribed = isinstance(told, dict) and "error" not in told
                        backoff = FIRST_BACKOFF
                        self._news.set()
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                log.info("%s: %s", shown(url), type(error).__name__)
            self.is_subscribed = False
            # else a caller of `wait` would wait too long
            self._news.set()
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LAST_BACKOFF)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        if self._session is not None:
            await self._session.close()


def shown(url: str) -> str:
    """A node's address for logs: only the host, since the rest is often a key."""
    return url.split("//")[-1].split("/")[0].split("@")[-1].split("?")[0]
