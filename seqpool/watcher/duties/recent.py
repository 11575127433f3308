"""Bounds what a watcher remembers: the oldest entries go first."""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def shorten(memory: OrderedDict[K, V], most: int) -> None:
    """Drops the oldest entries until at most `most` are left."""
    while len(memory) > most:
        memory.popitem(last=False)
