"""RewardDistributor.begin and retire: which time each of several distributors pays for (I7)"""

import ape
import pytest

from seqpool.protocol.messages import as_struct
from tests.unit.reward_distributor.conftest import POWER, K
from tests.utils.payroll import FIRST_BLOCK, PACE, Payroll
from tests.utils.system import DAY

NOT_BEGUN, RETIRED = 0, 2**64 - 1
WAITED = 1_000


def name(payroll, distributor):
    payroll.pool.set_distributor(distributor, sender=payroll.governance)


def submit(payroll, distributor, start, blocks, end, number=1):
    """A batch that all members have signed, all of sequencer 1."""
    time = max(0, end - distributor.last_batch().end_timestamp)
    changes = {"startBlock": start, "endBlock": start + blocks - 1, "endTimestamp": end}
    changes["coveredTime"] = min(blocks * PACE, time)
    batch = payroll.batch({1: blocks}, batch=number, **changes)
    certificate = payroll.certify(batch.message)
    return distributor.submit_batch(
        as_struct(batch.message), batch.entries, certificate, sender=payroll.stranger
    )


@pytest.fixture
def later(payroll, seated):
    """Another distributor with METIS, deployed WAITED seconds ago."""
    new = payroll.deploy_rewards()
    payroll.metis.mint(new, 100 * K, sender=payroll.deployer)
    payroll.at(new.creation_metadata.receipt.timestamp + WAITED)
    return new


@pytest.fixture
def begun(payroll, later):
    """The same, which the pool names now, and which has begun; the second of that."""
    name(payroll, later)
    return later.begin(sender=payroll.stranger).timestamp


# begin


def test_begin_emits_and_leaves_out_the_power_of_before(payroll, later):
    assert later.last_batch() == (0, FIRST_BLOCK - 1, NOT_BEGUN)
    name(payroll, later)
    tx = later.begin(sender=payroll.stranger)
    power_seconds = payroll.registry.power_seconds()
    assert tx.events == [later.Begun(after_block=FIRST_BLOCK - 1, power_seconds=power_seconds)]
    assert later.last_batch() == (0, FIRST_BLOCK - 1, tx.timestamp)
    assert later.power_seconds_used() == power_seconds > 0


def test_begin_by_the_rate_last_set(payroll, later):
    """A change before counts from the first second on."""
    later.set_mrr(1_500, sender=payroll.governance)
    assert later.mrr_of_next_batch() == 1_500
    name(payroll, later)
    later.begin(sender=payroll.stranger)
    assert later.mrr_of_next_batch() == 1_500


def test_begin_with_the_shares_last_synced(payroll, later):
    """Until rewards have begun, sync can be called again, and counts for the first batch."""
    id = payroll.new_paired(20 * K, 20 * K)
    for _ in range(2):
        later.sync(id, sender=payroll.lst)
    payroll.pool.deposit_paired(id, 20 * K, sender=payroll.lst)
    later.sync(id, sender=payroll.lst)
    share = later.account(id).share
    assert share == later.account(id).next_share == 6_666_666
    name(payroll, later)
    later.begin(sender=payroll.stranger)
    assert later.account(id).share == share


def test_begin__not_named__reverts(payroll, later):
    with ape.reverts("RewardDistributor: not the pool's distributor"):
        later.begin(sender=payroll.governance)


def test_begin__twice__reverts(payroll, later, begun):
    """Else whoever calls it takes from all what they have earned since."""
    payroll.wait(DAY)
    with ape.reverts("RewardDistributor: has begun"):
        later.begin(sender=payroll.stranger)


def test_begin__named_from_its_deployment__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: has begun"):
        rewards.begin(sender=payroll.stranger)


def test_submit_batch__not_begun__reverts(payroll, later):
    name(payroll, later)
    with ape.reverts("RewardDistributor: not begun"):
        submit(payroll, later, FIRST_BLOCK, 10, payroll.now())


# no time is paid for twice


def test_two_distributors_never_pay_for_the_same_time(payroll, rewards, later):
    """All that both have paid is what one would have: the rate on power x time."""
    begin = rewards.last_batch().end_timestamp
    paid = payroll.accepted(payroll.pay({1: 100_000}, 200_000)).budget
    name(payroll, later)
    middle = later.begin(sender=payroll.stranger).timestamp
    payroll.at(middle + 200_000)
    (event,) = submit(payroll, later, FIRST_BLOCK + 1, 150_000, middle + 200_000).decode_logs(
        later.BatchAccepted
    )
    seconds = event.end_timestamp - begin
    assert paid == payroll.budget(POWER * 200_000)
    assert event.budget == payroll.budget(POWER * 200_000)
    assert paid + event.budget <= payroll.budget(POWER * seconds)


def test_submit_batch__ends_before_it_began__reverts(payroll, later, begun):
    """What the one before was signed for, and what it left unpaid, is not paid here."""
    payroll.wait(100)
    for end in (begun - 1, begun):
        with ape.reverts("RewardDistributor: time does not rise"):
            submit(payroll, later, FIRST_BLOCK, 0, end)


def test_first_batch_starts_where_the_time_does(payroll, later, begun):
    """By a block for each second of waiting at most, to the block."""
    latest = FIRST_BLOCK + begun - later.creation_metadata.receipt.timestamp
    assert latest >= FIRST_BLOCK + WAITED
    payroll.at(begun + 100)
    for start in (FIRST_BLOCK - 1, latest + 1, 2**64 - 100, 0):
        with ape.reverts("RewardDistributor: gap or overlap"):
            submit(payroll, later, start, 50, begun + 100)
    submit(payroll, later, latest, 50, begun + 100)
    assert later.last_batch() == (1, latest + 49, begun + 100)
    payroll.at(begun + 200)
    # and no later one
    for start in (latest + 49, latest + 51):
        with ape.reverts("RewardDistributor: gap or overlap"):
            submit(payroll, later, start, 50, begun + 200, number=2)
    submit(payroll, later, latest + 50, 50, begun + 200, number=2)


def test_first_batch_of_one_named_from_its_deployment_starts_with_the_first_block(
    project, accounts, chain
):
    payroll = Payroll(project, accounts, chain)
    payroll.seat(30 * K, 30 * K, 30 * K)
    payroll.wait(1_000)
    with ape.reverts("RewardDistributor: gap or overlap"):
        submit(payroll, payroll.rewards, FIRST_BLOCK + 1, 10, payroll.now())
    submit(payroll, payroll.rewards, FIRST_BLOCK, 10, payroll.now())


# retire


def test_retire_emits_and_ends_batches(payroll, rewards, later, begun):
    tx = rewards.retire(sender=payroll.stranger)
    number, block, end = 1, FIRST_BLOCK - 1, tx.events[0].end_timestamp
    assert tx.events == [rewards.Retired(batch=number, end_block=block, end_timestamp=end)]
    assert end < begun
    assert rewards.last_batch() == (number, block, RETIRED)


def test_retired__named_again__pays_no_batch(payroll, rewards, later, begun):
    """It would pay for the time of the other."""
    rewards.retire(sender=payroll.stranger)
    payroll.wait(DAY)
    name(payroll, rewards)
    with ape.reverts("RewardDistributor: retired"):
        submit(payroll, rewards, FIRST_BLOCK, 10, payroll.now(), number=2)
    with ape.reverts("RewardDistributor: has begun"):
        rewards.begin(sender=payroll.stranger)


def test_retired_pays_what_it_owes(payroll, rewards, earner, later, reward):
    name(payroll, later)
    rewards.retire(sender=payroll.stranger)
    before = payroll.metis.balanceOf(payroll.pool.reward_recipient_of(earner))
    rewards.claim(earner, sender=payroll.stranger)
    after = payroll.metis.balanceOf(payroll.pool.reward_recipient_of(earner))
    assert after - before == reward
    assert rewards.owed() == 0


def test_retire__still_named__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: still the pool's distributor"):
        rewards.retire(sender=payroll.governance)


def test_retire__not_begun__reverts(payroll, later):
    """Or anybody could end a new one before the vote on it is executed."""
    with ape.reverts("RewardDistributor: not begun"):
        later.retire(sender=payroll.stranger)


def test_retire__twice__reverts(payroll, rewards, later, begun):
    rewards.retire(sender=payroll.stranger)
    with ape.reverts("RewardDistributor: retired"):
        rewards.retire(sender=payroll.stranger)
