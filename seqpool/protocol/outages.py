"""Mass outages: who may be charged for one with `top_up`, and in which pages."""

from collections.abc import Iterable

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind

# As what a timeout is punished.
TIMEOUTS = (Kind.BLOCK_TIMEOUT, Kind.MASS_OUTAGE)


def pages(ids: Iterable[int]) -> list[list[int]]:
    """Sequencers in the lists that `top_up` takes: sorted, at most MAX_TOP_UPS in each."""
    rest, size = sorted(ids), LIMITS["MAX_TOP_UPS"]
    return [rest[start : start + size] for start in range(0, len(rest), size)]
