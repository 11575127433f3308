"""contracts/modules/roles.vy"""

import boa
import pytest

SOURCE = """
# pragma version 0.4.3
from contracts.modules import roles

initializes: roles

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
    roles.guardian,
    roles.set_guardian,
)

@deploy
def __init__(governance: address, guardian: address):
    roles.__init__(governance, guardian)

@external
@view
def for_governance():
    roles._check_governance()

@external
@view
def for_guardian():
    roles._check_guardian()
"""

ZERO = "0x" + 40 * "0"


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture(scope="module")
def people():
    return {name: boa.env.generate_address(name) for name in ("governance", "guardian", "heir")}


@pytest.fixture
def roles(template, people):
    return template.deploy(people["governance"], people["guardian"])


def test_roles_are_held_from_the_start_and_not_by_the_deployer(roles, people):
    assert (roles.owner(), roles.guardian()) == (people["governance"], people["guardian"])
    assert roles.pending_owner() == ZERO
    roles.for_governance(sender=people["governance"])
    roles.for_guardian(sender=people["guardian"])
    assert boa.env.eoa not in people.values()
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=boa.env.eoa)
    with boa.reverts("roles: not guardian"):
        roles.for_guardian(sender=boa.env.eoa)


def test_roles_are_apart(roles, people):
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=people["guardian"])
    with boa.reverts("roles: not guardian"):
        roles.for_guardian(sender=people["governance"])


def test_set_guardian_replaces(roles, people):
    roles.set_guardian(people["heir"], sender=people["governance"])
    (event,) = roles.get_logs()
    assert roles.guardian() == people["heir"]
    assert (event.old, event.new) == (people["guardian"], people["heir"])
    with boa.reverts("roles: not guardian"):
        roles.for_guardian(sender=people["guardian"])
    roles.for_guardian(sender=people["heir"])


def test_set_guardian__not_governance__reverts(roles, people):
    with boa.reverts("roles: not governance"):
        roles.set_guardian(people["heir"], sender=people["guardian"])


def test_set_guardian__zero__reverts(roles, people):
    with boa.reverts("roles: zero guardian"):
        roles.set_guardian(ZERO, sender=people["governance"])


def test_governance_moves_in_two_steps(roles, people):
    roles.transfer_ownership(people["heir"], sender=people["governance"])
    # nothing has changed yet
    roles.for_governance(sender=people["governance"])
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=people["heir"])
    with boa.reverts("ownable_2step: caller is not the new owner"):
        roles.accept_ownership(sender=people["guardian"])
    roles.accept_ownership(sender=people["heir"])
    roles.for_governance(sender=people["heir"])
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=people["governance"])


def test_transfer_ownership__not_governance__reverts(roles, people):
    with boa.reverts("ownable: caller is not the owner"):
        roles.transfer_ownership(people["heir"], sender=people["heir"])


def test_governance_cannot_be_renounced(roles):
    """A suite without it could never lift a suspension or resolve an appeal."""
    assert not hasattr(roles, "renounce_ownership")


def test_constructor__zero_governance__reverts(template, people):
    with boa.reverts("roles: zero governance"):
        template.deploy(ZERO, people["guardian"])


def test_constructor__zero_guardian__reverts(template, people):
    with boa.reverts("roles: zero guardian"):
        template.deploy(people["governance"], ZERO)
