"""RewardDistributor.set_block_time"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.reward_distributor.conftest import POWER, SECONDS
from tests.utils.isolation import isolated
from tests.utils.payroll import BLOCK_TIME, MRR

FLOOR, CEILING = LIMITS["BLOCK_TIME_FLOOR"], LIMITS["BLOCK_TIME_CEILING"]
FEW = 100  # blocks: so that it matters what each is paid for


@pytest.fixture
def set_block_time(payroll, rewards):
    def set_block_time(seconds):
        return rewards.set_block_time(seconds, sender=payroll.governance)

    return set_block_time


def budget_of_next(payroll, seated):
    return payroll.accepted(payroll.pay({seated[0]: FEW}, SECONDS)).budget


def budget_at(payroll, block_time):
    return payroll.budget(POWER * SECONDS, FEW * block_time, of=SECONDS)


def test_set_block_time_takes_effect_and_emits(rewards, set_block_time):
    old = BLOCK_TIME
    for new in (CEILING, FLOOR, FLOOR, 5):
        tx = set_block_time(new)
        assert tx.events == [rewards.ParameterSet(name="block_time", old=old, new=new)]
        assert rewards.block_time() == new
        old = new
    assert rewards.mrr() == MRR


def test_set_block_time_is_for_batches_that_begin_later(payroll, rewards, seated, set_block_time):
    set_block_time(CEILING)
    assert rewards.terms_of_next_batch() == (MRR, BLOCK_TIME)
    assert budget_of_next(payroll, seated) == budget_at(payroll, BLOCK_TIME)
    assert rewards.terms_of_next_batch() == (MRR, CEILING)
    assert budget_of_next(payroll, seated) == budget_at(payroll, CEILING)


def test_set_block_time_is_for_batches_that_begin_in_its_second_or_later(
    payroll, rewards, seated, set_block_time
):
    at = rewards.last_batch().end_timestamp + SECONDS
    for seconds, block_time in ((-1, BLOCK_TIME), (0, 7), (1, 7)):
        with isolated(payroll.chain):
            payroll.at(at)
            set_block_time(7)
            batch = payroll.batch({}, endTimestamp=at + seconds)
            payroll.at(at + 10)
            payroll.submit(batch)
            assert rewards.terms_of_next_batch()[1] == block_time


def test_set_block_time_several_times_between_two_batches(payroll, rewards, seated, set_block_time):
    """Beside a change of the rate: the batch that has begun is paid as before."""
    set_block_time(CEILING)
    rewards.set_mrr(MRR // 2, sender=payroll.governance)
    set_block_time(3)
    assert budget_of_next(payroll, seated) == budget_at(payroll, BLOCK_TIME)
    assert rewards.terms_of_next_batch() == (MRR // 2, 3)
    expected = payroll.budget(POWER * SECONDS, FEW * 3, mrr=MRR // 2, of=SECONDS)
    assert budget_of_next(payroll, seated) == expected


def test_set_block_time_never_pays_for_more_than_the_time(payroll, seated, set_block_time):
    set_block_time(CEILING)
    payroll.catch_up()
    blocks = SECONDS // CEILING + 1
    event = payroll.accepted(payroll.pay({seated[0]: blocks}, SECONDS))
    assert event.budget == payroll.budget(POWER * SECONDS)


@pytest.mark.parametrize("seconds", [FLOOR - 1, CEILING + 1, 2**16 + BLOCK_TIME, 2**256 - 1])
def test_set_block_time__bad_block_time__reverts(set_block_time, seconds):
    with ape.reverts("RewardDistributor: bad block_time"):
        set_block_time(seconds)


def test_set_block_time__not_governance__reverts(payroll, rewards):
    for sender in (payroll.guardian, payroll.stranger, payroll.deployer):
        with ape.reverts("roles: not governance"):
            rewards.set_block_time(BLOCK_TIME, sender=sender)
