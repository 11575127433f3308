"""State machine: vaults and operators share each batch by time, whatever the order of calls."""

from typing import ClassVar

from tests.stateful.rewards.rules.base import Base
from tests.stateful.rewards.rules.batches import Batches
from tests.stateful.rewards.rules.claims import Claims
from tests.stateful.rewards.rules.pool import PoolRules
from tests.stateful.rewards.rules.split import Split
from tests.stateful.rewards.rules.stake import Stake
from tests.stateful.rewards.rules.time import Time


class SplitMachine(Split, Time, PoolRules, Batches, Claims, Stake, Base):
    """The stakes of both sides, pairings, syncs and batches."""

    favoured: ClassVar = {"submit_batch": 3, "pairing_moves": 3, "other_vault": 2, "sync": 2}


TestSplit = SplitMachine.TestCase
