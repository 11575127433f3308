"""CommitteeRelay.__init__"""

import ape
import pytest

from tests.utils.system import ZERO


def test_constructor_sets_everything_and_emits(system, registry, chain, link):
    relay = link.relay
    assert relay.registry() == registry
    assert relay.messenger() == link.messenger
    assert relay.l2_chain_id() == chain.chain_id
    assert relay.sequencer_set() == link.set
    assert relay.owner() == system.governance
    assert relay.pending_owner() == ZERO
    assert relay.call_count() == 0
    events = relay.creation_metadata.receipt.events
    assert {event.event_name for event in events} == {"OwnershipTransferred"}
    assert events[-1].new_owner == system.governance


def test_constructor_links_both_ends(link):
    """The SequencerSet was told an address at which there was nothing yet."""
    assert link.set.relay() == link.relay
    assert link.set.messenger() == link.messenger


def test_constructor_takes_the_chain_id_of_the_l2(relays):
    assert relays.deploy_relay(l2_chain_id=1088).l2_chain_id() == 1088


def test_constructor_leaves_the_deployer_no_role(system, link):
    with ape.reverts("roles: not governance"):
        link.relay.set_l2(link.call("set_block_timeout", 60), sender=system.deployer)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"governance": ZERO}, "roles: zero governance"),
        ({"registry": ZERO}, "CommitteeRelay: zero registry"),
        ({"messenger": ZERO}, "CommitteeRelay: zero messenger"),
        ({"l2_chain_id": 0}, "CommitteeRelay: zero chain id"),
        ({"sequencer_set": ZERO}, "CommitteeRelay: zero sequencer set"),
    ],
)
def test_constructor__missing__reverts(relays, changes, reason):
    with ape.reverts(reason):
        relays.deploy_relay(**changes)
