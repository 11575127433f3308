"""State machine: pool, RewardDistributor and StakedMetis against their model; I1, I2, I5, I9."""

from tests.stateful.rewards.rules.base import Base
from tests.stateful.rewards.rules.batches import Batches
from tests.stateful.rewards.rules.checks import Checks
from tests.stateful.rewards.rules.claims import Claims
from tests.stateful.rewards.rules.depositors import Depositors
from tests.stateful.rewards.rules.governance import Governance
from tests.stateful.rewards.rules.pool import PoolRules
from tests.stateful.rewards.rules.stake import Stake
from tests.stateful.rewards.rules.time import Time


class RewardsMachine(Time, PoolRules, Batches, Claims, Governance, Depositors, Stake, Checks, Base):
    """All that anybody may do with rewards and shares."""


TestRewards = RewardsMachine.TestCase
