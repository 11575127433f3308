"""RewardDistributor.set_mrr"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.reward_distributor.conftest import BLOCKS, POWER, SECONDS
from tests.utils.isolation import isolated
from tests.utils.payroll import MRR

CEILING, RISE = LIMITS["MRR_CEILING"], LIMITS["MRR_RISE"]
INTERVAL = LIMITS["MRR_RISE_INTERVAL"]


@pytest.fixture
def set_mrr(payroll, rewards):
    def set_mrr(mrr):
        return rewards.set_mrr(mrr, sender=payroll.governance)

    return set_mrr


def budget_of_next(payroll, seated):
    return payroll.accepted(payroll.pay({seated[0]: BLOCKS}, SECONDS)).budget


def test_set_mrr_takes_effect_and_emits(rewards, set_mrr):
    old = MRR
    for new in (MRR + RISE, MRR, 1, 0, 0):
        tx = set_mrr(new)
        assert tx.events == [rewards.ParameterSet(name="mrr", old=old, new=new)]
        assert rewards.mrr() == new
        old = new


def test_set_mrr_is_for_batches_that_begin_later(payroll, rewards, seated, set_mrr, reward):
    set_mrr(MRR // 2)
    assert rewards.mrr() == MRR // 2
    assert rewards.mrr_of_next_batch() == MRR
    assert budget_of_next(payroll, seated) == reward
    assert rewards.mrr_of_next_batch() == MRR // 2
    assert budget_of_next(payroll, seated) == payroll.budget(POWER * SECONDS, mrr=MRR // 2)


def test_set_mrr_is_for_batches_that_begin_in_its_second_or_later(
    payroll, rewards, seated, set_mrr
):
    at = rewards.last_batch().end_timestamp + SECONDS
    for seconds, mrr in ((-1, MRR), (0, MRR // 2), (1, MRR // 2)):
        with isolated(payroll.chain):
            payroll.at(at)
            set_mrr(MRR // 2)
            batch = payroll.batch({}, endTimestamp=at + seconds)
            payroll.at(at + 10)
            payroll.submit(batch)
            assert rewards.mrr_of_next_batch() == mrr


def test_set_mrr_several_times_between_two_batches(payroll, rewards, seated, set_mrr, reward):
    """The batch that has begun is paid as before, the next by the last one set."""
    for mrr in (0, RISE, 900, 700):
        set_mrr(mrr)
        assert rewards.mrr_of_next_batch() == MRR
    assert budget_of_next(payroll, seated) == reward
    assert budget_of_next(payroll, seated) == payroll.budget(POWER * SECONDS, mrr=700)


def test_set_mrr_in_several_batches(payroll, rewards, seated, set_mrr, reward):
    set_mrr(1_000)
    assert budget_of_next(payroll, seated) == reward
    set_mrr(500)
    assert budget_of_next(payroll, seated) == payroll.budget(POWER * SECONDS, mrr=1_000)
    assert budget_of_next(payroll, seated) == payroll.budget(POWER * SECONDS, mrr=500)


def test_set_mrr_to_zero_ends_rewards(payroll, rewards, seated, set_mrr, reward):
    set_mrr(0)
    assert budget_of_next(payroll, seated) == reward
    assert budget_of_next(payroll, seated) == 0
    # what was earned stays
    assert rewards.claim(seated[0], sender=payroll.stranger).events[0].amount == reward


# how fast it rises


def test_set_mrr__rises_by_too_much__reverts(rewards, set_mrr):
    for mrr in (MRR + RISE + 1, CEILING, CEILING + 1, 2**256 - 1):
        with ape.reverts("RewardDistributor: mrr rises too fast"):
            set_mrr(mrr)
    set_mrr(MRR + RISE)
    assert rewards.mrr() == MRR + RISE


def test_set_mrr_rises_once_in_30_days(payroll, rewards, set_mrr):
    """By however little; to the second."""
    risen_at = set_mrr(MRR + 1).timestamp
    with ape.reverts("RewardDistributor: mrr rises too fast"):
        set_mrr(MRR + 2)
    with isolated(payroll.chain):
        payroll.at(risen_at + INTERVAL - 1)
        with ape.reverts("RewardDistributor: mrr rises too fast"):
            set_mrr(MRR + 2)
    payroll.at(risen_at + INTERVAL)
    set_mrr(MRR + 1 + RISE)
    assert rewards.mrr() == MRR + 1 + RISE


def test_set_mrr_falls_at_any_time_and_does_not_let_it_rise_sooner(payroll, rewards, set_mrr):
    risen_at = set_mrr(MRR + RISE).timestamp
    set_mrr(MRR)
    set_mrr(0)
    payroll.at(risen_at + INTERVAL - 1)
    with ape.reverts("RewardDistributor: mrr rises too fast"):
        set_mrr(1)
    payroll.at(risen_at + INTERVAL + 1)
    with ape.reverts("RewardDistributor: mrr rises too fast"):
        set_mrr(RISE + 1)
    set_mrr(RISE)
    assert rewards.mrr() == RISE


def test_set_mrr_to_the_same_is_no_rise(payroll, rewards, set_mrr):
    set_mrr(MRR)
    set_mrr(MRR + RISE)
    set_mrr(MRR + RISE)
    assert rewards.mrr() == MRR + RISE


def test_set_mrr_to_the_ceiling_and_not_above(payroll, rewards, set_mrr):
    for mrr in range(MRR + RISE, CEILING + 1, RISE):
        set_mrr(mrr)
        payroll.wait(INTERVAL)
    assert rewards.mrr() == CEILING
    with ape.reverts("RewardDistributor: bad mrr"):
        set_mrr(CEILING + 1)


def test_set_mrr__not_governance__reverts(payroll, rewards):
    for sender in (payroll.guardian, payroll.stranger, payroll.deployer):
        with ape.reverts("roles: not governance"):
            rewards.set_mrr(0, sender=sender)
