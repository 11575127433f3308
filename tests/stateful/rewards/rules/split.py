"""Who gets what of a batch, by the stake of each second."""

from collections import Counter, defaultdict
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import invariant

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.machine import CHOICE, action
from tests.stateful.pool.model.records import PAIRED, Sequencer
from tests.stateful.rewards.chain import GOVERNANCE, OTHER_VAULT, STRANGER
from tests.stateful.rewards.model.records import SHARE
from tests.stateful.rewards.rules.wanted import is_staked

# Shares are rounded down to parts of SHARE, amounts to wei.
ROUNDED = Fraction(1, SHARE)


def share_of(seq: Sequencer) -> Fraction:
    """Of rewards to the vault, after the commission, as the pool's stake is."""
    own, paired = (side.bonded for side in seq.sides)
    if not paired:
        return Fraction(0)
    return Fraction(paired * (LIMITS["BPS"] - seq.commission), (own + paired) * LIMITS["BPS"])


class Split:
    """All do as they like, in any order; and whoever has gained by what was done has synced before
    the second is over. Then each batch is split by time, within what is rounded down: far less
    than a thousandth of it."""

    def __init__(self):
        super().__init__()
        # id => since when which vault has had which share
        self.runs: dict[int, list[tuple[int, int, Fraction]]] = defaultdict(
            lambda: [(0, 0, Fraction(0))]
        )
        self.begins_at = 0

    @action(weight=3, choice=CHOICE, hours=st.integers(0, 72))
    def vault_is_replaced(self, choice, hours):
        """One batch has the time of both."""
        staked = [x for x in self.model.sequencers.values() if is_staked(x)]
        earning = [x for x in staked if x.sides[PAIRED].bonded]
        if not earning or not self.rewards.is_in_use:
            return
        seq = earning[choice % len(earning)]
        while self.rewards.end < self.model.now:
            self.convene()
            end = min(self.model.now, self.rewards.end + LIMITS["BATCH_CEILING"])
            if not self.batch_now([], end):
                return
        self.wait(hours * HOUR)
        self.do("pool", GOVERNANCE, "set_pairing", seq.owner, 0, 0)
        self.wait(21 * DAY)
        self.do("staked", STRANGER, "collect", seq.id)
        self.do("pool", GOVERNANCE, "set_pairing", seq.owner, OTHER_VAULT, 50 * choice)
        self.do("pool", OTHER_VAULT, "deposit_paired", seq.id, 5_000 * METIS)
        self.wait(hours * HOUR // 2)
        self.convene()
        self.batch_now([(seq.id, 1_000)], self.model.now)

    def wait(self, seconds: int, blocks: int = 1):
        if seconds:
            for id, seq in self.model.sequencers.items():
                self.sync_if_changed(id, seq)
        super().wait(seconds, blocks)

    def sync_if_changed(self, id: int, seq: Sequencer):
        now, share = self.model.now, share_of(seq)
        account = self.rewards.accounts[id]
        if (account.vault, account.share) != (seq.vault, int(share * SHARE)):
            assert self.do("rewards", STRANGER, "sync", id) is not None
        if self.runs[id][-1][1:] != (seq.vault, share):
            self.runs[id].append((now, seq.vault, share))

    @invariant()
    def goes_on(self):
        """Nothing has disagreed: what was reached is told at the end."""
        self.is_sound = True

    def wanted(self, id: int, end: int) -> Counter[int]:
        """Vault => its mean share of the batch's time."""
        means: Counter[int] = Counter()
        runs = self.runs[id]
        ends = [*(run[0] for run in runs[1:]), self.model.now]
        for (since, vault, share), until in zip(runs, ends, strict=True):
            seconds = max(0, min(end, until) - max(self.begins_at, since))
            means[vault] += share * seconds / (end - self.begins_at)
        return means

    def audit(self, receipt):
        super().audit(receipt)
        former: dict[int, Counter[int]] = defaultdict(Counter)
        for name, args in receipt.events:
            if name == "rewards.Begun":
                self.begins_at = self.model.now
            elif name == "rewards.FormerVaultCredited":
                former[args[0]][args[1]] += args[2]
            elif name == "rewards.BatchAccepted":
                self.check_split(former, args)

    def check_split(self, former, args):
        _, start, last, end, _, _, _, paid, entries, parts = args
        for word, part in zip(entries, parts, strict=True):
            id, blocks = word % 2**32, word >> 32
            if id:
                reward = paid * blocks // (last + 1 - start)
                got = former[id]
                got[self.rewards.accounts[id].vault] += part - got.total()
                wanted = self.wanted(id, end)
                for vault in got.keys() | wanted.keys():
                    lacks = wanted[vault] * reward - got[vault]
                    assert -1 <= lacks <= reward * ROUNDED + len(self.runs[id]), (vault, lacks)
                    assert abs(lacks) < max(Fraction(paid, 1_000), 10)
                if any(self.begins_at < since < end for since, _, _ in self.runs[id]):
                    self.reached.add("a share that has changed")
                if sum(x > 0 for x in got.values()) > 1:
                    self.reached.add("two vaults in one batch")
        self.begins_at = end
