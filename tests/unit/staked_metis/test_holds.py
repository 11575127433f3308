"""What the Slasher holds, in the price of StakedMetis' redemptions"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, METIS


@pytest.fixture
def held(lst_system, alice, bob):
    """Alice's 40 K are with a sequencer of which 12 K are held; bob's 40 K are here."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.hold(id, 12 * K)
    return id


def test_held_stake_lowers_the_price_of_redemptions_alone(lst_system, staked, held):
    assert staked.funds().pending == 12 * K
    assert staked.totalAssets() == 68 * K
    assert staked.previewDeposit(K) == K
    assert lst_system.funds()["staked"] == 40 * K


def test_who_leaves_first_is_not_paid_whole(lst_system, staked, alice, bob):
    """V7: a request that has long been ready is no way out before a slash."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    request = lst_system.request(bob)
    lst_system.wait(EXIT_DELAY)
    lst_system.hold(id, 12 * K)
    assert abs(staked.maxWithdraw(bob) - 34 * K) < METIS
    paid = lst_system.redeem(bob)
    assert abs(paid - 34 * K) < METIS
    lst_system.pool.slash(id, 12 * K, 1, bytes(32), sender=lst_system.slasher)
    lst_system.pool.hold(id, 0, lst_system.now() + DAY, sender=lst_system.slasher)
    assert abs(staked.convertToAssets(40 * K) - 34 * K) < METIS
    assert staked.requests_of(bob) == [] and request == 1


def test_hold_that_lapses_is_in_the_price_no_more(lst_system, staked, held):
    lst_system.wait(3 * DAY)
    assert (staked.totalAssets(), staked.funds().pending) == (80 * K, 0)


def test_hold_that_is_dropped_is_in_the_price_no_more(lst_system, staked, pool, held):
    pool.hold(held, 0, lst_system.now() + DAY, sender=lst_system.slasher)
    assert (staked.totalAssets(), staked.funds().pending) == (80 * K, 0)


def test_owner_loses_first(lst_system, staked):
    id = lst_system.staked_with(40 * K, own=10 * K)
    lst_system.hold(id, 10 * K)
    assert staked.funds().pending == 0
    lst_system.hold(id, 12 * K)
    assert (staked.funds().pending, staked.totalAssets()) == (2 * K, 38 * K)


def test_hold_of_more_than_there_is(lst_system, staked, held):
    lst_system.hold(held, 10**6 * K)
    assert (staked.funds().pending, staked.totalAssets()) == (40 * K, 40 * K)


def test_nobody_can_fix_anothers_request_in_a_hold(lst_system, staked, alice, bob):
    """It would be paid without what is held: if the hold is dropped, others would have that."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    request = lst_system.request(bob)
    lst_system.wait(EXIT_DELAY)
    lst_system.hold(id, 12 * K)
    with ape.reverts("StakedMetis: not controller"):
        staked.fund(request, sender=alice)
    lst_system.pool.hold(id, 0, lst_system.now() + DAY, sender=lst_system.slasher)
    staked.fund(request, sender=alice)
    assert lst_system.redeem(bob) == 40 * K


def test_controller_may_fix_its_request_in_a_hold(lst_system, staked, alice, bob, carol):
    """And so may its operator: it leaves what is held to the others."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    request = lst_system.request(bob)
    staked.setOperator(carol, True, sender=bob)
    lst_system.wait(EXIT_DELAY)
    lst_system.hold(id, 12 * K)
    staked.fund(request, sender=carol)
    assert abs(staked.request(request).worth - 34 * K) < METIS


def test_hold_long_after_the_last_offence_is_in_the_price(lst_system, staked):
    """Such as that of an outage's top-up: the pool says when holds end, whatever was marked."""
    id = lst_system.staked_with(40 * K)
    lst_system.hold(id, 1)
    lst_system.wait(29 * DAY)
    until = lst_system.now() + 30 * DAY
    lst_system.pool.hold(id, 12 * K, until, sender=lst_system.slasher)
    lst_system.mine_at(until - 1)
    assert (staked.totalAssets(), staked.funds().pending) == (28 * K, 12 * K)
    lst_system.mine_at(until)
    assert (staked.totalAssets(), staked.funds().pending) == (40 * K, 0)


def test_request_in_a_hold_is_worth_all_once_it_is_dropped(lst_system, staked, bob, held):
    request = lst_system.request(bob)
    assert staked.request(request).worth == 40 * K
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(bob) == 40 * K
