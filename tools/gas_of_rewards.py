"""What the main calls of the RewardDistributor and of StakedMetis cost."""

from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from seqpool.protocol.reward_entries import NOBODY
from tests.utils.isolation import isolated
from tests.utils.lst import Lst
from tests.utils.system import DAY, METIS
from tools.gas_of_epochs import two_thirds
from tools.gas_of_pool import MAX_SEQUENCERS
from tools.meter import Cost, Meter

STAKE = 40_000 * METIS
COMMITTEES = (4, 20, 100)
BATCH = 10 * DAY
# in a committee of 20, so many are paired with the vault
PAIRED = 4
L2_GAS = 200_000


def batch_of(members: int) -> str:
    return f"submit_batch, {members} entries, {two_thirds(members)} of {members} sign"


def batch_ceiling(members: int) -> int:
    return 82_000 + 9_500 * members + 5_000 * two_thirds(members) + 750 * members


CHANGED = "submit_batch, 20 entries, 14 of 20 sign, one share has changed"

# call => ceiling in gas
CEILINGS = {batch_of(n): batch_ceiling(n) for n in COMMITTEES} | {
    # the pool keeps no word of a recipient who is the owner, and reads two then
    "claim of rewards": 57_100,
    "claim of rewards to another": 56_000,
    "deposit, first of a depositor": 95_000,
    "deposit": 95_000,
    "requestRedeem, first of a depositor": 125_000,
    "requestRedeem": 125_000,
    "harvest": 105_000,
    "redeem": 92_000,
    # whoever is the first after a slash writes the case down
    "deposit after a slash": 135_000,
    # the request keeps its part of the case
    "redeem in an open case": 117_000,
}

# call => where it is in baseline_gas.json
_BATCH = "submit a batch, by number of sequencers (one trusted key, no signatures checked)"
_CLAIM = "claim (through the bridge double)"
BASELINE = {
    batch_of(100): ("rewards", _BATCH, "100"),
    "claim of rewards": ("rewards", _CLAIM),
    "claim of rewards to another": ("rewards", _CLAIM),
    "claim_to_l2": ("rewards", _CLAIM),
}


@dataclass
class RewardMeter(Meter):
    """Drives a RewardDistributor and a StakedMetis through all calls and notes what they cost."""

    lst: Lst

    def measure(self) -> dict[str, Cost]:
        lst = self.lst
        lst.pool.set_max_sequencers(MAX_SEQUENCERS, sender=lst.governance)
        lst.endow(10**6 * METIS)
        lst.deposit(lst.alice, PAIRED * STAKE)
        ids = [lst.pair() for _ in range(PAIRED)]
        for id in ids:
            lst.allocate(id, STAKE // 2)
            lst.rewards.sync(id, sender=lst.stranger)
        for count in track(COMMITTEES, "committees that are paid", console=Console()):
            ids += [lst.new_sequencer(STAKE) for _ in range(count - len(ids))]
            lst.convene()
            # what a first batch of all writes is there
            self.pay(ids)
            lst.convene()
            self.note(batch_of(count), self.pay(ids))
            if count == 20:
                with isolated(lst.chain):
                    self.operators(ids)
                with isolated(lst.chain):
                    self.depositors(ids[0])
        return self.costs

    def pay(self, ids: list[int]):
        """Signed by as few as needed: the last in the list, whom each loop reaches last."""
        lst, count = self.lst, len(self.lst.members)
        last = lst.rewards.last_batch()
        lst.wait(max(BATCH - lst.now() + last.end_timestamp, 1))
        batch = lst.batch({id: 1_000 + id for id in ids})
        places = range(count - two_thirds(count), count)
        return lst.submit(batch, lst.certify(batch.message, places))

    def operators(self, ids: list[int]):
        lst, rewards = self.lst, self.lst.rewards
        # the second of two: its recipient has METIS
        for _ in range(2):
            lst.convene()
            self.pay(ids)
            self.note("claim of rewards", rewards.claim(ids[-1], sender=lst.stranger))
        # who has METIS, like the owner
        lst.pool.set_reward_recipient(ids[-5], lst.carol, sender=lst.owner_of(ids[-5]))
        claim = rewards.claim(ids[-5], sender=lst.stranger)
        self.note("claim of rewards to another", claim)
        owner = lst.owner_of(ids[-2])
        self.note("restake", rewards.restake(ids[-2], sender=owner))
        fee = L2_GAS * lst.bridge.gas_price()
        # the second of two: the bridge has METIS
        for id in ids[-4:-2]:
            call = rewards.claim_to_l2(id, L2_GAS, sender=lst.owner_of(id), value=fee)
            self.note("claim_to_l2", call)
        first = lst.owner_of(ids[0])
        lst.pool.set_pairing(first, lst.staked, 100, sender=lst.governance)
        self.note("sync", rewards.sync(ids[0], sender=lst.stranger))
        self.note("sync, nothing has changed", rewards.sync(ids[0], sender=lst.stranger))
        lst.convene()
        self.note(CHANGED, self.pay(ids))
        self.note(
            f"submit_batch, the fallback alone, {two_thirds(20)} of 20 sign", self.pay([NOBODY])
        )
        self.note(
            "reimburse", rewards.reimburse(ids[-2], METIS, "ipfs://why", sender=lst.governance)
        )

    def depositors(self, id: int):
        lst, staked = self.lst, self.lst.staked
        # the second of two: the vault has held shares before
        for user, suffix in ((lst.bob, ""), (lst.carol, ", first of a depositor")):
            self.note(f"deposit{suffix}", staked.deposit(1_000 * METIS, user, sender=user))
            request = staked.requestRedeem(100 * METIS, user, user, sender=user)
            self.note(f"requestRedeem{suffix}", request)
        self.note("deposit", staked.deposit(1_000 * METIS, lst.carol, sender=lst.carol))
        self.note(
            "requestRedeem",
            staked.requestRedeem(100 * METIS, lst.carol, lst.carol, sender=lst.carol),
        )
        self.note("allocate", staked.allocate(id, STAKE // 4, sender=lst.allocator))
        self.note("deallocate", staked.deallocate(id, STAKE // 4, sender=lst.allocator))
        self.note("harvest", staked.harvest(id, lst.rewards, sender=lst.stranger))
        with isolated(lst.chain):
            lst.wait(lst.pool.parameters().exit_delay)
            self.redeem("redeem")
        lst.slash(id, 100)
        self.note(
            "deposit after a slash", staked.deposit(1_000 * METIS, lst.carol, sender=lst.carol)
        )
        lst.wait(lst.pool.parameters().exit_delay)
        self.note("collect", staked.collect(id, sender=lst.stranger))
        self.redeem("redeem in an open case")

    def redeem(self, name: str):
        """The second of two: the vault has paid somebody before."""
        for user in (self.lst.bob, self.lst.carol):
            call = self.lst.staked.redeem(100 * METIS, user, user, sender=user)
            self.note(name, call)
