"""The views of the RewardDistributor: what they say before anything happened, and in between"""

import ape

from tests.unit.reward_distributor.conftest import BLOCKS, RESERVE, SECONDS, WHOLE
from tests.utils.court import L2_CHAIN_ID
from tests.utils.payroll import FIRST_BLOCK, L2_METIS, MRR
from tests.utils.system import METIS, ZERO


def test_views_of_a_new_distributor(payroll, rewards):
    assert (rewards.reserve(), rewards.owed(), rewards.power_seconds_used()) == (0, 0, 0)
    assert rewards.mrr() == rewards.mrr_of_next_batch() == MRR
    begin = rewards.creation_metadata.receipt.timestamp
    assert rewards.last_batch() == (0, FIRST_BLOCK - 1, begin, 0)
    for id in (0, 1, 2**256 - 1):
        assert rewards.account(id) == (0, 0, ZERO, 0, 0, 0, False)
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
    lst = payroll.lst
    event = payroll.accepted(payroll.pay({sharer: BLOCKS}, SECONDS))
    (vault_part,) = event.vault_parts
    operator, before = event.paid - vault_part, rewards.account(sharer)
    assert before == (operator, vault_part, lst, WHOLE // 2, before.since, 1, False)
    pool.request_paired_withdrawal(sharer, pool.sequencer(sharer).paired.bonded, sender=lst)
    since = rewards.sync(sharer, sender=payroll.stranger).timestamp
    rewards.close_claims(sharer, True, sender=payroll.owner_of(sharer))
    assert rewards.account(sharer) == (operator, vault_part, lst, 0, since, 2, True)
    payroll.catch_up()
    assert rewards.account(sharer) == (operator, vault_part, lst, 0, since, 2, True)
    assert rewards.vault_claimable(sharer, lst) == vault_part
    assert rewards.vault_claimable(sharer, payroll.other_lst) == 0


def test_mean_share_of_any_time(payroll, rewards, pool, sharer):
    """Before the first sync there is none."""
    since = rewards.account(sharer).since
    payroll.wait(200)
    now = payroll.now()
    assert rewards.mean_share(sharer, since, now) == WHOLE // 2
    assert rewards.mean_share(sharer, since - 100, since + 100) == WHOLE // 4
    assert rewards.mean_share(sharer, 0, since) == 0
    assert rewards.mean_share(999, 0, now) == 0


def test_mean_share__time_does_not_rise__reverts(payroll, rewards, sharer):
    now = payroll.now()
    for begin, ends in ((now, now), (now, now - 1), (2**256 - 1, 0)):
        with ape.reverts("RewardDistributor: time does not rise"):
            rewards.mean_share(sharer, begin, ends)


def test_mean_share__in_the_future__reverts(payroll, rewards, sharer):
    for ends in (payroll.now() + 1_000, 2**256 - 1):
        with ape.reverts("RewardDistributor: in the future"):
            rewards.mean_share(sharer, 0, ends)


def test_last_batch_and_power_used_go_on(payroll, rewards, registry, seated):
    for number, blocks in ((2, 10), (3, 0), (4, 7)):
        before = rewards.last_batch()
        end = payroll.pay({seated[0]: blocks} if blocks else {}, SECONDS).timestamp
        assert rewards.last_batch() == (number, before.end_block + blocks, end, 0)
        assert rewards.power_seconds_used() == registry.power_seconds()


def test_mrr_of_next_batch_is_not_the_one_last_set(payroll, rewards):
    rewards.set_mrr(0, sender=payroll.governance)
    assert (rewards.mrr(), rewards.mrr_of_next_batch()) == (0, MRR)
