"""State machine: pool, Slasher and SlashVault against their model; I1, I2, I4, I6 to I8, I13."""

from tests.stateful.slashing.rules.audit import Audit
from tests.stateful.slashing.rules.base import Base
from tests.stateful.slashing.rules.cases import Cases
from tests.stateful.slashing.rules.checks import Checks
from tests.stateful.slashing.rules.equivocation import Equivocation
from tests.stateful.slashing.rules.governance import Governance
from tests.stateful.slashing.rules.pool import PoolRules
from tests.stateful.slashing.rules.time import Time
from tests.stateful.slashing.rules.votes import Votes


class SlashingMachine(Time, Votes, Equivocation, Governance, Cases, PoolRules, Audit, Checks, Base):
    """All that anybody may do about an offence."""


TestSlashing = SlashingMachine.TestCase
