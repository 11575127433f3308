"""A naive model of RewardDistributor and StakedMetis (docs/design.md): fractions, lists, scans."""

from collections.abc import Callable

from tests.stateful.rewards.model.distributor import Rewards
from tests.stateful.rewards.model.parts import Escrow, PoolPart
from tests.stateful.rewards.model.vault import Vault


class Suite:
    """Pool, SlashVault, RewardDistributor and StakedMetis. A call is a method of one of them; it
    raises Rejected, or acts and appends to `events` and `transfers`."""

    def __init__(
        self, *, token: int, pool: dict, rewards: dict, escrow: int, vault: dict, hashed: Callable
    ):
        self.token = token
        self.entries_hash = hashed
        self.events: list[tuple] = []
        self.transfers: list[tuple] = []  # of METIS: from, to, amount
        self.pool = PoolPart(self.transfers, **pool)
        self.rewards = Rewards(self, **rewards)
        self.escrow = Escrow(self, escrow)
        self.staked = Vault(self, **vault)

    def call(self, part: str, name: str, sender: int, *args):
        """What the call returns; raises Rejected."""
        self.events.clear()
        self.transfers.clear()
        for each in (self.rewards, self.escrow, self.staked):
            each.start_call()
        if part in ("pool", "registry"):  # one model of both
            answer = self.pool.call(name, sender, *args)
        else:
            self.pool.start_call()
            answer = getattr(getattr(self, part), name)(sender, *args)
        title = "registry" if part == "registry" else "pool"
        self.events += [(f"{title}.{event}", *values) for event, *values in self.pool.events]
        return answer

    def donate(self, sender: int, to: int, amount: int):
        """A plain transfer."""
        self.pool.move(sender, to, amount)
