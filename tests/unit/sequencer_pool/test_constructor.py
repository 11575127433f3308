"""SequencerPool.__init__"""

import ape
import pytest
from eth_utils import function_signature_to_4byte_selector

from seqpool.protocol.addresses import create_address
from seqpool.protocol.limits import LIMITS
from tests.utils.system import PARAMETERS, ZERO


def deploy(system, metis, slash_vault, parameters=PARAMETERS):
    return system.deployer.deploy(
        system.project.SequencerPool,
        metis,
        slash_vault,
        system.governance,
        system.guardian,
        system.slasher,
        system.distributor,
        tuple(parameters.values()),
    )


@pytest.fixture
def obliging_vault(system, metis):
    """A vault of whatever pool asks: eth-tester finds the reason of a failed deployment by running
    it again, and the pool's address is another then."""
    selector = function_signature_to_4byte_selector("pool()").hex()
    token = metis.address.removeprefix("0x")
    # returns the caller to pool(), METIS to all else
    return system.deploy_code(
        f"5f3560e01c63{selector}1460295773{token}5f5260205ff35b335f5260205ff3"
    )


def test_constructor_sets_everything_and_emits(system, metis):
    pool, slash_vault = system.deploy_pool()
    assert pool.metis() == metis
    assert pool.slash_vault() == slash_vault
    assert pool.owner() == system.governance
    assert pool.pending_owner() == ZERO
    assert pool.guardian() == system.guardian
    assert pool.slasher() == system.slasher
    assert pool.announced_slasher() == (ZERO, 0)
    assert pool.distributor() == system.distributor
    assert pool.parameters() == tuple(PARAMETERS.values())
    assert not pool.paused()

    receipt = pool.creation_metadata.receipt
    names = [event.event_name for event in receipt.events]
    # who follows the events knows all roles and parameters from the start
    assert names[-10:] == [
        *("OwnershipTransferred", "GuardianSet", "SlasherAnnounced", "DistributorSet"),
        *(6 * ("ParameterSet",)),
    ]
    assert [event for event in receipt.events if event.event_name == "ParameterSet"] == [
        pool.ParameterSet(name=name, old=0, new=PARAMETERS[name])
        for name in ("cap", "min_stake", *list(PARAMETERS)[2:])
    ]
    assert receipt.events[-9:-6] == [
        pool.GuardianSet(old=ZERO, new=system.guardian),
        pool.SlasherAnnounced(slasher=system.slasher, effective_at=receipt.timestamp),
        pool.DistributorSet(old=ZERO, new=system.distributor),
    ]


def test_constructor_leaves_the_deployer_no_role(system):
    pool, _ = system.deploy_pool()
    with ape.reverts("roles: not governance"):
        pool.set_cap(PARAMETERS["cap"], sender=system.deployer)
    with ape.reverts("guardian: not guardian"):
        pool.pause(sender=system.deployer)


def test_constructor_takes_no_slasher_and_no_distributor(system):
    pool, _ = system.deploy_pool(slasher=ZERO, distributor=ZERO)
    assert (pool.slasher(), pool.distributor()) == (ZERO, ZERO)


def test_constructor__zero_metis__reverts(system, vault):
    with ape.reverts("SequencerPool: zero metis"):
        deploy(system, ZERO, vault)


def test_constructor__vault_of_another_pool__reverts(system, metis, vault):
    with ape.reverts("SequencerPool: vault of another"):
        deploy(system, metis, vault)


def test_constructor__vault_of_another_token__reverts(system, metis):
    pool_address = create_address(system.deployer.address, system.deployer.nonce + 1)
    vault = system.deployer.deploy(
        system.project.SlashVault,
        *(system.stranger, pool_address, system.governance, system.treasury),
    )
    with ape.reverts("SequencerPool: vault of another"):
        deploy(system, metis, vault)


def test_constructor__zero_governance__reverts(system):
    with ape.reverts("roles: zero governance"):
        system.deploy_pool(governance=ZERO)


def test_constructor__zero_guardian__reverts(system):
    with ape.reverts("guardian: zero guardian"):
        system.deploy_pool(guardian=ZERO)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"min_stake": LIMITS["MIN_STAKE_FLOOR"] - 1}, "SequencerPool: bad min_stake"),
        ({"min_stake": PARAMETERS["cap"] + 1}, "SequencerPool: bad min_stake"),
        ({"cap": LIMITS["CAP_CEILING"] + 1}, "SequencerPool: bad cap"),
        ({"max_sequencers": LIMITS["SEATS_FLOOR"] - 1}, "SequencerPool: bad max_sequencers"),
        ({"max_sequencers": LIMITS["MAX_SEQUENCERS"] + 1}, "SequencerPool: bad max_sequencers"),
        ({"exit_delay": LIMITS["EXIT_DELAY_FLOOR"] - 1}, "SequencerPool: bad exit_delay"),
        ({"exit_delay": 2**256 - 1}, "SequencerPool: bad exit_delay"),
        ({"cure_period": LIMITS["CURE_PERIOD_FLOOR"] - 1}, "SequencerPool: bad cure_period"),
        (
            {"rotation_period": LIMITS["ROTATION_PERIOD_CEILING"] + 1},
            "SequencerPool: bad rotation_period",
        ),
    ],
)
def test_constructor__parameter_out_of_bounds__reverts(
    system, metis, obliging_vault, changes, reason
):
    with ape.reverts(reason):
        deploy(system, metis, obliging_vault, PARAMETERS | changes)
