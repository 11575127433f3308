"""What documents are compared with."""

from tests.scripts.conftest import governance

__all__ = ["governance"]
