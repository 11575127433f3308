"""RewardDistributor.claim"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import BLOCKS, RESERVE, SECONDS
from tests.utils.system import METIS, State


def test_claim_by_anyone_pays_the_recipient_and_emits(payroll, metis, rewards, earner, reward):
    owner = payroll.owner_of(earner)
    before = metis.balanceOf(owner)
    assert rewards.claim.call(earner, sender=payroll.stranger) == reward
    tx = rewards.claim(earner, sender=payroll.stranger)
    assert tx.events == [
        rewards.Claimed(id=earner, recipient=owner, amount=reward),
        metis.Transfer(sender=rewards, receiver=owner, value=reward),
    ]
    assert metis.balanceOf(owner) == before + reward
    assert rewards.account(earner).operator == rewards.owed() == 0
    assert rewards.reserve() == metis.balanceOf(rewards) == RESERVE - reward


def test_claim_of_several_batches_at_once(payroll, rewards, earner, reward):
    payroll.pay({earner: BLOCKS}, SECONDS)
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == 2 * reward


def test_claim_after_a_change_of_the_recipient(payroll, metis, rewards, pool, earner, reward):
    """Also what was earned before it."""
    new = payroll.new_account()
    pool.set_reward_recipient(earner, new, sender=payroll.owner_of(earner))
    assert rewards.claim(earner, sender=payroll.stranger).events[0].recipient == new
    assert metis.balanceOf(new) == reward


def test_claim_after_a_change_of_ownership(payroll, metis, rewards, pool):
    """Unclaimed rewards go along."""
    crew = payroll.new_crew()
    payroll.endow()
    rewards.reimburse(crew.id, METIS, "vote", sender=payroll.governance)
    before = metis.balanceOf(crew.offered_to)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    tx = rewards.claim(crew.id, sender=crew.owner)
    assert tx.events[0] == rewards.Claimed(id=crew.id, recipient=crew.offered_to, amount=METIS)
    assert metis.balanceOf(crew.offered_to) == before + METIS


@pytest.mark.parametrize("state", [State.JAILED, State.SUSPENDED, State.EXITING, State.EXITED])
def test_claim_in_every_state(system, payroll, rewards, pool, earner, reward, state):
    owner = payroll.owner_of(earner)
    if state == State.JAILED:
        payroll.report(payroll.offence(earner))
    elif state == State.SUSPENDED:
        payroll.equivocate(earner)
    else:
        pool.unlock(earner, sender=owner)
        if state == State.EXITED:
            payroll.wait(pool.parameters().exit_delay)
            pool.claim(earner, sender=owner)
    assert payroll.state_of(earner) == state
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == reward


def test_claim_of_a_replaced_distributor_goes_on(payroll, rewards, pool, earner, reward):
    pool.set_distributor(payroll.stranger, sender=payroll.governance)
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == reward


def test_claim_while_the_pool_is_paused(payroll, rewards, pool, earner):
    pool.pause(sender=payroll.guardian)
    rewards.claim(earner, sender=payroll.stranger)


def test_claim__nothing_to_claim__reverts(payroll, rewards, earner, seated):
    rewards.claim(earner, sender=payroll.stranger)
    for id in (earner, seated[1], 0, len(seated) + 1, 2**256 - 1):
        with ape.reverts("RewardDistributor: nothing to claim"):
            rewards.claim(id, sender=payroll.stranger)


def test_claim__only_the_vault_has_earned__reverts(payroll, rewards, seated):
    id = payroll.new_paired(0, 20 * 1_000 * METIS)
    rewards.sync(id, sender=payroll.lst)
    payroll.catch_up()
    payroll.pay({id: BLOCKS}, SECONDS)
    assert rewards.account(id).operator == 0 < rewards.account(id).vault_amount
    with ape.reverts("RewardDistributor: nothing to claim"):
        rewards.claim(id, sender=payroll.owner_of(id))


def test_claim__token_that_says_no__reverts(payroll):
    rewards = payroll.refusing_rewards()
    rewards.reimburse(1, 1, "vote", sender=payroll.governance)
    with ape.reverts("RewardDistributor: metis transfer failed"):
        rewards.claim(1, sender=payroll.stranger)
