"""Processes of the drill. None outlives it, and a file keeps what each says."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# prctl: the kernel kills a child whose parent ends, however that ends
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
# Seconds for a process to end by itself.
_PATIENCE = 3


def module(name: str, *arguments: object) -> list[str]:
    """The command of a module of seqpool; "" is seqpool itself."""
    return [sys.executable, "-m", f"seqpool.{name}".rstrip("."), *map(str, arguments)]


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """By name."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen] = {}

    def log(self, name: str) -> Path:
        """What a process has said, in all its runs."""
        return self.folder / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=os.environ | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the drill, which then ends them
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def is_up(self, name: str) -> bool:
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def ended(self) -> list[str]:
        """The processes that ended without being told to."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def kill(self, name: str) -> None:
        """Kills it at once, as a power cut would."""
        process = self._running.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def signal(self, name: str, number: int) -> None:
        self._running[name].send_signal(number)

    def end(self) -> None:
        """Ends all."""
        for process in self._running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
