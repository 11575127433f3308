"""StakedMetis.mint"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import VIRTUAL
from tests.utils.system import ZERO

MAX = 2**84 - 1
MAX_SHARES = 2**96 - 1


def test_mint_of_the_first_costs_a_wei_for_each_share_and_emits(
    lst_system, staked, metis, alice, bob
):
    tx = staked.mint(K, bob, sender=alice)
    assert tx.events == [
        staked.Transfer(sender=ZERO, receiver=bob, value=K),
        staked.Deposit(sender=alice, owner=bob, assets=K, shares=K),
        *lst_system.pulled_by_vault(alice, K),
    ]
    assert (staked.balanceOf(bob), staked.totalAssets()) == (K, K)


def test_mint_after_a_gain_costs_more_rounded_up(lst_system, staked, metis, alice, bob, till):
    lst_system.deposit(alice, K)
    lst_system.harvest(K // 10 + 1)
    lst_system.wait(7 * 86_400)
    supply = K + VIRTUAL
    assets = -(-K * (K + K // 10 + 1 + VIRTUAL) // supply)
    assert staked.previewMint(K) == assets
    before = metis.balanceOf(bob)
    staked.mint(K, bob, sender=bob)
    assert (staked.balanceOf(bob), before - metis.balanceOf(bob)) == (K, assets)


def test_mint_of_a_share_is_never_for_nothing(lst_system, staked, metis, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 3_000)
    assert staked.convertToAssets(1) == 0
    before = metis.balanceOf(bob)
    staked.mint(1, bob, sender=bob)
    assert before - metis.balanceOf(bob) == 1


def test_mint_goes_to_redemptions_that_wait(lst_system, staked, alice, bob):
    lst_system.staked_with(30 * K)
    lst_system.request(alice, 10 * K)
    staked.mint(4 * K, bob, sender=bob)
    assert lst_system.funds()["idle"] == 0
    assert (lst_system.funds()["reserved"], lst_system.funds()["missing"]) == (4 * K, 6 * K)


def test_mint_of_the_maximum_is_the_last(lst_system, staked, alice):
    lst_system.deposit(alice, K)
    most = staked.maxMint(alice)
    lst_system.give(alice, MAX)
    with ape.reverts("StakedMetis: above maximum"):
        staked.mint(most + 1, alice, sender=alice)
    staked.mint(most, alice, sender=alice)
    assert staked.maxMint(alice) == 0


def test_mint__below_half_of_the_first_price__reverts(lst_system, staked, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.slash_all(id, 20 * K + VIRTUAL // 2 + 1)
    lst_system.close(1)
    assert staked.maxMint(bob) == 0
    with ape.reverts("StakedMetis: above maximum"):
        staked.mint(1, bob, sender=bob)


@pytest.mark.parametrize("shares", [MAX_SHARES + 1, 2**256 - 1])
def test_mint__above_maximum__reverts(staked, alice, shares):
    with ape.reverts("StakedMetis: above maximum"):
        staked.mint(shares, alice, sender=alice)


def test_mint__nothing__reverts(staked, alice):
    with ape.reverts("StakedMetis: zero shares"):
        staked.mint(0, alice, sender=alice)


def test_mint__zero_receiver__reverts(staked, alice):
    with ape.reverts("erc20: mint to the zero address"):
        staked.mint(K, ZERO, sender=alice)


def test_mint__metis_refuses__reverts(system, lst_system):
    vault = lst_system.deploy_vault(pool=system.pool_of_refusing_token())
    with ape.reverts("StakedMetis: metis transfer failed"):
        vault.mint(1, lst_system.alice, sender=lst_system.alice)
