"""RewardDistributor.begin and retire: which time each of several distributors pays for (I7)"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import as_struct
from tests.unit.reward_distributor.conftest import POWER, K
from tests.utils.isolation import isolated
from tests.utils.payroll import FIRST_BLOCK, PACE, Payroll
from tests.utils.system import DAY

NOT_BEGUN, RETIRED = 0, 2**64 - 1
NO_NOTICE = 0
NOTICE, PERIOD = LIMITS["RETIREMENT_NOTICE"], LIMITS["RETIREMENT_PERIOD"]
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
    assert later.last_batch() == (0, FIRST_BLOCK - 1, NOT_BEGUN, NO_NOTICE)
    name(payroll, later)
    tx = later.begin(sender=payroll.stranger)
    power_seconds = payroll.registry.power_seconds()
    assert tx.events == [later.Begun(after_block=FIRST_BLOCK - 1, power_seconds=power_seconds)]
    assert later.last_batch() == (0, FIRST_BLOCK - 1, tx.timestamp, NO_NOTICE)
    assert later.power_seconds_used() == power_seconds > 0


def test_begin_by_the_rate_last_set(payroll, later):
    """A change before counts from the first second on."""
    later.set_mrr(1_500, sender=payroll.governance)
    assert later.mrr_of_next_batch() == 1_500
    name(payroll, later)
    later.begin(sender=payroll.stranger)
    assert later.mrr_of_next_batch() == 1_500


def test_begin_with_the_shares_last_synced(payroll, later):
    """What was synced before rewards begin counts for the first batch."""
    id = payroll.new_paired(20 * K, 20 * K)
    for _ in range(2):
        later.sync(id, sender=payroll.lst)
    payroll.pool.deposit_paired(id, 20 * K, sender=payroll.lst)
    later.sync(id, sender=payroll.lst)
    assert later.account(id).share == 6_666_666
    name(payroll, later)
    begun = later.begin(sender=payroll.stranger).timestamp
    payroll.at(begun + 1_000)
    receipt = submit(payroll, later, FIRST_BLOCK, 100, begun + 1_000)
    assert receipt.decode_logs(later.BatchAccepted)[0].vault_parts == [0]
    assert later.mean_share(id, begun, begun + 1_000) == 6_666_666


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
    assert later.last_batch() == (1, latest + 49, begun + 100, NO_NOTICE)
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


# notice, and the end


@pytest.fixture
def noticed(payroll, rewards, later, begun):
    """Notice of the first distributor's end was given; when."""
    return rewards.give_notice(sender=payroll.stranger).timestamp


def end(payroll, rewards, noticed):
    payroll.at(noticed + NOTICE)
    return rewards.retire(sender=payroll.stranger)


def test_give_notice_emits_and_is_kept(payroll, rewards, later, begun):
    before = rewards.last_batch()
    tx = rewards.give_notice(sender=payroll.stranger)
    from_, until = tx.timestamp + NOTICE, tx.timestamp + PERIOD
    assert tx.events == [rewards.NoticeGiven(retire_from=from_, retire_until=until)]
    assert rewards.last_batch() == (*before[:3], tx.timestamp)


def test_retire_emits_and_ends_batches(payroll, rewards, noticed, begun):
    tx = end(payroll, rewards, noticed)
    number, block, end_timestamp = 1, FIRST_BLOCK - 1, tx.events[0].end_timestamp
    assert tx.events == [
        rewards.Retired(batch=number, end_block=block, end_timestamp=end_timestamp)
    ]
    assert end_timestamp < begun
    assert rewards.last_batch() == (number, block, RETIRED, NO_NOTICE)


def test_retire_from_the_first_to_the_last_second_of_its_time(payroll, rewards, noticed):
    for seconds in (NOTICE, PERIOD):
        with isolated(payroll.chain):
            payroll.at(noticed + seconds)
            rewards.retire(sender=payroll.stranger)


def test_retire__notice_runs__reverts(payroll, rewards, noticed):
    """V2: the pool has named another for seven days at least."""
    for seconds in (1, NOTICE - 1):
        payroll.at(noticed + seconds)
        with ape.reverts("RewardDistributor: notice runs"):
            rewards.retire(sender=payroll.stranger)
    payroll.at(noticed + NOTICE)
    rewards.retire(sender=payroll.stranger)


def test_retire__no_notice__reverts(payroll, rewards, later, begun):
    payroll.wait(60 * DAY)
    with ape.reverts("RewardDistributor: no notice"):
        rewards.retire(sender=payroll.stranger)


def test_retire__notice_of_long_ago__reverts(payroll, rewards, noticed):
    """V2: a notice that nobody used may be of another time in which it was replaced."""
    payroll.at(noticed + PERIOD + 1)
    with ape.reverts("RewardDistributor: no notice"):
        rewards.retire(sender=payroll.stranger)
    again = rewards.give_notice(sender=payroll.stranger).timestamp
    end(payroll, rewards, again)


def test_named_again__a_batch_makes_notice_void(payroll, rewards, noticed, later):
    """V2: the old one is named again and works; when it is replaced once more, seven days begin
    anew, so nobody ends it by what was said before."""
    name(payroll, rewards)
    number, block, ends, _ = rewards.last_batch()
    payroll.at(ends + 5 * DAY)
    submit(payroll, rewards, block + 1, 10, ends + 5 * DAY, number=number + 1)
    assert rewards.last_batch().notice_at == NO_NOTICE
    payroll.at(noticed + NOTICE)
    with ape.reverts("RewardDistributor: still the pool's distributor"):
        rewards.retire(sender=payroll.stranger)
    name(payroll, later)
    with ape.reverts("RewardDistributor: no notice"):
        rewards.retire(sender=payroll.stranger)
    with ape.reverts("RewardDistributor: still the pool's distributor"):
        later.give_notice(sender=payroll.stranger)


def test_give_notice__notice_was_given__reverts(payroll, rewards, noticed):
    """Else somebody could put the end off for ever."""
    for seconds in (1, NOTICE, PERIOD):
        payroll.at(noticed + seconds)
        with ape.reverts("RewardDistributor: notice was given"):
            rewards.give_notice(sender=payroll.stranger)
    rewards.give_notice(sender=payroll.stranger)


def test_retired__named_again__pays_no_batch(payroll, rewards, noticed):
    """It would pay for the time of the other."""
    end(payroll, rewards, noticed)
    payroll.wait(DAY)
    name(payroll, rewards)
    with ape.reverts("RewardDistributor: retired"):
        submit(payroll, rewards, FIRST_BLOCK, 10, payroll.now(), number=2)
    with ape.reverts("RewardDistributor: has begun"):
        rewards.begin(sender=payroll.stranger)


def test_retired_pays_what_it_owes(payroll, rewards, earner, later, reward):
    name(payroll, later)
    end(payroll, rewards, rewards.give_notice(sender=payroll.stranger).timestamp)
    before = payroll.metis.balanceOf(payroll.pool.reward_recipient_of(earner))
    rewards.claim(earner, sender=payroll.stranger)
    after = payroll.metis.balanceOf(payroll.pool.reward_recipient_of(earner))
    assert after - before == reward
    assert rewards.owed() == 0


@pytest.mark.parametrize("step", ["give_notice", "retire"])
def test_notice_and_end__still_named__reverts(payroll, rewards, seated, step):
    with ape.reverts("RewardDistributor: still the pool's distributor"):
        getattr(rewards, step)(sender=payroll.governance)


@pytest.mark.parametrize("step", ["give_notice", "retire"])
def test_notice_and_end__not_begun__reverts(payroll, later, step):
    """Or anybody could end a new one before the vote on it is executed."""
    with ape.reverts("RewardDistributor: not begun"):
        getattr(later, step)(sender=payroll.stranger)


@pytest.mark.parametrize("step", ["give_notice", "retire"])
def test_notice_and_end__retired__reverts(payroll, rewards, noticed, step):
    end(payroll, rewards, noticed)
    with ape.reverts("RewardDistributor: retired"):
        getattr(rewards, step)(sender=payroll.stranger)
