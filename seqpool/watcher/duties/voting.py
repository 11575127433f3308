"""From what was noticed to votes, from votes to certificates, and from these to what is sent.

What is signed is what docs/client-rules.md and docs/evidence.md say, to the byte: each message has
a slot, and one slot is never signed twice with different content, whatever happens in between.
"""

import json
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from eip712.messages import EIP712Domain, EIP712Message
from eth_utils import keccak

from seqpool.documents.votes import Vote, message_data
from seqpool.errors import UserError
from seqpool.protocol.certificates import Certificate, has_two_thirds, tally
from seqpool.protocol.committee import committee_hash, member
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import (
    BlockCommitment,
    Correction,
    Kind,
    Offence,
    Reason,
    Reelection,
    RewardBatch,
    digest,
    domain_of,
)
from seqpool.protocol.signatures import CompactSignature
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config, FeesConfig
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import offence_key
from seqpool.watcher.chain.registry import Block, Registry
from seqpool.watcher.chain.rpc import RpcError, RpcUnavailable
from seqpool.watcher.chain.sender import Call
from seqpool.watcher.duties.agenda import Agenda, Job, Sends, rank
from seqpool.watcher.duties.detect import (
    Backlog,
    Detector,
    Equivocation,
    Finding,
    Slow,
    Stall,
    WrongBlock,
)
from seqpool.watcher.duties.evidence import evidence_file, kind_of, observed_at

log = logging.getLogger(__name__)

EQUIVOCATION_CAUSE = keccak(text="EQUIVOCATION")
# Messages whose votes are counted, and slots that are remembered of others.
MEMORY = 10_000
# Blocks around the head of which votes and commitments are taken.
BLOCKS_BEHIND, BLOCKS_AHEAD = 1_024, 64
# Seconds after which a vote in an undecided stall is told again, and a lasting finding looked at.
TELL_AGAIN, LOOK_AGAIN = 5, 60
# An offence nearly as old as the Slasher takes is let go: votes and blocks need their time too.
OLDEST = LIMITS["CERTIFICATE_MAX_AGE"] - LIMITS["DAY"]


class World(Protocol):
    """chain.Suite, as far as it is needed here."""

    domain: EIP712Domain

    async def registry(self, number: int | None = None) -> Registry: ...
    async def barred(self, members: Sequence[int], number: int | None = None) -> set[str]: ...
    async def is_latest(self, block: Block) -> bool: ...
    async def bar_of(self, signer: str) -> tuple[int, int]: ...
    async def members_of(self, nonce: int) -> list[int]: ...
    async def committee_of(self, nonce: int) -> bytes: ...
    async def last_nonce(self) -> int: ...
    async def id_of(self, signer: str) -> int: ...
    async def is_punished(self, *offence: int) -> bool: ...
    async def is_open(self, id: int, cause: bytes) -> bool: ...
    async def last_batch(self) -> int: ...


class Signer(Protocol):
    """keys.Signer, as far as it is needed here."""

    address: str

    async def sign(self, message: EIP712Message) -> CompactSignature: ...


class Memory(Protocol):
    """store.Store, as far as it is needed here."""

    def reserve(self, slot: str, digest: bytes) -> bool: ...
    def add_vote(self, vote: Vote) -> bool: ...
    def votes(self, digest: bytes) -> list[Vote]: ...
    def put(self, key: str, value: str) -> None: ...
    def get(self, key: str) -> str | None: ...
    def put_evidence(self, content: bytes) -> bytes: ...


class Peers(Protocol):
    """exchange.Exchange, as far as it is needed here."""

    async def publish(self, vote: Vote, attachment: bytes | None = None) -> None: ...


def slot_of(message: EIP712Message) -> str:
    """What is signed once: other content in the same slot would be a second word."""
    match message:
        case Reelection():
            # rule 11
            return f"reelection:{message.lastBlock}:{message.round}"
        case Correction():
            return f"correction:{message.signer}:{message.epoch}:{message.blockNumber}"
        case Offence():
            what = f"{message.kind}:{message.sequencerId}:{message.epoch}"
            return f"offence:{what}:{message.observedAt}:{message.committeeNonce}"
        case RewardBatch():
            return f"batch:{message.batch}:{message.endBlock}:{message.committeeNonce}"
        case BlockCommitment():
            return f"commitment:{message.epoch}:{message.blockNumber}"
    raise ValueError(f"a {type(message).__name__} is not signed here")


class Committees:
    """Members by nonce: asked of L1 once, and kept, so that L2 can do without it."""

    def __init__(self, world: World, memory: Memory):
        self._world, self._memory = world, memory
        self._known: dict[int, list[int]] = {}

    def known(self, nonce: int) -> list[int] | None:
        return self._known.get(nonce)

    def signers(self) -> set[str]:
        return {member(word).signer for words in self._known.values() for word in words}

    async def learn(self, nonce: int, hash_: bytes) -> list[int] | None:
        """The members whose hash a contract has; None if they cannot be found now."""
        words = self._known.get(nonce)
        if words is None and (text := self._memory.get(f"members:{nonce}")) is not None:
            words = [int(word, 16) for word in json.loads(text)]
        if words is None or committee_hash(nonce, words) != hash_:
            try:
                words = await self._world.members_of(nonce)
            except (UserError, RpcError, RpcUnavailable) as error:
                log.warning("the members of committee %s are not known: %s", nonce, error)
                return None
            if committee_hash(nonce, words) != hash_:
                return None
            self._memory.put(f"members:{nonce}", json.dumps([hex(word) for word in words]))
        self._known[nonce] = words
        return words


@dataclass(frozen=True)
class _Place:
    """What holds after the last block that is accepted."""

    registry: Registry
    members: list[int]
    barred: set[str]
    _made: dict[tuple[Reason, int], tuple[Reelection, bytes]] = field(default_factory=dict)

    def reelection(self, reason: Reason, round: int) -> tuple[Reelection, bytes]:
        """What has to be signed, and its digest; made once, for a stall is looked at often."""
        made = self._made.get((reason, round))
        if made is None:
            message = self.registry.reelection(self.members, self.barred, reason, round)
            made = self._made[reason, round] = (message, digest(message))
        return made

    def successor(self, round: int) -> str:
        return self.registry.successor(self.members, self.barred, round)


@dataclass
class Box:
    """Votes for one message."""

    message: EIP712Message
    members: list[int]
    votes: dict[str, Vote] = field(default_factory=dict)  # by signer
    signed: int = 0  # wei of power
    certificate: Certificate | None = None
    is_handled: bool = False  # what the certificate is for is on the agenda

    @property
    def power(self) -> int:
        return sum(member(word).power for word in self.members)


@dataclass
class Counts:
    """For who counts them."""

    votes_signed: int = 0
    votes_seen: int = 0
    votes_refused: int = 0
    certificates: int = 0
    conflicts: int = 0


class Duty:
    """Of one sequencer's key."""

    def __init__(
        self,
        world: World,
        calls: Calls,
        signer: Signer,
        memory: Memory,
        agenda: Agenda,
        detector: Detector,
        senders: tuple[Sends, Sends],
        config: Config,
        clock: Clock,
    ):
        self._world, self._calls, self._signer, self._memory = world, calls, signer, memory
        self._agenda, self._detector, self._config = agenda, detector, config
        self._clock, self._tasks = clock, config.tasks
        self._l1, self._l2 = senders
        self.me = signer.address
        self.committees = Committees(world, memory)
        self.counts = Counts()
        # slots of what two thirds have signed against this very sequencer, the latest last
        self.accused: deque[str] = deque(maxlen=100)
        self.peers: Peers | None = None
        self.registry: Registry | None = None
        self._boxes: OrderedDict[bytes, Box] = OrderedDict()
        self._taken: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # signer, slot => digest
        self._places: OrderedDict[bytes, _Place] = OrderedDict()  # by hash of the last block
        self._told_at: OrderedDict[bytes, float] = OrderedDict()
        self._look_at: OrderedDict[tuple, float] = OrderedDict()
        self._batches: OrderedDict[bytes, list[int]] = OrderedDict()  # digest => entries

    # ---------------------------------------------------------------- what others say

    def accept(self, vote: Vote) -> str | None:
        """Why a vote whose signature is good is not taken; None if it is."""
        message = vote.message
        if domain_of(message) != self._world.domain:
            return "for another SequencerSet"
        if isinstance(message, BlockCommitment):
            if vote.signer not in self.committees.signers():
                return "of no member"
            return self._far_away(message.blockNumber)
        members = self.committees.known(message.committeeNonce)
        if members is None:
            return "of an unknown committee"
        if vote.signer not in {member(word).signer for word in members}:
            return "of no member"
        if isinstance(message, Reelection):
            if (why := self._far_away(message.lastBlock)) is not None:
                return why
            if self._is_early(message):
                return "of a round to come"
        known = self._taken.get((vote.signer, slot_of(message)))
        return "of a second mind" if known not in (None, digest(message)) else None

    def _is_early(self, message: Reelection) -> bool:
        """Whether its round is not even near: clocks differ a little."""
        if self.registry is None:
            return False
        elapsed = self._clock.now() - message.lastBlockTimestamp
        return message.round > max(1, elapsed // self.registry.parameters.block_timeout + 1)

    def _far_away(self, number: int) -> str | None:
        head = self._detector.head
        if head is None:
            return "before there is a block"
        is_near = head.number - BLOCKS_BEHIND <= number <= head.number + BLOCKS_AHEAD
        return None if is_near else "of a block far away"

    async def on_vote(self, vote: Vote) -> None:
        """A vote that was verified, accepted and stored."""
        self.counts.votes_seen += 1
        if isinstance(vote.message, BlockCommitment):
            self._detector.see_commitment(vote)
            return
        await self._count(vote)

    # ---------------------------------------------------------------- what is noticed

    async def act(self, findings: Iterable[Finding]) -> None:
        """Does what findings ask for."""
        for finding in findings:
            match finding:
                case Stall() if self._tasks.reelect:
                    await self._replace(finding, Reason.TIMEOUT)
                case WrongBlock() if self._tasks.reelect:
                    await self._replace(finding, Reason.INVALID_EXECUTION)
                case Backlog() | Slow() if self._tasks.accuse and self._is_time(finding):
                    await self._accuse(finding)
                case Equivocation() if self._tasks.report and self._is_time(finding):
                    await self._report_equivocation(finding)

    def _is_time(self, finding: Finding) -> bool:
        """Whether a lasting finding is looked at, now and then until it is dealt with."""
        match finding:
            case Equivocation(one):
                key = (one.signer, one.message.epoch, one.message.blockNumber)
            case Backlog(blocks=blocks):
                key = (finding.signer, finding.epoch, blocks[-1].hash)
            case _:
                key = (finding.signer, finding.epoch)
        now = self._clock.now()
        if self._look_at.get(key, 0) > now:
            return False
        self._look_at[key] = now + LOOK_AGAIN
        _shorten(self._look_at)
        return True

    # ---------------------------------------------------------------- re-elections

    async def _replace(self, finding: Stall | WrongBlock, reason: Reason) -> None:
        place = await self._place(finding.last)
        if place is None:
            return
        message, key = place.reelection(reason, finding.round)
        box = self._boxes.get(key)
        if box is None or self.me not in box.votes:
            # rule 11: never one for a block that is there
            if reason == Reason.TIMEOUT and not await self._world.is_latest(finding.last):
                return
            await self.vote(message, place.members)
        else:
            # certificate or not: the successor may lack this one
            await self._tell_again(key, box.votes[self.me])
        box = self._boxes.get(key)
        if box is not None and box.certificate is not None:
            self._take_over(box, place)

    async def _place(self, last: Block) -> _Place | None:
        """What holds after a block; None if no committee can vote."""
        place = self._places.get(last.hash)
        if place is None:
            registry = await self._world.registry(last.number)
            if registry.head.hash != last.hash or not registry.committee.can_vote:
                return None
            committee = registry.committee
            members = await self.committees.learn(committee.nonce, committee.committee_hash)
            if members is None:
                return None
            barred = await self._world.barred(members, last.number)
            place = self._places[last.hash] = _Place(registry, members, barred)
            _shorten(self._places, 16)
        return place

    def _take_over(self, box: Box, place: _Place) -> None:
        """Rule 14: the successor sends the certificate; nobody else."""
        message, registry = box.message, place.registry
        if place.successor(message.round) != self.me:
            return
        timeout = registry.parameters.block_timeout
        ends_at = message.lastBlockTimestamp + (message.round + 1) * timeout
        if message.round == LIMITS["MAX_ROUND"]:
            ends_at = float("inf")

        async def is_wanted() -> bool:
            now = await self._world.registry()
            number = registry.next_block
            if now.head.number < number:
                return now.head.hash == registry.head.hash
            # that block is there: it is the wrong one, or it carries the re-election
            return message.reason == Reason.INVALID_EXECUTION and not any(
                epoch.start_block == number and epoch.signer == self.me
                for epoch in (now.last, now.before)
            )

        self._add(
            f"reelect:{message.lastBlock}:{message.round}",
            self._l2,
            self._calls.reelect(message, box.certificate),
            is_wanted,
            order=0,
            expires_at=ends_at,
            retry_after=1,
            is_urgent=True,
        )

    # ---------------------------------------------------------------- accusations

    async def _accuse(self, finding: Backlog | Slow) -> None:
        if self._clock.now() - observed_at(finding) > OLDEST:
            return
        id = await self._world.id_of(finding.signer)
        kind = kind_of(finding)
        if id == 0 or await self._world.is_punished(kind, id, finding.epoch):
            return
        nonce = await self._world.last_nonce()
        members = await self.l1_members(nonce)
        if members is None:
            return
        content = evidence_file(finding, id, self._world.domain.chainId)
        message = Offence(
            eip712_domain=self._world.domain,
            committeeNonce=nonce,
            sequencerId=id,
            kind=kind,
            epoch=finding.epoch,
            observedAt=observed_at(finding),
            evidence=self._memory.put_evidence(content),
        )
        await self.vote(message, members, content)

    async def last_nonce(self) -> int:
        """Of the committee that signs what is for L1."""
        return await self._world.last_nonce()

    async def l1_members(self, nonce: int) -> list[int] | None:
        """The words of a committee of L1; None if there is none, or they are not known."""
        if nonce == 0:
            return None
        return await self.committees.learn(nonce, await self._world.committee_of(nonce))

    async def _report_equivocation(self, finding: Equivocation) -> None:
        one = finding.one
        id = await self._world.id_of(one.signer)
        if id == 0 or not self._calls.can_report:
            return
        offence = (Kind.EQUIVOCATION, id, one.message.epoch, one.message.blockNumber)

        async def is_wanted() -> bool:
            if await self._world.is_open(id, EQUIVOCATION_CAUSE):
                return False
            return not await self._world.is_punished(*offence)

        self._add(
            report_key(offence),
            self._l1,
            self._calls.report_equivocation(one, finding.other),
            is_wanted,
            order=await self._order(digest(one.message)),
            expires_at=self._clock.now() + OLDEST,
        )

    async def correct(self, right_block: Callable[[int], Awaitable[bytes | None]]) -> None:
        """Rule 12, for all that are barred: `right_block` is the hash that the reference node has
        at a height. What a barred signer shows is its own commitment, of a later epoch: one of the
        same would be a second block of one height."""
        registry = self.registry
        if registry is None or not self._tasks.correct or not registry.committee.can_vote:
            return
        committee = registry.committee
        members = await self.committees.learn(committee.nonce, committee.committee_hash)
        for signer in await self._world.barred(members or []):
            epoch, number = await self._world.bar_of(signer)
            hash_ = await right_block(number)
            if hash_ is None or not self._detector.has_shown(signer, epoch, number, hash_):
                continue
            message = Correction(
                eip712_domain=self._world.domain,
                committeeNonce=committee.nonce,
                epoch=epoch,
                blockNumber=number,
                blockHash=hash_,
                signer=signer,
            )
            await self.vote(message, members)

    # ---------------------------------------------------------------- votes

    async def vote(
        self, message: EIP712Message, members: list[int], attachment: bytes | None = None
    ) -> None:
        """Signs, once and for all, and tells the others; no member only counts."""
        box = await self._box(message, members)
        if self.me in box.votes:
            await self._tell_again(digest(message), box.votes[self.me], attachment)
            await self._decide(box)
            return
        if self.me not in {member(word).signer for word in members}:
            return
        vote = await self._sign(message)
        if vote is not None:
            self._told_at[digest(message)] = self._clock.now()
            await self._count(vote)
            await self._tell(vote, attachment)

    async def commit(self, epoch: int, block: Block) -> None:
        """Rule 13: the producer's word for its block."""
        message = BlockCommitment(
            eip712_domain=self._world.domain,
            epoch=epoch,
            blockNumber=block.number,
            blockHash=block.hash,
        )
        vote = await self._sign(message)
        if vote is not None:
            self._detector.see_commitment(vote)
            await self._tell(vote)

    async def _sign(self, message: EIP712Message) -> Vote | None:
        if not self._memory.reserve(slot_of(message), digest(message)):
            self.counts.conflicts += 1
            log.warning("does not sign twice: %s", slot_of(message))
            return None
        vote = Vote(message, self.me, await self._signer.sign(message))
        # before it is told: what others know must not be forgotten here
        self._memory.add_vote(vote)
        self.counts.votes_signed += 1
        # of commitments there is one for each block
        level = logging.DEBUG if isinstance(message, BlockCommitment) else logging.INFO
        log.log(level, "signed %s", slot_of(message))
        return vote

    async def _tell(self, vote: Vote, attachment: bytes | None = None) -> None:
        if self.peers is not None:
            await self.peers.publish(vote, attachment)

    async def _tell_again(self, key: bytes, vote: Vote, attachment: bytes | None = None) -> None:
        """A peer may have been away; so may this watcher, since it signed."""
        now = self._clock.now()
        if self._told_at.get(key, 0) + TELL_AGAIN <= now:
            self._told_at[key] = now
            _shorten(self._told_at)
            await self._tell(vote, attachment)

    async def _box(self, message: EIP712Message, members: list[int]) -> Box:
        key = digest(message)
        box = self._boxes.get(key)
        if box is None:
            box = self._boxes[key] = Box(message, members)
            # what was stored before a restart
            for vote in self._memory.votes(key):
                self._put(box, vote)
            _shorten(self._boxes)
            await self._decide(box)
        return box

    def _put(self, box: Box, vote: Vote) -> None:
        powers = {member(word).signer: member(word).power for word in box.members}
        if vote.signer in powers and vote.signer not in box.votes:
            box.votes[vote.signer] = vote
            box.signed += powers[vote.signer]

    async def _count(self, vote: Vote) -> None:
        message = vote.message
        members = self.committees.known(message.committeeNonce)
        if members is None:
            return
        self._taken.setdefault((vote.signer, slot_of(message)), digest(message))
        _shorten(self._taken)
        box = await self._box(message, members)
        self._put(box, vote)
        await self._decide(box)

    async def _decide(self, box: Box) -> None:
        if box.certificate is None and has_two_thirds(box.signed, box.power):
            found = tally(box.message, box.members, [x.signature for x in box.votes.values()])
            if found.is_valid:
                box.certificate = found.certificate
                self.counts.certificates += 1
        if box.certificate is not None and not box.is_handled:
            # tried again at the next occasion if a node does not answer
            await self._complete(box)
            box.is_handled = True

    # ---------------------------------------------------------------- certificates

    async def _complete(self, box: Box) -> None:
        message = box.message
        log.info("two thirds have signed %s", slot_of(message))
        if isinstance(message, Reelection) and message.failed == self.me:
            self.accused.append(slot_of(message))
        if isinstance(message, Offence) and message.sequencerId == await self._world.id_of(self.me):
            self.accused.append(slot_of(message))
        match message:
            case Reelection():
                data = {"at": self._clock.now()} | message_data(message)
                self._memory.put(certified_key(message.lastBlock, message.round), json.dumps(data))
                place = next(
                    (x for x in self._places.values() if _is_about(message, x.registry)), None
                )
                if place is not None:
                    self._take_over(box, place)
            case Offence() if self._tasks.report:
                await self._report(message, box.certificate)
            case Correction() if self._tasks.correct:
                await self._lift(box)
            case RewardBatch() if self._tasks.rewards:
                await self._submit_batch(box)

    async def _report(self, message: Offence, certificate: Certificate) -> None:
        offence = (message.kind, message.sequencerId, message.epoch)
        await self._add_report(offence, message, certificate, message.observedAt)

    async def report_reelection(self, message: Reelection, certificate: Certificate) -> None:
        """On L1, where it costs the one who has failed."""
        id = await self._world.id_of(message.failed)
        if id:
            # as the Slasher has it: whatever the reason, one stall is one offence
            offence = (Kind.BLOCK_TIMEOUT, id, message.lastBlock)
            await self._add_report(offence, message, certificate, message.lastBlockTimestamp)

    async def _add_report(
        self,
        offence: tuple[int, ...],
        message: Offence | Reelection,
        certificate: Certificate,
        observed_at: int,
    ) -> None:
        if not self._calls.can_report:
            return

        async def is_wanted() -> bool:
            return not await self._world.is_punished(*offence)

        self._add(
            report_key(offence),
            self._l1,
            self._calls.report(message, certificate),
            is_wanted,
            order=await self._order(digest(message)),
            expires_at=observed_at + LIMITS["CERTIFICATE_MAX_AGE"],
        )

    def certificate_of(self, message: Reelection) -> Certificate | None:
        """What is known of it here."""
        members = self.committees.known(message.committeeNonce)
        if members is None:
            return None
        found = tally(message, members, [x.signature for x in self._memory.votes(digest(message))])
        return found.certificate if found.is_valid else None

    async def _lift(self, box: Box) -> None:
        message, certificate = box.message, box.certificate
        bar = (message.epoch, message.blockNumber)
        order, expires_at = await self._order(digest(message)), self._clock.now() + OLDEST

        async def is_barred() -> bool:
            return await self._world.bar_of(message.signer) == bar

        call = self._calls.correct(message, certificate)
        key = f"correct:{slot_of(message)}"
        self._add(key, self._l2, call, is_barred, order=order, expires_at=expires_at)
        if not self._calls.can_report:
            return
        id = await self._world.id_of(message.signer)
        cause = offence_key(Kind.INVALID_EXECUTION, *bar)

        async def is_suspended() -> bool:
            return id != 0 and await self._world.is_open(id, cause)

        call = self._calls.lift_suspension(message, certificate)
        key = f"lift:{slot_of(message)}"
        self._add(key, self._l1, call, is_suspended, order=order, expires_at=expires_at)

    # ---------------------------------------------------------------- rewards

    async def vote_batch(
        self, message: RewardBatch, members: list[int], entries: list[int]
    ) -> None:
        """Signs a batch that was counted here."""
        self._batches[digest(message)] = entries
        _shorten(self._batches)
        await self.vote(message, members)
        box = self._boxes[digest(message)]
        if box.certificate is not None and self._tasks.rewards:
            # others were faster: their votes came before the entries were known here
            await self._submit_batch(box)

    async def _submit_batch(self, box: Box) -> None:
        message = box.message
        entries = self._batches.get(digest(message))
        if entries is None:
            return

        async def is_wanted() -> bool:
            return await self._world.last_batch() < message.batch

        self._add(
            f"batch:{message.batch}:{message.endBlock}:{message.committeeNonce}",
            self._l1,
            self._calls.submit_batch(message, entries, box.certificate),
            is_wanted,
            order=await self._order(digest(message)),
            expires_at=self._clock.now() + LIMITS["COMMITTEE_AGE"],
        )

    # ---------------------------------------------------------------- jobs

    async def _order(self, subject: bytes) -> int:
        """This watcher's rank in the fleet, which is the latest committee."""
        nonce = await self._world.last_nonce()
        members = await self.l1_members(nonce) or []
        return rank(self.me, (member(word).signer for word in members), subject)

    def fees(self, sender: Sends) -> FeesConfig:
        return self._config.fees.l1 if sender is self._l1 else self._config.fees.l2

    def _add(
        self,
        key: str,
        sender: Sends,
        call: Call,
        is_wanted: Callable[[], Awaitable[bool]],
        *,
        order: int,
        expires_at: float,
        retry_after: float | None = None,
        is_urgent: bool = False,
    ) -> None:
        stagger = self.fees(sender).stagger
        self._agenda.add(
            Job(
                key=key,
                sender=sender,
                call=call,
                is_wanted=is_wanted,
                due_at=self._clock.now() + order * stagger,
                expires_at=expires_at,
                retry_after=2 * stagger if retry_after is None else retry_after,
                is_urgent=is_urgent,
            )
        )


def report_key(offence: Iterable[int]) -> str:
    """Of the job that reports an offence."""
    return ":".join(("report", *(str(int(x)) for x in offence)))


def certified_key(last_block: int, round: int) -> str:
    """Under which it is kept when two thirds had signed, and what."""
    return f"certified:{last_block}:{round}"


def _is_about(message: Reelection, registry: Registry) -> bool:
    head = registry.head
    found = (message.lastBlock, message.lastBlockTimestamp, message.committeeNonce)
    return found == (head.number, head.timestamp, registry.committee.nonce)


def _shorten(memory: OrderedDict, most: int = MEMORY) -> None:
    while len(memory) > most:
        memory.popitem(last=False)
