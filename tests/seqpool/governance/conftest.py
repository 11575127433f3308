"""All that these tests share with those of commands is deployed before the first of them."""

from tests.scripts.conftest import all_suites

__all__ = ["all_suites"]
