"""State machines: the pool against its model, over all calls and time; invariants I1 to I5."""

from tests.stateful.pool.rules.anyone import Anyone
from tests.stateful.pool.rules.base import Base
from tests.stateful.pool.rules.checks import Checks
from tests.stateful.pool.rules.governance import Governance
from tests.stateful.pool.rules.owners import Owners
from tests.stateful.pool.rules.slasher import Slasher
from tests.stateful.pool.rules.vaults import Vaults


class PoolMachine(Owners, Vaults, Anyone, Slasher, Governance, Checks, Base):
    """All that anybody may do with the pool."""


class CrowdedPool(PoolMachine):
    """More of pairings, of the queue and of hand-overs."""

    favoured = dict.fromkeys(
        (
            *("lock", "activate_next", "unlock", "disapprove", "approve", "set_pairing"),
            *("deposit_paired", "request_paired_withdrawal", "claim_paired", "end_pairing"),
            *("transfer_ownership_of", "accept_ownership_of", "eject"),
        ),
        2,
    )


class PunishedPool(PoolMachine):
    """More of slashing, holds, jail and suspension, and of what ends them."""

    favoured = dict.fromkeys(
        (
            *("slash", "hold", "jail", "unjail", "suspend", "lift", "reinstate", "claim"),
            *("many_withdrawals", "claim_what_is_held", "checkpoint", "seal", "offboard"),
            "roles_change",
        ),
        2,
    )


TestCrowdedPool = CrowdedPool.TestCase
TestPunishedPool = PunishedPool.TestCase
