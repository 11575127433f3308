"""RewardDistributor.submit_batch"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, as_struct
from seqpool.protocol.reward_entries import entries, entries_hash, entry
from tests.unit.reward_distributor.conftest import BLOCKS, POWER, RESERVE, SECONDS, STAKE, WHOLE, K
from tests.utils.isolation import isolated
from tests.utils.payroll import FIRST_BLOCK, MRR, PACE
from tests.utils.system import DAY, METIS, PARAMETERS, State

COMMITTEE_AGE = LIMITS["COMMITTEE_AGE"]
BATCH_CEILING = LIMITS["BATCH_CEILING"]


def refused(payroll, reason, batch):
    before = payroll.rewards.last_batch(), payroll.rewards.owed()
    with ape.reverts(reason):
        payroll.submit(batch)
    assert (payroll.rewards.last_batch(), payroll.rewards.owed()) == before


def operator_of(rewards, id):
    return rewards.account(id).operator


@pytest.fixture
def waited(payroll, seated):
    """So long that BLOCKS fit, and more."""
    payroll.wait(SECONDS)
    return seated


# what is paid


def test_submit_batch_credits_and_emits(payroll, rewards, seated, reward):
    blocks = {0: 500, seated[0]: 3_000, seated[2]: 1_500}
    tx = payroll.pay(blocks, SECONDS)
    assert tx.events == [
        rewards.BatchAccepted(
            batch=2,
            start_block=FIRST_BLOCK,
            end_block=FIRST_BLOCK + BLOCKS - 1,
            end_timestamp=tx.timestamp,
            covered_time=SECONDS,
            mean_power=POWER,
            budget=reward,
            paid=reward,
            entries=entries(blocks),
            vault_parts=[0, 0, 0],
        )
    ]
    first, third = reward * 3_000 // BLOCKS, reward * 1_500 // BLOCKS
    assert [operator_of(rewards, id) for id in seated] == [first, 0, third, 0]
    assert rewards.owed() == first + third
    assert rewards.reserve() == RESERVE - first - third
    assert rewards.last_batch() == (2, FIRST_BLOCK + BLOCKS - 1, tx.timestamp, 0)
    assert rewards.power_seconds_used() == payroll.registry.power_seconds()


def test_submit_batch_returns_what_is_paid(payroll, rewards, waited):
    """All of a reserve that is short: else it would depend on the second."""
    rewards.reimburse(waited[0], RESERVE - 1_000, "vote", sender=payroll.governance)
    batch = payroll.batch({0: 1_000, waited[0]: 4_000})
    arguments = as_struct(batch.message), batch.entries, payroll.certify(batch.message)
    assert rewards.submit_batch.call(*arguments, sender=payroll.stranger) == 1_000


@pytest.mark.parametrize("parts", [(7, 1, 2, 3), (1, 0, 0, 3_331), (0, 4_999, 0, 1)], ids=str)
@pytest.mark.parametrize("wei", [None, 1, 9_999])
def test_submit_batch_adds_up_to_the_wei(payroll, rewards, metis, poor, sharer_of, parts, wei):
    """Credited + part of nobody + dust = paid, also when the reserve has only so many wei."""
    payroll.endow(RESERVE if wei is None else wei)
    ids = [0, *poor[:2], sharer_of]
    blocks = dict(zip(ids, parts, strict=True))
    total = sum(parts)
    event = payroll.accepted(payroll.pay(blocks, SECONDS))
    assert event.paid == (event.budget if wei is None else wei)
    credited = {id: event.paid * blocks[id] // total for id in ids[1:]}
    accounts = {id: rewards.account(id) for id in credited}
    assert {id: x.operator + x.vault_amount for id, x in accounts.items()} == credited
    assert rewards.owed() == sum(credited.values())
    dust = event.paid - event.paid * parts[0] // total - rewards.owed()
    assert 0 <= dust <= len(ids)
    assert rewards.reserve() == metis.balanceOf(rewards) - rewards.owed()
    vault_part = credited[sharer_of] * (WHOLE // 2) // WHOLE
    assert accounts[sharer_of].vault_amount == vault_part
    expected = [vault_part if id == sharer_of else 0 for id in ids if blocks[id]]
    assert event.vault_parts == expected


@pytest.fixture
def sharer_of(payroll, rewards, poor):
    """Half of what it earns is its vault's."""
    id = payroll.new_paired(20 * K, 20 * K)
    rewards.sync(id, sender=payroll.lst)
    payroll.catch_up()
    return id


def test_submit_batch_of_the_fallback_stays_in_the_reserve(payroll, rewards, seated, reward):
    tx = payroll.pay({0: BLOCKS}, SECONDS)
    assert payroll.accepted(tx).paid == reward
    assert (rewards.owed(), rewards.reserve()) == (0, RESERVE)
    assert rewards.account(0)[:2] == (0, 0)


@pytest.mark.parametrize("blocks", [1, 572, SECONDS])
@pytest.mark.parametrize("covered", [1, 200, SECONDS - 1, SECONDS])
def test_submit_batch_pays_for_the_time_that_is_covered(payroll, rewards, seated, blocks, covered):
    """However many blocks cover it."""
    event = payroll.accepted(payroll.pay({seated[0]: blocks}, SECONDS, coveredTime=covered))
    assert (event.covered_time, event.mean_power) == (covered, POWER)
    assert event.budget == payroll.budget(POWER * SECONDS, covered, of=SECONDS)
    assert operator_of(rewards, seated[0]) == event.budget
    # what was not paid is gone
    assert rewards.power_seconds_used() == payroll.registry.power_seconds()


@pytest.mark.parametrize("blocks", [BLOCKS, BLOCKS + 1, SECONDS])
def test_submit_batch_of_made_up_blocks_pays_no_more_than_the_rate(payroll, seated, reward, blocks):
    event = payroll.accepted(payroll.pay({seated[0]: blocks}, SECONDS, coveredTime=SECONDS))
    assert event.budget == reward


def test_submit_batch_shares_by_blocks_and_not_by_time(payroll, rewards, seated, reward):
    """Who makes the same blocks slower gets no more of them."""
    event = payroll.accepted(payroll.pay({1: 1, 2: 3}, SECONDS, coveredTime=100))
    assert event.budget == payroll.budget(POWER * SECONDS, 100, of=SECONDS)
    assert [operator_of(rewards, id) for id in (1, 2)] == [event.paid // 4, event.paid * 3 // 4]


def test_submit_batch_of_a_year_pays_the_rate(payroll, rewards, seated):
    payroll.endow(RESERVE)
    for days in 12 * [30] + [5]:
        payroll.pay({seated[0]: days * DAY // PACE}, days * DAY)
    most = POWER * MRR // 10_000
    assert most - 13 < rewards.owed() <= most


# a short reserve


def test_submit_batch_with_an_empty_reserve_pays_nothing_and_says_so(
    payroll, rewards, poor, reward
):
    blocks = {poor[0]: BLOCKS - 1, poor[1]: 1}
    tx = payroll.pay(blocks, SECONDS)
    assert tx.events == [
        rewards.ReserveShort(batch=2, missing=reward),
        rewards.BatchAccepted(
            batch=2,
            start_block=FIRST_BLOCK,
            end_block=FIRST_BLOCK + BLOCKS - 1,
            end_timestamp=tx.timestamp,
            covered_time=SECONDS,
            mean_power=POWER,
            budget=reward,
            paid=0,
            entries=entries(blocks),
            vault_parts=[0, 0],
        ),
    ]
    assert (rewards.owed(), rewards.reserve()) == (0, 0)
    with ape.reverts("RewardDistributor: nothing to claim"):
        rewards.claim(poor[0], sender=payroll.stranger)


@pytest.mark.parametrize("missing", [1, 1_000, METIS])
def test_submit_batch_with_a_short_reserve_pays_in_proportion(
    payroll, rewards, poor, reward, missing
):
    payroll.endow(reward - missing)
    tx = payroll.pay({0: 1_000, poor[0]: 3_000, poor[1]: 1_000}, SECONDS)
    assert list(tx.decode_logs(rewards.ReserveShort)) == [
        rewards.ReserveShort(batch=2, missing=missing)
    ]
    paid = reward - missing
    assert payroll.accepted(tx).paid == paid
    assert operator_of(rewards, poor[0]) == paid * 3_000 // 5_000
    assert operator_of(rewards, poor[1]) == paid * 1_000 // 5_000


def test_submit_batch_with_just_enough_says_nothing(payroll, rewards, poor, reward):
    payroll.endow(reward)
    tx = payroll.pay({poor[0]: BLOCKS}, SECONDS)
    assert list(tx.decode_logs(rewards.ReserveShort)) == []
    assert (rewards.owed(), rewards.reserve()) == (reward, 0)


def test_submit_batch_does_not_pay_from_what_is_owed(payroll, rewards, metis, poor, reward):
    payroll.endow(reward + 5)
    payroll.pay({poor[0]: BLOCKS}, SECONDS)
    assert payroll.accepted(payroll.pay({poor[1]: BLOCKS}, SECONDS)).paid == 5
    assert payroll.accepted(payroll.pay({poor[1]: BLOCKS}, SECONDS)).paid == 0
    assert (operator_of(rewards, poor[0]), operator_of(rewards, poor[1])) == (reward, 5)
    assert rewards.owed() == metis.balanceOf(rewards)


def test_submit_batch_does_not_make_up_for_a_short_one(payroll, rewards, poor, reward):
    payroll.pay({poor[0]: BLOCKS}, SECONDS)
    payroll.endow(RESERVE)
    payroll.pay({poor[0]: BLOCKS}, SECONDS)
    assert rewards.owed() == reward


# power x seconds


def test_submit_batch_after_its_end_leaves_power_to_the_next(payroll, rewards, registry, seated):
    """Its part of the time is its part of the power; both together have all of it."""
    begin = rewards.last_batch().end_timestamp
    used = rewards.power_seconds_used()
    first = payroll.batch({seated[0]: 1_000}, endTimestamp=begin + 3_000)
    payroll.at(begin + SECONDS)
    event = payroll.accepted(payroll.submit(first))
    assert (event.mean_power, event.budget) == (POWER, payroll.budget(POWER * 2_000))
    assert rewards.power_seconds_used() == used + POWER * 3_000
    event = payroll.accepted(payroll.pay({seated[0]: 4_000}, SECONDS - 3_000 + 100))
    assert (event.mean_power, event.budget) == (POWER, payroll.budget(POWER * 7_100))
    assert rewards.power_seconds_used() == registry.power_seconds()


def test_submit_batch_uses_up_power_until_its_end(payroll, rewards, pool, registry, seated):
    """To the wei and the second, whatever has changed since."""
    begin = rewards.last_batch().end_timestamp
    batch = payroll.batch({seated[0]: 1}, endTimestamp=begin + 7)
    certificate = payroll.certify(batch.message)
    pool.relock(seated[0], 1, sender=payroll.owner_of(seated[0]))
    payroll.convene()
    tx = payroll.submit(batch, certificate)
    assert rewards.power_seconds_used() == registry.power_seconds_at(begin + 7, payroll.nonce)
    assert payroll.accepted(tx).mean_power == POWER


def test_submit_batch_counts_late_power_only_for_its_time(payroll, rewards, pool, registry, seated):
    """A deposit and a checkpoint seconds before."""
    begin = rewards.last_batch().end_timestamp
    payroll.at(begin + DAY)
    pool.relock(seated[0], 70 * K, sender=payroll.owner_of(seated[0]))
    payroll.at(begin + DAY + 1)
    registry.checkpoint(sender=payroll.stranger)
    # the committee before signs: it is not old
    batch = payroll.batch(
        {seated[0]: 40_000}, endTimestamp=begin + DAY + 5, committeeNonce=payroll.nonce - 1
    )
    certificate = payroll.certify(batch.message)
    payroll.at(begin + DAY + 5)
    event = payroll.accepted(payroll.submit(batch, certificate))
    power_seconds = POWER * (DAY + 5) + 70 * K * 4
    assert event.mean_power == power_seconds // (DAY + 5)
    assert event.budget == payroll.budget(power_seconds, 80_000, of=DAY + 5)


def test_submit_batch_twice_after_a_long_wait_earns_no_more_than_once(
    payroll, rewards, registry, seated
):
    """In consecutive blocks, however the time is cut."""
    begin, used = rewards.last_batch().end_timestamp, rewards.power_seconds_used()
    wait = 20 * DAY
    earned = {}
    for cut in (None, 1, 1_000, 10 * DAY, wait - 1):
        with isolated(payroll.chain):
            payroll.at(begin + wait - 10)
            payroll.mine()
            parts = [wait] if cut is None else [cut, wait - cut]
            budgets = []
            for i, part in enumerate(parts):
                end = begin + sum(parts[: i + 1])
                batch = payroll.batch({seated[0]: part}, endTimestamp=end)
                certificate = payroll.certify(batch.message)
                payroll.at(begin + wait + i)
                budgets.append(payroll.accepted(payroll.submit(batch, certificate)).budget)
                assert rewards.power_seconds_used() <= registry.power_seconds()
            earned[cut] = sum(budgets)
            in_all = registry.power_seconds() - used
            assert earned[cut] <= payroll.budget(in_all)
    whole = earned.pop(None)
    assert whole == payroll.budget(POWER * wait)
    assert all(whole - 2 <= x <= whole for x in earned.values())


def test_submit_batch__power_that_came_later__does_not_count(
    payroll, rewards, pool, registry, seated
):
    """Who submits late counts no power of after the batch's end (finding V4)."""
    begin = rewards.last_batch().end_timestamp
    nonce = payroll.nonce
    batch = payroll.batch({seated[0]: 20_000}, endTimestamp=begin + 40_000)
    certificate = payroll.certify(batch.message)
    payroll.at(begin + 40_000)
    pool.relock(seated[0], 70 * K, sender=payroll.owner_of(seated[0]))
    payroll.at(begin + 40_001)
    registry.checkpoint(sender=payroll.stranger)
    payroll.at(begin + 40_000 + 6 * DAY)
    first = payroll.accepted(payroll.submit(batch, certificate))
    assert (first.mean_power, first.budget) == (POWER, payroll.budget(POWER * 40_000))
    batch = payroll.batch({seated[0]: 20_000}, endTimestamp=begin + 80_000, committeeNonce=nonce)
    second = payroll.accepted(payroll.submit(batch))
    power_seconds = POWER + (POWER + 70 * K) * 39_999
    assert second.budget == payroll.budget(power_seconds, 40_000, of=40_000)


def test_submit_batch_pays_nothing_while_there_is_no_power(payroll, rewards):
    """What was before the first checkpoint earns nothing."""
    ids = payroll.seat(*4 * [STAKE])
    payroll.endow()
    made_at = payroll.registry.committee(payroll.nonce).created_at
    begin = rewards.last_batch().end_timestamp
    event = payroll.accepted(payroll.pay({ids[0]: 5_000}, made_at + 10_000 - begin))
    elapsed = made_at + 10_000 - begin
    assert event.mean_power == POWER * 10_000 // elapsed
    paid_for = min(10_000, elapsed)
    assert event.budget == payroll.budget(POWER * 10_000, paid_for, of=elapsed)


# an empty batch


def test_submit_batch_without_blocks_lets_time_pass(payroll, rewards, registry, seated, reward):
    end_block = rewards.last_batch().end_block
    tx = payroll.pay({}, SECONDS)
    assert tx.events == [
        rewards.BatchAccepted(
            batch=2,
            start_block=end_block + 1,
            end_block=end_block,
            end_timestamp=tx.timestamp,
            covered_time=0,
            mean_power=POWER,
            budget=0,
            paid=0,
            entries=[],
            vault_parts=[],
        )
    ]
    assert rewards.power_seconds_used() == registry.power_seconds()
    # what follows earns for its own time only
    assert payroll.accepted(payroll.pay({seated[0]: BLOCKS}, SECONDS)).budget == reward
    assert rewards.last_batch() == (3, end_block + BLOCKS, tx.timestamp + SECONDS, 0)


def test_submit_batch_without_blocks_again_and_again(payroll, rewards, seated):
    """A chain that stands still for months: no more than 30 days at a time."""
    for _ in range(4):
        payroll.pay({}, BATCH_CEILING)
        payroll.convene()
    assert rewards.owed() == 0


def test_submit_batch__entry_without_blocks__reverts(payroll, waited):
    for blocks, words in (
        ({}, [entry(0, 0)]),
        ({}, [entry(1, 0)]),
        ({1: 9}, [entry(0, 0), entry(1, 9)]),
        ({1: 9}, [entry(1, 9), entry(2, 0)]),
    ):
        refused(payroll, "RewardDistributor: no blocks", payroll.batch(blocks, words))


def test_submit_batch__covers_too_much__reverts(payroll, rewards, waited):
    """More than its own time, though there is more until it is brought."""
    end = rewards.last_batch().end_timestamp + 1_000
    for covered in (1_001, 2**64 - 1):
        batch = payroll.batch({1: 500}, endTimestamp=end, coveredTime=covered)
        refused(payroll, "RewardDistributor: covers too much", batch)
    payroll.submit(payroll.batch({1: 500}, endTimestamp=end, coveredTime=1_000))


def test_submit_batch__covers_nothing__reverts(payroll, waited):
    for blocks in ({1: 1}, {0: 500, 2: 500}):
        batch = payroll.batch(blocks, coveredTime=0)
        refused(payroll, "RewardDistributor: covers nothing", batch)


def test_submit_batch__covers_without_blocks__reverts(payroll, waited):
    for covered in (1, SECONDS):
        batch = payroll.batch({}, coveredTime=covered)
        refused(payroll, "RewardDistributor: covers without blocks", batch)


def test_submit_batch__blocks_in_an_empty_batch__reverts(payroll, waited):
    for id in (0, 1):
        refused(payroll, "RewardDistributor: wrong sum", payroll.batch({}, [entry(id, 1)]))


# in a row


def test_submit_batch__wrong_batch__reverts(payroll, waited):
    for batch in (0, 1, 3, 2**64 - 1):
        refused(payroll, "RewardDistributor: wrong batch", payroll.batch({1: 9}, batch=batch))


def test_submit_batch__gap_or_overlap__reverts(payroll, waited):
    for start in (0, FIRST_BLOCK - 1, FIRST_BLOCK + 1, 2**64 - 1):
        batch = payroll.batch({1: 9}, startBlock=start)
        refused(payroll, "RewardDistributor: gap or overlap", batch)


def test_submit_batch__overlaps_the_last__reverts(payroll, rewards, waited):
    payroll.submit(payroll.batch({1: 9}, endTimestamp=payroll.now() - 100))
    assert rewards.last_batch().end_block == FIRST_BLOCK + 8
    for start in (FIRST_BLOCK, FIRST_BLOCK + 8, FIRST_BLOCK + 10):
        batch = payroll.batch({1: 9}, startBlock=start)
        refused(payroll, "RewardDistributor: gap or overlap", batch)
    payroll.submit(payroll.batch({1: 9}, startBlock=FIRST_BLOCK + 9))


def test_submit_batch__ends_before_it_begins__reverts(payroll, waited):
    for end in (0, FIRST_BLOCK - 2):
        refused(payroll, "RewardDistributor: bad end block", payroll.batch({}, endBlock=end))


def test_submit_batch__ends_far_away__reverts(payroll, waited):
    for end in (FIRST_BLOCK + 20_000, 2**64 - 1):
        batch = payroll.batch({1: end - FIRST_BLOCK + 1})
        refused(payroll, "RewardDistributor: too many blocks", batch)


def test_submit_batch_has_one_block_a_second_at_most(payroll, rewards, waited):
    end = rewards.last_batch().end_timestamp + 1_000
    batch = payroll.batch({1: 1_001}, endTimestamp=end)
    refused(payroll, "RewardDistributor: too many blocks", batch)
    payroll.submit(payroll.batch({1: 1_000}, endTimestamp=end))


def test_submit_batch__time_does_not_rise__reverts(payroll, rewards, waited):
    end = rewards.last_batch().end_timestamp
    for seconds in (0, -1):
        batch = payroll.batch({}, endTimestamp=end + seconds)
        refused(payroll, "RewardDistributor: time does not rise", batch)
    payroll.submit(payroll.batch({}, endTimestamp=end + 1))


def test_submit_batch__in_the_future__reverts(payroll, waited):
    far = payroll.batch({1: 9}, endTimestamp=2**64 - 1)
    refused(payroll, "RewardDistributor: in the future", far)
    end = payroll.now() + 100
    batch = payroll.batch({1: 9}, endTimestamp=end)
    with isolated(payroll.chain):
        payroll.at(end - 1)
        refused(payroll, "RewardDistributor: in the future", batch)
    payroll.at(end)
    payroll.submit(batch)


def test_submit_batch_spans_30_days_at_most(payroll, rewards, seated):
    begin = rewards.last_batch().end_timestamp
    payroll.mine_at(begin + BATCH_CEILING + 10)
    batch = payroll.batch({1: 9}, endTimestamp=begin + BATCH_CEILING + 1)
    refused(payroll, "RewardDistributor: too long", batch)
    payroll.submit(payroll.batch({1: 9}, endTimestamp=begin + BATCH_CEILING))


# entries


def test_submit_batch__entries_of_another_hash__reverts(payroll, waited):
    batch = payroll.batch({1: 9})
    for words in ([], [entry(2, 9)], [entry(1, 8), entry(2, 1)], [entry(1, 9), entry(2, 0)]):
        refused(payroll, "RewardDistributor: wrong entries", batch._replace(entries=words))


ORDERS = {
    "duplicate": [entry(1, 5), entry(1, 4)],
    "not sorted": [entry(2, 5), entry(1, 4)],
    "nobody at the end": [entry(1, 5), entry(0, 4)],
    "nobody twice": [entry(0, 5), entry(0, 4)],
    "last goes back": [entry(1, 3), entry(3, 3), entry(2, 3)],
}


def test_submit_batch__ids_do_not_rise__reverts(payroll, waited):
    for words in ORDERS.values():
        refused(payroll, "RewardDistributor: ids do not rise", payroll.batch({1: 9}, words))


SUMS = {
    "none": [],
    "one less": [entry(1, 5), entry(2, 3)],
    "one more": [entry(1, 5), entry(2, 5)],
    "one more of one": [entry(1, 10)],
    "one more of nobody": [entry(0, 1), entry(1, 9)],
    "the largest": [entry(1, 2**224 - 1)],
    "all but one, and the largest": [entry(1, 8), entry(2, 2**224 - 1)],
    "around": [entry(1, 2**223), entry(2, 2**223), entry(3, 9)],
    "around in the word": [entry(1, 2**224 - 1), entry(2, 10)],
}


def test_submit_batch__wrong_sum__reverts(payroll, waited):
    for words in SUMS.values():
        refused(payroll, "RewardDistributor: wrong sum", payroll.batch({1: 9}, words))


def test_submit_batch__unknown_sequencer__reverts(payroll, waited):
    for id in (5, 2**32 - 1):
        for blocks in ({id: 9}, {0: 3, 1: 3, id: 3}):
            refused(payroll, "RewardDistributor: unknown sequencer", payroll.batch(blocks))
    # it is the next
    assert payroll.new_sequencer() == 5


# who is paid


def test_submit_batch_pays_one_that_has_left(payroll, rewards, seated, reward):
    crew = payroll.new_crew_in(State.EXITED)
    payroll.convene()
    payroll.catch_up()
    payroll.pay({crew.id: BLOCKS}, SECONDS)
    assert operator_of(rewards, crew.id) == reward


def test_submit_batch_pays_one_that_was_slashed_and_jailed(payroll, rewards, seated):
    """What it earned before stays, what it earned after is paid too."""
    payroll.pay({seated[0]: BLOCKS}, SECONDS)
    before = operator_of(rewards, seated[0])
    payroll.report(payroll.offence(seated[0]))
    assert payroll.state_of(seated[0]) == State.JAILED
    assert operator_of(rewards, seated[0]) == before
    event = payroll.accepted(payroll.pay({seated[0]: 9}, SECONDS))
    assert event.paid > 0
    assert operator_of(rewards, seated[0]) == before + event.paid
    tx = rewards.claim(seated[0], sender=payroll.stranger)
    assert tx.events[0].amount == before + event.paid


def test_submit_batch_pays_one_that_was_suspended(payroll, rewards, seated, reward):
    payroll.pay({seated[0]: BLOCKS}, SECONDS)
    payroll.time_out(seated[0], reason=Reason.INVALID_EXECUTION)
    assert payroll.state_of(seated[0]) == State.SUSPENDED
    assert operator_of(rewards, seated[0]) == reward
    rewards.claim(seated[0], sender=payroll.stranger)


# whose signatures


def test_submit_batch__unknown_committee__reverts(payroll, waited):
    for nonce in (0, 2, 2**64 - 1):
        batch = payroll.batch({1: 9}, committeeNonce=nonce)
        refused(payroll, "RewardDistributor: unknown committee", batch)


def test_submit_batch_is_signed_by_a_committee_of_7_days_ago_at_most(payroll, registry, seated):
    nonce, members = payroll.nonce, payroll.members
    payroll.new_sequencer()
    payroll.convene()
    superseded_at = registry.committee(nonce).superseded_at
    assert superseded_at == registry.committee(payroll.nonce).created_at
    batch = payroll.batch({1: 9}, committeeNonce=nonce)
    certificate = payroll.certify(batch.message, members=members)
    with isolated(payroll.chain):
        payroll.at(superseded_at + COMMITTEE_AGE + 1)
        with ape.reverts("RewardDistributor: old committee"):
            payroll.submit(batch, certificate)
    payroll.at(superseded_at + COMMITTEE_AGE)
    payroll.submit(batch, certificate)


def test_submit_batch_is_signed_by_the_latest_committee_however_old(payroll, seated):
    payroll.wait(29 * DAY)
    payroll.submit(payroll.batch({1: 9}))


def test_submit_batch_by_anyone(payroll, rewards, waited):
    for sender in (payroll.stranger, payroll.owner_of(1), payroll.governance):
        with isolated(payroll.chain):
            payroll.submit(payroll.batch({1: 9}), sender=sender)
            assert rewards.last_batch().batch == 2


def test_submit_batch_of_all_members_at_their_largest(payroll, rewards, seated):
    """Power at the cap, the longest time, the highest rate: no number is too large."""
    for id in seated:
        pool = payroll.pool
        pool.relock(id, PARAMETERS["cap"] - STAKE, sender=payroll.owner_of(id))
    payroll.convene()
    payroll.catch_up()
    power = 4 * PARAMETERS["cap"]
    event = payroll.accepted(payroll.pay(dict.fromkeys(seated, 20 * DAY // 4), 20 * DAY))
    assert event.mean_power == power
    assert event.paid == payroll.budget(power * 20 * DAY)
    assert {operator_of(rewards, id) for id in seated} == {event.paid // 4}


def test_submit_batch_hash_of_entries_is_of_the_abi_encoded_list():
    """Offset, length, words: so that other tools can make it."""
    words = [entry(1, 2), entry(3, 4)]
    data = b"".join(x.to_bytes(32, "big") for x in (32, 2, *words))
    assert entries_hash(words) == keccak(data)
