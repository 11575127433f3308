"""StakedMetis.collect_refund"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.system import DAY, METIS

WEEK = 7 * DAY


@pytest.fixture
def slashed(lst_system):
    """A sequencer that has lost 4 K of the vault's 40 K, in case 1."""
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1_000)
    return id


def collect_refund(lst_system, case_id=1):
    return lst_system.staked.collect_refund(case_id, sender=lst_system.stranger)


@pytest.mark.parametrize("bps", [10_000, 5_000])
def test_collect_refund_takes_it_and_emits(lst_system, staked, slash_vault, metis, slashed, bps):
    lst_system.refund(1, bps)
    amount = 4 * K * bps // 10_000
    staked.count_losses(sender=lst_system.stranger)
    tx = collect_refund(lst_system)
    assert tx.events == [
        slash_vault.RefundCollected(case_id=1, by=staked, amount=amount),
        metis.Transfer(sender=slash_vault, receiver=staked, value=amount),
        staked.RefundCollected(case_id=1, amount=amount, vested_at=tx.timestamp + WEEK),
    ]
    assert lst_system.funds() == {
        "idle": 0,
        "reserved": 0,
        "staked": 36 * K,
        "unvested": amount,
        "missing": 0,
    }
    assert staked.totalAssets() == 36 * K
    lst_system.mine_at(tx.timestamp + WEEK)
    assert staked.totalAssets() == 36 * K + amount


def test_refund_enters_the_price_evenly_over_7_days(lst_system, staked, slashed):
    lst_system.refund(1)
    begun_at = collect_refund(lst_system).timestamp
    lst_system.mine_at(begun_at + WEEK // 4)
    assert staked.totalAssets() == 37 * K


def test_refund_of_a_loss_that_is_not_counted_yet(lst_system, staked, slashed):
    """It is counted before: the price never counts both."""
    lst_system.refund(1)
    tx = collect_refund(lst_system)
    assert tx.decode_logs(staked.LossesCounted) == [staked.LossesCounted(up_to=1, amount=4 * K)]
    assert staked.totalAssets() == 36 * K


def test_refund_goes_to_redemptions_as_it_enters_the_price(lst_system, staked, alice, slashed):
    lst_system.request(alice, K)
    missing = lst_system.funds()["missing"]
    lst_system.refund(1)
    begun_at = collect_refund(lst_system).timestamp
    assert abs(lst_system.funds()["missing"] + lst_system.funds()["reserved"] - missing) < METIS
    lst_system.mine_at(begun_at + WEEK // 8)
    # 36.5 of 40 K for a share, and half a thousand is here
    assert lst_system.funds()["reserved"] == K // 2
    assert abs(lst_system.funds()["missing"] - (3_650 * K // 4_000 - K // 2)) < METIS
    assert not staked.request(1).is_funded
    lst_system.mine_at(begun_at + WEEK)
    assert (lst_system.funds()["reserved"], lst_system.funds()["missing"]) == (K, 0)
    assert lst_system.funds()["idle"] == 3 * K
    assert staked.request(1).is_funded


def test_collect_refund__not_resolved__reverts(lst_system, slashed):
    with ape.reverts("SlashVault: nothing to collect"):
        collect_refund(lst_system)


def test_collect_refund__twice__reverts(lst_system, slashed):
    lst_system.refund(1)
    collect_refund(lst_system)
    with ape.reverts("SlashVault: nothing to collect"):
        collect_refund(lst_system)


def test_collect_refund__of_another__reverts(lst_system):
    lst_system.slash(lst_system.new_sequencer(), 1_000)
    with ape.reverts("SlashVault: not owner or vault"):
        collect_refund(lst_system)


def test_collect_refund__unknown_case__reverts(lst_system):
    with ape.reverts("SlashVault: unknown case"):
        collect_refund(lst_system)
