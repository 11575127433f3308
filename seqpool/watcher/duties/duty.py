"""The duty of one sequencer's key: hands findings, votes and certificates to those who act on them.

Findings become votes, votes become certificates, and certificates become transactions.
"""

import json
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable

from seqpool.documents.votes import Vote, message_data
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.messages import BlockCommitment, Correction, Offence, Reelection, RewardBatch
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.registry import BlockHeader, RegistryState
from seqpool.watcher.duties.admission import Admission
from seqpool.watcher.duties.agenda import Agenda, Sends
from seqpool.watcher.duties.ballot_boxes import BallotBoxes, Box, VoteCounts
from seqpool.watcher.duties.batches import Batches
from seqpool.watcher.duties.committees import Committees
from seqpool.watcher.duties.detect import (
    Backlog,
    Detector,
    Equivocation,
    Finding,
    Slow,
    Stall,
    WrongBlock,
)
from seqpool.watcher.duties.needs import Contracts, Memory, Peers, VoteSigner
from seqpool.watcher.duties.recent import shorten
from seqpool.watcher.duties.reports import Reports
from seqpool.watcher.duties.scheduler import Scheduler
from seqpool.watcher.duties.slots import slot_of
from seqpool.watcher.duties.takeover import Takeover

log = logging.getLogger(__name__)

# Seconds after which a finding that lasts is looked at again.
LOOK_AGAIN = 60
# Findings whose next look is remembered.
MOST_FINDINGS = 10_000
# Accusations of this very sequencer that are remembered.
MOST_ACCUSATIONS = 100


class Duty:
    """All that one sequencer's key signs and sends in reply to findings and votes."""

    def __init__(
        self,
        contracts: Contracts,
        calls: Calls,
        signer: VoteSigner,
        memory: Memory,
        agenda: Agenda,
        detector: Detector,
        senders: tuple[Sends, Sends],
        config: Config,
        clock: Clock,
    ):
        self._contracts, self._memory = contracts, memory
        self._detector, self._tasks, self._clock = detector, config.tasks, clock
        self.me = signer.address
        self.registry: RegistryState | None = None
        # slots of the messages that enough have signed against this very sequencer, in order
        self.accused: deque[str] = deque(maxlen=MOST_ACCUSATIONS)
        self.committees = Committees(contracts, memory)
        self.scheduler = Scheduler(self.me, self.committees, agenda, senders, config.fees, clock)
        self._boxes = BallotBoxes(signer, memory, self.committees, clock, self._on_certificate)
        self._admission = Admission(contracts, self.committees, detector, self._boxes, clock)
        self._takeover = Takeover(contracts, calls, self.committees, self._boxes, self.scheduler)
        self._reports = Reports(
            contracts,
            calls,
            memory,
            self.committees,
            self._boxes,
            detector,
            self.scheduler,
            clock,
        )
        self._batches = Batches(
            contracts, calls, self._boxes, self.scheduler, clock, submits=self._tasks.rewards
        )
        self._look_at: OrderedDict[tuple[str, int, int | bytes | None], float] = OrderedDict()

    @property
    def counts(self) -> VoteCounts:
        """For the metrics."""
        return self._boxes.counts

    def use(self, peers: Peers) -> None:
        """Tells votes to these."""
        self._boxes.peers = peers

    # ---------------------------------------------------------------- what others say

    def accept(self, vote: Vote) -> str | None:
        """Why a vote whose signature is good is not taken; None if it is."""
        return self._admission.refusal(vote, self.registry)

    async def on_vote(self, vote: Vote) -> None:
        """Counts a vote that was verified, accepted and stored."""
        self.counts.votes_seen += 1
        if isinstance(vote.message, BlockCommitment):
            self._detector.see_commitment(vote)
        else:
            await self._boxes.count(vote, vote.message)

    # ---------------------------------------------------------------- what is noticed

    async def act(self, findings: Iterable[Finding]) -> None:
        """Does what findings ask for."""
        for finding in findings:
            match finding:
                case Stall() | WrongBlock() if self._tasks.reelect:
                    await self._takeover.replace(finding)
                case Backlog() | Slow() if self._tasks.accuse and self._is_time(finding):
                    await self._reports.accuse(finding)
                case Equivocation() if self._tasks.report and self._is_time(finding):
                    await self._reports.equivocation(finding)

    def _is_time(self, finding: Backlog | Slow | Equivocation) -> bool:
        """Whether a finding is looked at now: a lasting one is, now and then until it is over."""
        key: tuple[str, int, int | bytes | None]
        match finding:
            case Equivocation():
                key = (finding.signer, finding.epoch, finding.number)
            case Backlog(blocks=blocks):
                key = (finding.signer, finding.epoch, blocks[-1].hash)
            case Slow():
                key = (finding.signer, finding.epoch, None)
        now = self._clock.now()
        if self._look_at.get(key, 0) > now:
            return False
        self._look_at[key] = now + LOOK_AGAIN
        shorten(self._look_at, MOST_FINDINGS)
        return True

    async def correct(self, right_block: Callable[[int], Awaitable[bytes | None]]) -> None:
        """Votes to lift bars: see Reports.correct."""
        if self.registry is not None and self._tasks.correct:
            await self._reports.correct(self.registry, right_block)

    # ---------------------------------------------------------------- what is signed and reported

    async def commit(self, epoch: int, block: BlockHeader) -> None:
        """Rule 13: the producer's word for its block."""
        message = BlockCommitment(
            eip712_domain=self._contracts.domain,
            epoch=epoch,
            blockNumber=block.number,
            blockHash=block.hash,
        )
        vote = await self._boxes.sign(message)
        if vote is not None:
            self._detector.see_commitment(vote)
            await self._boxes.tell(vote)

    async def vote_batch(
        self, message: RewardBatch, members: list[int], entries: list[int]
    ) -> None:
        """Signs a batch that was counted here."""
        await self._batches.vote(message, members, entries)

    def certificate_of(self, message: Reelection) -> Certificate | None:
        """The certificate of a re-election by the votes that are stored; None without one."""
        return self._boxes.certificate_of(message)

    async def report_reelection(self, message: Reelection, certificate: Certificate) -> None:
        """Reports it on L1, where it costs the one who has failed."""
        await self._reports.reelection(message, certificate)

    # ---------------------------------------------------------------- certificates

    async def _on_certificate(self, box: Box, certificate: Certificate) -> None:
        """Does what enough have signed."""
        message = box.message
        log.info("enough have signed %s", slot_of(message))
        if await self._is_accused(message):
            self.accused.append(slot_of(message))
        match message:
            case Reelection():
                data = {"at": self._clock.now()} | message_data(message)
                self._memory.put(certified_key(message.lastBlock, message.round), json.dumps(data))
                self._takeover.decided(message, certificate)
            case Offence() if self._tasks.report:
                await self._reports.offence(message, certificate)
            case Correction() if self._tasks.correct:
                await self._reports.lift(message, certificate)
            case RewardBatch():
                await self._batches.submit(message, certificate)

    async def _is_accused(self, message: object) -> bool:
        """Whether a message is held against this very sequencer."""
        match message:
            case Reelection():
                return message.failed == self.me
            case Offence():
                return message.sequencerId == await self._contracts.id_of(self.me)
        return False


def certified_key(last_block: int, round: int) -> str:
    """The key under which a certified re-election is stored, with the time at which it was."""
    return f"certified:{last_block}:{round}"
