"""What the models of RewardDistributor and StakedMetis keep."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

SHARE = 10**7  # all of a sequencer's rewards
RETIRED = 2**64 - 1
VIRTUAL = 10**12  # shares and METIS that nobody owns
MAX_ASSETS, MAX_SHARES = 2**84 - 1, 2**96 - 1
NOBODY = 0  # the id of the fallback


class RewardBatch(NamedTuple):
    TYPE = (
        "RewardBatch(uint64 committeeNonce,uint64 batch,uint64 startBlock,"
        "uint64 endBlock,uint64 endTimestamp,uint64 coveredTime,bytes32 entriesHash)"
    )
    committee_nonce: int
    batch: int
    start_block: int
    end_block: int
    end_timestamp: int
    covered_time: int
    entries_hash: int


class Voters(NamedTuple):
    """A committee, for check_certificate."""

    nonce: int
    members: tuple[int, ...]


@dataclass
class Change:
    """Of what is for batches that begin at it or later: until one has begun, the value before
    holds, whatever is set meanwhile."""

    before: int
    now: int
    since: int

    def at(self, begin: int) -> int:
        return self.now if begin >= self.since else self.before

    def set(self, new: int, begin: int, now: int):
        self.before, self.now, self.since = self.at(begin), new, now


@dataclass
class Account:
    operator: int = 0
    vaults: Counter = field(default_factory=Counter)  # wei of each that is or was paired
    vault: int = 0
    share: Change = field(default_factory=lambda: Change(0, 0, 0))


@dataclass
class Request:
    id: int
    controller: int
    shares: int
    worth: int  # when it was made, of what is left of it
    ready_at: int
    asked: int  # shares, when it was made
