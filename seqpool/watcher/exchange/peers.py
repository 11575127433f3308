"""Votes from watcher to watcher, over HTTP.

    POST /votes              lines of envelope.py; answers how many were new, known and refused
    GET /votes?since=PLACE   the lines that came after a place, and in a header the next place

A few watchers tell each other directly. If there are many, they tell a few hubs, and the hubs tell
everybody. The digest of the vote chooses the hubs. That takes two steps, and few requests, which
are full. A watcher asks for what it has missed: at its start, when a peer is back, and now and
then. A vote that is told again goes to other watchers too, so a hub that is dead or lies delays a
vote, and no more.

Before a vote is stored or passed on, its signature is checked, and `accept` is asked whether it is
of any use. The answer 200 says that everything new is stored. Whoever sends, everything is bounded:
the rate, the size of each part, the time and the memory that a request takes.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import aiohttp
from aiohttp import web

from seqpool.documents.votes import Vote
from seqpool.watcher.base.http import read_answer
from seqpool.watcher.exchange.envelope import Envelope, attach, envelope
from seqpool.watcher.exchange.hubs import Hubs
from seqpool.watcher.exchange.inbox import Accept, Inbox, OnVote
from seqpool.watcher.exchange.peer import Peer, PeerStatus, line_name
from seqpool.watcher.exchange.rate_limits import RateLimits
from seqpool.watcher.exchange.settings import ExchangeSettings
from seqpool.watcher.exchange.store import Store

log = logging.getLogger(__name__)

PLACE, SENDER = "Seqpool-Place", "Seqpool-Peer"
# Bytes of an answer to lines; bytes of a place; pages that are asked for at a time.
_ANSWER, _PLACE_LENGTH, _PAGES = 4_096, 64, 256


class Exchange:
    """One watcher's part in it."""

    def __init__(
        self,
        settings: ExchangeSettings,
        store: Store,
        accept: Accept,
        on_vote: OnVote,
        chance: random.Random | None = None,
    ):
        self._settings, self._store = settings, store
        self._chance = chance or random.Random()
        self._peers: dict[str, Peer] = {}
        self._hubs, self._limits = Hubs(settings, self._peers), RateLimits(settings)
        self._inbox = Inbox(store, accept, on_vote, self._pass_on, settings.patience)
        self._tasks: list[asyncio.Task[None]] = []
        self._sent: Counter[str] = Counter()

    # ---------------------------------------------------------------- for its owner

    @property
    def counts(self) -> Counter[str]:
        """Totals since the start: lines by what they were, votes published, and so on."""
        return self._inbox.counts + self._sent + Counter(limited=self._limits.limited)

    async def start(self) -> None:
        """Listens, and asks peers for what is new."""
        settings = self._settings
        app = web.Application(client_max_size=settings.body)
        app.router.add_post("/votes", self._post)
        app.router.add_get("/votes", self._get)
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=2 * settings.pull_every
        )
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, settings.host, settings.port)
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=settings.timeout),
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=2 * settings.pull_every),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={SENDER: settings.url} if settings.url else None,
        )
        self._tasks = [
            asyncio.create_task(self._inbox.hand_over()),
            asyncio.create_task(self._inbox.retry()),
        ]
        self.set_peers(settings.peers)

    async def stop(self) -> None:
        """Ends what was begun by `start`."""
        self._server.close()
        tasks = [*self._tasks, *(x.task for x in self._peers.values() if x.task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def set_peers(self, urls: Iterable[str]) -> None:
        """From now on, tells these peers and asks them."""
        wanted = {url.rstrip("/") for url in urls if url.rstrip("/") != self._settings.url}
        for url in self._peers.keys() - wanted:
            gone = self._peers.pop(url)
            if gone.task is not None:
                gone.task.cancel()
        strangers = sorted(wanted - self._peers.keys())
        self._chance.shuffle(strangers)
        at_once = self._settings.hubs if len(wanted) > self._settings.direct else len(wanted)
        for place, url in enumerate(strangers):
            peer = self._peers[url] = Peer(url, self._settings.queue)
            if place >= at_once:
                wait = self._chance.uniform(0, self._settings.pull_every)
                peer.pull_at = time.monotonic() + wait
            peer.task = asyncio.create_task(self._serve(peer))
        self._hubs.forget()

    def peers(self) -> list[PeerStatus]:
        """How the peers are doing."""
        return [peer.status() for peer in self._peers.values()]

    async def publish(self, vote: Vote, attachment: bytes | None = None) -> None:
        """Stores a vote of one's own and tells it, once more if it was told before."""
        mine = envelope(vote, attachment)
        (is_new,) = self._store.add([mine])
        self._inbox.remember(line_name(mine.line), True)
        audience = self._hubs.audience(mine.digest, None)
        if not is_new:
            peers = list(self._peers.values())
            others = self._chance.sample(peers, min(self._settings.hubs, len(peers)))
            audience = [*audience, *others]
        self._tell(mine, attachment, audience, is_urgent=True)
        self._sent["published"] += 1

    # ---------------------------------------------------------------- what comes in

    def _protocol(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._settings.connections:
            return _Refusal()
        return server()

    async def _post(self, request: web.Request) -> web.Response:
        bucket = self._limits.admit(request.remote)
        try:
            async with asyncio.timeout(self._settings.timeout):
                body = await request.read()
            lines = body.splitlines()
            if len(lines) > self._settings.lines:
                raise web.HTTPRequestEntityTooLarge(self._settings.lines, len(lines))
            self._greet(request)
            result = await self._inbox.take(lines, self._peers.get(request.headers.get(SENDER, "")))
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        finally:
            bucket.requests -= 1
        bucket.level -= len(lines) - result["known"] + 20 * result["bad"]
        return web.json_response(result)

    async def _get(self, request: web.Request) -> web.Response:
        bucket = self._limits.admit(request.remote)
        bucket.requests -= 1
        self._greet(request)
        name, _, place = request.query.get("since", "").partition(".")
        # a place in another file means nothing in this one
        first = int(place) if name == self._store.name and place.isdecimal() else 0
        if first >= 1 << 63:
            raise web.HTTPBadRequest
        lines, last = self._page(first)
        bucket.level -= len(lines) / 10
        return web.Response(
            body=b"\n".join(lines),
            content_type="application/x-ndjson",
            headers={PLACE: f"{self._store.name}.{last}"},
        )

    def _page(self, first: int) -> tuple[list[bytes], int]:
        """The next lines that fit into an answer, and the place of the last."""
        lines, last, size = [], first, self._settings.body
        attached: set[bytes] = set()
        for place, line, evidence in self._store.lines_after(first, self._settings.lines):
            if evidence is not None and evidence not in attached:
                attached.add(evidence)
                content = self._store.evidence(evidence)
                line = line if content is None else attach(line, content)
            size -= len(line) + 1
            if size < 0:
                break
            lines.append(line)
            last = place
        return lines, last

    def _greet(self, request: web.Request) -> None:
        """Tries a peer that was away again when a request names its address, whoever sent it."""
        peer = self._peers.get(request.headers.get(SENDER, ""))
        soon = time.monotonic() + self._settings.backoff
        if peer is not None and peer.failures and peer.retry_at > soon:
            peer.retry_at = soon
            peer.wake.set()

    # ---------------------------------------------------------------- what goes out

    def _pass_on(self, one: Envelope, attachment: bytes | None, source: Peer | None) -> None:
        self._tell(one, attachment, self._hubs.audience(one.digest, source))

    def _tell(
        self,
        one: Envelope,
        attachment: bytes | None,
        peers: Sequence[Peer],
        is_urgent: bool = False,
    ) -> None:
        line = one.line if attachment is None else attach(one.line, attachment)
        name = line_name(line)
        for peer in peers:
            peer.is_urgent |= is_urgent
            peer.add(name, line)

    async def _serve(self, peer: Peer) -> None:
        """Tells and asks a peer until it is taken off the list."""
        while True:
            now = time.monotonic()
            due = max(peer.retry_at, 0 if peer.queue else peer.pull_at)
            if due > now:
                peer.wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(due - now):
                        await peer.wake.wait()
                continue
            try:
                if peer.pull_at <= now:
                    await self._pull(peer)
                    jitter = self._chance.uniform(0.75, 1.25)
                    peer.pull_at = time.monotonic() + self._settings.pull_every * jitter
                if peer.queue:
                    if not peer.is_urgent:
                        await asyncio.sleep(self._settings.linger * len(self._peers))
                    peer.is_urgent = False
                    await self._push(peer)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._fail(peer, error)
            else:
                self._succeed(peer)

    async def _push(self, peer: Peer) -> None:
        """Sends what waits, as far as it fits."""
        settings = self._settings
        batch = peer.batch(settings.lines, settings.body)
        body = b"\n".join(batch.values())
        url = peer.url / "votes"
        async with self._http.post(url, data=body, allow_redirects=False) as response:
            await read_answer(response, _ANSWER)
            if response.status == 429:
                wait = response.headers.get("Retry-After", "")
                seconds = min(int(wait), 60) if wait.isdecimal() else settings.backoff
                peer.retry_at = time.monotonic() + seconds
                return
            if response.status >= 500:
                raise aiohttp.ClientPayloadError(f"status {response.status}")
        if response.status != 200:
            log.warning("%s refuses %d lines: status %d", peer.url, len(batch), response.status)
        self._sent["sent"] += len(batch)
        for name in batch:
            peer.queue.pop(name, None)

    async def _pull(self, peer: Peer) -> None:
        """Asks for what came since the last time."""
        settings = self._settings
        key = f"place:{peer.url}"
        for _ in range(_PAGES):
            place = self._store.get(key) or ""
            url = (peer.url / "votes").with_query(since=place)
            async with self._http.get(url, allow_redirects=False) as response:
                body = await read_answer(response, settings.body)
                if response.status == 429:
                    return
                if response.status != 200:
                    raise aiohttp.ClientPayloadError(f"status {response.status}")
            lines = body.splitlines()
            following = response.headers.get(PLACE, "")
            if len(lines) > settings.lines or len(following) > _PLACE_LENGTH:
                raise aiohttp.ClientPayloadError("more than was asked for")
            await self._inbox.take(lines, peer)
            if not lines or following == place:
                return
            self._store.put(key, following)

    def _fail(self, peer: Peer, error: Exception) -> None:
        settings = self._settings
        peer.failures += 1
        wait = min(settings.backoff * 2 ** min(peer.failures - 1, 16), settings.backoff_most)
        peer.retry_at = time.monotonic() + wait * self._chance.uniform(0.75, 1.25)
        # when the peer is back, it is asked at once for what this watcher has missed meanwhile
        peer.pull_at = 0
        peer.is_up = False
        if peer.failures == 1:
            log.info("lost %s: %s", peer.url, type(error).__name__)
            self._hubs.forget()

    def _succeed(self, peer: Peer) -> None:
        peer.is_up = True
        if peer.failures:
            log.info("%s is back", peer.url)
            peer.failures = 0
            self._hubs.forget()


class _Refusal(asyncio.Protocol):
    """Ends a connection too many at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
