"""CommitteeRelay: governance moves in two steps"""

import ape

from tests.utils.system import ZERO


def test_ownership_moves_in_two_steps_and_emits(system, link):
    relay, heir = link.relay, system.new_account()
    data = link.call("set_block_timeout", 30)
    tx = relay.transfer_ownership(heir, sender=system.governance)
    assert tx.events == [
        relay.OwnershipTransferStarted(previous_owner=system.governance, new_owner=heir)
    ]
    assert (relay.owner(), relay.pending_owner()) == (system.governance, heir)
    with ape.reverts("roles: not governance"):
        relay.set_l2(data, sender=heir)
    relay.set_l2(data, sender=system.governance)

    tx = relay.accept_ownership(sender=heir)
    assert tx.events == [
        relay.OwnershipTransferred(previous_owner=system.governance, new_owner=heir)
    ]
    assert (relay.owner(), relay.pending_owner()) == (heir, ZERO)
    with ape.reverts("roles: not governance"):
        relay.set_l2(data, sender=system.governance)
    relay.set_l2(data, sender=heir)
    assert relay.call_count() == 2


def test_transfer_ownership__not_governance__reverts(system, link):
    with ape.reverts("ownable: caller is not the owner"):
        link.relay.transfer_ownership(system.stranger, sender=system.stranger)


def test_accept_ownership__not_offered__reverts(system, link):
    link.relay.transfer_ownership(system.new_account(), sender=system.governance)
    for sender in (system.stranger, system.governance, system.deployer):
        with ape.reverts("ownable_2step: caller is not the new owner"):
            link.relay.accept_ownership(sender=sender)


def test_ownership_cannot_be_renounced(link):
    """Nobody could set anything on L2 any more."""
    assert "renounce_ownership" not in link.relay.contract_type.mutable_methods
