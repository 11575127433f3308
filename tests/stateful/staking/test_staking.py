"""Properties of ERC-4626 deposits and ERC-7540 redemptions, over any sequence of what can happen"""

from hypothesis import settings

from seqpool.units import METIS
from tests.stateful.staking.rules.accounts import Accounts
from tests.stateful.staking.rules.base import Base
from tests.stateful.staking.rules.checks import Checks
from tests.stateful.staking.rules.depositors import Depositors
from tests.stateful.staking.rules.holders import Holders
from tests.stateful.staking.rules.stake import Stake


class VaultMachine(Depositors, Holders, Stake, Checks, Accounts, Base):
    """What the standards ask for, and that nobody gains by what others have lost."""


TestVault = VaultMachine.TestCase
TestVault.settings = settings(max_examples=settings.default.max_examples)


def test_everybody_in_turn():
    """What random histories seldom reach: a slash, one who leaves and one who comes before it is
    decided, and the refund."""
    machine = VaultMachine()
    try:
        machine.begin(40_000 * METIS)
        machine.leaver_is_paid_while_a_case_is_open(40_000 * METIS, 1_000)
        machine.everybody_has_its_own()
        machine.newcomer_comes_after_a_slash(30_000 * METIS)
        machine.everybody_has_its_own()
        machine.sandwicher_comes_before_a_refund_and_asks_after_it(90_000 * METIS, 10_000)
        machine.everybody_has_its_own()
        machine.everybody_ends_with_its_own(10_000)
    finally:
        machine.teardown()
