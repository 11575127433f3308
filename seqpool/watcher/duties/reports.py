"""Reports: what is told to the Slasher of an offence, and what ends a suspension or a bar.

An accusation needs a vote before it. An equivocation proves itself. A re-election has its
certificate from L2 already.
"""

from collections.abc import Awaitable, Callable, Iterable

from eth_utils.crypto import keccak

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Correction, Kind, Offence, Reelection, digest
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import offence_key
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.duties.ballot_boxes import BallotBoxes
from seqpool.watcher.duties.committees import Committees
from seqpool.watcher.duties.detect import Backlog, Detector, Equivocation, Slow
from seqpool.watcher.duties.evidence import evidence_file, kind_of, observed_at
from seqpool.watcher.duties.needs import Contracts, Memory
from seqpool.watcher.duties.scheduler import Scheduler
from seqpool.watcher.duties.slots import slot_of

EQUIVOCATION_CAUSE = keccak(text="EQUIVOCATION")
# An offence nearly as old as the Slasher takes is let go: votes and blocks need their time too.
OLDEST = LIMITS["CERTIFICATE_MAX_AGE"] - LIMITS["DAY"]


class Reports:
    """The accusations, reports and corrections of one watcher."""

    def __init__(
        self,
        contracts: Contracts,
        calls: Calls,
        memory: Memory,
        committees: Committees,
        boxes: BallotBoxes,
        detector: Detector,
        scheduler: Scheduler,
        clock: Clock,
    ):
        self._contracts, self._calls, self._memory = contracts, calls, memory
        self._committees, self._boxes, self._detector = committees, boxes, detector
        self._scheduler, self._clock = scheduler, clock

    # ---------------------------------------------------------------- votes

    async def accuse(self, finding: Backlog | Slow) -> None:
        """Votes for an offence, with its evidence, unless it is old or punished already."""
        if self._clock.now() - observed_at(finding) > OLDEST:
            return
        id = await self._contracts.id_of(finding.signer)
        kind = kind_of(finding)
        if id == 0 or await self._contracts.is_punished(kind, id, finding.epoch):
            return
        nonce = await self._committees.last_nonce()
        members = await self._committees.of_l1(nonce)
        if members is None:
            return
        chain_id = self._contracts.domain.chainId
        assert chain_id is not None  # the domain of the SequencerSet names its chain
        content = evidence_file(finding, id, chain_id)
        message = Offence(
            eip712_domain=self._contracts.domain,
            committeeNonce=nonce,
            sequencerId=id,
            kind=kind,
            epoch=finding.epoch,
            observedAt=observed_at(finding),
            evidence=self._memory.put_evidence(content),
        )
        await self._boxes.vote(message, members, content)

    async def correct(
        self, registry: RegistryState, right_block: Callable[[int], Awaitable[bytes | None]]
    ) -> None:
        """Rule 12: votes to lift the bar of each signer that has shown the right block since.

        `right_block` is the hash that the reference node has at a height; None if it has none.
        The signer shows it by its own commitment of a later epoch. One of the same epoch would be
        a second block at one height.
        """
        if not registry.committee.can_vote:
            return
        committee = registry.committee
        members = await self._committees.learn(committee.nonce, committee.committee_hash)
        if members is None:
            return
        for signer in await self._contracts.barred(members):
            epoch, number = await self._contracts.bar_of(signer)
            hash_ = await right_block(number)
            if hash_ is None or not self._detector.has_shown(signer, epoch, number, hash_):
                continue
            message = Correction(
                eip712_domain=self._contracts.domain,
                committeeNonce=committee.nonce,
                epoch=epoch,
                blockNumber=number,
                blockHash=hash_,
                signer=signer,
            )
            await self._boxes.vote(message, members)

    # ---------------------------------------------------------------- transactions

    async def equivocation(self, finding: Equivocation) -> None:
        """Reports two signed blocks at one height."""
        id = await self._contracts.id_of(finding.signer)
        if id == 0 or not self._calls.can_report:
            return
        offence = (Kind.EQUIVOCATION, id, finding.epoch, finding.number)

        async def is_wanted() -> bool:
            if await self._contracts.is_open(id, EQUIVOCATION_CAUSE):
                return False
            return not await self._contracts.is_punished(*offence)

        self._scheduler.add(
            report_key(offence),
            self._scheduler.l1,
            self._calls.report_equivocation(finding.one, finding.other),
            is_wanted,
            order=await self._scheduler.rank_on_l1(digest(finding.one.message)),
            expires_at=self._clock.now() + OLDEST,
        )

    async def offence(self, message: Offence, certificate: Certificate) -> None:
        """Reports an accusation that enough have signed."""
        offence = (message.kind, message.sequencerId, message.epoch)
        await self._report(offence, message, certificate, message.observedAt)

    async def reelection(self, message: Reelection, certificate: Certificate) -> None:
        """Reports a re-election on L1, where it costs the one who has failed."""
        id = await self._contracts.id_of(message.failed)
        if id:
            # as the Slasher has it: whatever the reason, one stall is one offence
            offence = (Kind.BLOCK_TIMEOUT, id, message.lastBlock)
            await self._report(offence, message, certificate, message.lastBlockTimestamp)

    async def _report(
        self,
        offence: tuple[int, ...],
        message: Offence | Reelection,
        certificate: Certificate,
        observed_at: int,
    ) -> None:
        if not self._calls.can_report:
            return

        async def is_wanted() -> bool:
            return not await self._contracts.is_punished(*offence)

        self._scheduler.add(
            report_key(offence),
            self._scheduler.l1,
            self._calls.report(message, certificate),
            is_wanted,
            order=await self._scheduler.rank_on_l1(digest(message)),
            expires_at=observed_at + LIMITS["CERTIFICATE_MAX_AGE"],
        )

    async def lift(self, message: Correction, certificate: Certificate) -> None:
        """Lifts the bar on L2, and the suspension on L1 that came of it."""
        bar = (message.epoch, message.blockNumber)
        order = await self._scheduler.rank_on_l1(digest(message))
        expires_at = self._clock.now() + OLDEST

        async def is_barred() -> bool:
            return await self._contracts.bar_of(message.signer) == bar

        self._scheduler.add(
            f"correct:{slot_of(message)}",
            self._scheduler.l2,
            self._calls.correct(message, certificate),
            is_barred,
            order=order,
            expires_at=expires_at,
        )
        if not self._calls.can_report:
            return
        id = await self._contracts.id_of(message.signer)
        cause = offence_key(Kind.INVALID_EXECUTION, *bar)

        async def is_suspended() -> bool:
            return id != 0 and await self._contracts.is_open(id, cause)

        self._scheduler.add(
            f"lift:{slot_of(message)}",
            self._scheduler.l1,
            self._calls.lift_suspension(message, certificate),
            is_suspended,
            order=order,
            expires_at=expires_at,
        )


def report_key(offence: Iterable[int]) -> str:
    """The key of the job that reports an offence."""
    return ":".join(("report", *(str(int(x)) for x in offence)))
