"""RewardDistributor.fund"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import RESERVE
from tests.utils.system import METIS


@pytest.fixture
def donor(payroll, metis, rewards):
    """Anybody with METIS, who has allowed 5 of it."""
    donor = payroll.new_account()
    payroll.fund(donor)
    metis.approve(rewards, 5 * METIS, sender=donor)
    return donor


def test_fund_adds_to_the_reserve_and_emits(metis, rewards, donor):
    tx = rewards.fund(2 * METIS, sender=donor)
    assert tx.events == [
        rewards.Funded(by=donor, amount=2 * METIS),
        metis.Transfer(sender=donor, receiver=rewards, value=2 * METIS),
        metis.Approval(owner=donor, spender=rewards, value=3 * METIS),
    ]
    assert rewards.reserve() == metis.balanceOf(rewards) == 2 * METIS
    rewards.fund(1, sender=donor)
    assert rewards.reserve() == 2 * METIS + 1
    assert rewards.owed() == 0


def test_fund_is_the_same_as_a_transfer(metis, rewards, donor):
    metis.transfer(rewards, 7, sender=donor)
    assert rewards.reserve() == 7


def test_fund_leaves_what_is_owed(rewards, donor, earner, reward):
    rewards.fund(5 * METIS, sender=donor)
    assert rewards.owed() == rewards.account(earner).operator == reward
    assert rewards.reserve() == RESERVE - reward + 5 * METIS


def test_fund__zero_amount__reverts(rewards, donor):
    with ape.reverts("RewardDistributor: zero amount"):
        rewards.fund(0, sender=donor)


def test_fund__more_than_allowed__reverts(rewards, donor):
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        rewards.fund(5 * METIS + 1, sender=donor)


def test_fund__token_that_says_no__reverts(payroll, donor):
    with ape.reverts("RewardDistributor: metis transfer failed"):
        payroll.refusing_rewards().fund(1, sender=donor)
