"""RewardDistributor.__init__"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import domain_separator
from tests.unit.reward_distributor.conftest import STAKE, K
from tests.utils.court import L2_CHAIN_ID
from tests.utils.payroll import FIRST_BLOCK, L2_METIS, MRR
from tests.utils.system import ZERO


def test_constructor_sets_everything_and_emits(payroll, rewards, pool, registry):
    assert (rewards.pool(), rewards.metis()) == (pool, payroll.metis)
    assert rewards.registry() == registry
    assert rewards.domain_separator() == domain_separator(payroll.domain)
    assert (rewards.owner(), rewards.pending_owner()) == (payroll.governance, ZERO)
    assert (rewards.bridge(), rewards.l2_chain_id()) == (payroll.bridge, L2_CHAIN_ID)
    assert rewards.l2_metis().lower() == L2_METIS
    assert rewards.mrr() == MRR
    receipt = rewards.creation_metadata.receipt
    assert rewards.last_batch() == (0, FIRST_BLOCK - 1, receipt.timestamp, 0)
    assert (rewards.owed(), rewards.reserve(), rewards.power_seconds_used()) == (0, 0, 0)
    events = receipt.events
    assert events[-2:] == [
        rewards.ParameterSet(name="mrr", old=0, new=MRR),
        rewards.Begun(after_block=FIRST_BLOCK - 1, power_seconds=0),
    ]
    assert {event.event_name for event in events[:-2]} == {"OwnershipTransferred"}


def test_constructor_is_the_distributor_that_the_pool_was_told_of(rewards, pool):
    assert pool.distributor() == rewards


def test_constructor_pays_the_first_batch_by_its_rate(rewards):
    assert rewards.mrr_of_next_batch() == MRR


def test_constructor_of_a_later_distributor_does_not_begin(payroll, seated):
    new = payroll.deploy_rewards(first_block=77)
    assert new.last_batch() == (0, 76, 0, 0)
    assert new.mrr_of_next_batch() == MRR


@pytest.mark.parametrize(
    "changes",
    [
        {"mrr": 0, "first_block": 1},
        {"mrr": LIMITS["MRR_CEILING"], "first_block": 2**64 - 1},
    ],
    ids=["lowest", "highest"],
)
def test_constructor_takes_the_ends(payroll, changes):
    new = payroll.deploy_rewards(**changes)
    assert new.mrr() == changes["mrr"]
    assert new.last_batch().end_block == changes["first_block"] - 1


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"governance": ZERO}, "roles: zero governance"),
        ({"domain_separator": bytes(32)}, "RewardDistributor: zero domain"),
        ({"bridge": ZERO}, "RewardDistributor: zero bridge"),
        ({"l2_chain_id": 0}, "RewardDistributor: zero chain"),
        ({"l2_metis": ZERO}, "RewardDistributor: zero metis on L2"),
        ({"first_block": 0}, "RewardDistributor: bad first block"),
        ({"first_block": 2**64}, "RewardDistributor: bad first block"),
        ({"mrr": LIMITS["MRR_CEILING"] + 1}, "RewardDistributor: bad mrr"),
        ({"mrr": 2**16}, "RewardDistributor: bad mrr"),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_constructor__wrong_argument__reverts(payroll, changes, reason):
    with ape.reverts(reason):
        payroll.deploy_rewards(**changes)


def test_constructor__registry_of_another__reverts(payroll):
    """Committees of another pool would say what the sequencers of this one have earned."""
    for pool in (payroll.stranger, payroll.slash_vault):
        with ape.reverts("RewardDistributor: registry of another"):
            payroll.deploy_rewards(registry=payroll.registry_of(pool))


def test_constructor_leaves_the_deployer_no_role(payroll, rewards):
    with ape.reverts("roles: not governance"):
        rewards.set_mrr(0, sender=payroll.deployer)


def test_stakes_of_these_tests_are_between_the_bounds(pool):
    parameters = pool.parameters()
    assert parameters.min_stake == 20 * K < STAKE < parameters.cap == 100 * K
