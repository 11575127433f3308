"""Time. Tests and drills put a clock of their own in its place."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None:
        """Returns after so many seconds."""


class SystemClock:
    """The computer's clock, put forward by `offset` seconds: drills need a wrong clock."""

    def __init__(self, offset: float = 0):
        self._offset = offset

    def now(self) -> float:
        return time.time() + self._offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
