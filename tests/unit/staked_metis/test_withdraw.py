"""StakedMetis.withdraw"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY, VIRTUAL
from tests.utils.system import METIS, ZERO


@pytest.fixture
def three(lst_system, alice):
    """Requests of 10, 20 and 30 K, all claimable."""
    lst_system.deposit(alice, 100 * K)
    for amount in (10, 20, 30):
        lst_system.request(alice, amount * K)
    lst_system.wait(EXIT_DELAY)
    return alice


@pytest.fixture
def slashed(lst_system, alice, bob):
    """The same, worth 7/8 of that."""
    id = lst_system.staked_with(40 * K, user=bob)
    lst_system.deposit(bob, 40 * K)
    lst_system.deposit(alice, 80 * K)
    for amount in (10, 20, 30):
        lst_system.request(alice, amount * K)
    lst_system.slash(id, 3_000)
    lst_system.wait(EXIT_DELAY)
    return alice


def withdraw(lst_system, user, assets):
    """Shares that are gone."""
    before = requested(lst_system, user)
    paid = lst_system.metis.balanceOf(user)
    lst_system.staked.withdraw(assets, user, user, sender=user)
    assert lst_system.metis.balanceOf(user) - paid == assets
    return before - requested(lst_system, user)


def requested(lst_system, user) -> int:
    staked = lst_system.staked
    return sum(staked.request(x).shares for x in staked.requests_of(user))


def test_withdraw_pays_and_emits(lst_system, staked, three, bob):
    tx = staked.withdraw(10 * K, bob, three, sender=three)
    assert tx.events == [
        staked.Transfer(sender=staked, receiver=ZERO, value=10 * K),
        staked.Withdraw(sender=three, receiver=bob, owner=three, assets=10 * K, shares=10 * K),
        *lst_system.paid_by_vault(bob, 10 * K),
    ]
    assert staked.requests_of(three) == [2, 3]


def test_withdraw_over_several_requests(lst_system, staked, three):
    assert withdraw(lst_system, three, 4 * K) == 4 * K
    assert withdraw(lst_system, three, 7 * K) == 7 * K
    assert staked.requests_of(three) == [2, 3]
    assert withdraw(lst_system, three, 19 * K) == 19 * K
    assert staked.requests_of(three) == [3]
    assert withdraw(lst_system, three, 30 * K) == 30 * K
    assert staked.requests_of(three) == []


def test_withdraw_of_the_maximum_leaves_nothing(lst_system, staked, slashed):
    most = staked.maxWithdraw(slashed)
    assert 55 * K < most < 56 * K
    assert 60 * K - 3 <= withdraw(lst_system, slashed, most) <= 60 * K
    # a wei for each request, at most: what is paid is rounded down, to the good of the next
    assert staked.maxWithdraw(slashed) <= 2


def test_withdraw_of_the_last_after_a_loss_keeps_the_books(lst_system, staked, metis, alice, bob):
    """The virtual METIS that it lacks is nobody's gain."""
    id = lst_system.staked_with(40 * K)
    lst_system.request(alice)
    lst_system.slash(id, 3_000)
    lst_system.deallocate(id, 40 * K)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(id)
    assert staked.maxWithdraw(alice) == 28 * K
    assert 40 * K - VIRTUAL < withdraw(lst_system, alice, 28 * K) <= 40 * K
    assert metis.balanceOf(staked) == staked.totalAssets() == 0
    assert set(lst_system.funds().values()) == {0}


def test_withdraw__more_than_the_maximum__reverts(staked, slashed):
    with ape.reverts("StakedMetis: more than claimable"):
        staked.withdraw(staked.maxWithdraw(slashed) + 3, slashed, slashed, sender=slashed)


def test_withdraw_takes_shares_rounded_up(lst_system, staked, slashed):
    worth = staked.convertToAssets(10 * K)
    staked.fund(1, sender=slashed)
    for assets in (1, METIS, K + 1):
        left = staked.request(1).shares
        payable = staked.request(1).worth
        shares = -(-left * assets // payable)
        assert withdraw(lst_system, slashed, assets) == shares
        assert shares * worth >= assets * 10 * K - 10 * K


def test_withdraw_and_redeem_take_turns(lst_system, staked, slashed):
    most, worth = staked.maxWithdraw(slashed), 60 * K * lst_system.price()
    paid = lst_system.redeem(slashed, 3 * K)
    withdraw(lst_system, slashed, 2 * K)
    paid += 2 * K + lst_system.redeem(slashed)
    # each request is rounded, and each part: against the controller
    assert most - 4 <= paid <= worth
    assert lst_system.funds()["reserved"] == 0


def test_withdraw_in_the_second_of_the_exit_delay(lst_system, staked, alice):
    lst_system.deposit(alice, K)
    requested_at = staked.requestRedeem(K, alice, alice, sender=alice).timestamp
    lst_system.at(requested_at + EXIT_DELAY - 1)
    with ape.reverts("StakedMetis: more than claimable"):
        staked.withdraw(1, alice, alice, sender=alice)
    lst_system.at(requested_at + EXIT_DELAY)
    staked.withdraw(K, alice, alice, sender=alice)


def test_withdraw_by_an_operator(staked, three, bob):
    staked.setOperator(bob, True, sender=three)
    staked.withdraw(K, bob, three, sender=bob)
    staked.setOperator(bob, False, sender=three)
    with ape.reverts("StakedMetis: not controller"):
        staked.withdraw(K, bob, three, sender=bob)


def test_withdraw__nothing__reverts(staked, three):
    with ape.reverts("StakedMetis: zero assets"):
        staked.withdraw(0, three, three, sender=three)


@pytest.mark.parametrize("assets", [60 * K + 1, 2**256 - 1])
def test_withdraw__more_than_claimable__reverts(staked, three, assets):
    with ape.reverts("StakedMetis: more than claimable"):
        staked.withdraw(assets, three, three, sender=three)


def test_withdraw__not_controller__reverts(staked, three, bob):
    with ape.reverts("StakedMetis: not controller"):
        staked.withdraw(K, bob, three, sender=bob)
