"""Timelock.__init__"""

import ape

from seqpool.protocol.limits import LIMITS
from tests.utils.system import ZERO


def roles(timelock):
    return {
        "admin": timelock.DEFAULT_ADMIN_ROLE(),
        "proposer": timelock.PROPOSER_ROLE(),
        "executor": timelock.EXECUTOR_ROLE(),
        "canceller": timelock.CANCELLER_ROLE(),
    }


def holders(timelock, *candidates):
    return {
        name: [x for x in candidates if timelock.hasRole(role, x)]
        for name, role in roles(timelock).items()
    }


def test_constructor_gives_the_governor_all_and_nobody_else_anything(
    parliament, timelock, governor
):
    everyone = (timelock, governor, parliament.deployer, parliament.working_group, ZERO)
    assert holders(timelock, *everyone) == {
        "admin": [timelock],
        "proposer": [governor],
        "executor": [governor],
        "canceller": [governor],
    }
    # whoever was given a role, was in the constructor
    granted = timelock.creation_metadata.receipt.decode_logs(timelock.RoleGranted)
    assert {event.account for event in granted if event.account != parliament.deployer} == {
        timelock.address,
        governor.address,
    }


def test_constructor_sets_the_shortest_delay(timelock):
    assert timelock.get_minimum_delay() == LIMITS["DELAY_ORDINARY"]


def test_constructor_makes_each_role_administered_by_the_timelock(timelock):
    admin = timelock.DEFAULT_ADMIN_ROLE()
    assert {bytes(timelock.getRoleAdmin(role)) for role in roles(timelock).values()} == {
        bytes(admin)
    }


def test_constructor__zero_governor__reverts(parliament):
    with ape.reverts("Timelock: zero governor"):
        parliament.deployer.deploy(parliament.project.Timelock, ZERO)


def test_constructor_takes_a_governor_that_does_not_exist_yet(parliament):
    timelock = parliament.deployer.deploy(parliament.project.Timelock, parliament.stranger)
    assert holders(timelock, parliament.stranger, parliament.deployer)["proposer"] == [
        parliament.stranger
    ]
