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


# claims that the owner has closed to others


def test_close_claims_emits_and_lets_owner_and_recipient_claim(payroll, rewards, pool, earner):
    """V13: nobody's claim comes before the owner's restake, or before a claim to L2."""
    owner, recipient = payroll.owner_of(earner), payroll.new_account()
    pool.set_reward_recipient(earner, recipient, sender=owner)
    tx = rewards.close_claims(earner, True, sender=owner)
    assert tx.events == [rewards.ClaimsClosed(id=earner, is_closed=True)]
    assert rewards.account(earner).is_closed
    for sender in (payroll.stranger, payroll.governance, payroll.guardian):
        with ape.reverts("RewardDistributor: claims are closed"):
            rewards.claim(earner, sender=sender)
    for sender in (owner, recipient):
        payroll.pay({earner: BLOCKS}, SECONDS)
        assert rewards.claim(earner, sender=sender).events[0].recipient == recipient
    assert rewards.account(earner).is_closed


def test_close_claims_leaves_rewards_to_a_restake_and_a_claim_to_l2(payroll, rewards, earner):
    owner = payroll.owner_of(earner)
    rewards.close_claims(earner, True, sender=owner)
    for take in (
        lambda: rewards.restake(earner, sender=owner),
        lambda: rewards.claim_to_l2(earner, 1, sender=owner, value=payroll.bridge.gas_price()),
    ):
        earned = rewards.account(earner).operator
        with ape.reverts("RewardDistributor: claims are closed"):
            rewards.claim(earner, sender=payroll.stranger)
        take()
        assert rewards.account(earner).operator == 0 < earned
        payroll.pay({earner: BLOCKS}, SECONDS)


def test_close_claims_of_one_touches_no_other(payroll, rewards, earner, seated):
    rewards.close_claims(seated[1], True, sender=payroll.owner_of(seated[1]))
    rewards.claim(earner, sender=payroll.stranger)


def test_close_claims_and_open_them_again(payroll, rewards, earner, reward):
    owner = payroll.owner_of(earner)
    rewards.close_claims(earner, True, sender=owner)
    tx = rewards.close_claims(earner, False, sender=owner)
    assert tx.events == [rewards.ClaimsClosed(id=earner, is_closed=False)]
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == reward


def test_close_claims_keeps_all_else_of_the_account(payroll, rewards, sharer):
    payroll.pay({sharer: BLOCKS}, SECONDS)
    before = rewards.account(sharer)
    rewards.close_claims(sharer, True, sender=payroll.owner_of(sharer))
    assert rewards.account(sharer) == (*before[:6], True)
    payroll.pay({sharer: BLOCKS}, SECONDS)
    rewards.claim_vault(sharer, sender=payroll.lst)
    rewards.sync(sharer, sender=payroll.stranger)
    assert rewards.account(sharer).is_closed


def test_close_claims_goes_over_to_a_new_owner(payroll, rewards, pool):
    crew = payroll.new_crew()
    rewards.close_claims(crew.id, True, sender=crew.owner)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("RewardDistributor: not owner"):
        rewards.close_claims(crew.id, False, sender=crew.owner)
    rewards.close_claims(crew.id, False, sender=crew.offered_to)
    assert not rewards.account(crew.id).is_closed


def test_close_claims__not_owner__reverts(payroll, rewards, earner, seated):
    others = (payroll.stranger, payroll.governance, payroll.owner_of(seated[1]))
    for sender in others:
        with ape.reverts("RewardDistributor: not owner"):
            rewards.close_claims(earner, True, sender=sender)


@pytest.mark.parametrize("id", [0, 5, 2**256 - 1])
def test_close_claims__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("SequencerPool: unknown sequencer"):
        rewards.close_claims(id, True, sender=payroll.stranger)
