"""JSON-RPC of a node, or of several of which one has to answer.

Requests go to one node as long as it answers, in the order of the configuration; after RETRY_AFTER
the first is tried again. A websocket, if there is one, only says when it is worth asking.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from typing import Any

import aiohttp

from seqpool.watcher.base.clock import Clock

log = logging.getLogger(__name__)

# Seconds.
RETRY_AFTER = 30
FIRST_BACKOFF, LAST_BACKOFF = 0.2, 5
# of an answer: a block with its transactions' hashes is far smaller
MAX_ANSWER = 16 * 2**20
# requests in one message: some nodes take no more
MAX_BATCH = 100

Request = tuple[str, Sequence[Any]]


class RpcError(Exception):
    """A node's refusal: it has answered, and another would say the same."""

    def __init__(self, method: str, error: dict):
        self.code, self.message = error.get("code"), str(error.get("message"))
        self.data = error.get("data")
        super().__init__(f"{method}: {self.message}")


class RpcUnavailable(Exception):
    """No node answers."""


class _Broken(Exception):
    """One node does not answer, or nonsense."""


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
        self._listener: asyncio.Task | None = None
        self._news = asyncio.Event()
        self._now_at, self._left_at = 0, 0.0
        self._id = 0
        self.failures = 0  # of nodes, for who counts them
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
        """What each node answers, None for who does not."""
        found = await asyncio.gather(
            *(self._ask(url, [(method, params)]) for url in self.urls), return_exceptions=True
        )
        return [None if isinstance(x, _Broken) else x[0] for x in found]

    async def prefer_highest(self) -> None:
        """Turns to another node if that has a later block: the present one may have lost touch."""
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
                except _Broken as error:
                    self.failures += 1
                    log.warning("%s: %s", shown(self.urls[asked]), error)
                    # Of several that wait for a silent node only the first turns away from it: the
                    # next would turn back.
                    if self._now_at == asked:
                        self._turn_to((asked + 1) % len(self.urls))
        raise RpcUnavailable(f"no node answers {requests[0][0]}")

    async def _ask(self, url: str, requests: Sequence[Request]) -> list[Any]:
        first = self._id
        self._id += len(requests)
        body = [
            {"jsonrpc": "2.0", "id": first + n, "method": method, "params": list(params)}
            for n, (method, params) in enumerate(requests)
        ]
        try:
            async with self._open().post(
                url, json=body if len(body) > 1 else body[0], timeout=self._timeout
            ) as response:
                text = bytearray()
                async for part in response.content.iter_any():
                    text += part
                    if len(text) > MAX_ANSWER:
                        raise _Broken("the answer is too long")
                found = json.loads(text)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _Broken(type(error).__name__) from None
        by_id = {}
        for answer in found if isinstance(found, list) else [found]:
            if not isinstance(answer, dict) or not {"result", "error"} & set(answer):
                raise _Broken("no JSON-RPC")
            by_id[answer.get("id")] = answer
        if set(by_id) != {x["id"] for x in body}:
            raise _Broken("no answer to each request")
        return [self._result(x["method"], by_id[x["id"]]) for x in body]

    @staticmethod
    def _result(method: str, answer: dict) -> Any:
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        if not isinstance(error, dict):
            raise _Broken("no JSON-RPC")
        return RpcError(method, error)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    # news

    async def wait(self, seconds: float) -> None:
        """Returns after so long, or at once when a websocket tells of a new block."""
        if self._websocket and self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        if not self.is_subscribed:
            await self._clock.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    async def _listen(self) -> None:
        backoff = FIRST_BACKOFF
        while True:
            try:
                async with self._open().ws_connect(self._websocket, heartbeat=20) as socket:
                    await socket.send_json(
                        {
                            "jsonrpc": "2.0",
                            "id": 0,
                            "method": "eth_subscribe",
                            "params": ["newHeads"],
                        }
                    )
                    async for message in socket:
                        if message.type != aiohttp.WSMsgType.TEXT:
                            break
                        # that of the subscription itself, or a head
                        self.is_subscribed = "error" not in json.loads(message.data)
                        backoff = FIRST_BACKOFF
                        self._news.set()
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                log.info("%s: %s", shown(self._websocket), type(error).__name__)
            self.is_subscribed = False
            # who waits would do so too long
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
    """A node for logs: of an address only the host, since the rest often is a key."""
    return url.split("//")[-1].split("/")[0].split("@")[-1].split("?")[0]
