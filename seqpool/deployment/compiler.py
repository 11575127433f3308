"""Compiles the contracts, always anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ape.managers.project import ProjectManager


def compile_anew(project: ProjectManager) -> None:
    """Compiles everything: ape does not see that a module or an interface was changed.

    Unless `make` has just done so, and says it by SEQPOOL_COMPILED.
    """
    project.load_contracts(use_cache="SEQPOOL_COMPILED" in os.environ)
