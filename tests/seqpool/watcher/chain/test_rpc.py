"""JSON-RPC against nodes that fail: a local server that misbehaves as it is told."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from seqpool.chain.jsonrpc import RpcError
from seqpool.watcher.chain.rpc import RETRY_AFTER, Rpc, RpcUnavailable, shown
from tests.seqpool.watcher.fleet import ManualClock


class Node:
    """A server whose answers a test chooses."""

    def __init__(self, name: str):
        self.name, self.mode, self.asked = name, "good", 0
        self.sockets: list[web.WebSocketResponse] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        body = await request.json()
        many = body if isinstance(body, list) else [body]
        match self.mode:
            case "slow":
                await asyncio.sleep(5)
            case "broken":
                return web.Response(status=502, text="<html>")
            case "nonsense":
                return web.json_response({"hello": 1})
            case "short":
                many = many[:-1]
            case "huge":
                return web.Response(body=b"[" + b" " * (17 * 2**20))
        answers = [self._one(x) for x in reversed(many)]
        return web.json_response(answers if isinstance(body, list) else answers[0])

    def _one(self, request: dict) -> dict:
        head = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] == "eth_fail":
            return head | {"error": {"code": 3, "message": "execution reverted"}}
        if request["method"] == "eth_blockNumber":
            return head | {"result": hex(self.height)}
        return head | {"result": [self.name, request["method"], *request["params"]]}

    height = 1

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                answer = {"jsonrpc": "2.0", "id": json.loads(message.data)["id"], "result": "0x1"}
                await socket.send_json(answer)
        return socket

    async def tell(self) -> None:
        for socket in self.sockets:
            await socket.send_json({"method": "eth_subscription", "params": {}})


@asynccontextmanager
async def nodes(*names: str):
    """Servers, and the addresses of their HTTP and websocket."""
    runners, found = [], []
    for name in names:
        node = Node(name)
        app = web.Application()
        app.router.add_post("/", node.answer)
        app.router.add_get("/ws", node.socket)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        runners.append(runner)
        found.append((node, f"http://127.0.0.1:{port}"))
    try:
        yield found
    finally:
        for runner in runners:
            await runner.cleanup()


@asynccontextmanager
async def opened(urls, **more):
    rpc = Rpc(urls, more.pop("clock", ManualClock()), **more)
    try:
        yield rpc
    finally:
        await rpc.close()


def test_requests_of_a_batch_keep_their_order_and_their_errors():
    async def story():
        async with nodes("a") as [(node, url)], opened([url]) as rpc:
            found = await rpc.batch([("one", [1]), ("eth_fail", []), ("two", [])])
            assert found[0] == ["a", "one", 1] and found[2] == ["a", "two"]
            assert isinstance(found[1], RpcError) and found[1].message == "execution reverted"
            with pytest.raises(RpcError, match="eth_fail: execution reverted"):
                await rpc.call("eth_fail")
            assert await rpc.batch([]) == []
            many = await rpc.batch([("x", [n]) for n in range(250)])
            assert [x[2] for x in many] == list(range(250))
            assert node.asked == 2 + 3

    asyncio.run(story())


@pytest.mark.parametrize("mode", ["slow", "broken", "nonsense", "short", "huge"])
def test_another_node_answers_for_one_that_fails(mode):
    async def story():
        async with (
            nodes("a", "b") as [(one, url), (_, other)],
            opened([url, other], timeout=0.3) as rpc,
        ):
            one.mode = mode
            found = await rpc.batch([("x", []), ("y", [])])
            assert [x[0] for x in found] == ["b", "b"]
            asked = one.asked
            assert (await rpc.call("x"))[0] == "b"
            assert one.asked == asked and rpc.failures == 1

    asyncio.run(story())


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_that_wait_for_a_silent_node_turn_away_once(count):
    """The second would turn back to it, and all later requests would wait there again."""

    async def story():
        async with (
            nodes("a", "b") as [(one, url), (two, other)],
            opened([url, other], timeout=0.2) as rpc,
        ):
            one.mode = "slow"
            answers = await asyncio.gather(*(rpc.call("eth_x", n) for n in range(count)))
            assert answers == [["b", "eth_x", n] for n in range(count)]
            assert (one.asked, two.asked) == (count, count)
            assert await rpc.call("eth_y") == ["b", "eth_y"]
            assert one.asked == count

    asyncio.run(story())


def test_the_first_node_is_tried_again_later():
    async def story():
        clock = ManualClock()
        async with (
            nodes("a", "b") as [(one, url), (_, other)],
            opened([url, other], clock=clock) as rpc,
        ):
            one.mode = "broken"
            assert (await rpc.call("x"))[0] == "b"
            one.mode = "good"
            assert (await rpc.call("x"))[0] == "b"
            clock.time += RETRY_AFTER + 1
            assert (await rpc.call("x"))[0] == "a"

    asyncio.run(story())


def test_nodes_are_asked_again_before_it_is_given_up():
    async def story():
        clock = ManualClock()
        async with nodes("a") as [(node, url)], opened([url], clock=clock, attempts=4) as rpc:
            node.mode = "broken"
            before = clock.now()
            with pytest.raises(RpcUnavailable, match="no node answers x"):
                await rpc.call("x")
            assert node.asked == 4 and clock.now() == pytest.approx(before + 0.2 + 0.4 + 0.8)
        async with opened(["http://127.0.0.1:1"], attempts=1) as rpc:
            with pytest.raises(RpcUnavailable):
                await rpc.call("x")

    asyncio.run(story())


def test_the_node_with_the_latest_block_is_preferred():
    async def story():
        async with nodes("a", "b", "c") as found:
            (one, _), (two, _), (three, _) = found
            async with opened([url for _, url in found], timeout=0.3) as rpc:
                two.height, three.mode = 5, "slow"
                await rpc.prefer_highest()
                assert (await rpc.call("x"))[0] == "b"
                one.height = 5
                await rpc.prefer_highest()
                assert (await rpc.call("x"))[0] == "b"

    asyncio.run(story())


def test_news_end_the_wait_and_silence_does_too():
    async def story():
        async with nodes("a") as [(node, url)]:
            socket = url.replace("http", "ws") + "/ws"
            async with opened([url], websocket=socket) as rpc:
                await rpc.wait(0.01)
                while not rpc.is_subscribed:
                    await asyncio.sleep(0.01)
                await rpc.wait(10)  # that of the subscription itself
                waits = asyncio.create_task(rpc.wait(10))
                await asyncio.sleep(0.05)
                assert not waits.done()
                await node.tell()
                await asyncio.wait_for(waits, 1)
                await asyncio.wait_for(rpc.wait(0.05), 1)
                await node.sockets[0].close()
                while rpc.is_subscribed:
                    await asyncio.sleep(0.01)

    asyncio.run(story())


def test_logs_show_no_more_of_an_address_than_its_host():
    assert shown("https://user:secret@node.example:8545/v3/key?x=y") == "node.example:8545"
    assert shown("wss://node.example?key=secret") == "node.example"
