"""The suites that proposals are made in."""

from tests.utils.commands import (
    cast,
    community,
    compiled_once,
    deployed,
    governance,
    governed_path,
    path,
    script,
    suite,
    values,
)

__all__ = [
    "cast",
    "community",
    "compiled_once",
    "deployed",
    "governance",
    "governed_path",
    "path",
    "script",
    "suite",
    "values",
]
