"""Commands, run in this process."""

import pytest


@pytest.fixture
def governance(governed_script):
    """Runs `ape run governance`. Elsewhere, the account of the Timelock has this name."""
    return governed_script
