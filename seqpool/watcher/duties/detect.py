"""Notices misconduct in what is seen: no input or output, no clock of its own.

A Detector is told of blocks, of how many transactions wait, of what the reference node says, and of
signed blocks. `findings` are what holds at a moment; they vanish when a reorganisation undoes them.
From one chain, with the same thresholds, all watchers find the same: windows of empty blocks begin
at multiples of their length, and only the paces of epochs that are over are compared.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Protocol

from seqpool.documents.votes import Vote
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.watcher.chain.registry import BlockHeader
from seqpool.watcher.duties.recent import shorten

# Blocks, commitments and findings that are remembered.
MOST_SEEN = 4_096
# An epoch that was cut so short says nothing of its signer's pace.
LEAST_BLOCKS = 10
# A median needs so many other sequencers.
LEAST_SIGNERS = 3


class Thresholds(Protocol):
    """config.Detection."""

    backlog_blocks: int
    backlog_pending: int
    slow_factor: float
    slow_epochs: int
    wrong_block_after: int


# ---------------------------------------------------------------- findings


@dataclass(frozen=True)
class Stall:
    """No block for block_timeout, `round` times."""

    last: BlockHeader
    round: int


@dataclass(frozen=True)
class WrongBlock:
    """The reference node has another block on the same parent."""

    last: BlockHeader  # the parent, the last block that is accepted
    block: BlockHeader
    expected: bytes  # hash
    epoch: int
    signer: str
    round: int


@dataclass(frozen=True)
class Backlog:
    """Blocks stayed empty while transactions waited."""

    epoch: int
    signer: str
    blocks: tuple[BlockHeader, ...]


@dataclass(frozen=True)
class Slow:
    """An epoch's blocks came later than those of others."""

    epoch: int
    signer: str
    first: BlockHeader
    last: BlockHeader


@dataclass(frozen=True)
class Equivocation:
    """One signer's commitments to two blocks of one height and epoch, the lower hash first."""

    one: Vote
    other: Vote


Finding = Stall | WrongBlock | Backlog | Slow | Equivocation


# ---------------------------------------------------------------- what is seen


@dataclass(frozen=True)
class _Seen:
    block: BlockHeader
    epoch: int
    signer: str
    waited: bool  # enough transactions, all the time before it


@dataclass(frozen=True)
class Pace:
    """An epoch that is over."""

    epoch: int
    signer: str
    first: BlockHeader
    last: BlockHeader

    @property
    def seconds(self) -> Fraction:
        """A block. The first one may have waited for somebody else."""
        elapsed = self.last.timestamp - self.first.timestamp
        return Fraction(elapsed, self.last.number - self.first.number)

    @property
    def counts(self) -> bool:
        return self.signer != ZERO and self.last.number - self.first.number >= LEAST_BLOCKS - 1


class Detector:
    def __init__(self, thresholds: Thresholds):
        self._thresholds = thresholds
        self._seen: OrderedDict[int, _Seen] = OrderedDict()
        # the least of the samples since the last block; None if there was none
        self._pending: int | None = None
        # height => the reference's hash, and since when it contradicts
        self._contradicted: dict[int, tuple[bytes, float]] = {}
        self._paces: OrderedDict[int, Pace] = OrderedDict()
        self._commitments: OrderedDict[tuple[str, int, int], Vote] = OrderedDict()
        self._backlogs: OrderedDict[int, Backlog] = OrderedDict()  # by last block
        self._slow: OrderedDict[int, Slow] = OrderedDict()  # by epoch
        self._equivocations: OrderedDict[tuple[str, int, int], Equivocation] = OrderedDict()

    @property
    def head(self) -> BlockHeader | None:
        """The latest block."""
        return next(reversed(self._seen.values())).block if self._seen else None

    def block(self, number: int) -> BlockHeader | None:
        """A block that is remembered."""
        seen = self._seen.get(number)
        return None if seen is None else seen.block

    def see_block(self, block: BlockHeader, epoch: int, signer: str) -> None:
        """The next block, or one that replaces others from its height on."""
        self._forget_from(block.number)
        head = self.head
        if head is not None and (head.number + 1, head.hash) != (block.number, block.parent):
            # what came between was not seen, or is of another branch
            self._forget_from(0)
        waited = self._pending is not None and self._pending >= self._thresholds.backlog_pending
        self._seen[block.number] = _Seen(block, epoch, signer, waited)
        self._pending = None
        shorten(self._seen, MOST_SEEN)
        self._find_backlog(block.number)

    def _forget_from(self, number: int) -> None:
        while self._seen and next(reversed(self._seen)) >= number:
            self._seen.popitem()
        for memory in (self._contradicted, self._backlogs):
            for height in [x for x in memory if x >= number]:
                del memory[height]

    def see_pending(self, count: int) -> None:
        """How many transactions could be in the next block."""
        self._pending = count if self._pending is None else min(count, self._pending)

    def see_reference(self, block: BlockHeader, now: float) -> None:
        """What the reference node has at a height."""
        seen = self._seen.get(block.number)
        if seen is None or seen.block.parent != block.parent or seen.block.hash == block.hash:
            self._contradicted.pop(block.number, None)
            return
        hash_, since = self._contradicted.get(block.number, (block.hash, now))
        if hash_ != block.hash:
            since = now
        self._contradicted[block.number] = (block.hash, since)

    def see_commitment(self, vote: Vote) -> None:
        """A BlockCommitment, whose signature is of its signer."""
        message = vote.message
        key = (vote.signer, message.epoch, message.blockNumber)
        known = self._commitments.setdefault(key, vote)
        shorten(self._commitments, MOST_SEEN)
        if known.message.blockHash != message.blockHash:
            one, other = sorted((known, vote), key=lambda x: bytes(x.message.blockHash))
            self._equivocations.setdefault(key, Equivocation(one, other))
            shorten(self._equivocations, MOST_SEEN)

    def has_shown(self, signer: str, epoch: int, number: int, hash_: bytes) -> bool:
        """Whether a signer has signed such a block in an epoch after this one."""
        return any(
            (vote.signer, vote.message.blockNumber) == (signer, number)
            and vote.message.epoch > epoch
            and bytes(vote.message.blockHash) == hash_
            for vote in self._commitments.values()
        )

    def see_epoch(self, pace: Pace) -> None:
        """An epoch that is over, and too deep to be undone; in rising order."""
        others = [x for x in self._paces.values() if x.counts and x.signer != pace.signer]
        others = others[-self._thresholds.slow_epochs :]
        self._paces[pace.epoch] = pace
        shorten(self._paces, MOST_SEEN)
        if not pace.counts or len({x.signer for x in others}) < LEAST_SIGNERS:
            return
        usual = median(x.seconds for x in others)
        if pace.seconds > usual * Fraction(self._thresholds.slow_factor).limit_denominator(1_000):
            self._slow[pace.epoch] = Slow(pace.epoch, pace.signer, pace.first, pace.last)
            shorten(self._slow, MOST_SEEN)

    def _find_backlog(self, last: int) -> None:
        length = self._thresholds.backlog_blocks
        if (last + 1) % length:
            return
        numbers = range(last + 1 - length, last + 1)
        window = [x for number in numbers if (x := self._seen.get(number)) is not None]
        if len(window) < length or any(not x.waited or x.block.transactions for x in window):
            return
        if len({(x.epoch, x.signer) for x in window}) == 1 and window[0].signer != ZERO:
            blocks = tuple(x.block for x in window)
            self._backlogs[last] = Backlog(window[0].epoch, window[0].signer, blocks)
            shorten(self._backlogs, MOST_SEEN)

    # findings

    def findings(self, now: float, block_timeout: int, confirmations: int = 0) -> Iterator[Finding]:
        """What holds at a moment. Backlogs wait until so many blocks have come after them."""
        yield from self._of_head(now, block_timeout, confirmations)
        yield from self._slow.values()
        yield from self._equivocations.values()

    def _of_head(self, now: float, block_timeout: int, confirmations: int) -> Iterator[Finding]:
        head = self.head
        if head is None:
            return
        wrong = self._wrong_block(now, block_timeout)
        if wrong is not None:
            # all that follows it is refused too
            yield wrong
        elif (round := _round(head, now, block_timeout)) > 0:
            yield Stall(head, round)
        for last, backlog in self._backlogs.items():
            if last + confirmations <= head.number:
                yield backlog

    def _wrong_block(self, now: float, block_timeout: int) -> WrongBlock | None:
        for number in sorted(self._contradicted):
            expected, since = self._contradicted[number]
            seen, before = self._seen.get(number), self._seen.get(number - 1)
            if seen is None or before is None:
                continue
            if now - since >= self._thresholds.wrong_block_after:
                round = max(1, _round(before.block, now, block_timeout))
                return WrongBlock(
                    before.block, seen.block, expected, seen.epoch, seen.signer, round
                )
        return None


def _round(last: BlockHeader, now: float, block_timeout: int) -> int:
    return max(0, min(LIMITS["MAX_ROUND"], (int(now) - last.timestamp) // block_timeout))
