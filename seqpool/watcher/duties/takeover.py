"""Takeover: votes a sequencer that has failed out, and takes its place when it is this one's turn.

docs/client-rules.md has the rules that are named here by number.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, Reelection, digest
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.registry import BlockHeader, RegistryState
from seqpool.watcher.duties.ballot_boxes import BallotBoxes
from seqpool.watcher.duties.committees import Committees
from seqpool.watcher.duties.detect import Stall, WrongBlock
from seqpool.watcher.duties.needs import Contracts
from seqpool.watcher.duties.recent import shorten
from seqpool.watcher.duties.scheduler import Scheduler

# Last blocks whose registry is remembered.
MOST_PLACES = 16


@dataclass(frozen=True)
class _Place:
    """The registry, its committee and who is barred, after the last block that is accepted."""

    registry: RegistryState
    members: list[int]
    barred: set[str]
    _made: dict[tuple[Reason, int], tuple[Reelection, bytes]] = field(default_factory=dict)

    def reelection(self, reason: Reason, round: int) -> tuple[Reelection, bytes]:
        """The message to sign, and its digest. Made once, for a stall is looked at often."""
        made = self._made.get((reason, round))
        if made is None:
            message = self.registry.reelection(self.members, self.barred, reason, round)
            made = self._made[reason, round] = (message, digest(message))
        return made

    def successor(self, round: int) -> str:
        """Who takes over in a round."""
        return self.registry.successor(self.members, self.barred, round)

    def is_of(self, message: Reelection) -> bool:
        """Whether a message is about this last block and of this committee."""
        head = self.registry.head
        found = (message.lastBlock, message.lastBlockTimestamp, message.committeeNonce)
        return found == (head.number, head.timestamp, self.registry.committee.nonce)


class Takeover:
    """The re-elections of one watcher."""

    def __init__(
        self,
        contracts: Contracts,
        calls: Calls,
        committees: Committees,
        boxes: BallotBoxes,
        scheduler: Scheduler,
    ):
        self._contracts, self._calls, self._committees = contracts, calls, committees
        self._boxes, self._scheduler = boxes, scheduler
        self._places: OrderedDict[bytes, _Place] = OrderedDict()  # by hash of the last block

    async def replace(self, finding: Stall | WrongBlock) -> None:
        """Votes for a re-election, or tells the vote again; takes over if that is decided."""
        place = await self._place(finding.last)
        if place is None:
            return
        is_stall = isinstance(finding, Stall)
        reason = Reason.TIMEOUT if is_stall else Reason.INVALID_EXECUTION
        message, key = place.reelection(reason, finding.round)
        box = self._boxes.box(key)
        if box is None or self._boxes.me not in box.votes:
            # rule 11: never one for a block that is there
            if is_stall and not await self._contracts.is_latest(finding.last):
                return
            await self._boxes.vote(message, place.members)
        else:
            # with a certificate too: the successor may lack this vote
            await self._boxes.tell_again(box)
        box = self._boxes.box(key)
        if box is not None and box.certificate is not None:
            self._take_over(message, box.certificate, place)

    def decided(self, message: Reelection, certificate: Certificate) -> None:
        """Takes over by a certificate whose last block is known."""
        place = next((x for x in self._places.values() if x.is_of(message)), None)
        if place is not None:
            self._take_over(message, certificate, place)

    async def _place(self, last: BlockHeader) -> _Place | None:
        """What holds after a block; None if no committee can vote."""
        place = self._places.get(last.hash)
        if place is None:
            registry = await self._contracts.registry(last.number)
            if registry.head.hash != last.hash or not registry.committee.can_vote:
                return None
            committee = registry.committee
            members = await self._committees.learn(committee.nonce, committee.committee_hash)
            if members is None:
                return None
            barred = await self._contracts.barred(members, last.number)
            place = self._places[last.hash] = _Place(registry, members, barred)
            shorten(self._places, MOST_PLACES)
        return place

    def _take_over(self, message: Reelection, certificate: Certificate, place: _Place) -> None:
        """Rule 14: the successor sends the certificate; nobody else."""
        me, registry = self._boxes.me, place.registry
        if place.successor(message.round) != me:
            return
        timeout = registry.parameters.block_timeout
        ends_at: float = message.lastBlockTimestamp + (message.round + 1) * timeout
        if message.round == LIMITS["MAX_ROUND"]:
            ends_at = float("inf")

        async def is_wanted() -> bool:
            now = await self._contracts.registry()
            number = registry.next_block
            if now.head.number < number:
                return now.head.hash == registry.head.hash
            # that block is there: it is the wrong one, or it carries the re-election
            return message.reason == Reason.INVALID_EXECUTION and not any(
                epoch.start_block == number and epoch.signer == me
                for epoch in (now.last, now.before)
            )

        self._scheduler.add(
            f"reelect:{message.lastBlock}:{message.round}",
            self._scheduler.l2,
            self._calls.reelect(message, certificate),
            is_wanted,
            order=0,
            expires_at=ends_at,
            retry_after=1,
            is_urgent=True,
        )
