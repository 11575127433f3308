"""contracts/modules/access/guardian.vy"""

import boa
import pytest

SOURCE = """
# pragma version 0.4.3
from contracts.modules.access import guardian as guardians
from contracts.modules.access import roles

initializes: roles
initializes: guardians[roles := roles]

exports: (
    roles.transfer_ownership,
    roles.accept_ownership,
    guardians.guardian,
    guardians.set_guardian,
)

@deploy
def __init__(governance: address, guardian: address):
    roles.__init__(governance)
    guardians.__init__(guardian)

@external
@view
def for_governance():
    roles._check_governance()

@external
@view
def for_guardian():
    guardians._check_guardian()
"""

ZERO = "0x" + 40 * "0"


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture(scope="module")
def people():
    return {name: boa.env.generate_address(name) for name in ("governance", "guardian", "heir")}


@pytest.fixture
def guarded(template, people):
    return template.deploy(people["governance"], people["guardian"])


def test_role_is_held_from_the_start_and_not_by_the_deployer(guarded, people):
    events = [event for event in guarded.get_logs() if type(event).__name__ == "GuardianSet"]
    assert [(event.old, event.new) for event in events] == [(ZERO, people["guardian"])]
    assert guarded.guardian() == people["guardian"]
    guarded.for_guardian(sender=people["guardian"])
    assert boa.env.eoa not in people.values()
    with boa.reverts("guardian: not guardian"):
        guarded.for_guardian(sender=boa.env.eoa)


def test_roles_are_apart(guarded, people):
    guarded.for_governance(sender=people["governance"])
    with boa.reverts("roles: not governance"):
        guarded.for_governance(sender=people["guardian"])
    with boa.reverts("guardian: not guardian"):
        guarded.for_guardian(sender=people["governance"])


def test_set_guardian_replaces(guarded, people):
    guarded.set_guardian(people["heir"], sender=people["governance"])
    (event,) = guarded.get_logs()
    assert guarded.guardian() == people["heir"]
    assert (event.old, event.new) == (people["guardian"], people["heir"])
    with boa.reverts("guardian: not guardian"):
        guarded.for_guardian(sender=people["guardian"])
    guarded.for_guardian(sender=people["heir"])


def test_set_guardian_goes_with_governance(guarded, people):
    guarded.transfer_ownership(people["heir"], sender=people["governance"])
    guarded.accept_ownership(sender=people["heir"])
    with boa.reverts("roles: not governance"):
        guarded.set_guardian(people["heir"], sender=people["governance"])
    guarded.set_guardian(people["heir"], sender=people["heir"])
    assert guarded.guardian() == people["heir"]


def test_set_guardian__not_governance__reverts(guarded, people):
    for sender in (people["guardian"], people["heir"], boa.env.eoa):
        with boa.reverts("roles: not governance"):
            guarded.set_guardian(people["heir"], sender=sender)


def test_set_guardian__zero__reverts(guarded, people):
    with boa.reverts("guardian: zero guardian"):
        guarded.set_guardian(ZERO, sender=people["governance"])


def test_constructor__zero_guardian__reverts(template, people):
    with boa.reverts("guardian: zero guardian"):
        template.deploy(people["governance"], ZERO)
