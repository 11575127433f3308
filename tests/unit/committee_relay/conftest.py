"""A relay on one chain, and one between two."""

import pytest

from tests.utils.relays import Relays

GAS_PRICE = 10**9


@pytest.fixture(scope="module")
def relays(system, accounts):
    return Relays(system, accounts)


@pytest.fixture(scope="module")
def link(relays):
    """On one chain."""
    return relays.deploy_local()


@pytest.fixture(scope="module")
def pair(relays):
    """On two chains; gas there costs GAS_PRICE."""
    return relays.deploy_pair(GAS_PRICE)


@pytest.fixture
def sealed(system):
    """What is sealed of a committee of three."""
    system.new_sequencers(3)
    system.checkpoint_and_seal()
    return system.pool.sealed_committee()
