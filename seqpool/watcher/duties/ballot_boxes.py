"""Ballot boxes: signs votes, tells them to the others, and counts votes up to certificates.

One slot is never signed twice with different content, whatever happens in between: a restart, a
reorganisation, or a vote that came twice.
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from seqpool.documents.votes import Vote
from seqpool.protocol.certificates import Certificate, Turnout, tally
from seqpool.protocol.committee import member
from seqpool.protocol.messages import BlockCommitment, CommitteeMessage, SetMessage, digest
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.duties.committees import Committees
from seqpool.watcher.duties.needs import Memory, Peers, VoteSigner
from seqpool.watcher.duties.recent import shorten
from seqpool.watcher.duties.slots import slot_of

log = logging.getLogger(__name__)

# Messages whose votes are counted, and slots of others that are remembered.
MOST_BOXES = 10_000
# Seconds after which a vote in an undecided stall is told again.
TELL_AGAIN = 5


@dataclass
class Box:
    """The votes for one message."""

    message: CommitteeMessage
    members: list[int]
    votes: dict[str, Vote] = field(default_factory=dict)  # by signer, who is a member
    signed: int = 0  # wei of power
    certificate: Certificate | None = None
    is_handled: bool = False  # the job that the certificate is for is on the agenda

    @property
    def turnout(self) -> Turnout:
        """How much of the committee has voted."""
        power = sum(member(word).power for word in self.members)
        return Turnout(self.signed, power, len(self.votes), len(self.members))


@dataclass
class VoteCounts:
    """Totals since the start, for the metrics."""

    votes_signed: int = 0
    votes_seen: int = 0
    certificates: int = 0
    conflicts: int = 0


class BallotBoxes:
    """The boxes of one watcher, who votes with one key.

    `on_certificate` is called once for each box that enough members have signed, and called again
    if it raises.
    """

    def __init__(
        self,
        signer: VoteSigner,
        memory: Memory,
        committees: Committees,
        clock: Clock,
        on_certificate: Callable[[Box, Certificate], Awaitable[None]],
    ):
        self.me = signer.address
        self.counts = VoteCounts()
        self.peers: Peers | None = None
        self._signer, self._memory, self._committees = signer, memory, committees
        self._clock, self._on_certificate = clock, on_certificate
        self._boxes: OrderedDict[bytes, Box] = OrderedDict()
        self._taken: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # signer, slot => digest
        self._told_at: OrderedDict[bytes, float] = OrderedDict()

    def box(self, key: bytes) -> Box | None:
        """The box of a message's digest; None if nobody has voted."""
        return self._boxes.get(key)

    def contradicts(self, vote: Vote) -> bool:
        """Whether its signer has voted for other content in the same slot."""
        known = self._taken.get((vote.signer, slot_of(vote.message)))
        return known not in (None, digest(vote.message))

    # ---------------------------------------------------------------- voting

    async def vote(
        self, message: CommitteeMessage, members: list[int], attachment: bytes | None = None
    ) -> None:
        """Signs a message once, and tells the others. A watcher that is no member only counts."""
        box = await self._open(message, members)
        if self.me in box.votes:
            await self.tell_again(box, attachment)
            await self._decide(box)
            return
        if self.me not in {member(word).signer for word in members}:
            return
        vote = await self.sign(message)
        if vote is not None:
            self._told_at[digest(message)] = self._clock.now()
            await self.count(vote, message)
            await self.tell(vote, attachment)

    async def sign(self, message: SetMessage) -> Vote | None:
        """A vote of this watcher; None if it has signed other content in the same slot."""
        if not self._memory.reserve(slot_of(message), digest(message)):
            self.counts.conflicts += 1
            log.warning("does not sign twice: %s", slot_of(message))
            return None
        vote = Vote(message, self.me, await self._signer.sign(message))
        # stored before it is told: this watcher must not forget what the others know
        self._memory.add_vote(vote)
        self.counts.votes_signed += 1
        # a commitment comes with each block
        level = logging.DEBUG if isinstance(message, BlockCommitment) else logging.INFO
        log.log(level, "signed %s", slot_of(message))
        return vote

    async def tell(self, vote: Vote, attachment: bytes | None = None) -> None:
        """Sends a vote to the other watchers."""
        if self.peers is not None:
            await self.peers.publish(vote, attachment)

    async def tell_again(self, box: Box, attachment: bytes | None = None) -> None:
        """Sends this watcher's own vote again: a peer may have been away since it signed."""
        key, now = digest(box.message), self._clock.now()
        if self._told_at.get(key, 0) + TELL_AGAIN <= now:
            self._told_at[key] = now
            shorten(self._told_at, MOST_BOXES)
            await self.tell(box.votes[self.me], attachment)

    # ---------------------------------------------------------------- counting

    async def count(self, vote: Vote, message: CommitteeMessage) -> None:
        """Counts a verified vote for its message, if its committee is known."""
        members = self._committees.known(message.committeeNonce)
        if members is None:
            return
        self._taken.setdefault((vote.signer, slot_of(message)), digest(message))
        shorten(self._taken, MOST_BOXES)
        box = await self._open(message, members)
        self._put(box, vote)
        await self._decide(box)

    def certificate_of(self, message: CommitteeMessage) -> Certificate | None:
        """The certificate of a message by the votes that are stored; None if they are too few."""
        members = self._committees.known(message.committeeNonce)
        if members is None:
            return None
        found = tally(message, members, [x.signature for x in self._memory.votes(digest(message))])
        return found.certificate if found.is_valid else None

    async def _open(self, message: CommitteeMessage, members: list[int]) -> Box:
        key = digest(message)
        box = self._boxes.get(key)
        if box is None:
            box = self._boxes[key] = Box(message, members)
            # votes that were stored before a restart
            for vote in self._memory.votes(key):
                self._put(box, vote)
            shorten(self._boxes, MOST_BOXES)
            await self._decide(box)
        return box

    def _put(self, box: Box, vote: Vote) -> None:
        powers = {member(word).signer: member(word).power for word in box.members}
        if vote.signer in powers and vote.signer not in box.votes:
            box.votes[vote.signer] = vote
            box.signed += powers[vote.signer]

    async def _decide(self, box: Box) -> None:
        if box.certificate is None and box.turnout.is_enough:
            found = tally(box.message, box.members, [x.signature for x in box.votes.values()])
            if found.is_valid:
                box.certificate = found.certificate
                self.counts.certificates += 1
        if box.certificate is not None and not box.is_handled:
            # if a node does not answer, the next vote tries again
            await self._on_certificate(box, box.certificate)
            box.is_handled = True
