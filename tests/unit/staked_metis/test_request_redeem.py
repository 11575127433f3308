"""StakedMetis.requestRedeem"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, ZERO

MOST = LIMITS["MAX_REQUESTS"]


@pytest.fixture
def holder(lst_system, alice):
    lst_system.deposit(alice, 100 * K)
    return alice


def test_request_keeps_the_shares_and_emits(lst_system, staked, holder):
    tx = staked.requestRedeem(K, holder, holder, sender=holder)
    assert tx.events == [
        staked.Transfer(sender=holder, receiver=staked, value=K),
        staked.RedeemRequest(controller=holder, owner=holder, requestId=1, sender=holder, shares=K),
    ]
    assert (staked.balanceOf(holder), staked.balanceOf(staked)) == (99 * K, K)
    assert (staked.totalSupply(), staked.totalAssets()) == (100 * K, 100 * K)
    assert tuple(staked.request(1)) == (holder, K, K, tx.timestamp + EXIT_DELAY, True)
    assert staked.requests_of(holder) == [1]
    assert lst_system.funds() == {
        "idle": 99 * K,
        "reserved": K,
        "staked": 0,
        "unvested": 0,
        "missing": 0,
    }


def test_request_without_idle_metis_waits(lst_system, staked, alice):
    lst_system.staked_with(30 * K)
    lst_system.request(alice)
    assert not staked.request(1).is_funded
    assert lst_system.funds()["missing"] == 30 * K


def test_request_for_another_who_controls(lst_system, staked, holder, bob):
    """The controller has to agree: the caller is it, or its operator."""
    staked.setOperator(holder, True, sender=bob)
    tx = staked.requestRedeem(K, bob, holder, sender=holder)
    assert tx.decode_logs(staked.RedeemRequest) == [
        staked.RedeemRequest(controller=bob, owner=holder, requestId=1, sender=holder, shares=K)
    ]
    assert staked.requests_of(bob) == [1]
    assert staked.requests_of(holder) == []


def test_request_by_an_operator(staked, holder, bob):
    staked.setOperator(bob, True, sender=holder)
    staked.requestRedeem(K, holder, holder, sender=bob)
    # with itself as the controller
    staked.requestRedeem(K, bob, holder, sender=bob)
    assert (staked.requests_of(holder), staked.requests_of(bob)) == ([1], [2])


def test_request_by_allowance_uses_it_up(staked, holder, bob):
    staked.approve(bob, K, sender=holder)
    tx = staked.requestRedeem(K // 4, bob, holder, sender=bob)
    assert tx.events[0] == staked.Approval(owner=holder, spender=bob, value=K - K // 4)
    staked.requestRedeem(K - K // 4, bob, holder, sender=bob)
    assert staked.allowance(holder, bob) == 0
    with ape.reverts("erc20: insufficient allowance"):
        staked.requestRedeem(1, bob, holder, sender=bob)


def test_request_counts_losses_first(lst_system, staked, alice):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 2_500)
    request = lst_system.request(alice, 40 * K)
    # the most that it is paid: a refund is its own too
    assert staked.request(request).worth == 40 * K
    assert staked.uncounted_cases() == 0


def test_request_number_16_is_the_last(lst_system, staked, holder):
    for number in range(MOST):
        assert lst_system.request(holder, K) == number + 1
    assert staked.requests_of(holder) == list(range(1, MOST + 1))
    with ape.reverts("redemptions: too many"):
        staked.requestRedeem(K, holder, holder, sender=holder)
    # another's list has room
    staked.transfer(lst_system.bob, K, sender=holder)
    lst_system.request(lst_system.bob)
    # and this one again when the oldest is redeemed
    lst_system.wait(EXIT_DELAY)
    lst_system.redeem(holder, K)
    assert lst_system.request(holder, K) == MOST + 2
    assert staked.requests_of(holder) == [*range(2, MOST + 1), MOST + 2]


def test_request_is_never_ready_before_an_earlier_one(lst_system, staked, pool, holder, bob):
    """Of the same controller: its oldest is paid first."""
    staked.transfer(bob, K, sender=holder)
    pool.set_exit_delay(60 * DAY, sender=lst_system.governance)
    first = staked.requestRedeem(K, holder, holder, sender=holder).timestamp
    pool.set_exit_delay(21 * DAY, sender=lst_system.governance)
    lst_system.request(holder, K)
    assert [staked.request(x).ready_at for x in (1, 2)] == [first + 60 * DAY] * 2
    third = staked.requestRedeem(K, bob, bob, sender=bob).timestamp
    assert staked.request(3).ready_at == third + 21 * DAY
    # nor when the earlier one is paid
    lst_system.mine_at(first + 60 * DAY)
    assert staked.maxRedeem(holder) == 2 * K
    lst_system.redeem(holder)
    at = staked.requestRedeem(K, holder, holder, sender=holder).timestamp
    assert staked.request(4).ready_at == at + 21 * DAY


def test_request_for_another__not_controller__reverts(lst_system, staked, holder, bob, carol):
    """Nobody can fill another's list."""
    with ape.reverts("StakedMetis: not controller"):
        staked.requestRedeem(1, bob, holder, sender=holder)
    # nor who may act for the owner of the shares alone
    staked.setOperator(carol, True, sender=holder)
    with ape.reverts("StakedMetis: not controller"):
        staked.requestRedeem(1, bob, holder, sender=carol)


def test_request_by_a_spender_for_the_owner__not_controller__reverts(staked, holder, bob):
    """V11: it could fill the owner's list with requests of a wei."""
    staked.approve(bob, K, sender=holder)
    with ape.reverts("StakedMetis: not controller"):
        staked.requestRedeem(1, holder, holder, sender=bob)


def test_request_of_another__no_allowance__reverts(staked, holder, bob):
    with ape.reverts("erc20: insufficient allowance"):
        staked.requestRedeem(1, bob, holder, sender=bob)


def test_request_of_the_vault_itself__reverts(staked, holder, bob):
    """Shares that were sent here by mistake, or wait."""
    staked.transfer(staked, K, sender=holder)
    with ape.reverts("erc20: insufficient allowance"):
        staked.requestRedeem(K, bob, staked, sender=bob)


def test_request__more_than_there_is__reverts(staked, holder):
    with ape.reverts("erc20: transfer amount exceeds balance"):
        staked.requestRedeem(100 * K + 1, holder, holder, sender=holder)


def test_request__nothing__reverts(staked, holder):
    with ape.reverts("StakedMetis: zero shares"):
        staked.requestRedeem(0, holder, holder, sender=holder)


def test_request__worth_nothing__reverts(lst_system, staked, alice):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1)
    lst_system.close(1)
    with ape.reverts("StakedMetis: zero shares"):
        staked.requestRedeem(1, alice, alice, sender=alice)


def test_request__zero_controller__reverts(staked, holder):
    with ape.reverts("StakedMetis: not controller"):
        staked.requestRedeem(K, ZERO, holder, sender=holder)
