"""RewardDistributor.restake"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import RESERVE, STAKE, K
from tests.utils.system import METIS, PARAMETERS, ZERO

CAP = PARAMETERS["cap"]


@pytest.fixture
def owner(payroll, earner):
    return payroll.owner_of(earner)


def test_restake_adds_to_the_stake_and_emits(metis, rewards, pool, earner, owner, reward):
    assert rewards.restake.call(earner, sender=owner) == reward
    tx = rewards.restake(earner, sender=owner)
    assert tx.events == [
        rewards.Restaked(id=earner, owner=owner, amount=reward),
        metis.Approval(owner=rewards, spender=pool, value=reward),
        pool.Deposited(id=earner, payer=rewards, paired=False, amount=reward),
        metis.Transfer(sender=rewards, receiver=pool, value=reward),
        metis.Approval(owner=rewards, spender=pool, value=0),
    ]
    assert pool.sequencer(earner).own.bonded == STAKE + reward
    assert rewards.account(earner).operator == rewards.owed() == 0
    assert metis.balanceOf(rewards) == rewards.reserve() == RESERVE - reward


@pytest.mark.parametrize("room", [1, METIS])
def test_restake_up_to_the_cap_leaves_the_rest(
    payroll, metis, rewards, pool, earner, owner, reward, room
):
    pool.relock(earner, CAP - STAKE - room, sender=owner)
    tx = rewards.restake(earner, sender=owner)
    assert tx.events[0].amount == room < reward
    assert pool.sequencer(earner).own.bonded == CAP
    assert rewards.account(earner).operator == rewards.owed() == reward - room
    assert metis.allowance(rewards, pool) == 0
    tx = rewards.claim(earner, sender=payroll.stranger)
    assert tx.events[0].amount == reward - room


def test_restake_with_just_enough_room_leaves_nothing(rewards, pool, earner, owner, reward):
    pool.relock(earner, CAP - STAKE - reward, sender=owner)
    rewards.restake(earner, sender=owner)
    assert pool.sequencer(earner).own.bonded == CAP
    assert rewards.account(earner).operator == 0


def test_restake_counts_paired_stake_to_the_cap(payroll, rewards, pool, paired):
    owner = payroll.owner_of(paired)
    rewards.reimburse(paired, 10 * METIS, "vote", sender=payroll.governance)
    pool.deposit_paired(paired, 60 * K - 4 * METIS, sender=payroll.lst)
    assert rewards.restake(paired, sender=owner).events[0].amount == 4 * METIS
    assert pool.sequencer(paired).own.bonded == 20 * K + 4 * METIS
    with ape.reverts("RewardDistributor: above cap"):
        rewards.restake(paired, sender=owner)


def test_restake_leaves_the_vaults_part(payroll, rewards, pool, sharer):
    payroll.pay({sharer: 5_000}, 10_000)
    operator, vault = rewards.account(sharer)[:2]
    tx = rewards.restake(sharer, sender=payroll.owner_of(sharer))
    assert tx.events[0].amount == operator
    assert rewards.account(sharer)[:2] == (0, vault)
    assert rewards.owed() == vault > 0


def test_restake_of_one_in_jail(payroll, rewards, pool, earner, owner, reward):
    payroll.report(payroll.offence(earner))
    stake = pool.sequencer(earner).own.bonded
    rewards.restake(earner, sender=owner)
    assert pool.sequencer(earner).own.bonded == stake + reward


def test_restake_by_the_new_owner(payroll, rewards, pool):
    crew = payroll.new_crew()
    payroll.endow()
    rewards.reimburse(crew.id, METIS, "vote", sender=payroll.governance)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("RewardDistributor: not owner"):
        rewards.restake(crew.id, sender=crew.owner)
    rewards.restake(crew.id, sender=crew.offered_to)


def test_restake__no_room__reverts(payroll, rewards, pool, earner, owner, reward):
    pool.relock(earner, CAP - STAKE, sender=owner)
    with ape.reverts("RewardDistributor: above cap"):
        rewards.restake(earner, sender=owner)
    # nor when the cap was lowered
    pool.set_cap(CAP // 2, sender=payroll.governance)
    with ape.reverts("RewardDistributor: above cap"):
        rewards.restake(earner, sender=owner)
    assert rewards.account(earner).operator == reward


def test_restake__nothing_to_claim__reverts(payroll, rewards, earner, owner, seated):
    rewards.restake(earner, sender=owner)
    for id in (earner, seated[1]):
        with ape.reverts("RewardDistributor: nothing to claim"):
            rewards.restake(id, sender=payroll.owner_of(id))


def test_restake__not_owner__reverts(payroll, rewards, pool, earner, owner, seated):
    """Not even the recipient of the rewards, or who may set rules."""
    recipient = payroll.new_account()
    pool.set_reward_recipient(earner, recipient, sender=owner)
    for sender in (recipient, payroll.stranger, payroll.governance, payroll.owner_of(seated[1])):
        with ape.reverts("RewardDistributor: not owner"):
            rewards.restake(earner, sender=sender)


def test_restake__exiting__reverts(payroll, rewards, pool, earner, owner, reward):
    pool.unlock(earner, sender=owner)
    with ape.reverts("SequencerPool: has left"):
        rewards.restake(earner, sender=owner)
    # it is still there
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == reward


def test_restake__paused__reverts(payroll, rewards, pool, earner, owner):
    pool.pause(sender=payroll.guardian)
    with ape.reverts("SequencerPool: paused"):
        rewards.restake(earner, sender=owner)


def test_restake__not_the_pools_distributor__reverts(payroll, rewards, pool, earner, owner):
    pool.set_distributor(payroll.stranger, sender=payroll.governance)
    with ape.reverts("SequencerPool: not owner"):
        rewards.restake(earner, sender=owner)


@pytest.mark.parametrize("id", [0, 5])
def test_restake__unknown_sequencer__reverts(payroll, rewards, seated, id):
    assert ZERO not in [payroll.owner_of(x).address for x in seated]
    with ape.reverts("SequencerPool: unknown sequencer"):
        rewards.restake(id, sender=payroll.stranger)
