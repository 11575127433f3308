"""A naive model of Slasher and SlashVault (docs/design.md): lists of what happened, and scans."""

from tests.stateful.model import Rejected
from tests.stateful.slashing.model.base import Base
from tests.stateful.slashing.model.cases import Cases
from tests.stateful.slashing.model.decisions import Decisions
from tests.stateful.slashing.model.penalties import Penalties
from tests.stateful.slashing.model.proofs import Proofs
from tests.stateful.slashing.model.timeouts import Timeouts


class Slashing(Proofs, Timeouts, Penalties, Decisions, Cases, Base):
    """Both contracts."""

    def open_case(self, sender, *args):
        raise Rejected("SlashVault: not pool")

    def use_key(self, sender, *args):
        raise Rejected("SlashVault: not slasher")
