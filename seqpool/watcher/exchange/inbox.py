"""The inbox: lines that come in, from whomever.

Before a vote is stored or passed on, its signature is checked, and `accept` is asked whether it is
of any use.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from seqpool.documents.votes import Vote
from seqpool.watcher.exchange.envelope import BadEnvelope, Envelope, decode, evidence_of
from seqpool.watcher.exchange.peer import Peer, line_name
from seqpool.watcher.exchange.store import Store

log = logging.getLogger(__name__)

Accept = Callable[[Vote], str | None]
OnVote = Callable[[Vote], Awaitable[None]]
# Passes a vote on, with an attachment or without, to others than the peer that it came from.
PassOn = Callable[[Envelope, bytes | None, Peer | None], None]

# Lines, and votes that come too early, that are remembered.
_MOST_SEEN, _MOST_EARLY = 16_384, 1_024
# Lines handled before others get a turn.
_CHUNK = 32
# Votes that wait for the owner.
_MOST_ARRIVED = 1_024


class Inbox:
    """What one watcher takes of others' lines. `patience` is how long an early vote is kept, in
    seconds."""

    def __init__(
        self, store: Store, accept: Accept, on_vote: OnVote, pass_on: PassOn, patience: float
    ):
        self._store, self._accept, self._on_vote = store, accept, on_vote
        self._pass_on, self._patience = pass_on, patience
        self.counts: Counter[str] = Counter()
        # name of a line => whether it was good
        self._seen: OrderedDict[bytes, bool] = OrderedDict()
        # digest and signer => what is not accepted yet, and until when that may change
        self._early: OrderedDict[tuple[bytes, str], tuple[Envelope, float]] = OrderedDict()
        # Votes are kept in the store: if too many wait for their owner, senders wait too.
        self._arrived: asyncio.Queue[Vote] = asyncio.Queue(maxsize=_MOST_ARRIVED)

    async def take(self, lines: Sequence[bytes], source: Peer | None) -> Counter[str]:
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
        self, lines: Sequence[bytes], source: Peer | None, result: Counter[str]
    ) -> None:
        good = []
        for line in lines:
            name = line_name(line)
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
                self.remember(name, False)
                what = "bad"
            else:
                if what != "refused":
                    self.remember(name, True)
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

    def _keep(self, good: Sequence[Envelope], source: Peer | None) -> None:
        """Stores votes, and what is attached to known ones; passes on what is new."""
        if not good:
            return
        # evidence that is here already need not travel again
        attached = [
            one.attachment
            if one.attachment is not None
            and (hash_ := evidence_of(one.vote)) is not None
            and self._store.evidence(hash_) is None
            else None
            for one in good
        ]
        for one, is_new, attachment in zip(good, self._store.add(good), attached, strict=True):
            if is_new:
                self._arrived.put_nowait(one.vote)  # take has waited for room
            if is_new or attachment is not None:
                self._pass_on(one, attachment, source)

    def _wait(self, one: Envelope) -> None:
        """Keeps in mind what may be accepted soon: others see a block or a committee earlier."""
        key = (one.digest, one.vote.signer)
        # without attachments, which are large, and come again
        waiting = (replace(one, attachment=None), time.monotonic() + self._patience)
        self._early.setdefault(key, waiting)
        while len(self._early) > _MOST_EARLY:
            self._early.popitem(last=False)

    async def retry(self) -> None:
        """Looks at early votes again and again."""
        while True:
            await asyncio.sleep(1)
            for key, (one, until) in list(self._early.items()):
                if time.monotonic() > until:
                    self._early.pop(key, None)
                elif self._accept(one.vote) is None:
                    self._early.pop(key, None)
                    await self.take([one.line], None)

    async def hand_over(self) -> None:
        """Tells the owner of votes, in their order."""
        while True:
            vote = await self._arrived.get()
            try:
                await self._on_vote(vote)
            except Exception:
                log.exception("a vote of %s was not dealt with", vote.signer)

    def remember(self, name: bytes, is_good: bool) -> None:
        """Keeps in mind whether a line was good."""
        self._seen[name] = is_good
        while len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
