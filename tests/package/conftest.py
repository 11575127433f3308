"""The wheel of the working tree, and environments that have it and nothing of this one."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"


class Environment:
    """A virtual environment."""

    def __init__(self, folder: Path):
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        (self.packages,) = folder.glob("lib/python*/site-packages")

    def run(self, *command: str, **settings) -> subprocess.CompletedProcess[str]:
        """Runs a command of the environment's, far from the working tree."""
        program, *arguments = command
        settings = {"cwd": self.bin, "env": {"PATH": os.defpath}} | settings
        return subprocess.run(
            [self.bin / program, *arguments], capture_output=True, text=True, timeout=60, **settings
        )


def _first_that_works(*commands: Sequence[str | Path]) -> None:
    """As in the Makefile: uv, and pip where only pip's settings know the way to packages."""
    said = ""
    for command in commands:
        ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if ended.returncode == 0:
            return
        said += f"{command[0]}: {ended.stderr}\n"
    pytest.fail(said)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that nothing of an earlier build is in it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "seqpool", source / "seqpool", ignore=ignored)
    _first_that_works(
        [
            *("uv", "build", "--offline", "--wheel", "--require-hashes"),
            *("--build-constraints", LOCK, "--out-dir", out, source),
        ],
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out, source],
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Environment:
    """The wheel with what it asks for, in the versions and with the hashes of requirements.lock."""
    folder = tmp_path_factory.mktemp("installed")
    environment = Environment(folder / "venv")
    wanted = folder / "requirements.txt"
    wanted.write_text(
        f"seqpool @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
    )
    python = environment.bin / "python"
    settings = ("install", "--require-hashes", "--constraint", LOCK, "--requirement", wanted)
    _first_that_works(
        ["uv", "pip", *settings, "--python", python],
        [sys.executable, "-m", "pip", "--python", python, *settings],
    )
    return environment


@pytest.fixture(scope="session")
def bare(wheel, tmp_path_factory) -> Environment:
    """The wheel alone: an installation that was broken off."""
    environment = Environment(tmp_path_factory.mktemp("bare") / "venv")
    python = environment.bin / "python"
    settings = ("install", "--no-deps", "--no-index", wheel)
    _first_that_works(
        ["uv", "pip", *settings, "--python", python],
        [sys.executable, "-m", "pip", "--python", python, *settings],
    )
    return environment
