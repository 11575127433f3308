"""Admission: which votes of other watchers are of use here.

The exchange has verified a vote's signature. Here it is compared with what this watcher knows, so
that a stranger, or a member that lies, cannot fill its memory.
"""

from seqpool.documents.votes import Vote
from seqpool.protocol.committee import member
from seqpool.protocol.messages import BlockCommitment, Reelection, domain_of
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.duties.ballot_boxes import BallotBoxes
from seqpool.watcher.duties.committees import Committees
from seqpool.watcher.duties.detect import Detector
from seqpool.watcher.duties.needs import Contracts

# Blocks around the head of which votes and commitments are taken.
BLOCKS_BEHIND, BLOCKS_AHEAD = 1_024, 64


class Admission:
    """The check of one watcher on votes that come in."""

    def __init__(
        self,
        contracts: Contracts,
        committees: Committees,
        detector: Detector,
        boxes: BallotBoxes,
        clock: Clock,
    ):
        self._contracts, self._committees, self._detector = contracts, committees, detector
        self._boxes, self._clock = boxes, clock

    def refusal(self, vote: Vote, registry: RegistryState | None) -> str | None:
        """Why a vote whose signature is good is not taken; None if it is."""
        message = vote.message
        if domain_of(message) != self._contracts.domain:
            return "for another SequencerSet"
        if isinstance(message, BlockCommitment):
            if vote.signer not in self._committees.signers():
                return "of no member"
            return self._far_away(message.blockNumber)
        members = self._committees.known(message.committeeNonce)
        if members is None:
            return "of an unknown committee"
        if vote.signer not in {member(word).signer for word in members}:
            return "of no member"
        if isinstance(message, Reelection):
            if (why := self._far_away(message.lastBlock)) is not None:
                return why
            if registry is not None and self._is_early(message, registry):
                return "of a round to come"
        return "of a second mind" if self._boxes.contradicts(vote) else None

    def _is_early(self, message: Reelection, registry: RegistryState) -> bool:
        """Whether its round is not even near: clocks differ a little."""
        elapsed = self._clock.now() - message.lastBlockTimestamp
        return bool(message.round > max(1, elapsed // registry.parameters.block_timeout + 1))

    def _far_away(self, number: int) -> str | None:
        head = self._detector.head
        if head is None:
            return "before there is a block"
        is_near = head.number - BLOCKS_BEHIND <= number <= head.number + BLOCKS_AHEAD
        return None if is_near else "of a block far away"
