"""SlashVault.__init__"""

import ape

from tests.utils.system import ZERO


def test_constructor_fixes_token_and_pool(system, metis, pool, vault):
    assert (vault.metis(), vault.pool()) == (metis, pool)
    assert (vault.case_count(), vault.held()) == (0, 0)


def test_constructor__zero_metis__reverts(system, pool):
    with ape.reverts("SlashVault: zero metis"):
        system.deployer.deploy(system.project.SlashVault, ZERO, pool)


def test_constructor__zero_pool__reverts(system, metis):
    with ape.reverts("SlashVault: zero pool"):
        system.deployer.deploy(system.project.SlashVault, metis, ZERO)
