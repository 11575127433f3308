"""Commands, run in this process."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def all_suites(deployed, community, epochs, lst_system):
    """Deployed before the first test. If one came later, Ape would go back to before the fixtures
    of the file that is being tested, and make some of them again."""


@pytest.fixture
def governance(governed_script):
    """Runs `ape run governance`. Elsewhere, the account of the Timelock has this name."""
    return governed_script
