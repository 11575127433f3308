"""Batches of rewards, right and wrong."""

from fractions import Fraction

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR
from tests.stateful.machine import CHOICE, action
from tests.stateful.rewards.chain import (
    POOL,
    REWARDS,
    STAKED,
    STRANGER,
    USERS,
    batch_words,
    entries_hash,
)
from tests.stateful.rewards.model.records import NOBODY, RewardBatch, Voters
from tests.stateful.rewards.rules.wanted import AMOUNTS
from tests.stateful.signing import signer

# Of a batch: in what it says, in its entries, in its certificate.
BATCH_FLAWS = st.sampled_from(
    ["none"] * 24
    + [
        *(
            "number",
            "number",
            "again",
            "gap",
            "overlap",
            "standstill",
            "back",
            "future",
            "long",
            "end block",
        ),
        *("covers too much", "covers nothing", "covers all"),
        *("fast", "barely fast", "sum", "small sum", "unsorted", "twice", "no blocks", "unknown"),
        *("entries", "old committee", "previous committee", "unknown committee"),
        *("below", "duplicate", "stranger", "other chain", "other message"),
    ]
)


PACE = 2  # seconds between two blocks


class Batches:
    """What two thirds say of who has produced."""

    def audit(self, receipt):
        """I9, from the events alone: batches pay no more than the rate in force on the power x
        seconds that they have used up; what they credit adds up."""
        for name, args in receipt.events:
            if name == "rewards.BatchAccepted":
                _, start, end, _, _, _, budget, amount, entries, vault_parts = args
                used = self.contracts.rewards.view("power_seconds_used")[0]
                self.earned += Fraction(
                    self.rate * (used - self.used_before), LIMITS["YEAR"] * LIMITS["BPS"]
                )
                self.paid += amount
                assert amount <= budget
                assert used <= self.model.power_seconds
                assert self.paid <= self.earned
                blocks = [x >> 32 for x in entries]
                assert sum(blocks) == end - start + 1
                owed = self.contracts.rewards.view("owed")[0] - self.owed_before
                known = sum(x >> 32 for x in entries if x % 2**32)
                assert owed <= amount
                assert owed <= Fraction(amount * known, sum(blocks) or 1) < owed + len(entries) + 1
                assert sum(vault_parts) <= owed

    @action(weight=1, amount=AMOUNTS)
    def fund(self, amount):
        self.do("rewards", STRANGER, "fund", amount)

    @action(weight=2, amount=AMOUNTS, to=st.sampled_from([STAKED, REWARDS, STAKED, POOL]))
    def metis_is_sent(self, amount, to):
        self.donate(USERS[2], to, amount)

    @property
    def voters(self) -> list[Voters]:
        """Committees with members, the latest last."""
        return [
            Voters(nonce, tuple(x.words)) for nonce, x in self.model.committees.items() if x.words
        ]

    def batch_now(self, parts, end: int, flaw="none", choice=0, late=0) -> bool:
        """One batch of (id, blocks), with a flaw; its first block is so many too late."""
        rewards, all_voters = self.rewards, self.voters
        committee = all_voters[-1] if all_voters else Voters(1, (signer(0) | 1 << 160,))
        if flaw == "old committee" and all_voters:
            committee = all_voters[choice % len(all_voters)]
        if flaw == "previous committee" and all_voters:
            committee = all_voters[max(0, len(all_voters) - 2)]
        count = sum(blocks for _, blocks in parts)
        entries = tuple(blocks << 32 | id for id, blocks in parts)
        last = rewards.end_block + late
        batch = RewardBatch(committee.nonce, rewards.number + 1, last + 1, last + count, end, 0, 0)
        duration = end - rewards.end
        # each block PACE seconds after the one before, as far as there is time
        covered = min(count * PACE, max(0, duration))
        batch = batch._replace(covered_time=covered)
        match flaw:
            case "number":
                batch = batch._replace(batch=batch.batch + (-1) ** choice)
            case "gap":
                batch = batch._replace(start_block=last + 2, end_block=last + 1 + count)
            case "overlap":
                batch = batch._replace(start_block=last, end_block=last + count)
            case "standstill":
                batch = batch._replace(end_timestamp=rewards.end)
            case "back":
                batch = batch._replace(end_timestamp=rewards.end - 1)
            case "future":
                batch = batch._replace(end_timestamp=self.model.now + 1)
            case "long":
                long = rewards.end + LIMITS["BATCH_CEILING"] + choice % 2
                batch = batch._replace(end_timestamp=min(long, 2**64 - 1))
            case "end block":
                batch = batch._replace(end_block=last - 1)
            case "fast" | "barely fast":
                many = max(0, duration) + (flaw == "fast")
                entries, batch = (many << 32 | 1,), batch._replace(end_block=last + many)
            case "covers too much":
                batch = batch._replace(covered_time=max(0, duration) + 1 + choice)
            case "covers nothing":
                batch = batch._replace(covered_time=0)
            case "covers all":
                batch = batch._replace(covered_time=max(0, duration))
            case "sum":
                batch = batch._replace(end_block=batch.end_block - 1)
            case "small sum":
                batch = batch._replace(end_block=batch.end_block + 1)
            case "unsorted":
                entries = entries[::-1]
            case "twice" if entries:
                entries = (*entries, entries[-1])
                batch = batch._replace(end_block=batch.end_block + parts[-1][1])
            case "no blocks":
                entries = (*entries, len(self.model.sequencers))
            case "unknown":
                entries = (*entries, 5 << 32 | len(self.model.sequencers) + 1)
                batch = batch._replace(end_block=batch.end_block + 5)
            case "unknown committee":
                batch = batch._replace(committee_nonce=committee.nonce + 100)
        hashed = entries_hash(entries)
        batch = batch._replace(entries_hash=hashed ^ (flaw == "entries"))
        certificate = self.certificate(batch, committee, flaw, choice)
        return self.submit(batch, entries, certificate)

    def submit(self, *sent) -> bool:
        self.rate, self.used_before = self.rewards.next_mrr, self.rewards.used
        self.owed_before = self.rewards.owed
        if self.do("rewards", STRANGER, "submit_batch", *sent, words=batch_words(*sent)) is None:
            return False
        self.last_sent = sent
        is_short = any(x[0] == "rewards.ReserveShort" for x in self.suite.events)
        self.reached |= {"short reserve"} if is_short else set()
        self.reached |= {"nobody's blocks"} if sent[1] and sent[1][0] % 2**32 == 0 else set()
        return True

    @action(
        weight=10,
        who=st.lists(st.integers(0, 8), max_size=4, unique=True),
        blocks=st.lists(st.sampled_from([100, 1, 333, 7_777, 43_200]), min_size=4, max_size=4),
        late=st.sampled_from([0, 0, 0, 1, HOUR, DAY, 2 * DAY]),
        flaw=BATCH_FLAWS,
        choice=CHOICE,
    )
    def submit_batch(self, who, blocks, late, flaw, choice):
        count = len(self.model.sequencers)
        ids = {x % (count + 1) for x in who} or {1, 2, 3}
        ids = sorted(ids | ({NOBODY} if choice % 4 == 0 else set()))
        start = self.rewards.end if self.rewards.is_in_use else self.model.now
        if start == self.model.now:
            self.wait(DAY // 2)
        end = max(start + 1, min(self.model.now - late, start + LIMITS["BATCH_CEILING"]))
        room = end - start
        parts = []
        for id, many in zip(ids, blocks, strict=False):
            if many <= room:
                parts.append((id, many))
                room -= many
        if flaw == "again" and self.last_sent:
            self.submit(*self.last_sent)
        else:
            self.batch_now(parts, end, flaw, choice)

    @action(weight=4, choice=CHOICE)
    def sync(self, choice):
        self.do("rewards", STRANGER, "sync", self.some(choice, lambda seq: seq.vault))
