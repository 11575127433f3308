"""Commands, run in this process on a suite that is deployed once."""

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
