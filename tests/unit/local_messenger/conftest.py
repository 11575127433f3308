"""A relay on one chain."""

import pytest

from tests.utils.relays import Relays, deploy_puppet


@pytest.fixture(scope="module")
def link(system, accounts):
    return Relays(system, accounts).deploy_local()


@pytest.fixture(scope="module")
def messenger(link):
    """The LocalMessenger."""
    return link.messenger


@pytest.fixture(scope="module")
def puppet(system):
    """A contract that does as it is told."""
    return deploy_puppet(system)


@pytest.fixture
def committee(system):
    """A sealed one that was not relayed yet."""
    system.new_sequencers(3)
    system.checkpoint_and_seal()
    return system.pool.sealed_committee()
