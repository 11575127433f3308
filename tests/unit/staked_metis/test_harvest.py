"""StakedMetis.harvest"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.system import DAY, METIS, ZERO

WEEK = 7 * DAY


@pytest.fixture
def holder(lst_system, alice):
    lst_system.deposit(alice, 100 * K)
    return alice


def test_harvest_takes_rewards_and_emits(lst_system, staked, metis, holder, till):
    till.prepare(7 * K, 0, ZERO, b"", sender=lst_system.deployer)
    tx = staked.harvest(5, till, sender=lst_system.stranger)
    assert tx.events == [
        metis.Transfer(sender=till, receiver=staked, value=7 * K),
        staked.Harvested(id=5, amount=7 * K, vested_at=tx.timestamp + WEEK),
    ]
    assert lst_system.funds() == {
        "idle": 100 * K,
        "reserved": 0,
        "staked": 0,
        "unvested": 7 * K,
        "missing": 0,
    }
    assert staked.funds().vested_at == tx.timestamp + WEEK


def test_rewards_enter_the_price_evenly_over_7_days(lst_system, staked, holder, till):
    begun_at = lst_system.harvest(7 * K).timestamp
    assert staked.totalAssets() == 100 * K
    for day in range(1, 7):
        lst_system.mine_at(begun_at + day * DAY)
        assert staked.totalAssets() == (100 + day) * K
    lst_system.mine_at(begun_at + WEEK - 1)
    assert staked.totalAssets() == 107 * K - -(-7 * K // WEEK)
    lst_system.mine_at(begun_at + WEEK)
    assert staked.totalAssets() == 107 * K
    lst_system.mine_at(begun_at + 10 * WEEK)
    assert staked.totalAssets() == 107 * K


def test_a_second_harvest_does_not_move_the_price(lst_system, staked, holder, till):
    begun_at = lst_system.harvest(7 * K).timestamp
    lst_system.mine_at(begun_at + 4 * DAY - 1)
    tx = lst_system.harvest(3 * K)
    left = lst_system.funds()["unvested"]
    # what was left has 3 days to go, what is new 7
    assert tx.timestamp in range(begun_at + 4 * DAY, begun_at + 4 * DAY + 3)
    assert abs(staked.funds().vested_at - tx.timestamp - 5 * DAY) <= 3
    assert left <= 6 * K
    assert staked.totalAssets() >= 104 * K
    lst_system.mine_at(staked.funds().vested_at)
    assert staked.totalAssets() == 110 * K


def test_nobody_can_put_off_a_large_gain_with_small_ones(lst_system, staked, holder, till):
    ends_at = lst_system.harvest(7 * K).timestamp + WEEK
    for _ in range(5):
        lst_system.wait(DAY // 2)
        lst_system.harvest(1)
    assert ends_at - 6 <= staked.funds().vested_at <= ends_at + 1


def test_rewards_go_to_redemptions_as_they_enter_the_price(lst_system, staked, alice, till):
    lst_system.staked_with(30 * K)
    lst_system.request(alice, 10 * K)
    begun_at = lst_system.harvest(6 * K).timestamp
    assert lst_system.funds() == {
        "idle": 0,
        "reserved": 0,
        "staked": 30 * K,
        "unvested": 6 * K,
        "missing": 10 * K,
    }
    lst_system.mine_at(begun_at + WEEK // 2)
    funds = lst_system.funds()
    assert (funds["reserved"], funds["unvested"]) == (3 * K, 3 * K)
    # 33 METIS for 30 shares
    assert 8 * K - METIS < funds["missing"] <= 8 * K
    lst_system.mine_at(begun_at + WEEK)
    funds = lst_system.funds()
    assert (funds["idle"], funds["reserved"], funds["unvested"]) == (0, 6 * K, 0)
    assert 6 * K - METIS < funds["missing"] <= 6 * K


def test_rewards_that_do_not_count_yet_are_not_allocated(lst_system, allocator, holder, till):
    id = lst_system.pair()
    begun_at = lst_system.harvest(7 * K).timestamp
    lst_system.allocate(id, 100 * K)
    lst_system.at(begun_at + DAY)
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(id, K + 1)
    # the pool has no room for it, which comes later
    lst_system.at(begun_at + DAY + 1)
    with ape.reverts("SequencerPool: above cap"):
        lst_system.allocate(id, K)


def test_harvest_counts_losses_first(lst_system, staked, till):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1_000)
    tx = lst_system.harvest(K)
    assert tx.decode_logs(staked.LossesCounted) == [staked.LossesCounted(up_to=1, amount=4 * K)]
    assert staked.totalAssets() == 36 * K


def test_harvest_of_real_rewards(lst_system, staked, metis, alice):
    """The RewardDistributor has to be told of the pairing once."""
    members = lst_system.seat(*3 * [30 * K])
    lst_system.endow()
    id = lst_system.staked_with(30 * K)
    lst_system.rewards.sync(id, sender=lst_system.stranger)
    lst_system.convene()
    lst_system.catch_up()
    lst_system.pay({members[0]: 1, id: 999}, 2_000)
    amount = lst_system.rewards.vault_claimable(id, staked)
    assert amount > 0
    before = metis.balanceOf(staked)
    tx = staked.harvest(id, lst_system.rewards, sender=lst_system.stranger)
    assert tx.decode_logs(staked.Harvested) == [
        staked.Harvested(id=id, amount=amount, vested_at=tx.timestamp + WEEK)
    ]
    assert metis.balanceOf(staked) - before == amount
    assert (staked.totalAssets(), lst_system.funds()["unvested"]) == (30 * K, amount)
    with ape.reverts("RewardDistributor: nothing to claim"):
        staked.harvest(id, lst_system.rewards, sender=lst_system.stranger)
    lst_system.wait(WEEK)
    assert staked.totalAssets() == 30 * K + amount


def test_harvest_of_a_former_distributor(lst_system, staked, pool, holder, till):
    """V2: what it owes is not stuck when the pool names another."""
    till.prepare(7 * K, 0, ZERO, b"", sender=lst_system.deployer)
    pool.set_distributor(lst_system.stranger, sender=lst_system.governance)
    tx = staked.harvest(1, till, sender=lst_system.stranger)
    assert tx.decode_logs(staked.Harvested)[0].amount == 7 * K


# a hostile distributor


@pytest.mark.parametrize("says", [1, 10**30, 2**256 - 1])
def test_distributor_that_lies_moves_nothing(lst_system, staked, holder, till, says):
    price = lst_system.price()
    tx = lst_system.harvest(0, says)
    (event,) = tx.decode_logs(staked.Harvested)
    assert event.amount == 0
    lst_system.wait(2 * WEEK)
    assert lst_system.price() == price
    assert lst_system.funds()["idle"] == 100 * K


def test_distributor_that_pays_nothing_does_not_put_off_gains(lst_system, staked, holder, till):
    ends_at = lst_system.harvest(7 * K).timestamp + WEEK
    for _ in range(3):
        lst_system.wait(DAY)
        lst_system.harvest(0)
    assert staked.funds().vested_at == ends_at


def test_distributor_that_comes_back_gets_nowhere(lst_system, staked, holder, till):
    """Each call, and each view, finds the lock closed."""
    price, funds = lst_system.price(), lst_system.funds()
    user = till.address
    calls = (
        staked.deposit.encode_input(1, user),
        staked.mint.encode_input(1, user),
        staked.requestRedeem.encode_input(1, user, user),
        staked.redeem.encode_input(1, user, user),
        staked.withdraw.encode_input(1, user, user),
        staked.setOperator.encode_input(user, True),
        staked.count_losses.encode_input(),
        staked.collect.encode_input(1),
        staked.harvest.encode_input(1, user),
        staked.collect_refund.encode_input(1),
        staked.fund.encode_input(1),
        staked.claim_refund.encode_input(1, 1, user),
        staked.allocate.encode_input(1, 1),
        staked.deallocate.encode_input(1, 1),
        staked.appeal.encode_input(1, "x"),
        staked.set_allocator.encode_input(user),
        staked.totalAssets.encode_input(),
        staked.convertToAssets.encode_input(1),
    )
    for data in calls:
        lst_system.harvest(0, target=staked.address, data=bytes(data))
        assert not till.success()
    assert (lst_system.price(), lst_system.funds()) == (price, funds)


def test_distributor_that_pays_a_lot_moves_the_price_over_7_days(lst_system, staked, holder, till):
    price = lst_system.price()
    lst_system.harvest(100 * K)
    assert lst_system.price() == price
    lst_system.wait(WEEK)
    assert staked.totalAssets() == 200 * K


def test_distributor_without_an_answer_reverts(lst_system, pool, staked, holder):
    """An account is no contract."""
    with ape.reverts():
        staked.harvest(1, lst_system.stranger, sender=lst_system.stranger)


def test_distributor_may_be_broken_for_good(lst_system, pool, staked, holder):
    """All but harvest goes on without it."""
    pool.set_distributor(lst_system.stranger, sender=lst_system.governance)
    lst_system.request(holder, K)
    lst_system.wait(21 * DAY)
    assert lst_system.redeem(holder) == K
    assert lst_system.deposit(holder, METIS) == METIS
