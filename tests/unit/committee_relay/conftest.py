"""A relay on one chain, and one between two."""

import pytest


@pytest.fixture
def sealed(system):
    """What is sealed of a committee of three."""
    system.new_sequencers(3)
    system.checkpoint_and_seal()
    return system.registry.sealed_committee()
