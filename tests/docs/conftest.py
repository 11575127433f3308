"""What documents are compared with."""

from tests.scripts.conftest import all_suites, governance

__all__ = ["all_suites", "governance"]
