"""RewardDistributor.claim_vault"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import BLOCKS, RESERVE, SECONDS, K
from tests.utils.system import ZERO


@pytest.fixture
def shared(payroll, sharer):
    """Its vault has earned half of what a batch of it alone has brought; what was brought."""
    return payroll.accepted(payroll.pay({sharer: BLOCKS}, SECONDS)).paid


def test_claim_vault_pays_the_vault_and_emits(payroll, metis, rewards, sharer, shared):
    lst, part = payroll.lst, shared // 2
    before = metis.balanceOf(lst)
    assert rewards.vault_claimable(sharer, lst) == part
    assert rewards.claim_vault.call(sharer, sender=lst) == part
    tx = rewards.claim_vault(sharer, sender=lst)
    assert tx.events == [
        rewards.VaultClaimed(id=sharer, vault=lst, amount=part),
        metis.Transfer(sender=rewards, receiver=lst, value=part),
    ]
    assert metis.balanceOf(lst) == before + part
    assert rewards.vault_claimable(sharer, lst) == 0
    # the operator's part is untouched
    assert rewards.account(sharer)[:2] == (shared - part, 0)
    assert rewards.owed() == shared - part
    assert rewards.reserve() == RESERVE - shared


def test_claim_vault_and_claim_take_each_their_part(payroll, metis, rewards, sharer, shared):
    rewards.claim(sharer, sender=payroll.stranger)
    rewards.claim_vault(sharer, sender=payroll.lst)
    assert rewards.owed() == 0
    assert metis.balanceOf(rewards) == rewards.reserve() == RESERVE - shared


def test_claim_vault_leaves_the_share_as_it_is(payroll, rewards, sharer, shared):
    before = rewards.account(sharer)
    rewards.claim_vault(sharer, sender=payroll.lst)
    assert rewards.account(sharer)[2:] == before[2:]


def test_claim_vault_after_the_pairing_has_ended(payroll, rewards, pool, sharer, shared):
    pool.set_pairing(payroll.owner_of(sharer), ZERO, 0, sender=payroll.governance)
    tx = rewards.claim_vault(sharer, sender=payroll.lst)
    assert tx.events[0].amount == shared // 2


def test_claim_vault_after_the_sequencer_has_left(payroll, rewards, pool, sharer, shared):
    pool.unlock(sharer, sender=payroll.owner_of(sharer))
    tx = rewards.claim_vault(sharer, sender=payroll.lst)
    assert tx.events[0].amount == shared // 2


def test_claim_vault_of_the_vault_before_and_of_the_present_one(
    payroll, metis, rewards, pool, sharer, shared
):
    """The old one earns until the sync, keeps that, and may claim it at any time."""
    owner, lst, new = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    half = shared // 2
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=lst)
    pool.set_pairing(owner, new, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 20 * K, sender=new)
    payroll.catch_up()
    # nobody has synced yet: it still earns
    payroll.pay({sharer: BLOCKS}, SECONDS)
    rewards.sync(sharer, sender=payroll.stranger)
    assert rewards.account(sharer).vault == new
    payroll.catch_up()
    payroll.pay({sharer: BLOCKS}, SECONDS)
    assert rewards.vault_claimable(sharer, lst) == 2 * half
    assert rewards.vault_claimable(sharer, new) == half
    assert rewards.claim_vault(sharer, sender=new).events[0].amount == half
    assert rewards.claim_vault(sharer, sender=lst).events[0].amount == 2 * half
    assert rewards.owed() == rewards.account(sharer).operator


def test_claim_vault_of_a_vault_that_comes_back(payroll, rewards, pool, sharer, shared):
    """What it earned before and after is paid together."""
    owner, lst, other = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    half = shared // 2
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=lst)
    for vault in (other, lst):
        pool.set_pairing(owner, vault, 0, sender=payroll.governance)
        rewards.sync(sharer, sender=payroll.stranger)
        payroll.catch_up()
        rewards.sync(sharer, sender=payroll.stranger)
        assert rewards.account(sharer).vault == vault
        assert rewards.vault_claimable(sharer, lst) == half
    pool.deposit_paired(sharer, 20 * K, sender=lst)
    rewards.sync(sharer, sender=payroll.stranger)
    payroll.catch_up()
    payroll.pay({sharer: BLOCKS}, SECONDS)
    assert rewards.vault_claimable(sharer, lst) == 2 * half
    assert rewards.claim_vault(sharer, sender=lst).events[0].amount == 2 * half


def test_claim_vault__nothing_to_claim__reverts(payroll, rewards, sharer, shared, seated):
    rewards.claim_vault(sharer, sender=payroll.lst)
    others = (payroll.owner_of(sharer), payroll.other_lst, payroll.governance, payroll.stranger)
    for id, sender in [
        (sharer, payroll.lst),
        *((sharer, account) for account in others),
        *((id, payroll.lst) for id in (seated[0], 0, sharer + 1, 2**256 - 1)),
    ]:
        with ape.reverts("RewardDistributor: nothing to claim"):
            rewards.claim_vault(id, sender=sender)


def test_claim_vault__of_a_vault_that_has_not_earned_yet__reverts(payroll, rewards, sharer, pool):
    """The sequencer has earned, but before the vault had a share."""
    id = payroll.new_paired(20 * K, 20 * K)
    payroll.pay({id: BLOCKS}, SECONDS)
    rewards.sync(id, sender=payroll.lst)
    with ape.reverts("RewardDistributor: nothing to claim"):
        rewards.claim_vault(id, sender=payroll.lst)
