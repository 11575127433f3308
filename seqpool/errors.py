"""The error of this package that a user is meant to read."""

from pathlib import Path


class UserError(Exception):
    """Something that the user has to put right, said in one line; scripts print it and stop."""


def shown(path: Path | None) -> str:
    """A path as short as it is clear."""
    if path is None:
        return "the deployment"
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
