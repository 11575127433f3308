"""SlashVault.__init__"""

import ape
import pytest

from tests.utils.system import ZERO


def test_constructor_fixes_token_and_pool(system, metis, pool, vault):
    assert (vault.metis(), vault.pool()) == (metis, pool)
    assert (vault.case_count(), vault.held()) == (0, 0)


def test_constructor_sets_governance_and_treasury(system, governance, vault):
    assert (vault.owner(), vault.pending_owner()) == (governance, ZERO)
    assert vault.treasury() == system.treasury
    assert vault.announced_treasury() == (ZERO, 0)


def test_constructor_announces_the_treasury(system, escrow):
    tx = escrow.creation_metadata.receipt
    (event,) = tx.decode_logs(escrow.TreasuryAnnounced)
    assert event == escrow.TreasuryAnnounced(treasury=system.treasury, effective_at=tx.timestamp)


@pytest.mark.parametrize(
    "name, reason",
    [
        ("metis", "SlashVault: zero metis"),
        ("pool", "SlashVault: zero pool"),
        ("governance", "roles: zero governance"),
        ("treasury", "SlashVault: zero treasury"),
    ],
)
def test_constructor__zero_address__reverts(system, metis, pool, name, reason):
    arguments = {
        "metis": metis,
        "pool": pool,
        "governance": system.governance,
        "treasury": system.treasury,
    } | {name: ZERO}
    with ape.reverts(reason):
        system.deployer.deploy(system.project.SlashVault, *arguments.values())
