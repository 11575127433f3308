"""RewardDistributor.sync, and the shares of batches"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import BLOCKS, POWER, SECONDS, WHOLE, K, share_of
from tests.utils.isolation import isolated
from tests.utils.system import METIS, ZERO


def vault_part(payroll, id, seconds=SECONDS):
    """What the vault gets of the next batch, which is all of this sequencer, and all there is."""
    event = payroll.accepted(payroll.pay({id: seconds // 2}, seconds))
    return event.vault_parts[0], event.paid


def test_sync_takes_over_the_pairing_for_later_batches_and_emits(payroll, rewards, paired, reward):
    lst, share = payroll.lst, share_of(20 * K, 20 * K)
    assert rewards.sync.call(paired, sender=payroll.stranger) == share == WHOLE // 2
    tx = rewards.sync(paired, sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=paired, vault=lst, old=0, new=share)]
    assert rewards.account(paired) == (0, 0, lst, 0, share, tx.timestamp)
    # this one has begun before
    assert vault_part(payroll, paired) == (0, reward)
    assert rewards.account(paired) == (reward, 0, lst, share, share, tx.timestamp)
    assert vault_part(payroll, paired) == (reward // 2, reward)
    assert rewards.account(paired)[:2] == (reward + reward - reward // 2, reward // 2)


def test_sync_is_for_batches_that_begin_in_its_second_or_later(payroll, rewards, paired):
    """To the second: where a batch ends the next begins."""
    at = payroll.now() + SECONDS
    begin = rewards.last_batch().end_timestamp
    for seconds, share in ((-1, 0), (0, WHOLE // 2), (1, WHOLE // 2)):
        with isolated(payroll.chain):
            payroll.at(at)
            rewards.sync(paired, sender=payroll.stranger)
            batch = payroll.batch({}, endTimestamp=at + seconds)
            payroll.at(at + 10)
            payroll.submit(batch)
            assert rewards.last_batch().end_timestamp == at + seconds > begin
            assert rewards.account(paired).share == share
            part, paid = vault_part(payroll, paired)
            assert part == paid * share // WHOLE


@pytest.mark.parametrize(
    "own, paired, commission_bps",
    [
        *((20 * K, 20 * K, x) for x in (0, 1, 1_234, 5_000)),
        *((0, 20 * K, x) for x in (0, 5_000)),
        (20 * K, 1, 0),
        (20 * K + 1, 60 * K + 7, 333),
        (1, 99 * K, 0),
    ],
)
def test_sync_after_the_commission_and_by_stakes(
    payroll, rewards, pool, seated, own, paired, commission_bps
):
    id = payroll.new_sequencer(own, payroll.lst, commission_bps)
    pool.deposit_paired(id, paired, sender=payroll.lst)
    rewards.sync(id, sender=payroll.stranger)
    share = share_of(own, paired, commission_bps)
    assert rewards.account(id).next_share == share
    payroll.catch_up()
    part, paid = vault_part(payroll, id)
    assert part == paid * share // WHOLE
    # in the operator's favour, by less than this
    exact = paid * paired * (10_000 - commission_bps) // ((own + paired) * 10_000)
    assert 0 <= exact - part <= paid // WHOLE + 1


def test_sync_of_the_whole_stake_gives_all(payroll, rewards, seated):
    id = payroll.new_paired(0, 20 * K)
    rewards.sync(id, sender=payroll.lst)
    assert rewards.account(id).next_share == WHOLE
    payroll.catch_up()
    part, paid = vault_part(payroll, id)
    assert part == paid
    assert rewards.account(id).operator == 0


def test_sync_leaves_out_what_unbonds(payroll, rewards, pool, paired):
    pool.request_paired_withdrawal(paired, 10 * K, sender=payroll.lst)
    rewards.sync(paired, sender=payroll.stranger)
    assert rewards.account(paired).next_share == share_of(20 * K, 10 * K)


def test_sync_of_one_that_is_not_paired(payroll, rewards, seated):
    tx = rewards.sync(seated[0], sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=seated[0], vault=ZERO, old=0, new=0)]
    assert rewards.account(seated[0]) == (0, 0, ZERO, 0, 0, 0)


def test_sync_of_a_vault_without_stake(payroll, rewards, seated):
    id = payroll.new_sequencer(20 * K, payroll.lst)
    tx = rewards.sync(id, sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=id, vault=payroll.lst, old=0, new=0)]
    assert rewards.account(id) == (0, 0, payroll.lst, 0, 0, 0)


# just before a batch


def test_sync_with_a_deposit_just_before_a_batch_changes_nothing_in_it(
    payroll, rewards, pool, sharer
):
    """Nor does it in the one that is signed, but not brought yet."""
    begin = rewards.last_batch().end_timestamp
    batch = payroll.batch({sharer: BLOCKS}, endTimestamp=begin + SECONDS)
    certificate = payroll.certify(batch.message)
    payroll.at(begin + SECONDS + 100)
    pool.deposit_paired(sharer, 60 * K, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.lst)
    event = payroll.accepted(payroll.submit(batch, certificate))
    assert event.vault_parts == [event.paid // 2]
    # the next has begun at its end
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    part, paid = vault_part(payroll, sharer)
    assert part == paid * share_of(20 * K, 80 * K) // WHOLE


def test_sync_with_another_commission_just_before_a_batch_changes_nothing_in_it(
    payroll, rewards, pool, sharer
):
    owner = payroll.owner_of(sharer)
    pool.set_pairing(owner, payroll.lst, 5_000, sender=payroll.governance)
    # not synced: as before
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    rewards.sync(sharer, sender=owner)
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 4


def test_sync_keeps_what_was_earned(payroll, rewards, pool, sharer):
    part, _ = vault_part(payroll, sharer)
    before = rewards.account(sharer)
    pool.request_paired_withdrawal(sharer, 20 * K, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.stranger)
    after = rewards.account(sharer)
    assert (after.operator, after.vault_amount, after.vault) == before[:3]
    assert (after.share, after.next_share) == (WHOLE // 2, 0)
    assert rewards.vault_claimable(sharer, payroll.lst) == part


# again


def test_sync__share_is_changing__reverts(payroll, rewards, pool, paired):
    """Until a batch ends in its second or later."""
    since = rewards.sync(paired, sender=payroll.lst).timestamp
    payroll.submit(payroll.batch({}, endTimestamp=since - 1))
    pool.deposit_paired(paired, 10 * K, sender=payroll.lst)
    for sender in (payroll.lst, payroll.stranger):
        with ape.reverts("RewardDistributor: share is changing"):
            rewards.sync(paired, sender=sender)
    payroll.submit(payroll.batch({}, endTimestamp=since))
    tx = rewards.sync(paired, sender=payroll.stranger)
    assert tx.events[0].old == WHOLE // 2
    assert tx.events[0].new == share_of(20 * K, 30 * K)


def test_sync_that_changes_nothing_is_in_nobodys_way(payroll, rewards, pool, sharer):
    """A stranger calls just before the vault does."""
    before = rewards.account(sharer)
    tx = rewards.sync(sharer, sender=payroll.stranger)
    half = WHOLE // 2
    assert tx.events == [rewards.ShareSet(id=sharer, vault=payroll.lst, old=half, new=half)]
    assert rewards.account(sharer) == before
    pool.deposit_paired(sharer, 10 * K, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.lst)
    assert rewards.account(sharer).next_share == share_of(20 * K, 30 * K)


def test_sync_by_a_stranger_at_the_worst_time_costs_a_batch_at_most(payroll, rewards, pool, paired):
    """When a wei of the vault's stake is there, and the rest comes in the next block."""
    id = payroll.new_sequencer(20 * K, payroll.lst)
    pool.deposit_paired(id, 1 * METIS, sender=payroll.lst)
    rewards.sync(id, sender=payroll.stranger)
    pool.deposit_paired(id, 20 * K - METIS, sender=payroll.lst)
    with ape.reverts("RewardDistributor: share is changing"):
        rewards.sync(id, sender=payroll.lst)
    payroll.catch_up()
    rewards.sync(id, sender=payroll.lst)
    part, paid = vault_part(payroll, id)
    assert part == paid * share_of(20 * K, METIS) // WHOLE
    part, paid = vault_part(payroll, id)
    assert part == paid // 2


# another vault


def test_sync_after_the_end_of_a_pairing(payroll, rewards, pool, sharer):
    """The vault earns until a batch begins after the sync."""
    pool.set_pairing(payroll.owner_of(sharer), ZERO, 0, sender=payroll.governance)
    tx = rewards.sync(sharer, sender=payroll.owner_of(sharer))
    assert tx.events == [rewards.ShareSet(id=sharer, vault=payroll.lst, old=WHOLE // 2, new=0)]
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    earned = part
    assert vault_part(payroll, sharer)[0] == 0
    assert rewards.vault_claimable(sharer, payroll.lst) == earned
    assert rewards.account(sharer).vault == payroll.lst


def test_sync_of_another_vault_ends_the_share_of_the_old_one_first(payroll, rewards, pool, sharer):
    owner, lst, new = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    half = WHOLE // 2
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=lst)
    pool.set_pairing(owner, new, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 20 * K, sender=new)
    payroll.catch_up()

    tx = rewards.sync(sharer, sender=new)
    assert tx.events == [rewards.ShareSet(id=sharer, vault=lst, old=half, new=0)]
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    earned = part
    tx = rewards.sync(sharer, sender=new)
    assert tx.events == [rewards.ShareSet(id=sharer, vault=new, old=0, new=half)]
    assert rewards.vault_claimable(sharer, lst) == earned
    assert rewards.vault_claimable(sharer, new) == 0
    # nobody's, between the two
    assert vault_part(payroll, sharer)[0] == 0
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    assert rewards.vault_claimable(sharer, lst) == earned
    assert rewards.vault_claimable(sharer, new) == part
    operator = rewards.account(sharer).operator
    assert rewards.owed() == operator + earned + part


def test_sync_of_one_that_has_left(payroll, rewards, pool, sharer):
    pool.unlock(sharer, sender=payroll.owner_of(sharer))
    tx = rewards.sync(sharer, sender=payroll.stranger)
    assert tx.events[0].new == 0
    # the blocks of before are shared as before
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2 > 0


def test_sync_of_one_that_has_lost_all(payroll, rewards, pool, sharer):
    """Nothing is divided by zero."""
    pool.request_paired_withdrawal(sharer, 20 * K, sender=payroll.lst)
    pool.unlock(sharer, sender=payroll.owner_of(sharer))
    assert pool.sequencer(sharer).own.bonded == pool.sequencer(sharer).paired.bonded == 0
    rewards.sync(sharer, sender=payroll.stranger)
    assert rewards.account(sharer).next_share == 0


@pytest.mark.parametrize("id", [0, 5, 2**256 - 1])
def test_sync__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("SequencerPool: unknown sequencer"):
        rewards.sync(id, sender=payroll.stranger)


def test_power_of_these_tests_is_without_the_paired_one(payroll, paired):
    """It is not in the committee, so that all batches earn the same."""
    assert payroll.registry.committee(payroll.nonce).power == POWER
