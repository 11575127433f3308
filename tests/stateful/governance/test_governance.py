"""State machine: proposals against their model, in any order of calls; I12 of the Governor."""

from tests.stateful.governance.rules.base import Base
from tests.stateful.governance.rules.checks import Checks
from tests.stateful.governance.rules.ends import Ends
from tests.stateful.governance.rules.proposals import Proposals
from tests.stateful.governance.rules.votes import Votes


class GovernanceMachine(Proposals, Votes, Ends, Checks, Base):
    """All that anybody may do with proposals."""


TestGovernor = GovernanceMachine.TestCase
