"""All that the tests of this folder share is deployed before the first of them."""

from tests.unit.conftest import all_worlds

__all__ = ["all_worlds"]
