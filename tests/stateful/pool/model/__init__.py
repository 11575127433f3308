"""A naive model of SequencerPool, SlashVault and METIS (docs/design.md): plain lists."""

from tests.stateful.pool.model.anyone import Anyone
from tests.stateful.pool.model.base import Base
from tests.stateful.pool.model.governance import Governance
from tests.stateful.pool.model.owners import Owners
from tests.stateful.pool.model.slasher import Slasher
from tests.stateful.pool.model.vaults import Vaults


class Pool(Owners, Vaults, Anyone, Slasher, Governance, Base):
    """The pool, and of the SlashVault what the pool makes of it."""
