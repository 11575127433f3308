# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Timed pause
@custom:contract-name timed_pause
@license AGPL-3.0-only
@notice A stop that ends by itself, cannot be renewed at once, and remembers
        how long it lasted, so that deadlines can stand still meanwhile.
@dev Importers check who may call, and choose duration and interval.
"""

from contracts.modules import checks


event Paused:
    until: uint256


event Unpaused:
    pass


_started_at: uint256  # unix seconds; 0: never
_ends_at: uint256  # unix seconds; moved back by _unpause
_earlier: uint256  # seconds of all pauses before this one together


@internal
def _pause(duration: uint256, interval: uint256):
    """
    @dev `interval` is counted from the start of the last pause and is longer
         than `duration`: when it has passed, the last pause has ended.
    """
    checks._require(block.timestamp >= self._started_at + interval, "timed_pause: too soon")
    self._earlier += self._ends_at - self._started_at
    self._started_at = block.timestamp
    self._ends_at = block.timestamp + duration
    log Paused(until=block.timestamp + duration)


@internal
def _unpause():
    checks._require(self._paused(), "timed_pause: not paused")
    self._ends_at = block.timestamp
    log Unpaused()


@internal
@view
def _paused() -> bool:
    return block.timestamp < self._ends_at


@internal
@view
def _clock() -> uint256:
    """
    @dev Unix seconds less all the time spent paused: it stands still during a
         pause and never runs back.
    """
    return (
        block.timestamp - self._earlier - (min(block.timestamp, self._ends_at) - self._started_at)
    )


@internal
@view
def _age(time: uint256) -> uint256:
    """
    @dev Seconds since a time that is not in the future, less those of the latest pause: earlier
         ones count, as they do not for what is younger than an interval.
    """
    end: uint256 = min(block.timestamp, self._ends_at)
    if end <= time:
        return block.timestamp - time
    return block.timestamp - time - (end - max(time, self._started_at))
