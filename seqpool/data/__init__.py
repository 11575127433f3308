"""What the package has of the contracts: their ABIs, their limits, and launch values.

`python -m tools.package_data --write` writes abi/ and limits.json from the contracts. The files of
params/ are written by hand.
"""

import json
from pathlib import Path
from typing import Any

from seqpool.errors import UserError

FOLDER = Path(__file__).parent
ABIS = FOLDER / "abi"
LIMITS_FILE = FOLDER / "limits.json"
PARAMS = FOLDER / "params"


def read_abi(contract: str) -> list[dict[str, Any]]:
    """The ABI of a contract of contracts/, as its compiler writes it."""
    abi: list[dict[str, Any]] = _read(ABIS / f"{contract}.json")
    return abi


def read_limits() -> dict[str, int]:
    """The constants of limits.vy by name."""
    limits: dict[str, int] = _read(LIMITS_FILE)
    return limits


def _read(path: Path) -> Any:
    """The JSON in a file of this folder; UserError if the package was installed without it."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        name = path.relative_to(FOLDER.parent.parent)
        raise UserError(
            f"this installation is broken: {name} is missing or damaged; install seqpool again"
        ) from None
