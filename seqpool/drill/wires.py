"""Wires that can be cut, and a slow road for votes."""

import asyncio
import contextlib
import random
from enum import Enum

import aiohttp
from aiohttp import web


class WireState(Enum):
    SOUND = "sound"
    SILENT = "silent"  # accepts connections, and says nothing
    CUT = "cut"  # refuses them


class Wire:
    """A TCP proxy to a node."""

    def __init__(self, target: int):
        self._target, self.state = target, WireState.SOUND
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._port = 0

    async def start(self) -> int:
        """The port that it listens on."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def set(self, state: WireState) -> None:
        self.state = state
        if state == WireState.CUT:
            await self.stop()
        elif state == WireState.SOUND and self._server is None:
            await self.start()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        far = None
        try:
            if self.state == WireState.SILENT:
                # until the other end gives up
                while await reader.read(65_536):
                    pass
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(far)
            await asyncio.gather(self._pump(reader, far), self._pump(far_reader, writer))
        except OSError:
            pass
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if self.state == WireState.SILENT:
                    continue
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


class SlowRoad:
    """An HTTP proxy to a watcher: votes arrive late, some of them twice, and not in their order."""

    def __init__(self, target: str, longest: float, chance: random.Random):
        self._target, self._longest, self._chance = target, longest, chance
        self._again: set[asyncio.Task] = set()
        self.delayed = self.doubled = 0

    async def start(self, port: int) -> None:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    async def stop(self) -> None:
        for task in self._again:
            task.cancel()
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.method == "POST":
            self.delayed += 1
            if self._chance.random() < 0.5:
                self.doubled += 1
                task = asyncio.create_task(self._send_again(request, body))
                self._again.add(task)
                task.add_done_callback(self._again.discard)
            await asyncio.sleep(self._chance.uniform(0, self._longest))
        try:
            return await self._send(request, body)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502)

    async def _send_again(self, request: web.Request, body: bytes) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            await asyncio.sleep(self._chance.uniform(0, 2 * self._longest))
            await self._send(request, body)

    async def _send(self, request: web.Request, body: bytes) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.startswith("Seqpool-")}
        url = f"{self._target}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body or None, headers=headers
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.startswith(("Seqpool-", "Retry"))}
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers=kept,
                content_type=answer.content_type,
            )
