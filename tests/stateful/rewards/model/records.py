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


class Share(NamedTuple):
    """Of a vault, from a second on. Its term ends when another vault comes."""

    since: int
    vault: int
    share: int
    term: int


@dataclass
class Account:
    operator: int = 0
    vaults: Counter = field(default_factory=Counter)  # wei of each that is or was paired
    is_closed: bool = False
    shares: list[Share] = field(default_factory=lambda: [Share(0, 0, 0, 0)])

    @property
    def vault(self) -> int:
        return self.shares[-1].vault

    @property
    def share(self) -> int:
        return self.shares[-1].share

    @property
    def term(self) -> int:
        return self.shares[-1].term

    def take_over(self, now: int, vault: int, share: int):
        """From now on. A vault that had a share ends its term."""
        earned = any(integral for term, _, integral in self.times(0, now) if term == self.term)
        term = self.term + (vault != self.vault and earned)
        self.shares.append(Share(now, vault, share, term))

    def times(self, begin: int, end: int) -> list[tuple[int, int, int]]:
        """Of each term in a time: its number, its vault, and share x seconds."""
        times: dict[int, tuple[int, int, int]] = {}
        ends = [*(x.since for x in self.shares[1:]), max(end, self.shares[-1].since)]
        for x, until in zip(self.shares, ends, strict=True):
            integral = x.share * max(0, min(end, until) - max(begin, x.since))
            before = times.get(x.term, (x.term, x.vault, 0))
            times[x.term] = (x.term, x.vault, before[2] + integral)
        return list(times.values())


@dataclass
class Request:
    id: int
    controller: int
    shares: int
    worth: int  # when it was made, of what is left of it
    ready_at: int
    asked: int  # shares, when it was made
