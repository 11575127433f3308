"""Who tries to gain at the others' expense, or to keep them from their METIS"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY, VIRTUAL
from tests.utils.system import DAY, METIS

WEEK = 7 * DAY


def leave(lst_system, user) -> int:
    """All shares, once the exit delay is over; METIS in the end."""
    if lst_system.staked.balanceOf(user) > 0:
        lst_system.request(user)
    lst_system.wait(EXIT_DELAY)
    lst_system.redeem(user)
    return lst_system.metis.balanceOf(user)


# donations


def test_metis_that_was_sent_here_counts_never(lst_system, staked, metis, alice, bob):
    """The first depositor cannot make the shares of the second dear."""
    lst_system.deposit(alice, 1)
    metis.transfer(staked, 100 * K, sender=alice)
    assert staked.totalAssets() == 1
    assert lst_system.deposit(bob, METIS) == METIS
    # nor later
    lst_system.wait(WEEK)
    staked.count_losses(sender=alice)
    assert staked.totalAssets() == METIS + 1
    before = metis.balanceOf(alice)
    assert leave(lst_system, alice) == before + 1


def test_metis_that_was_sent_here_is_not_harvested(lst_system, staked, metis, alice, bob, till):
    lst_system.deposit(alice, K)
    metis.transfer(staked, 100 * K, sender=bob)
    lst_system.harvest(METIS)
    assert lst_system.funds()["unvested"] == METIS


def test_shares_that_were_sent_here_are_lost_and_change_nothing(lst_system, staked, alice, bob):
    lst_system.deposit(alice, K)
    lst_system.deposit(bob, K)
    price = lst_system.price()
    staked.transfer(staked, K, sender=alice)
    assert lst_system.price() == price
    lst_system.request(bob)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(bob) == K
    assert staked.totalAssets() == staked.balanceOf(staked) == K


def test_first_depositor_of_a_wei_who_has_all_rewards(lst_system, staked, metis, alice, bob, till):
    """The virtual shares keep nearly all of it: the attack costs a thousand METIS, and takes of
    the next depositor's METIS no more than a thousandth."""
    lst_system.deposit(alice, 1)
    lst_system.harvest(K)
    lst_system.wait(WEEK)
    assert staked.convertToAssets(1) == (K + 1 + VIRTUAL) // (1 + VIRTUAL)
    shares = lst_system.deposit(bob, METIS)
    assert shares > 0
    assert METIS * 999 // 1_000 < staked.convertToAssets(shares) <= METIS
    assert staked.convertToAssets(1) < 2 * 10**9


@pytest.mark.parametrize(("first", "gain"), [(1, 1), (1, METIS), (METIS, 100 * K)])
def test_what_one_deposits_is_what_it_is_worth_after_any_first_depositor(
    lst_system, staked, alice, bob, till, first, gain
):
    lst_system.deposit(alice, first)
    lst_system.harvest(gain)
    lst_system.wait(WEEK)
    shares = lst_system.deposit(bob, 10 * METIS)
    lost = 10 * METIS - staked.convertToAssets(shares)
    # a share, at most
    assert 0 <= lost <= staked.convertToAssets(1) + 1 < METIS // 10**6


def test_gift_to_the_virtual_shares_buys_no_right_to_others_metis(
    lst_system, staked, metis, alice, bob, till
):
    """Bob's 5 K are less shares than the virtual ones. Who leaves with a wei is not the last."""
    lst_system.deposit(alice, 2)
    lst_system.harvest(10 * K)
    lst_system.wait(8 * DAY)
    lst_system.request(alice, 1)
    lst_system.wait(EXIT_DELAY)
    assert 0 < lst_system.deposit(bob, 5 * K) < VIRTUAL
    before = metis.balanceOf(alice)
    lst_system.redeem(alice)
    assert metis.balanceOf(alice) - before <= 10 * K // VIRTUAL
    assert abs(staked.convertToAssets(staked.balanceOf(bob)) - 5 * K) < METIS


# sandwiches


def test_request_before_a_slash_does_not_escape_it(lst_system, staked, alice, bob):
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(alice)
    lst_system.slash(id, 2_500)
    # 70 of 80 K are left: each has lost 5 K
    lst_system.wait(EXIT_DELAY)
    assert abs(staked.maxWithdraw(alice) - 35 * K) < METIS
    assert abs(staked.convertToAssets(40 * K) - 35 * K) < METIS


def test_sandwich_of_a_slash_wins_nothing(lst_system, staked, metis, alice, bob, carol):
    """Out before and in after it: the exit delay is longer than any slash takes, and who comes
    after it pays what is there."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    before = lst_system.wealth(carol)
    lst_system.slash(id, 2_500)
    lst_system.deposit(carol, 70 * K)
    staked.count_losses(sender=carol)
    # it has paid for what may come back
    assert 70 * K - 1 <= staked.balanceOf(carol) <= 70 * K
    assert lst_system.wealth(carol) <= before
    assert staked.convertToAssets(40 * K) >= 35 * K
    # and when it does, has won nothing
    lst_system.close(1, 10_000)
    assert before - 2 <= lst_system.wealth(carol) <= before
    assert abs(staked.convertToAssets(40 * K) - 40 * K) <= 1


def test_deposit_in_the_block_of_a_slash_pays_for_what_may_come_back(lst_system, carol):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 2_500)
    assert lst_system.deposit(carol, 3 * K) == 3 * K


@pytest.mark.parametrize("what", ["harvest", "refund"])
def test_sandwich_of_a_gain_wins_nothing(lst_system, staked, alice, carol, till, what):
    """In before it with nine times all there is, out after it: the request fixes the value."""
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1_000)
    lst_system.refund(1)
    before = lst_system.wealth(carol)
    lst_system.deposit(carol, 360 * K)
    if what == "harvest":
        lst_system.harvest(4 * K)
    else:
        staked.collect_refund(1, sender=carol)
    lst_system.request(carol)
    if what == "harvest":
        staked.collect_refund(1, sender=carol)
    # some seconds of 7 days, of nine tenths of 4 K
    won = staked.request(1).worth - 360 * K
    assert -1 <= won < 10 * 4 * K // WEEK
    lst_system.wait(EXIT_DELAY)
    lst_system.redeem(carol)
    assert lst_system.wealth(carol) - before == won
    lst_system.wait(WEEK)
    rest = (44 if what == "harvest" else 40) * K
    assert rest - 2 * won - METIS < staked.convertToAssets(40 * K) <= rest


def test_sandwich_of_a_redemption_wins_nothing(lst_system, staked, alice, bob, carol, till):
    """What the redeemed shares have gained while they waited enters over 7 days."""
    lst_system.deposit(alice, 100 * K)
    lst_system.deposit(bob, 100 * K)
    lst_system.request(alice)
    lst_system.harvest(20 * K)
    lst_system.wait(EXIT_DELAY)
    before = lst_system.wealth(carol)
    lst_system.deposit(carol, 500 * K)
    lst_system.redeem(alice)
    lst_system.request(carol)
    won = staked.request(2).worth - 500 * K
    assert -10 <= won < 10 * 10 * K // WEEK
    lst_system.wait(EXIT_DELAY)
    lst_system.redeem(carol)
    assert lst_system.wealth(carol) - before == won


def test_round_trip_wins_nothing(lst_system, staked, metis, alice, bob, till):
    lst_system.deposit(alice, 7 * K + 1)
    lst_system.harvest(3 * METIS + 1)
    lst_system.wait(WEEK)
    before = metis.balanceOf(bob)
    for amount in (1, 3, METIS + 1, K - 1):
        if staked.previewDeposit(amount) > 0:
            lst_system.deposit(bob, amount)
            request = lst_system.request(bob)
            assert staked.request(request).worth <= amount
    assert leave(lst_system, bob) <= before


# losses while all want to leave


def test_sole_depositor_gets_what_a_slash_has_left(lst_system, staked, alice):
    """It has asked for 40 K, of which 10 % are slashed while it waits: there will never be more
    than 36 K for it."""
    id = lst_system.staked_with(40 * K)
    lst_system.request(alice)
    lst_system.deallocate(id, 40 * K)
    lst_system.slash(id, 1_000)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(id)
    assert lst_system.funds()["reserved"] == 36 * K
    assert staked.maxWithdraw(alice) > 36 * K - METIS
    assert lst_system.redeem(alice) > 36 * K - METIS


def test_last_depositor_gets_what_a_slash_of_a_wei_has_left(lst_system, staked, pool, alice, bob):
    """The earlier ones are paid less than they had asked for, which helps; not the last."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(bob)
    lst_system.request(alice)
    lst_system.deallocate(id, 40 * K)
    lst_system.slash(id, 1)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(id)
    assert lst_system.redeem(bob) > 39 * K
    assert lst_system.redeem(alice) > 39 * K


def test_who_does_not_redeem_keeps_nobody_from_it(lst_system, staked, alice, bob):
    """30 % of all are lost. Alice can get 28 of 40 K; what is beyond that is bob's."""
    ids = [lst_system.staked_with(40 * K), lst_system.staked_with(40 * K, user=bob)]
    lst_system.request(alice)
    lst_system.request(bob)
    for id in ids:
        lst_system.deallocate(id, 40 * K, sender=lst_system.allocator)
        lst_system.slash(id, 3_000)
    lst_system.wait(EXIT_DELAY)
    for id in ids:
        lst_system.collect(id)
    assert abs(staked.maxWithdraw(alice) - 28 * K) < METIS
    assert abs(staked.maxWithdraw(bob) - 28 * K) < METIS


def test_loss_of_all_but_what_does_not_count_yet(lst_system, staked, bob, till):
    """10 METIS of rewards are not in the price yet: they cannot be staked and lost before they
    are, nor bought with the next deposit."""
    id = lst_system.staked_with(40 * K)
    lst_system.pool.announce_slasher(lst_system.slasher, sender=lst_system.governance)
    lst_system.wait(61 * DAY)
    lst_system.harvest(10 * METIS)
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(id, 10 * METIS)
    lst_system.pool.slash(id, 2**256 - 1, 1, bytes(32), sender=lst_system.slasher)
    assert staked.totalAssets() <= METIS // 1_000
    lst_system.close(1)
    for _ in range(2):
        with ape.reverts("StakedMetis: above maximum"):
            staked.deposit(5 * METIS, bob, sender=bob)
        lst_system.wait(WEEK)
    assert staked.totalAssets() == 10 * METIS


def test_rewards_after_a_loss_are_those_of_who_had_earned_them(
    lst_system, staked, alice, bob, till
):
    """30 METIS of rewards, and all that counted is lost: who would come in with a tenth of a METIS
    must not have nearly all of them a week later."""
    id = lst_system.staked_with(40 * K)
    lst_system.pool.announce_slasher(lst_system.slasher, sender=lst_system.governance)
    lst_system.wait(61 * DAY)
    lst_system.pool.slash(id, 2**256 - 1, 1, bytes(32), sender=lst_system.slasher)
    lst_system.close(1)
    lst_system.harvest(30 * METIS)
    with ape.reverts("StakedMetis: above maximum"):
        staked.deposit(METIS // 10, bob, sender=bob)
    lst_system.wait(WEEK)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(alice) == 30 * METIS


# the end


def test_vault_that_ends_cleanly_gets_everything_out(lst_system, staked, metis, alice, bob):
    ids = [lst_system.staked_with(40 * K + 1), lst_system.staked_with(30 * K + 7, user=bob)]
    for user in (alice, bob):
        lst_system.request(user)
    for id in ids:
        lst_system.pool.offboard(id, sender=lst_system.governance)
    lst_system.wait(EXIT_DELAY)
    for id in ids:
        lst_system.collect(id)
    assert lst_system.redeem(alice) == 40 * K + 1
    assert lst_system.redeem(bob) == 30 * K + 7
    assert staked.totalSupply() == metis.balanceOf(staked) == staked.totalAssets() == 0
    # and begins again
    assert lst_system.deposit(bob, K) == K


def test_vault_that_ends_after_gains_and_losses_keeps_dust_alone(
    lst_system, staked, metis, alice, bob, till
):
    id = lst_system.staked_with(40 * K + 1)
    lst_system.deposit(bob, 7 * K + 3)
    lst_system.harvest(3 * K + 1)
    lst_system.slash(id, 77)
    lst_system.wait(2 * WEEK)
    for user in (alice, bob):
        lst_system.request(user)
    lst_system.deallocate(
        id, lst_system.pool.sequencer(id).paired.bonded, sender=lst_system.allocator
    )
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(id)
    for user in (alice, bob):
        lst_system.redeem(user)
    # the virtual shares have gained and lost with all others
    assert metis.balanceOf(staked) < 2 * VIRTUAL


def test_rewards_while_all_leave_are_not_stranded(lst_system, staked, metis, alice, till):
    """The last holder to leave gets the rest too."""
    lst_system.deposit(alice, 100 * K)
    lst_system.request(alice)
    lst_system.harvest(10 * K)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(alice) == 110 * K
    assert metis.balanceOf(staked) == 0
