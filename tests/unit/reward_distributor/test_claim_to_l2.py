"""RewardDistributor.claim_to_l2"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import RESERVE
from tests.utils.payroll import BRIDGE_GAS_PRICE, L2_METIS
from tests.utils.system import METIS

L2_GAS = 200_000
FEE = L2_GAS * BRIDGE_GAS_PRICE


@pytest.fixture
def owner(payroll, earner):
    """The recipient, too."""
    return payroll.owner_of(earner)


@pytest.fixture
def with_bridge(payroll):
    """A distributor with another bridge, on which a new sequencer has a METIS to claim; both."""

    def with_bridge(runtime):
        other = payroll.deploy_rewards(bridge=payroll.deploy_code(runtime))
        payroll.metis.mint(other, 2 * METIS, sender=payroll.deployer)
        id = payroll.new_sequencer()
        other.reimburse(id, METIS, "vote", sender=payroll.governance)
        return other, id

    return with_bridge


def test_claim_to_l2_goes_through_the_bridge_and_emits(
    payroll, metis, rewards, earner, owner, reward
):
    bridge = payroll.bridge
    tx = rewards.claim_to_l2(earner, L2_GAS, value=FEE, sender=owner)
    assert tx.events == [
        rewards.ClaimedToL2(id=earner, recipient=owner, amount=reward),
        metis.Approval(owner=rewards, spender=bridge, value=reward),
        bridge.ERC20DepositInitiated(
            _l1Token=metis,
            _l2Token=L2_METIS,
            _from=rewards,
            _to=owner,
            _amount=reward,
            _data=b"",
        ),
        metis.Transfer(sender=rewards, receiver=bridge, value=reward),
        metis.Approval(owner=rewards, spender=bridge, value=0),
    ]
    assert (metis.balanceOf(bridge), bridge.balance) == (reward, FEE)
    assert rewards.account(earner).operator == rewards.owed() == rewards.balance == 0
    assert rewards.reserve() == metis.balanceOf(rewards) == RESERVE - reward


def test_claim_to_l2_returns_the_amount(rewards, earner, owner, reward):
    assert rewards.claim_to_l2.call(earner, L2_GAS, value=FEE, sender=owner) == reward


def test_claim_to_l2_hands_on_all_ether(payroll, rewards, earner, owner):
    rewards.claim_to_l2(earner, L2_GAS, value=FEE + 7, sender=owner)
    assert (payroll.bridge.balance, rewards.balance) == (FEE + 7, 0)


def test_claim_to_l2_by_a_new_recipient(payroll, rewards, pool, earner, owner, reward):
    new = payroll.new_account()
    pool.set_reward_recipient(earner, new, sender=owner)
    with ape.reverts("RewardDistributor: not recipient"):
        rewards.claim_to_l2(earner, L2_GAS, value=FEE, sender=owner)
    tx = rewards.claim_to_l2(earner, L2_GAS, value=FEE, sender=new)
    assert tx.events[0] == rewards.ClaimedToL2(id=earner, recipient=new, amount=reward)


def test_claim_to_l2__not_recipient__reverts(payroll, rewards, earner, seated):
    """The same address may be somebody else's on L2."""
    for sender in (payroll.stranger, payroll.governance, payroll.owner_of(seated[1])):
        with ape.reverts("RewardDistributor: not recipient"):
            rewards.claim_to_l2(earner, L2_GAS, value=FEE, sender=sender)


@pytest.mark.parametrize("id", [0, 5])
def test_claim_to_l2__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("RewardDistributor: not recipient"):
        rewards.claim_to_l2(id, L2_GAS, value=FEE, sender=payroll.stranger)


def test_claim_to_l2__nothing_to_claim__reverts(payroll, rewards, earner, owner):
    rewards.claim(earner, sender=payroll.stranger)
    with ape.reverts("RewardDistributor: nothing to claim"):
        rewards.claim_to_l2(earner, L2_GAS, value=FEE, sender=owner)


@pytest.mark.parametrize("value", [0, FEE - 1])
def test_claim_to_l2__fee_too_low__leaves_the_reward(
    payroll, metis, rewards, earner, owner, reward, value
):
    with ape.reverts("MockL1ERC20Bridge: insufficient fee"):
        rewards.claim_to_l2(earner, L2_GAS, value=value, sender=owner)
    assert rewards.account(earner).operator == rewards.owed() == reward
    assert metis.allowance(rewards, payroll.bridge) == 0
    assert rewards.claim(earner, sender=payroll.stranger).events[0].amount == reward


def test_claim_to_l2__bridge_that_always_fails__leaves_the_reward(payroll, with_bridge):
    # revert(0, 0)
    rewards, id = with_bridge("60006000fd")
    owner = payroll.owner_of(id)
    with pytest.raises(ape.exceptions.ContractLogicError):
        rewards.claim_to_l2(id, L2_GAS, sender=owner)
    assert rewards.claim(id, sender=payroll.stranger).events[0].amount == METIS


def test_claim_to_l2__bridge_that_takes_nothing__leaves_the_reward(payroll, metis, with_bridge):
    """It says nothing, does nothing, and keeps the allowance."""
    # stop
    rewards, id = with_bridge("00")
    owner = payroll.owner_of(id)
    with ape.reverts("RewardDistributor: bridge took nothing"):
        rewards.claim_to_l2(id, L2_GAS, sender=owner)
    assert metis.allowance(rewards, rewards.bridge()) == 0
    assert rewards.claim(id, sender=payroll.stranger).events[0].amount == METIS


def test_claim_to_l2__approval_that_says_no__reverts(payroll):
    rewards = payroll.refusing_rewards()
    rewards.reimburse(1, 1, "vote", sender=payroll.governance)
    with ape.reverts("RewardDistributor: metis approval failed"):
        rewards.claim_to_l2(1, L2_GAS, value=FEE, sender=payroll.stranger)
