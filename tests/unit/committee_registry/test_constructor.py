"""CommitteeRegistry.__init__"""

import ape
import pytest

from tests.utils.system import PARAMETERS, ZERO


def test_constructor_sets_the_pool_and_nothing_else(system, pool, registry):
    assert registry.pool() == pool
    assert registry.creation_metadata.receipt.events == []


def test_constructor__zero_pool__reverts(system):
    with ape.reverts("CommitteeRegistry: zero pool"):
        system.registry_of(ZERO)


def test_registries_of_two_pools_know_nothing_of_each_other(system, registry):
    other_pool, _ = system.deploy_pool()
    other = system.registry_of(other_pool)
    system.new_sequencers(3)
    system.checkpoint_and_seal()
    assert registry.committee(1).power == 3 * PARAMETERS["min_stake"]
    other.checkpoint(sender=system.stranger)
    assert (other.committee(1).power, other.committee(1).size) == (0, 0)
    assert other.committee(1).hash != registry.committee(1).hash


def test_nobody_has_a_role(registry):
    """Everything that changes it is for anyone."""
    methods = {method.name for method in registry.contract_type.mutable_methods}
    assert methods == {"checkpoint", "seal"}


@pytest.mark.parametrize("caller", ["stranger", "deployer", "governance", "guardian", "slasher"])
def test_anyone_checkpoints_and_seals(system, registry, caller):
    sender = getattr(system, caller)
    system.new_sequencers(3)
    assert registry.checkpoint(sender=sender).events[0].nonce == 1
    system.mine(5)
    registry.seal(sender=sender)
    assert registry.sealed_committee()[0] == 1
