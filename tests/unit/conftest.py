"""All that the tests of this folder share is deployed before the first of them."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def all_worlds(everything):
    pass
