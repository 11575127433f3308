"""Time, which tests and drills make their own."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None:
        """Returns after so long."""


class SystemClock:
    """The computer's; `offset` seconds ahead of it, for drills of a wrong clock."""

    def __init__(self, offset: float = 0):
        self._offset = offset

    def now(self) -> float:
        return time.time() + self._offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
