"""Votes from watcher to watcher, over HTTP.

    POST /votes              lines of envelope.py; answers how many were new, known and refused
    GET /votes?since=PLACE   the lines that came after a place, and in a header the next place

A few watchers tell each other directly. Many tell a few hubs, which the digest of the vote chooses
among them, and these tell everybody: two steps, and few but full requests. What somebody missed,
they ask for: at their start, when a peer is back, and now and then. What is told once more goes to
others too: a hub that is dead or lies delays a vote, and no more.

Before a vote is stored or passed on its signature is checked, and `accept` is asked whether it is
of any use; an answer of 200 says that what was new is stored. Whoever sends, all that can be sent
is bounded: the rate, the size of each part, the time it takes and the memory it takes up.
"""

import asyncio
import contextlib
import ipaddress
import logging
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import aiohttp
from aiohttp import web
from yarl import URL

from seqpool.documents.votes import Vote
from seqpool.watcher.base.http import read_answer
from seqpool.watcher.exchange.envelope import (
    BadEnvelope,
    Envelope,
    attach,
    decode,
    envelope,
    evidence_of,
)
from seqpool.watcher.exchange.store import Store

log = logging.getLogger(__name__)

Accept = Callable[[Vote], str | None]
OnVote = Callable[[Vote], Awaitable[None]]

PLACE, SENDER = "Seqpool-Place", "Seqpool-Peer"
# What is remembered of lines, of addresses, of votes that come too early, and of digests.
_SEEN, _ADDRESSES, _EARLY, _DIGESTS = 16_384, 1_024, 1_024, 256
# Lines handled before others get a turn.
_CHUNK = 32
# Bytes of an answer to lines, and of a place; pages asked for at a time.
_ANSWER, _PLACE_LENGTH, _PAGES = 4_096, 64, 256


@dataclass(frozen=True)
class ExchangeSettings:
    """Where to listen, whom to tell, and how much to bear. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 0  # any
    peers: tuple[str, ...] = ()  # URLs
    # Under which peers know this watcher: so that they notice at once that it is back.
    url: str | None = None
    direct: int = 16  # so many peers tell each other directly
    hubs: int = 4  # of more
    # Before others' lines are passed on, for more to come along: so long for each peer.
    linger: float = 0.005
    timeout: float = 5
    backoff: float = 0.5  # after the first failure; doubled with each
    backoff_most: float = 30
    pull_every: float = 30
    # An early vote is looked at again and again for so long.
    patience: float = 60
    lines: int = 512  # in one request or answer
    body: int = 512 * 2**10  # bytes of one request or answer
    queue: int = 4_096  # lines that wait for a peer
    connections: int = 512
    # Of one address (one /64 of IPv6): requests at a time, and units of work a second. A request
    # is a unit and so is a line; a bad one is 20.
    at_once: int = 16
    rate: float = 200
    burst: float = 5_000


@dataclass(frozen=True)
class PeerStatus:
    """How a peer is doing."""

    url: str
    is_up: bool
    failures: int  # in a row
    queued: int  # lines


class _Bucket:
    """What an address may still ask for."""

    def __init__(self, level: float, now: float):
        self.level, self.at, self.requests = level, now, 0


class _Peer:
    """A watcher to be told and asked, and what waits for it."""

    def __init__(self, url: str, limit: int):
        self.url, self._limit = URL(url), limit
        self.failures, self.retry_at, self.pull_at = 0, 0.0, 0.0
        self.is_up = False
        self.is_urgent = False  # something of one's own waits
        self.wake = asyncio.Event()
        self.task: asyncio.Task | None = None
        # name of a line => line
        self.queue: OrderedDict[bytes, bytes] = OrderedDict()

    def add(self, name: bytes, line: bytes) -> None:
        self.queue[name] = line
        # who is away for long asks for what it missed
        while len(self.queue) > self._limit:
            self.queue.popitem(last=False)
        self.wake.set()

    def batch(self, lines: int, size: int) -> dict[bytes, bytes]:
        """The first lines that fit into a request."""
        batch: dict[bytes, bytes] = {}
        for name, line in self.queue.items():
            size -= len(line) + 1
            if batch and (size < 0 or len(batch) == lines):
                break
            batch[name] = line
        return batch

    def status(self) -> PeerStatus:
        return PeerStatus(str(self.url), self.is_up, self.failures, len(self.queue))


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
        self._accept, self._on_vote = accept, on_vote
        self._chance = chance or random.Random()
        self._peers: dict[str, _Peer] = {}
        # digest => hubs of its votes, and whether this is one
        self._hubs: dict[bytes, tuple[list[_Peer], bool]] = {}
        # name of a line => whether it was good
        self._seen: OrderedDict[bytes, bool] = OrderedDict()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        # digest and signer => what is not accepted yet, and until when that may change
        self._early: OrderedDict[tuple[bytes, str], tuple[Envelope, float]] = OrderedDict()
        # Votes are kept in the store: if too many wait for their owner, senders wait too.
        self._arrived: asyncio.Queue[Vote] = asyncio.Queue(maxsize=1_024)
        self._tasks: list[asyncio.Task] = []
        self.counts: Counter[str] = Counter()

    # ---------------------------------------------------------------- for its owner

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
        self._tasks = [asyncio.create_task(self._hand_over()), asyncio.create_task(self._retry())]
        self.set_peers(settings.peers)

    async def stop(self) -> None:
        self._server.close()
        tasks = [*self._tasks, *(peer.task for peer in self._peers.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.sockets[0].getsockname()[1]

    def set_peers(self, urls: Iterable[str]) -> None:
        """Tells these from now on, and asks them."""
        wanted = {url.rstrip("/") for url in urls if url.rstrip("/") != self._settings.url}
        for url in self._peers.keys() - wanted:
            self._peers.pop(url).task.cancel()
        strangers = sorted(wanted - self._peers.keys())
        self._chance.shuffle(strangers)
        at_once = self._settings.hubs if len(wanted) > self._settings.direct else len(wanted)
        for place, url in enumerate(strangers):
            peer = self._peers[url] = _Peer(url, self._settings.queue)
            if place >= at_once:
                wait = self._chance.uniform(0, self._settings.pull_every)
                peer.pull_at = time.monotonic() + wait
            peer.task = asyncio.create_task(self._serve(peer))
        self._hubs.clear()

    def peers(self) -> list[PeerStatus]:
        return [peer.status() for peer in self._peers.values()]

    async def publish(self, vote: Vote, attachment: bytes | None = None) -> None:
        """Stores a vote of one's own and tells it, once more if it was told before."""
        mine = envelope(vote, attachment)
        (is_new,) = self._store.add([mine])
        self._remember(_name(mine.line), True)
        audience = self._audience(mine.digest, None)
        if not is_new:
            peers = list(self._peers.values())
            others = self._chance.sample(peers, min(self._settings.hubs, len(peers)))
            audience = [*audience, *others]
        self._tell(mine, attachment, audience, is_urgent=True)
        self.counts["published"] += 1

    # ---------------------------------------------------------------- what comes in

    def _protocol(self) -> asyncio.Protocol:
        is_full = len(self._runner.server.connections) >= self._settings.connections
        return _Refusal() if is_full else self._runner.server()

    async def _post(self, request: web.Request) -> web.Response:
        bucket = self._admit(request)
        try:
            async with asyncio.timeout(self._settings.timeout):
                body = await request.read()
            lines = body.splitlines()
            if len(lines) > self._settings.lines:
                raise web.HTTPRequestEntityTooLarge(self._settings.lines, len(lines))
            self._greet(request)
            result = await self._take(lines, self._peers.get(request.headers.get(SENDER, "")))
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        finally:
            bucket.requests -= 1
        bucket.level -= len(lines) - result["known"] + 20 * result["bad"]
        return web.json_response(result)

    async def _get(self, request: web.Request) -> web.Response:
        bucket = self._admit(request)
        bucket.requests -= 1
        self._greet(request)
        name, _, place = request.query.get("since", "").partition(".")
        # another file's place is none in this
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

    def _admit(self, request: web.Request) -> _Bucket:
        """What the sender has left; it is refused if that is nothing."""
        settings, now = self._settings, time.monotonic()
        address = _address(request.remote)
        bucket = self._buckets.pop(address, None) or _Bucket(settings.burst, now)
        self._buckets[address] = bucket
        while len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        bucket.level = min(settings.burst, bucket.level + (now - bucket.at) * settings.rate)
        bucket.at = now
        if bucket.level < 1 or bucket.requests >= settings.at_once:
            self.counts["limited"] += 1
            wait = max(1, int((1 - bucket.level) / settings.rate) + 1)
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
        bucket.level -= 1
        bucket.requests += 1
        return bucket

    def _greet(self, request: web.Request) -> None:
        """Tries a peer that was away again, if it says that it is here; whoever says so."""
        peer = self._peers.get(request.headers.get(SENDER, ""))
        soon = time.monotonic() + self._settings.backoff
        if peer is not None and peer.failures and peer.retry_at > soon:
            peer.retry_at = soon
            peer.wake.set()

    async def _take(self, lines: Sequence[bytes], source: _Peer | None) -> Counter[str]:
        """Stores what is new and good, and passes it on; how many were what."""
        result = Counter(new=0, known=0, refused=0, bad=0)
        for start in range(0, len(lines), _CHUNK):
            while self._arrived.maxsize - self._arrived.qsize() < _CHUNK:
                await asyncio.sleep(0.01)
            self._take_chunk(lines[start : start + _CHUNK], source, result)
            await asyncio.sleep(0)
        self.counts.update(result)
        return result

    def _take_chunk(
        self, lines: Sequence[bytes], source: _Peer | None, result: Counter[str]
    ) -> None:
        good = []
        for line in lines:
            name = _name(line)
            if source is not None:
                source.queue.pop(name, None)
            if name in self._seen:
                self._seen.move_to_end(name)
                result["known" if self._seen[name] else "bad"] += 1
                continue
            try:
                one = decode(line)
                what = self._judge(one)
            except BadEnvelope as error:
                log.debug("a bad line: %s", error)
                self._remember(name, False)
                what = "bad"
            else:
                if what != "refused":
                    self._remember(name, True)
                if what == "new" or (what == "known" and one.attachment is not None):
                    good.append(one)
            result[what] += 1
        self._keep(good, source)

    def _judge(self, one: Envelope) -> str:
        """What a vote is: known, refused or new; BadEnvelope if it is not its signer's."""
        if self._store.has_vote(one.digest, one.vote.signer):
            return "known"
        why = self._accept(one.vote)
        if why is not None:
            log.debug("a vote of %s is refused: %s", one.vote.signer, why)
            self._wait(one)
            return "refused"
        one.check()
        return "new"

    def _keep(self, good: Sequence[Envelope], source: _Peer | None) -> None:
        """Stores votes, and what is attached to known ones; passes on what is new."""
        if not good:
            return
        # evidence that is here already need not travel again
        attached = [
            one.attachment
            if one.attachment is not None and self._store.evidence(evidence_of(one.vote)) is None
            else None
            for one in good
        ]
        for one, is_new, attachment in zip(good, self._store.add(good), attached, strict=True):
            if is_new:
                self._arrived.put_nowait(one.vote)  # _take has waited for room
            if is_new or attachment is not None:
                self._tell(one, attachment, self._audience(one.digest, source))

    def _wait(self, one: Envelope) -> None:
        """Keeps in mind what may be accepted soon: others see a block or a committee earlier."""
        key = (one.digest, one.vote.signer)
        # without attachments, which are large, and come again
        waiting = (replace(one, attachment=None), time.monotonic() + self._settings.patience)
        self._early.setdefault(key, waiting)
        while len(self._early) > _EARLY:
            self._early.popitem(last=False)

    async def _retry(self) -> None:
        while True:
            await asyncio.sleep(1)
            for key, (one, until) in list(self._early.items()):
                if time.monotonic() > until:
                    self._early.pop(key, None)
                elif self._accept(one.vote) is None:
                    self._early.pop(key, None)
                    await self._take([one.line], None)

    async def _hand_over(self) -> None:
        """Tells the owner of votes, in their order."""
        while True:
            vote = await self._arrived.get()
            try:
                await self._on_vote(vote)
            except Exception:
                log.exception("a vote of %s was not dealt with", vote.signer)

    def _remember(self, name: bytes, is_good: bool) -> None:
        self._seen[name] = is_good
        while len(self._seen) > _SEEN:
            self._seen.popitem(last=False)

    # ---------------------------------------------------------------- what goes out

    def _audience(self, digest: bytes, source: _Peer | None) -> list[_Peer]:
        """Whom to tell of a vote that came from a peer, or is one's own."""
        everybody = [peer for peer in self._peers.values() if peer is not source]
        if len(self._peers) <= self._settings.direct:
            return everybody
        hubs, is_hub = self._hubs_of(digest)
        if is_hub:
            return everybody
        return [] if source in hubs else [hub for hub in hubs if hub is not source]

    def _hubs_of(self, digest: bytes) -> tuple[list[_Peer], bool]:
        """The hubs of a digest's votes, and whether this watcher is one.

        Others choose the same, save for whom they cannot reach. Who does not know its own name may
        be one, and so behaves as one.
        """
        if digest not in self._hubs:
            if len(self._hubs) >= _DIGESTS:
                self._hubs.clear()
            here = {url: peer for url, peer in self._peers.items() if not peer.failures}
            me = self._settings.url
            names = [*here, me] if me else list(here)
            names.sort(key=lambda url: _name(digest + url.encode()))
            chosen = names[: self._settings.hubs]
            is_hub = me is None or me in chosen
            self._hubs[digest] = [here[url] for url in chosen if url != me], is_hub
        return self._hubs[digest]

    def _tell(
        self,
        one: Envelope,
        attachment: bytes | None,
        peers: Sequence[_Peer],
        is_urgent: bool = False,
    ) -> None:
        line = one.line if attachment is None else attach(one.line, attachment)
        name = _name(line)
        for peer in peers:
            peer.is_urgent |= is_urgent
            peer.add(name, line)

    async def _serve(self, peer: _Peer) -> None:
        """Tells and asks a peer for as long as it is one."""
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

    async def _push(self, peer: _Peer) -> None:
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
        self.counts["sent"] += len(batch)
        for name in batch:
            peer.queue.pop(name, None)

    async def _pull(self, peer: _Peer) -> None:
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
            await self._take(lines, peer)
            if not lines or following == place:
                return
            self._store.put(key, following)

    def _fail(self, peer: _Peer, error: Exception) -> None:
        settings = self._settings
        peer.failures += 1
        wait = min(settings.backoff * 2 ** min(peer.failures - 1, 16), settings.backoff_most)
        peer.retry_at = time.monotonic() + wait * self._chance.uniform(0.75, 1.25)
        # what it has missed, and what only it has
        peer.pull_at = 0
        peer.is_up = False
        if peer.failures == 1:
            log.info("lost %s: %s", peer.url, type(error).__name__)
            self._hubs.clear()

    def _succeed(self, peer: _Peer) -> None:
        peer.is_up = True
        if peer.failures:
            log.info("%s is back", peer.url)
            peer.failures = 0
            self._hubs.clear()


class _Refusal(asyncio.Protocol):
    """To a connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.abort()


def _name(line: bytes) -> bytes:
    return blake2b(line, digest_size=16).digest()


def _address(remote: str | None) -> str:
    """What tells senders apart: an address, or the network that one host has in IPv6."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return remote or ""
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
