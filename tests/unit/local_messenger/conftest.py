"""A relay on one chain."""

import pytest


@pytest.fixture
def messenger(link):
    """The LocalMessenger."""
    return link.messenger


@pytest.fixture
def sealed(system):
    """A sealed one that was not relayed yet."""
    system.new_sequencers(3)
    system.checkpoint_and_seal()
    return system.registry.sealed_committee()
