"""StakedMetis.deposit"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import VIRTUAL
from tests.utils.system import METIS, ZERO

MAX = 2**84 - 1
MAX_SHARES = 2**96 - 1


def test_deposit_of_the_first_gives_a_share_for_each_wei_and_emits(
    lst_system, staked, metis, alice, bob
):
    before = metis.balanceOf(alice)
    tx = staked.deposit(K, bob, sender=alice)
    assert tx.events == [
        staked.Transfer(sender=ZERO, receiver=bob, value=K),
        staked.Deposit(sender=alice, owner=bob, assets=K, shares=K),
        *lst_system.pulled_by_vault(alice, K),
    ]
    assert metis.balanceOf(alice) == before - K
    assert metis.balanceOf(staked) == staked.totalAssets() == K
    assert staked.balanceOf(bob) == staked.totalSupply() == K
    assert staked.balanceOf(alice) == 0
    assert lst_system.funds() == {
        "idle": K,
        "reserved": 0,
        "staked": 0,
        "unvested": 0,
        "missing": 0,
    }


def test_deposit_of_a_wei_is_the_least(lst_system, staked, alice):
    assert lst_system.deposit(alice, 1) == 1
    assert staked.totalAssets() == 1


def test_deposit_after_a_gain_gives_less_rounded_down(lst_system, staked, alice, bob, till):
    lst_system.deposit(alice, K)
    lst_system.harvest(K // 10 + 1)
    lst_system.wait(7 * 86_400)
    total, supply = K + K // 10 + 1, K
    assert staked.totalAssets() == total
    shares = K * (supply + VIRTUAL) // (total + VIRTUAL)
    assert staked.previewDeposit(K) == shares == lst_system.deposit(bob, K)
    assert staked.convertToAssets(shares) in (K - 1, K)


def test_deposit_after_a_loss_gives_more(lst_system, staked, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 2_500)
    assert staked.previewDeposit(K) == K
    # once nothing more can come back
    lst_system.close(1)
    shares = K * (40 * K + VIRTUAL) // (30 * K + VIRTUAL)
    assert staked.previewDeposit(K) == shares == lst_system.deposit(bob, K)
    assert staked.uncounted_cases() == 0


def test_deposit_goes_to_redemptions_that_wait(lst_system, staked, alice, bob):
    lst_system.staked_with(30 * K)
    lst_system.request(alice, 10 * K)
    staked.deposit(4 * K, bob, sender=bob)
    assert lst_system.funds() == {
        "idle": 0,
        "reserved": 4 * K,
        "staked": 30 * K,
        "unvested": 0,
        "missing": 6 * K,
    }
    staked.deposit(9 * K, bob, sender=bob)
    assert lst_system.funds() == {
        "idle": 3 * K,
        "reserved": 10 * K,
        "staked": 30 * K,
        "unvested": 0,
        "missing": 0,
    }


def test_deposit_counts_losses_first_and_emits(lst_system, staked, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 100)
    lst_system.slash(id, 100)
    tx = staked.deposit(K, bob, sender=bob)
    # of 400 and 396
    assert tx.events[0] == staked.LossesCounted(up_to=2, amount=796 * METIS)
    assert len(tx.decode_logs(staked.LossesCounted)) == 1
    assert staked.totalAssets() == 41 * K - 796 * METIS


def test_deposit__nothing__reverts(staked, alice):
    with ape.reverts("StakedMetis: zero shares"):
        staked.deposit(0, alice, sender=alice)


def test_deposit__less_than_a_share__reverts(lst_system, staked, alice, bob, till):
    lst_system.deposit(alice, K)
    lst_system.harvest(2 * K)
    lst_system.wait(7 * 86_400)
    assert staked.previewDeposit(2) == 0
    with ape.reverts("StakedMetis: zero shares"):
        staked.deposit(2, bob, sender=bob)


def test_deposit__zero_receiver__reverts(staked, alice):
    with ape.reverts("erc20: mint to the zero address"):
        staked.deposit(K, ZERO, sender=alice)


def test_deposit__not_allowed__reverts(lst_system, staked):
    with ape.reverts("MockMETIS: amount exceeds balance"):
        staked.deposit(K, lst_system.stranger, sender=lst_system.stranger)


def test_deposit_of_the_maximum_is_the_last(lst_system, staked, alice):
    lst_system.deposit(alice, K)
    most = staked.maxDeposit(alice)
    assert most == MAX - K
    lst_system.give(alice, most + 1)
    lst_system.deposit(alice, most)
    assert staked.maxDeposit(alice) == staked.maxMint(alice) == 0
    assert staked.totalAssets() == MAX
    with ape.reverts("StakedMetis: above maximum"):
        staked.deposit(1, alice, sender=alice)


def test_deposit_at_half_of_the_first_price(lst_system, staked, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.slash_all(id, 20 * K + VIRTUAL // 2)
    lst_system.close(1)
    assert staked.maxDeposit(bob) == MAX - staked.totalAssets()
    assert lst_system.deposit(bob, K) == 2 * K


def test_deposit__below_half_of_the_first_price__reverts(lst_system, staked, bob):
    """Until what comes back has lifted it."""
    id = lst_system.staked_with(40 * K)
    lst_system.slash_all(id, 20 * K + VIRTUAL // 2 + 1)
    # what may come back counts
    assert staked.maxDeposit(bob) > 0
    lst_system.close(1)
    assert staked.maxDeposit(bob) == 0
    with ape.reverts("StakedMetis: above maximum"):
        staked.deposit(1, bob, sender=bob)
    lst_system.open_till()
    lst_system.harvest(20 * K + VIRTUAL // 2 + 1)
    assert lst_system.deposit(bob, K) == K


@pytest.mark.parametrize("amount", [MAX + 1, 2**255, 2**256 - 1])
def test_deposit__above_maximum__reverts(staked, alice, amount):
    with ape.reverts("StakedMetis: above maximum"):
        staked.deposit(amount, alice, sender=alice)


def test_deposit__one_more_than_the_maximum__reverts(lst_system, staked, alice):
    lst_system.deposit(alice, K)
    most = staked.maxDeposit(alice)
    lst_system.give(alice, most + 1)
    with ape.reverts("StakedMetis: above maximum"):
        staked.deposit(most + 1, alice, sender=alice)


def test_deposit__metis_refuses__reverts(system, lst_system):
    vault = lst_system.deploy_vault(pool=system.pool_of_refusing_token())
    with ape.reverts("StakedMetis: metis transfer failed"):
        vault.deposit(1, lst_system.alice, sender=lst_system.alice)
