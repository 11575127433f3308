"""The contracts of the parliament."""

import pytest


@pytest.fixture
def governor(parliament):
    return parliament.governor


@pytest.fixture
def timelock(parliament):
    return parliament.timelock


@pytest.fixture
def desk(parliament):
    return parliament.desk


@pytest.fixture
def metis(parliament):
    return parliament.metis
