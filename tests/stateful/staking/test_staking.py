"""Properties of ERC-4626 deposits and ERC-7540 redemptions, over any sequence of what can happen"""

from hypothesis import settings

from tests.stateful.staking.rules.accounts import Accounts
from tests.stateful.staking.rules.base import Base
from tests.stateful.staking.rules.checks import Checks
from tests.stateful.staking.rules.depositors import Depositors
from tests.stateful.staking.rules.holders import Holders
from tests.stateful.staking.rules.stake import Stake


class VaultMachine(Depositors, Holders, Stake, Checks, Accounts, Base):
    """What the standards ask for, and that nobody gains by what others have lost."""


TestVault = VaultMachine.TestCase
# test_rewards has the same vault, with a model
TestVault.settings = settings(max_examples=settings.default.max_examples // 4)
