"""StakedMetis.fund"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, ZERO


@pytest.fixture
def waiting(lst_system, alice, bob):
    """Alice's request of 40 K, claimable; bob has as much."""
    lst_system.deposit(alice, 40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY)
    return alice


def fund(lst_system, id=1):
    return lst_system.staked.fund(id, sender=lst_system.stranger)


def test_fund_sets_metis_aside_and_emits(lst_system, staked, waiting):
    tx = fund(lst_system)
    assert tx.events == [staked.Transfer(sender=staked, receiver=ZERO, value=40 * K)]
    assert tuple(staked.request(1)) == (waiting, 40 * K, 40 * K, 0, True)
    assert staked.claimableRedeemRequest(1, waiting) == staked.maxRedeem(waiting) == 40 * K
    assert staked.pendingRedeemRequest(1, waiting) == 0
    assert (staked.totalSupply(), staked.totalAssets()) == (40 * K, 40 * K)
    assert (lst_system.funds()["reserved"], lst_system.funds()["idle"]) == (40 * K, 40 * K)
    assert lst_system.redeem(waiting) == 40 * K


def test_fund_again_does_nothing(lst_system, staked, waiting):
    fund(lst_system)
    for id in (0, 1, 99):
        assert fund(lst_system, id).events == []
    assert staked.totalSupply() == 40 * K


def test_funded_request_reserves_no_more(lst_system, staked, waiting, till):
    """V9: whatever the others gain while it stays."""
    fund(lst_system)
    lst_system.harvest(40 * K)
    lst_system.wait(5 * 365 * DAY)
    assert lst_system.funds()["reserved"] == 40 * K
    assert lst_system.funds()["idle"] == 80 * K
    assert lst_system.redeem(waiting) == 40 * K


def test_funded_request_loses_no_more(lst_system, staked, waiting):
    fund(lst_system)
    id = lst_system.pair()
    lst_system.allocate(id, 40 * K)
    lst_system.slash(id, 2_500)
    assert staked.maxWithdraw(waiting) == 40 * K
    assert lst_system.redeem(waiting) == 40 * K


def test_funded_metis_is_not_allocated(lst_system, waiting):
    fund(lst_system)
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(lst_system.pair(), 40 * K + 1)


def test_fund__too_early__reverts(lst_system, bob, waiting):
    lst_system.request(bob)
    with ape.reverts("StakedMetis: more than claimable"):
        fund(lst_system, 2)
