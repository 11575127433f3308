"""contracts/modules/access/roles.vy"""

import boa
import pytest

SOURCE = """
# pragma version 0.4.3
from contracts.modules.access import roles

initializes: roles

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
)

@deploy
def __init__(governance: address):
    roles.__init__(governance)

@external
@view
def for_governance():
    roles._check_governance()
"""

ZERO = "0x" + 40 * "0"


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture(scope="module")
def people():
    return {name: boa.env.generate_address(name) for name in ("governance", "heir", "stranger")}


@pytest.fixture
def roles(template, people):
    return template.deploy(people["governance"])


def test_role_is_held_from_the_start_and_not_by_the_deployer(roles, people):
    assert roles.owner() == people["governance"]
    assert roles.pending_owner() == ZERO
    roles.for_governance(sender=people["governance"])
    assert boa.env.eoa not in people.values()
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=boa.env.eoa)


def test_governance_moves_in_two_steps(roles, people):
    roles.transfer_ownership(people["heir"], sender=people["governance"])
    # nothing has changed yet
    roles.for_governance(sender=people["governance"])
    with boa.reverts("roles: not governance"):
        roles.for_governance(sender=people["heir"])
    with boa.reverts("ownable_2step: caller is not the new owner"):
        roles.accept_ownership(sender=people["stranger"])
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


def test_constructor__zero_governance__reverts(template):
    with boa.reverts("roles: zero governance"):
        template.deploy(ZERO)
