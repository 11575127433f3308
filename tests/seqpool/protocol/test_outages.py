"""Pages of a mass outage."""

from hypothesis import given
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.outages import pages

SIZE = LIMITS["MAX_TOP_UPS"]


@given(st.sets(st.integers(1, 10_000), max_size=LIMITS["MAX_SEQUENCERS"]))
def test_pages_have_everybody_once_and_no_more_than_a_call_takes(ids):
    found = pages(ids)
    assert [id for page in found for id in page] == sorted(ids)
    assert all(0 < len(page) <= SIZE for page in found)
    assert len(found) == -(-len(ids) // SIZE)
