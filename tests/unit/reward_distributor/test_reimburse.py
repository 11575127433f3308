"""RewardDistributor.reimburse"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import RESERVE
from tests.utils.system import METIS, State

REASON = "ipfs://decision"


def test_reimburse_credits_the_operator_and_emits(payroll, metis, rewards, seated):
    tx = rewards.reimburse(seated[0], METIS, REASON, sender=payroll.governance)
    assert tx.events == [rewards.Reimbursed(id=seated[0], amount=METIS, reason=REASON)]
    assert rewards.account(seated[0])[:2] == (METIS, 0)
    assert (rewards.owed(), rewards.reserve()) == (METIS, RESERVE - METIS)
    assert metis.balanceOf(rewards) == RESERVE
    tx = rewards.claim(seated[0], sender=payroll.stranger)
    assert tx.events[0].amount == METIS


def test_reimburse_adds_to_what_was_earned(payroll, rewards, earner, reward):
    rewards.reimburse(earner, 7, REASON, sender=payroll.governance)
    assert rewards.account(earner).operator == rewards.owed() == reward + 7


def test_reimburse_gives_the_vault_nothing(payroll, rewards, sharer):
    before = rewards.account(sharer)
    rewards.reimburse(sharer, METIS, REASON, sender=payroll.governance)
    assert rewards.account(sharer) == (METIS, *before[1:])
    assert before.share > 0


def test_reimburse_of_one_that_has_left(payroll, rewards, seated):
    crew = payroll.new_crew_in(State.EXITED)
    rewards.reimburse(crew.id, METIS, REASON, sender=payroll.governance)
    tx = rewards.claim(crew.id, sender=payroll.stranger)
    assert tx.events[0] == rewards.Claimed(id=crew.id, recipient=crew.owner, amount=METIS)


def test_reimburse_with_the_longest_reason(payroll, rewards, seated):
    reason = 256 * "x"
    tx = rewards.reimburse(seated[0], 1, reason, sender=payroll.governance)
    assert tx.events[0].reason == reason


def test_reimburse_takes_all_of_the_reserve_and_not_a_wei_more(payroll, rewards, earner, reward):
    """What is owed is not in it."""
    left = RESERVE - reward
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(earner, left + 1, REASON, sender=payroll.governance)
    rewards.reimburse(earner, left, REASON, sender=payroll.governance)
    assert (rewards.reserve(), rewards.owed()) == (0, RESERVE)
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(earner, 1, REASON, sender=payroll.governance)
    tx = rewards.claim(earner, sender=payroll.stranger)
    assert tx.events[0].amount == RESERVE


@pytest.mark.parametrize("amount", [1, 2**87, 2**256 - 1])
def test_reimburse__empty_reserve__reverts(payroll, rewards, poor, amount):
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(poor[0], amount, REASON, sender=payroll.governance)


@pytest.mark.parametrize("id", [0, 5, 2**32 + 1, 2**256 - 1])
def test_reimburse__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("RewardDistributor: unknown sequencer"):
        rewards.reimburse(id, METIS, REASON, sender=payroll.governance)


def test_reimburse__zero_amount__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: zero amount"):
        rewards.reimburse(seated[0], 0, REASON, sender=payroll.governance)


def test_reimburse__empty_reason__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: empty reason"):
        rewards.reimburse(seated[0], METIS, "", sender=payroll.governance)


def test_reimburse__not_governance__reverts(payroll, rewards, seated):
    for sender in (payroll.guardian, payroll.stranger, payroll.owner_of(seated[0])):
        with ape.reverts("roles: not governance"):
            rewards.reimburse(seated[0], METIS, REASON, sender=sender)
