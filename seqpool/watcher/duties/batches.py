"""Votes for batches of rewards that this watcher has counted, and submits them."""

from collections import OrderedDict

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch, digest
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.duties.ballot_boxes import BallotBoxes
from seqpool.watcher.duties.needs import Contracts
from seqpool.watcher.duties.recent import shorten
from seqpool.watcher.duties.scheduler import Scheduler
from seqpool.watcher.duties.slots import slot_of

# Batches whose entries are remembered.
MOST_BATCHES = 10_000


class Batches:
    """The batches of one watcher."""

    def __init__(
        self,
        contracts: Contracts,
        calls: Calls,
        boxes: BallotBoxes,
        scheduler: Scheduler,
        clock: Clock,
        *,
        submits: bool,
    ):
        self._contracts, self._calls, self._boxes = contracts, calls, boxes
        self._scheduler, self._clock, self._submits = scheduler, clock, submits
        self._entries: OrderedDict[bytes, list[int]] = OrderedDict()  # by digest

    async def vote(self, message: RewardBatch, members: list[int], entries: list[int]) -> None:
        """Signs a batch that was counted here."""
        self._entries[digest(message)] = entries
        shorten(self._entries, MOST_BATCHES)
        await self._boxes.vote(message, members)
        box = self._boxes.box(digest(message))
        if box is not None and box.certificate is not None:
            # others were faster: their votes came before the entries were known here
            await self.submit(message, box.certificate)

    async def submit(self, message: RewardBatch, certificate: Certificate) -> None:
        """Submits a batch that enough have signed, if its entries are known here."""
        entries = self._entries.get(digest(message))
        if entries is None or not self._submits:
            return

        async def is_wanted() -> bool:
            return await self._contracts.last_batch() < message.batch

        self._scheduler.add(
            slot_of(message),
            self._scheduler.l1,
            self._calls.submit_batch(message, entries, certificate),
            is_wanted,
            order=await self._scheduler.rank_on_l1(digest(message)),
            expires_at=self._clock.now() + LIMITS["COMMITTEE_AGE"],
        )
