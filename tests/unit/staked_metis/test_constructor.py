"""StakedMetis.__init__"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.system import ZERO


def test_constructor_takes_token_and_escrow_from_the_pool(lst_system, pool, metis, slash_vault):
    vault = lst_system.deploy_vault()
    assert vault.pool() == pool
    assert vault.asset() == pool.metis() == metis
    assert vault.slash_vault() == pool.slash_vault() == slash_vault
    assert vault.owner() == lst_system.governance
    assert vault.allocator() == lst_system.allocator
    assert vault.share() == vault
    assert (vault.name(), vault.symbol(), vault.decimals()) == ("Staked METIS", "stMTS", 18)
    assert (vault.totalSupply(), vault.totalAssets()) == (0, 0)
    assert tuple(vault.funds()) == 8 * (0,)
    assert vault.allocations() == []


def test_constructor_emits(lst_system):
    vault = lst_system.deploy_vault()
    (event,) = vault.creation_metadata.receipt.decode_logs(vault.AllocatorSet)
    assert event == vault.AllocatorSet(old=ZERO, new=lst_system.allocator)


def test_constructor_of_nobody_who_allocates(lst_system):
    assert lst_system.deploy_vault(allocator=ZERO).allocator() == ZERO


def test_constructor_gives_the_deployer_nothing(lst_system):
    """Of the library's minters only the deployer would be one."""
    methods = {method.name for method in lst_system.staked.contract_type.methods}
    assert methods.isdisjoint(
        {"mint_to", "set_minter", "is_minter", "burn", "burn_from", "renounce_ownership"}
    )
    # mint is of ERC-4626: shares first
    assert [x.name for x in lst_system.staked.contract_type.methods if x.name == "mint"] == ["mint"]


def test_constructor_counts_no_case_from_before(lst_system):
    id = lst_system.staked_with(30 * K)
    lst_system.slash(id, 1_000)
    vault = lst_system.deploy_vault()
    assert vault.uncounted_cases() == 0
    assert lst_system.staked.uncounted_cases() == 1


def test_constructor__zero_governance__reverts(lst_system):
    with ape.reverts("roles: zero governance"):
        lst_system.deploy_vault(governance=ZERO)


@pytest.mark.parametrize("name", ["pool"])
def test_constructor__no_pool__reverts(lst_system, name):
    with ape.reverts():
        lst_system.deploy_vault(**{name: lst_system.stranger})
