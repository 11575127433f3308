"""Several futures of one state."""

from collections.abc import Iterator
from contextlib import contextmanager

from ape.managers.chain import ChainManager


@contextmanager
def isolated(chain: ChainManager) -> Iterator[None]:
    """Undoes what happens within. Ape's own `chain.isolate` does so too, but swallows every
    exception, so that an assert within could never fail."""
    snapshot, pending = chain.snapshot(), chain.pending_timestamp
    try:
        yield
    finally:
        chain.restore(snapshot)
        chain.pending_timestamp = pending
