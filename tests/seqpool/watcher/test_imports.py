"""A watcher is small: none of what scripts need is loaded."""

import subprocess
import sys

import pytest

LARGE = {"ape", "web3", "requests", "vyper", "eth"}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("seqpool.watcher.main", set()),
        # the drill asks nodes as scripts do, but only its stage deploys
        ("seqpool.drill.run", {"requests"}),
        ("seqpool.drill.producer", {"requests"}),
    ],
)
def test_what_a_watcher_and_its_drill_load(module, allowed):
    code = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert LARGE.intersection(loaded) <= allowed
