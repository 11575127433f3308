"""StakedMetis.redeem"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, METIS, ZERO


@pytest.fixture
def holder(lst_system, alice):
    lst_system.deposit(alice, 100 * K)
    return alice


@pytest.fixture
def requested_at(staked, holder):
    """Request 1, of 10 K, whose METIS is there."""
    return staked.requestRedeem(10 * K, holder, holder, sender=holder).timestamp


@pytest.fixture
def three(lst_system, holder):
    """Requests of 10, 20 and 30 K, all claimable."""
    for amount in (10, 20, 30):
        lst_system.request(holder, amount * K)
    lst_system.wait(EXIT_DELAY)
    return holder


def test_redeem_pays_and_emits(lst_system, staked, metis, holder, bob, requested_at):
    lst_system.wait(EXIT_DELAY)
    before = metis.balanceOf(bob)
    tx = staked.redeem(10 * K, bob, holder, sender=holder)
    assert tx.events == [
        staked.Transfer(sender=staked, receiver=ZERO, value=10 * K),
        staked.Withdraw(sender=holder, receiver=bob, owner=holder, assets=10 * K, shares=10 * K),
        *lst_system.paid_by_vault(bob, 10 * K),
    ]
    assert metis.balanceOf(bob) == before + 10 * K
    assert (staked.totalSupply(), staked.totalAssets()) == (90 * K, 90 * K)
    assert staked.requests_of(holder) == []
    assert tuple(staked.request(1))[1:3] == (0, 0)
    assert lst_system.funds() == {
        "idle": 90 * K,
        "reserved": 0,
        "staked": 0,
        "unvested": 0,
        "missing": 0,
    }


def test_redeem_in_the_second_of_the_exit_delay(lst_system, staked, holder, requested_at):
    lst_system.mine_at(requested_at + EXIT_DELAY - 2)
    assert staked.pendingRedeemRequest(1, holder) == 10 * K
    assert staked.claimableRedeemRequest(1, holder) == staked.maxRedeem(holder) == 0
    lst_system.at(requested_at + EXIT_DELAY - 1)
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(1, holder, holder, sender=holder)
    lst_system.mine_at(requested_at + EXIT_DELAY)
    assert staked.pendingRedeemRequest(1, holder) == 0
    assert staked.claimableRedeemRequest(1, holder) == staked.maxRedeem(holder) == 10 * K
    assert lst_system.redeem(holder) == 10 * K


def test_redeem_at_request_plus_exit_delay_exactly(lst_system, staked, holder, requested_at):
    lst_system.at(requested_at + EXIT_DELAY)
    tx = staked.redeem(10 * K, holder, holder, sender=holder)
    assert tx.timestamp == requested_at + EXIT_DELAY


def test_redeem_when_metis_comes_later_than_the_exit_delay(lst_system, staked, alice, bob):
    lst_system.staked_with(30 * K)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY)
    assert staked.pendingRedeemRequest(1, alice) == 30 * K
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(1, alice, alice, sender=alice)
    lst_system.deposit(bob, 30 * K - 1)
    assert staked.maxRedeem(alice) == 0
    lst_system.deposit(bob, 1)
    assert staked.maxRedeem(alice) == 30 * K
    assert lst_system.redeem(alice) == 30 * K


def test_redeem_is_first_come_first_served(lst_system, staked, alice, bob, carol):
    """Too little METIS: the earlier request is funded first, whoever is claimable first."""
    id = lst_system.staked_with(30 * K)
    lst_system.deposit(bob, 30 * K)
    lst_system.allocate(id, 30 * K)
    lst_system.request(alice)
    lst_system.request(bob)
    lst_system.wait(EXIT_DELAY)
    lst_system.deposit(carol, 30 * K - 1)
    assert (staked.maxRedeem(alice), staked.maxRedeem(bob)) == (0, 0)
    lst_system.deposit(carol, 2)
    assert (staked.maxRedeem(alice), staked.maxRedeem(bob)) == (30 * K, 0)
    assert [staked.request(x).is_funded for x in (1, 2)] == [True, False]
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(1, bob, bob, sender=bob)
    assert lst_system.redeem(alice) == 30 * K
    assert lst_system.funds()["reserved"] == 1
    lst_system.deposit(carol, 30 * K - 1)
    assert lst_system.redeem(bob) == 30 * K


def test_redeem_pays_no_more_than_the_value_at_the_request(lst_system, staked, holder, bob, till):
    """What the shares have gained while they waited is a gain of the others."""
    lst_system.deposit(bob, 100 * K)
    lst_system.request(holder)
    lst_system.harvest(20 * K)
    lst_system.wait(EXIT_DELAY)
    price = lst_system.price()
    assert 110 * K - METIS < staked.convertToAssets(100 * K) <= 110 * K
    assert lst_system.redeem(holder) == 100 * K
    assert price <= lst_system.price() < price * (1 + 1 / 10**18)
    gain = lst_system.funds()["unvested"]
    assert 10 * K - METIS < gain <= 10 * K
    lst_system.wait(7 * DAY)
    assert 120 * K - METIS < staked.convertToAssets(100 * K) <= 120 * K


def test_redeem_pays_no_more_than_the_value_then(lst_system, staked, alice, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(alice, 20 * K)
    lst_system.slash(id, 2_500)
    # 70 of 80 are left
    lst_system.wait(EXIT_DELAY)
    expected = staked.convertToAssets(20 * K)
    assert 17_500 * METIS <= expected < 17_501 * METIS
    assert staked.maxWithdraw(alice) == expected
    funds = lst_system.funds()
    assert funds["reserved"] - expected in (0, 1)
    assert lst_system.redeem(alice) == expected
    assert lst_system.funds()["reserved"] == 0
    assert lst_system.funds()["idle"] == funds["idle"] + funds["reserved"] - expected


def test_redeem_leaves_what_a_loss_makes_needless_to_those_who_wait(lst_system, staked, alice, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 10 * K)
    lst_system.request(alice, 10 * K)
    lst_system.request(alice, 10 * K)
    assert (lst_system.funds()["reserved"], lst_system.funds()["missing"]) == (10 * K, 10 * K)
    lst_system.slash(id, 2_500)
    lst_system.close(1)
    lst_system.wait(EXIT_DELAY)
    paid = staked.convertToAssets(10 * K)
    assert 8 * K <= paid < 8 * K + METIS
    assert staked.maxRedeem(alice) == 10 * K
    assert lst_system.redeem(alice) == paid
    assert lst_system.funds()["reserved"] == 10 * K - paid
    missing = lst_system.funds()["missing"]
    assert 0 <= missing - (2 * paid - 10 * K) <= 1
    # and no wei more is needed
    lst_system.deposit(bob, missing - 1)
    assert staked.maxRedeem(alice) == 0
    lst_system.deposit(bob, 2)
    assert abs(lst_system.redeem(alice) - paid) <= 1


def test_redeem_of_the_last_pays_all_that_is_here(lst_system, staked, metis, alice, till):
    lst_system.deposit(alice, 100 * K)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY - DAY)
    lst_system.harvest(10 * K)
    lst_system.wait(DAY)
    assert staked.maxWithdraw(alice) == 100 * K
    # also in parts: all of the request is set aside with the first
    assert lst_system.redeem(alice, 40 * K) == 44 * K
    assert lst_system.funds()["unvested"] == 0
    assert lst_system.redeem(alice) == 66 * K
    assert metis.balanceOf(staked) == staked.totalSupply() == staked.totalAssets() == 0
    assert set(lst_system.funds().values()) == {0}
    assert staked.funds().vested_at == 0
    assert lst_system.deposit(alice, K) == K


def test_redeem_of_the_last_while_something_is_staked_pays_as_ever(lst_system, staked, alice, till):
    lst_system.staked_with(30 * K)
    lst_system.request(alice)
    lst_system.harvest(33 * K)
    lst_system.wait(EXIT_DELAY)
    # 33 of 63 K are here, and all are needed
    assert staked.maxRedeem(alice) == 0
    lst_system.deposit(lst_system.bob, 63 * K)
    assert lst_system.redeem(alice) == 30 * K
    assert staked.totalSupply() > 0


def test_withdraw_of_the_last_pays_what_was_asked_for(lst_system, staked, metis, alice, till):
    lst_system.deposit(alice, 100 * K)
    lst_system.request(alice)
    lst_system.harvest(10 * K)
    lst_system.wait(EXIT_DELAY)
    before = metis.balanceOf(alice)
    staked.withdraw(100 * K, alice, alice, sender=alice)
    assert metis.balanceOf(alice) - before == 100 * K
    assert (staked.totalSupply(), metis.balanceOf(staked)) == (0, 10 * K)
    assert lst_system.funds()["unvested"] <= 10 * K


def test_less_than_the_virtual_shares_counts_as_none(lst_system, staked, metis, alice, bob, till):
    """V8: a wei of shares, here or anywhere, does not keep the last from the rest."""
    lst_system.deposit(bob, 2)
    staked.transfer(staked, 1, sender=bob)
    lst_system.deposit(alice, 100 * K)
    lst_system.request(alice)
    lst_system.harvest(10 * K)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(alice) == 110 * K + 2
    assert metis.balanceOf(staked) == 0
    # the two wei are worth nothing: a deposit is as good as the first
    lst_system.deposit(alice, K)
    assert staked.convertToAssets(2) <= 2


def test_redeem_of_the_last_but_the_virtual_shares_pays_as_ever(
    lst_system, staked, alice, bob, till
):
    lst_system.deposit(bob, 10**12)
    lst_system.deposit(alice, 100 * K)
    lst_system.request(alice)
    lst_system.harvest(10 * K)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(alice) == 100 * K


def test_redeem_of_nearly_all_after_a_loss_keeps_the_books(lst_system, staked, metis, alice, bob):
    """The virtual METIS that it lacks is nobody's gain."""
    lst_system.deposit(bob, 1)
    id = lst_system.staked_with(40 * K)
    lst_system.request(alice)
    lst_system.slash(id, 3_000)
    lst_system.deallocate(id, 40 * K)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(id)
    assert 28 * K <= lst_system.redeem(alice) <= 28 * K + 1
    assert lst_system.funds()["unvested"] <= metis.balanceOf(staked) <= 1
    lst_system.deposit(bob, METIS)
    assert METIS <= staked.totalAssets() <= METIS + 1


def test_redeem_over_several_requests(lst_system, staked, three):
    assert staked.maxRedeem(three) == 60 * K
    # a part of the first
    assert lst_system.redeem(three, 4 * K) == 4 * K
    assert tuple(staked.request(1))[1:3] == (6 * K, 6 * K)
    # its rest, and a part of the second
    assert lst_system.redeem(three, 7 * K) == 7 * K
    assert staked.requests_of(three) == [2, 3]
    assert staked.request(2).shares == 19 * K
    # the rest of the second to the wei, and all of the third
    assert lst_system.redeem(three, 19 * K) == 19 * K
    assert staked.requests_of(three) == [3]
    assert lst_system.redeem(three) == 30 * K
    assert staked.requests_of(three) == []
    assert (staked.balanceOf(staked), lst_system.funds()["reserved"]) == (0, 0)


def test_redeem_of_all_at_once(lst_system, staked, three):
    assert lst_system.redeem(three, 60 * K) == 60 * K
    assert staked.requests_of(three) == []


def test_redeem_of_16_requests_at_once(lst_system, staked, holder):
    for _ in range(16):
        lst_system.request(holder, K)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(holder, 16 * K) == 16 * K


def test_redeem_in_parts_pays_no_more_than_at_once(lst_system, staked, alice, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.slash(id, 3)
    lst_system.request(alice, 10 * K)
    lst_system.wait(EXIT_DELAY)
    at_once = staked.maxWithdraw(alice)
    parts = [lst_system.redeem(alice, shares) for shares in (1, 2, 7, 10 * K - 10)]
    assert at_once - len(parts) <= sum(parts) <= at_once


def test_redeem_by_an_operator(lst_system, staked, holder, bob, carol, requested_at):
    lst_system.wait(EXIT_DELAY)
    staked.setOperator(bob, True, sender=holder)
    tx = staked.redeem(10 * K, carol, holder, sender=bob)
    assert tx.decode_logs(staked.Withdraw) == [
        staked.Withdraw(sender=bob, receiver=carol, owner=holder, assets=10 * K, shares=10 * K)
    ]


def test_redeem__not_controller__reverts(lst_system, staked, holder, bob, requested_at):
    lst_system.wait(EXIT_DELAY)
    # an allowance of shares is none of requests
    staked.approve(bob, 2**256 - 1, sender=holder)
    with ape.reverts("StakedMetis: not controller"):
        staked.redeem(10 * K, bob, holder, sender=bob)


def test_redeem__nothing__reverts(lst_system, staked, holder, requested_at):
    lst_system.wait(EXIT_DELAY)
    with ape.reverts("StakedMetis: zero shares"):
        staked.redeem(0, holder, holder, sender=holder)


@pytest.mark.parametrize("shares", [60 * K + 1, 2**256 - 1])
def test_redeem__more_than_claimable__reverts(staked, three, shares):
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(shares, three, three, sender=three)


def test_redeem__16_requests_and_a_share__reverts(lst_system, staked, holder):
    for _ in range(16):
        lst_system.request(holder, K)
    lst_system.wait(EXIT_DELAY)
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(16 * K + 1, holder, holder, sender=holder)


def test_redeem__nothing_was_requested__reverts(staked, holder):
    with ape.reverts("StakedMetis: more than claimable"):
        staked.redeem(1, holder, holder, sender=holder)


def test_redeem__zero_receiver__reverts(lst_system, staked, holder, requested_at):
    lst_system.wait(EXIT_DELAY)
    with ape.reverts("MockMETIS: transfer to zero address"):
        staked.redeem(10 * K, ZERO, holder, sender=holder)


def test_redeem__metis_refuses__reverts(system, lst_system, alice):
    """It lets more than a wei be pulled, and no transfer has a third argument."""
    vault = lst_system.deploy_vault(pool=system.pool_of_refusing_token())
    vault.deposit(K, alice, sender=alice)
    vault.requestRedeem(K, alice, alice, sender=alice)
    lst_system.wait(EXIT_DELAY)
    with ape.reverts("StakedMetis: metis transfer failed"):
        vault.redeem(K, alice, alice, sender=alice)


def test_redeem_after_the_exit_delay_was_changed(lst_system, pool, staked, holder, requested_at):
    """A request keeps its date."""
    pool.set_exit_delay(60 * DAY, sender=lst_system.governance)
    lst_system.request(holder, K)
    assert staked.request(1).ready_at == requested_at + EXIT_DELAY
    assert staked.request(2).ready_at > requested_at + 60 * DAY
    lst_system.mine_at(requested_at + EXIT_DELAY)
    assert staked.maxRedeem(holder) == 10 * K
