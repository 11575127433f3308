"""The LST vault and its depositors."""

import pytest

from tests.utils.system import METIS

K = 1_000 * METIS


@pytest.fixture
def staked(lst_system):
    return lst_system.staked


@pytest.fixture
def pool(lst_system):
    return lst_system.pool


@pytest.fixture
def metis(lst_system):
    return lst_system.metis


@pytest.fixture
def slash_vault(lst_system):
    return lst_system.slash_vault


@pytest.fixture
def allocator(lst_system):
    return lst_system.allocator


@pytest.fixture
def alice(lst_system):
    return lst_system.alice


@pytest.fixture
def bob(lst_system):
    return lst_system.bob


@pytest.fixture
def carol(lst_system):
    return lst_system.carol


@pytest.fixture
def till(lst_system):
    """The distributor, which pays what it is told to."""
    lst_system.open_till()
    return lst_system.till
