"""StakedMetis.set_allocator, and ownership"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.system import ZERO


def test_set_allocator_emits(lst_system, staked, allocator, bob):
    tx = staked.set_allocator(bob, sender=lst_system.governance)
    assert tx.events == [staked.AllocatorSet(old=allocator, new=bob)]
    assert staked.allocator() == bob


def test_set_allocator_takes_the_role_from_the_old(lst_system, staked, allocator, alice, bob):
    lst_system.deposit(alice, 20 * K)
    id = lst_system.pair()
    staked.set_allocator(bob, sender=lst_system.governance)
    with ape.reverts("StakedMetis: not allocator"):
        staked.allocate(id, 20 * K, sender=allocator)
    staked.allocate(id, 20 * K, sender=bob)


def test_set_allocator_to_nobody(lst_system, staked, alice):
    """Nothing new is staked; all else goes on."""
    id = lst_system.staked_with(20 * K)
    staked.set_allocator(ZERO, sender=lst_system.governance)
    lst_system.request(alice)
    lst_system.deallocate(id, 20 * K)
    lst_system.wait(21 * 86_400)
    lst_system.collect(id)
    assert lst_system.redeem(alice) == 20 * K


@pytest.mark.parametrize("role", ["allocator", "guardian", "alice", "stranger", "deployer"])
def test_set_allocator__not_governance__reverts(lst_system, staked, role):
    with ape.reverts("roles: not governance"):
        staked.set_allocator(ZERO, sender=getattr(lst_system, role))


def test_ownership_moves_in_two_steps(lst_system, staked, bob, carol):
    staked.transfer_ownership(bob, sender=lst_system.governance)
    assert staked.pending_owner() == bob
    staked.set_allocator(carol, sender=lst_system.governance)
    staked.accept_ownership(sender=bob)
    with ape.reverts("roles: not governance"):
        staked.set_allocator(ZERO, sender=lst_system.governance)
    staked.set_allocator(ZERO, sender=bob)
