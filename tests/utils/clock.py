"""The clock of eth-tester's chain: its own, so that a test does the same whenever it runs.

By itself it begins now, and no block is older than the moment of its making. Hashes of blocks, and
with them whose turn it is, and the seconds between two blocks were others in each run.
"""

from eth._utils import headers
from eth_tester.backends.pyevm import main as backend

START = 1_793_491_200  # 2026-11-01, midnight in UTC

_genesis = backend.get_default_genesis_params


def _genesis_at_start(overrides: dict | None = None) -> dict:
    return _genesis(overrides) | {"timestamp": START}


def install() -> None:
    """For chains made from here on: the first block is of START, and each other one second later
    than the one before, unless the test says when it is."""
    backend.get_default_genesis_params = _genesis_at_start
    headers.eth_now = lambda: 0
