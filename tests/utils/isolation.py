"""Several futures of one state."""

from collections.abc import Iterator
from contextlib import contextmanager

from ape.managers.chain import ChainManager


@contextmanager
def isolated(chain: ChainManager) -> Iterator[None]:
    """Undoes what happens within, and waits for the same second as before."""
    pending = chain.pending_timestamp
    try:
        with undone(chain):
            yield
    finally:
        chain.pending_timestamp = pending


@contextmanager
def undone(chain: ChainManager) -> Iterator[None]:
    """Undoes what happens within. Ape's own `chain.isolate` does so too, but swallows every
    exception, so that an assert within could never fail; and it forgets the snapshot that is to
    undo the test, if that is of the same block."""
    with remembered(chain):
        snapshot = chain.snapshot()
        try:
            yield
        finally:
            chain.restore(snapshot)


@contextmanager
def remembered(chain: ChainManager) -> Iterator[None]:
    """Whatever Ape forgets within, it knows the snapshots again that isolate tests."""
    known, chain_id = chain._snapshots, chain.chain_id
    before = list(known[chain_id])
    try:
        yield
    finally:
        known[chain_id] = before
