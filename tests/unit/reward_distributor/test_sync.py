"""RewardDistributor.sync, and the shares of batches"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import BLOCKS, POWER, SECONDS, WHOLE, K, share_of
from tests.utils.system import DAY, METIS, ZERO


def vault_part(payroll, id, seconds=SECONDS):
    """What the vault gets of the next batch, which is all of this sequencer, and all there is."""
    event = payroll.accepted(payroll.pay({id: seconds // 2}, seconds))
    return event.vault_parts[0], event.paid


def test_sync_takes_over_the_pairing_from_now_on_and_emits(payroll, rewards, paired):
    lst, share = payroll.lst, share_of(20 * K, 20 * K)
    assert rewards.sync.call(paired, sender=payroll.stranger) == share == WHOLE // 2
    tx = rewards.sync(paired, sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=paired, vault=lst, old=0, new=share)]
    assert rewards.account(paired) == (0, 0, lst, share, tx.timestamp, 1, False)


@pytest.mark.parametrize("after", [100, 2_500, SECONDS - 1, SECONDS, SECONDS + 1])
def test_sync_in_the_middle_of_a_batch_counts_from_its_second_on(payroll, rewards, paired, after):
    """Also if it comes after the batch's end, and the batch is brought later still."""
    begin = rewards.last_batch().end_timestamp
    payroll.at(begin + after)
    assert rewards.sync(paired, sender=payroll.stranger).timestamp == begin + after
    batch = payroll.batch({paired: BLOCKS}, endTimestamp=begin + SECONDS)
    payroll.at(begin + SECONDS + 10)
    event = payroll.accepted(payroll.submit(batch))
    seconds = max(0, SECONDS - after)
    assert event.vault_parts == [event.paid * seconds // (2 * SECONDS)]
    assert rewards.account(paired)[:2] == (event.paid - event.vault_parts[0], event.vault_parts[0])
    # all of the next one
    part, paid = vault_part(payroll, paired)
    first = max(0, after - SECONDS)
    assert part == paid * (SECONDS - first) // (2 * SECONDS)


def test_sync_many_times_in_one_batch_pays_by_the_mean(payroll, rewards, pool, paired):
    """Whatever the order: each second has the share that was in force in it."""
    begin = rewards.last_batch().end_timestamp
    shares, integral = [], 0
    stakes = (20 * K, 30 * K, 30 * K, 60 * K, 5 * K, 6 * K, 80 * K)
    for number, stake in enumerate(stakes):
        now = pool.sequencer(paired).paired.bonded
        if stake > now:
            pool.deposit_paired(paired, stake - now, sender=payroll.lst)
        elif stake < now:
            pool.request_paired_withdrawal(paired, now - stake, sender=payroll.lst)
        payroll.at(begin + 1_000 * (number + 1) + number)
        rewards.sync(paired, sender=payroll.stranger)
        shares.append((begin + 1_000 * (number + 1) + number, share_of(20 * K, stake)))
    assert rewards.account(paired).changes == len(stakes) - 1
    end = begin + SECONDS
    for (since, share), (until, _) in zip(shares, [*shares[1:], (end, 0)], strict=True):
        integral += share * (until - since)
    event = payroll.accepted(payroll.pay({paired: BLOCKS}, SECONDS))
    assert event.vault_parts == [event.paid * integral // (SECONDS * WHOLE)]
    assert rewards.mean_share(paired, begin, end) == integral // SECONDS


def test_batches_long_after_many_changes_find_the_shares_of_their_time(payroll, rewards, paired):
    """Three batches of a time with 40 changes, which are brought at its end."""
    pool, begin = payroll.pool, rewards.last_batch().end_timestamp
    changes = [(0, 0)]
    for number in range(40):
        pool.deposit_paired(paired, K // 2, sender=payroll.lst)
        payroll.at(begin + 700 * (number + 1))
        rewards.sync(paired, sender=payroll.stranger)
        changes.append((begin + 700 * (number + 1), rewards.account(paired).share))
    assert rewards.account(paired).changes == 40
    end = begin
    for _ in range(3):
        end += 9_000
        batch = payroll.batch({paired: 4_500}, endTimestamp=end)
        payroll.at(payroll.now() + 10_000)
        event = payroll.accepted(payroll.submit(batch))
        seconds = range(end - 9_000, end)
        integral = sum(max(x for x in changes if x[0] <= second)[1] for second in seconds)
        assert event.vault_parts == [event.paid * integral // (9_000 * WHOLE)]
        assert rewards.mean_share(paired, end - 9_000, end) == integral // 9_000


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
    assert rewards.account(id).share == share
    payroll.catch_up()
    part, paid = vault_part(payroll, id)
    assert part == paid * share // WHOLE
    # in the operator's favour, by less than this
    exact = paid * paired * (10_000 - commission_bps) // ((own + paired) * 10_000)
    assert 0 <= exact - part <= paid // WHOLE + 1


def test_sync_of_the_whole_stake_gives_all(payroll, rewards, seated):
    id = payroll.new_paired(0, 20 * K)
    rewards.sync(id, sender=payroll.lst)
    assert rewards.account(id).share == WHOLE
    payroll.catch_up()
    part, paid = vault_part(payroll, id)
    assert part == paid
    assert rewards.account(id).operator == 0


def test_sync_leaves_out_what_unbonds(payroll, rewards, pool, paired):
    pool.request_paired_withdrawal(paired, 10 * K, sender=payroll.lst)
    rewards.sync(paired, sender=payroll.stranger)
    assert rewards.account(paired).share == share_of(20 * K, 10 * K)


def test_sync_of_one_that_is_not_paired(payroll, rewards, seated):
    tx = rewards.sync(seated[0], sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=seated[0], vault=ZERO, old=0, new=0)]
    assert rewards.account(seated[0]) == (0, 0, ZERO, 0, 0, 0, False)


def test_sync_of_a_vault_without_stake(payroll, rewards, seated):
    id = payroll.new_sequencer(20 * K, payroll.lst)
    tx = rewards.sync(id, sender=payroll.stranger)
    assert tx.events == [rewards.ShareSet(id=id, vault=payroll.lst, old=0, new=0)]
    assert rewards.account(id) == (0, 0, payroll.lst, 0, 0, 0, False)


# just before a batch


def test_sync_with_a_deposit_just_before_a_batch_changes_nothing_in_it(
    payroll, rewards, pool, sharer
):
    """Of what was produced before the deposit, whether or not the batch was brought yet."""
    begin = rewards.last_batch().end_timestamp
    batch = payroll.batch({sharer: BLOCKS}, endTimestamp=begin + SECONDS)
    certificate = payroll.certify(batch.message)
    payroll.at(begin + SECONDS + 100)
    pool.deposit_paired(sharer, 60 * K, sender=payroll.lst)
    since = rewards.sync(sharer, sender=payroll.lst).timestamp
    event = payroll.accepted(payroll.submit(batch, certificate))
    assert event.vault_parts == [event.paid // 2]
    # of the next it has the seconds after the deposit
    part, paid = vault_part(payroll, sharer)
    early = since - begin - SECONDS
    integral = early * WHOLE // 2 + (SECONDS - early) * share_of(20 * K, 80 * K)
    assert part == paid * integral // (SECONDS * WHOLE)
    part, paid = vault_part(payroll, sharer)
    assert part == paid * share_of(20 * K, 80 * K) // WHOLE


def test_sync_with_another_commission_counts_from_the_sync_on(payroll, rewards, pool, sharer):
    owner = payroll.owner_of(sharer)
    pool.set_pairing(owner, payroll.lst, 5_000, sender=payroll.governance)
    # not synced: as before
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 2
    begin = rewards.last_batch().end_timestamp
    payroll.at(begin + SECONDS // 4)
    rewards.sync(sharer, sender=owner)
    part, paid = vault_part(payroll, sharer)
    assert part == paid * 5 // 16
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 4


def test_sync_keeps_what_was_earned(payroll, rewards, pool, sharer):
    part, _ = vault_part(payroll, sharer)
    before = rewards.account(sharer)
    pool.request_paired_withdrawal(sharer, 20 * K, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.stranger)
    after = rewards.account(sharer)
    assert (after.operator, after.vault_amount, after.vault) == before[:3]
    assert (after.share, after.changes) == (0, before.changes + 1)
    assert rewards.vault_claimable(sharer, payroll.lst) == part


# again


def test_sync_again_at_any_time(payroll, rewards, pool, paired):
    """V3: nobody can keep another from it by having called before."""
    rewards.sync(paired, sender=payroll.lst)
    for stake in (30 * K, 40 * K, 50 * K):
        pool.deposit_paired(paired, 10 * K, sender=payroll.lst)
        rewards.sync(paired, sender=payroll.stranger)
        assert rewards.account(paired).share == share_of(20 * K, stake)


def test_sync_that_changes_nothing_is_in_nobodys_way(payroll, rewards, pool, sharer):
    """A stranger calls just before the vault does."""
    before = rewards.account(sharer)
    tx = rewards.sync(sharer, sender=payroll.stranger)
    half = WHOLE // 2
    assert tx.events == [rewards.ShareSet(id=sharer, vault=payroll.lst, old=half, new=half)]
    assert rewards.account(sharer) == before
    pool.deposit_paired(sharer, 10 * K, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.lst)
    assert rewards.account(sharer).share == share_of(20 * K, 30 * K)


def test_sync_by_a_stranger_at_the_worst_time_costs_seconds_at_most(payroll, rewards, pool, paired):
    """V3: when a wei of the vault's stake is there, and the rest comes in the next block."""
    id = payroll.new_sequencer(20 * K, payroll.lst)
    pool.deposit_paired(id, 1 * METIS, sender=payroll.lst)
    pinned = rewards.sync(id, sender=payroll.stranger).timestamp
    pool.deposit_paired(id, 20 * K - METIS, sender=payroll.lst)
    synced = rewards.sync(id, sender=payroll.lst).timestamp
    begin = rewards.last_batch().end_timestamp
    integral = (synced - pinned) * share_of(20 * K, METIS)
    integral += (begin + SECONDS - synced) * WHOLE // 2
    part, paid = vault_part(payroll, id)
    assert part == paid * integral // (SECONDS * WHOLE)
    assert part > paid * 49 // 100
    part, paid = vault_part(payroll, id)
    assert part == paid // 2


# another vault


def test_sync_after_the_end_of_a_pairing(payroll, rewards, pool, sharer):
    """The vault earns until the sync, and what it has earned stays its own."""
    pool.set_pairing(payroll.owner_of(sharer), ZERO, 0, sender=payroll.governance)
    begin = rewards.last_batch().end_timestamp
    payroll.at(begin + 1_000)
    tx = rewards.sync(sharer, sender=payroll.owner_of(sharer))
    assert tx.events == [rewards.ShareSet(id=sharer, vault=payroll.lst, old=WHOLE // 2, new=0)]
    part, paid = vault_part(payroll, sharer)
    assert part == paid // 20
    earned = part
    assert vault_part(payroll, sharer)[0] == 0
    assert rewards.vault_claimable(sharer, payroll.lst) == earned
    assert rewards.account(sharer).vault == payroll.lst


@pytest.fixture
def handed_over(payroll, rewards, pool, sharer):
    """lst leaves, and another vault comes, all in the time of the next batch, which begins at the
    first of these times; when lst has left, and when the other has come."""
    owner, lst, new = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    begin = payroll.catch_up()
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    left = rewards.sync(sharer, sender=owner).timestamp
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=lst)
    pool.set_pairing(owner, new, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 20 * K, sender=new)
    came = rewards.sync(sharer, sender=new).timestamp
    return begin, left, came


LONG = 25 * DAY


def test_sync_of_another_vault_pays_both_in_one_batch(payroll, rewards, sharer, handed_over):
    """V5: each for the seconds in which it had stake; the operator for all of its own."""
    lst, new = payroll.lst, payroll.other_lst
    begin, left, came = handed_over
    before = rewards.account(sharer)
    assert before.vault == new
    receipt = payroll.pay({sharer: LONG // 2}, LONG)
    event = payroll.accepted(receipt)
    old_part = event.paid * (left - begin) // (2 * LONG)
    new_part = event.paid * (begin + LONG - came) // (2 * LONG)
    assert 0 < old_part < new_part
    (credited,) = receipt.decode_logs(rewards.FormerVaultCredited)
    assert (credited.id, credited.vault, credited.amount) == (sharer, lst, old_part)
    assert rewards.vault_claimable(sharer, lst) == old_part
    assert rewards.vault_claimable(sharer, new) == new_part
    assert event.vault_parts == [old_part + new_part]
    operator = rewards.account(sharer).operator - before.operator
    assert operator == event.paid - old_part - new_part
    # and later ones the new one alone
    receipt = payroll.pay({sharer: BLOCKS}, SECONDS)
    assert list(receipt.decode_logs(rewards.FormerVaultCredited)) == []
    assert rewards.vault_claimable(sharer, lst) == old_part
    assert rewards.owed() == rewards.account(sharer).operator + old_part + (
        rewards.vault_claimable(sharer, new)
    )


def test_a_batch_of_the_time_before_pays_the_vault_of_that_time(
    payroll, rewards, sharer, handed_over
):
    """It is brought when the other has come."""
    lst, new = payroll.lst, payroll.other_lst
    begin, left, _ = handed_over
    batch = payroll.batch({sharer: 40}, endTimestamp=begin + 100)
    event = payroll.accepted(payroll.submit(batch))
    part = event.paid * min(100, left - begin) // 200
    assert event.vault_parts == [part]
    assert rewards.vault_claimable(sharer, lst) == part
    assert rewards.vault_claimable(sharer, new) == 0


def test_sync_of_another_vault_that_comes_before_anybody_has_synced(payroll, rewards, pool, sharer):
    """Nobody synced when the first one left: until the sync, the share was its."""
    owner, lst, new = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    begin = payroll.catch_up()
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=lst)
    pool.set_pairing(owner, new, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 20 * K, sender=new)
    tx = rewards.sync(sharer, sender=new)
    half = WHOLE // 2
    assert tx.events == [rewards.ShareSet(id=sharer, vault=new, old=half, new=half)]
    event = payroll.accepted(payroll.pay({sharer: LONG // 2}, LONG))
    seconds = tx.timestamp - begin
    assert rewards.vault_claimable(sharer, lst) == event.paid * seconds // (2 * LONG)
    assert rewards.vault_claimable(sharer, new) == event.paid * (LONG - seconds) // (2 * LONG)


def test_sync_of_vaults_that_never_had_a_share_leaves_no_trace(payroll, rewards, pool, sharer):
    """Or somebody could make a batch dear with many of them."""
    owner = payroll.owner_of(sharer)
    begin = payroll.catch_up()
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=payroll.lst)
    left = rewards.sync(sharer, sender=owner).timestamp
    for _ in range(20):
        pool.set_pairing(owner, payroll.new_account(), 0, sender=payroll.governance)
        rewards.sync(sharer, sender=owner)
    pool.set_pairing(owner, payroll.other_lst, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 20 * K, sender=payroll.other_lst)
    came = rewards.sync(sharer, sender=owner).timestamp
    event = payroll.accepted(payroll.pay({sharer: LONG // 2}, LONG))
    assert rewards.vault_claimable(sharer, payroll.lst) == event.paid * (left - begin) // (2 * LONG)
    new_part = event.paid * (begin + LONG - came) // (2 * LONG)
    assert rewards.vault_claimable(sharer, payroll.other_lst) == new_part


def test_sync_of_a_vault_that_comes_back(payroll, rewards, pool, sharer, handed_over):
    """Its two times add up."""
    owner, lst, new = payroll.owner_of(sharer), payroll.lst, payroll.other_lst
    first = payroll.accepted(payroll.pay({sharer: LONG // 2}, LONG)).vault_parts[0]
    earned = rewards.vault_claimable(sharer, lst)
    pool.set_pairing(owner, ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=new)
    rewards.sync(sharer, sender=owner)
    pool.set_pairing(owner, lst, 0, sender=payroll.governance)
    pool.deposit_paired(sharer, 60 * K, sender=lst)
    rewards.sync(sharer, sender=lst)
    second = payroll.accepted(payroll.pay({sharer: LONG // 2}, LONG)).vault_parts[0]
    paid = rewards.vault_claimable(sharer, lst) + rewards.vault_claimable(sharer, new)
    assert paid == first + second
    assert rewards.vault_claimable(sharer, lst) > earned
    tx = rewards.claim_vault(sharer, sender=lst)
    assert tx.events[0].amount > earned
    assert rewards.vault_claimable(sharer, lst) == 0


def test_sync_of_one_that_has_left(payroll, rewards, pool, sharer):
    pool.unlock(sharer, sender=payroll.owner_of(sharer))
    tx = rewards.sync(sharer, sender=payroll.stranger)
    assert tx.events[0].new == 0
    # the time before is shared as before
    begin = rewards.last_batch().end_timestamp
    part, paid = vault_part(payroll, sharer)
    assert part == paid * (tx.timestamp - begin) // (2 * SECONDS) > 0


def test_sync_of_one_that_has_lost_all(payroll, rewards, pool, sharer):
    """Nothing is divided by zero."""
    pool.request_paired_withdrawal(sharer, 20 * K, sender=payroll.lst)
    pool.unlock(sharer, sender=payroll.owner_of(sharer))
    assert pool.sequencer(sharer).own.bonded == pool.sequencer(sharer).paired.bonded == 0
    rewards.sync(sharer, sender=payroll.stranger)
    assert rewards.account(sharer).share == 0


@pytest.mark.parametrize("id", [0, 5, 2**256 - 1])
def test_sync__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("SequencerPool: unknown sequencer"):
        rewards.sync(id, sender=payroll.stranger)


def test_power_of_these_tests_is_without_the_paired_one(payroll, paired):
    """It is not in the committee, so that all batches earn the same."""
    assert payroll.registry.committee(payroll.nonce).power == POWER
