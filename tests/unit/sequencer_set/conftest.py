"""A SequencerSet, deployed once, whose relay is an ordinary account."""

import pytest

from tests.utils.epochs import Epochs


@pytest.fixture(scope="session")
def epochs(project, accounts, chain):
    return Epochs(project, accounts, chain)


@pytest.fixture(scope="session")
def sequencer_set(epochs):
    return epochs.set


@pytest.fixture(scope="session")
def committee(epochs):
    """The committee that `epochs` installs unless it is told another one."""
    return epochs.committee


@pytest.fixture
def begun(epochs):
    """The receipt of the first commit, in the last block: a full epoch 1 lies ahead."""
    return epochs.begin()
