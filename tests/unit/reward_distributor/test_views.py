"""The views of the RewardDistributor: what they say before anything happened, and in between"""

from tests.unit.reward_distributor.conftest import BLOCKS, RESERVE, SECONDS, WHOLE
from tests.utils.court import L2_CHAIN_ID
from tests.utils.payroll import FIRST_BLOCK, L2_METIS, MRR
from tests.utils.system import METIS, ZERO


def test_views_of_a_new_distributor(payroll, rewards):
    assert (rewards.reserve(), rewards.owed(), rewards.power_seconds_used()) == (0, 0, 0)
    assert rewards.mrr() == rewards.mrr_of_next_batch() == MRR
    begin = rewards.creation_metadata.receipt.timestamp
    assert rewards.last_batch() == (0, FIRST_BLOCK - 1, begin)
    for id in (0, 1, 2**256 - 1):
        assert rewards.account(id) == (0, 0, ZERO, 0, 0, 0)
        assert rewards.vault_claimable(id, payroll.lst) == 0
        assert rewards.vault_claimable(id, ZERO) == 0


def test_immutables(payroll, rewards):
    assert (rewards.pool(), rewards.metis()) == (payroll.pool, payroll.metis)
    assert (rewards.bridge(), rewards.l2_chain_id()) == (payroll.bridge, L2_CHAIN_ID)
    assert rewards.l2_metis().lower() == L2_METIS


def test_reserve_is_what_is_there_and_not_owed(payroll, metis, rewards, sharer):
    """Through everything that moves METIS."""

    def check(owed):
        assert rewards.owed() == owed
        assert rewards.reserve() == metis.balanceOf(rewards) - owed

    check(0)
    event = payroll.accepted(payroll.pay({0: 1_000, sharer: 4_000}, SECONDS))
    credited = event.paid * 4_000 // BLOCKS
    check(credited)
    rewards.reimburse(sharer, METIS, "vote", sender=payroll.governance)
    check(credited + METIS)
    vault = rewards.vault_claimable(sharer, payroll.lst)
    rewards.claim_vault(sharer, sender=payroll.lst)
    check(credited + METIS - vault)
    rewards.claim(sharer, sender=payroll.stranger)
    check(0)
    assert rewards.reserve() == RESERVE - credited - METIS


def test_account_shows_all(payroll, rewards, pool, sharer):
    """The share of the batch that comes next, and of those after it."""
    lst = payroll.lst
    event = payroll.accepted(payroll.pay({sharer: BLOCKS}, SECONDS))
    (vault_part,) = event.vault_parts
    pool.request_paired_withdrawal(sharer, pool.sequencer(sharer).paired.bonded, sender=lst)
    since = rewards.sync(sharer, sender=payroll.stranger).timestamp
    operator = event.paid - vault_part
    assert rewards.account(sharer) == (operator, vault_part, lst, WHOLE // 2, 0, since)
    payroll.catch_up()
    assert rewards.account(sharer) == (operator, vault_part, lst, 0, 0, since)
    assert rewards.vault_claimable(sharer, lst) == vault_part
    assert rewards.vault_claimable(sharer, payroll.other_lst) == 0


def test_last_batch_and_power_used_go_on(payroll, rewards, registry, seated):
    for number, blocks in ((2, 10), (3, 0), (4, 7)):
        before = rewards.last_batch()
        end = payroll.pay({seated[0]: blocks} if blocks else {}, SECONDS).timestamp
        assert rewards.last_batch() == (number, before.end_block + blocks, end)
        assert rewards.power_seconds_used() == registry.power_seconds()


def test_mrr_of_next_batch_is_not_the_one_last_set(payroll, rewards):
    rewards.set_mrr(0, sender=payroll.governance)
    assert (rewards.mrr(), rewards.mrr_of_next_batch()) == (0, MRR)
