"""The contracts of the court, and a committee of four."""

import pytest

from tests.utils.court import SEATED


@pytest.fixture
def slasher(court):
    return court.court


@pytest.fixture
def pool(court):
    return court.pool


@pytest.fixture
def registry(court):
    return court.registry


@pytest.fixture
def vault(court):
    return court.slash_vault


@pytest.fixture
def seated(court):
    """Four sequencers with STAKE each, who are the latest committee."""
    return [*SEATED]


@pytest.fixture
def accused(seated):
    return seated[0]


@pytest.fixture
def pending(court, accused):
    """Certificates may take no more of the accused; for the rest this is pending, with the id 1."""
    court.overcharge(accused)
    return court.court.pending(1)
