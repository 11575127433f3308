"""Reads with ape how much of the time blocks of L2 cover, with a file in which a broken run leaves
what it has counted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqpool.chain.archive import ArchiveNode, node_of
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.protocol.covered_time import CoveredTime, TimeoutChange, Timeouts

VERSION = 1
_FIELDS = ("block", "time", "seconds")


class CountFile:
    """How far the count of one batch has come, kept in a file if there is a folder for it."""

    def __init__(self, view: EpochView, start: int, begin: int, folder: Path | None = None):
        chain_id, place = view.provider.chain_id, view.sequencer_set.address
        self._start, self._begin, self._path = start, begin, None
        if folder is not None:
            self._path = folder / f"covered-{chain_id}-{place}-{start}-{begin}.json"
        self._head = {
            "version": VERSION,
            "chain_id": chain_id,
            "sequencer_set": place,
            "start": start,
            "begin": begin,
        }

    def read(self, node: ArchiveNode, end: int) -> CoveredTime:
        """What was counted before; from the first block on, if that is nothing, goes too far, or
        is of blocks that were replaced."""
        new = CoveredTime.before(self._start, self._begin)
        if self._path is None or not self._path.exists():
            return new
        kept = strict_json.read_file(self._path, self._read, "count of blocks", "a new run")
        if kept.block > end:
            return new
        (time,) = node.times([kept.block])
        return kept if max(time, self._begin) == kept.time else new

    def write(self, covered: CoveredTime) -> None:
        if self._path is None:
            return
        # never half a file, for the next run to stumble over
        part = self._path.with_name(self._path.name + ".part")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = {name: getattr(covered, name) for name in _FIELDS}
        strict_json.write_file(part, self._head | rows)
        part.replace(self._path)

    def _read(self, data: dict[str, Any]) -> CoveredTime:
        strict_json.check_keys(data, (*self._head, *_FIELDS))
        for key, wanted in self._head.items():
            if data[key] != wanted:
                raise UserError(
                    f"{shown(self._path)} is of {key} {data[key]}, not {wanted}: delete it"
                )
        return CoveredTime(self._begin, *(strict_json.number(data[name], 64) for name in _FIELDS))


def covered_time(
    view: EpochView,
    start: int,
    end: int,
    begin: int,
    cache: Path | None = None,
    advance: Callable[[int], None] = lambda blocks: None,
) -> int:
    """Seconds that a range of blocks covers, from `begin` on; `advance` is told of progress.

    `cache` is a folder. If the node fails in between, UserError, and the folder keeps what was
    counted.
    """
    node, file = node_of(view.provider), CountFile(view, start, begin, cache)
    covered = file.read(node, end)
    advance(covered.block + 1 - start)
    try:
        _count(node, file, covered, end, _timeouts(view, start), advance)
    except UserError as error:
        done = covered.block + 1 - start
        raise UserError(f"{error}; {done} of {end + 1 - start} blocks are counted") from None
    return covered.seconds


def _count(
    node: ArchiveNode,
    file: CountFile,
    covered: CoveredTime,
    end: int,
    timeouts: Timeouts,
    advance: Callable[[int], None],
) -> None:
    before = covered.block
    steps = covered.count(end, timeouts)
    wanted = next(steps, None)
    while wanted is not None:
        try:
            wanted = steps.send(node.times(wanted))
        except StopIteration:
            wanted = None
        if covered.block > before:
            advance(covered.block - before)
            before = covered.block
            file.write(covered)


def _timeouts(view: EpochView, start: int) -> Timeouts:
    latest = view.block_number
    start = max(start, view.registry.from_block)
    events = view.sequencer_set.ParameterSet.range(start, max(start, latest) + 1)
    changes = [
        TimeoutChange(event.block_number, event.old, event.new)
        for event in events
        if event.name == "block_timeout"
    ]
    present = view.sequencer_set.parameters(block_identifier=latest)
    return Timeouts(present.block_timeout, changes)
