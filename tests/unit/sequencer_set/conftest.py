"""A SequencerSet, deployed once, whose relay is an ordinary account."""

import pytest


@pytest.fixture
def sequencer_set(epochs):
    return epochs.set


@pytest.fixture
def committee(epochs):
    """The committee that `epochs` installs unless it is told another one."""
    return epochs.committee


@pytest.fixture
def begun(epochs):
    """The receipt of the first commit, in the last block: a full epoch 1 lies ahead."""
    return epochs.begin()
