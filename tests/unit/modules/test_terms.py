"""contracts/modules/terms.vy: the parameters of the SequencerSet"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import terms

@external
@pure
def pack(x: terms.Terms) -> uint256:
    return terms._pack(x)

@external
@pure
def unpack(word: uint256) -> terms.Terms:
    return terms._unpack(word)
"""

LARGEST = 2**32 - 1
numbers = st.sampled_from([0, LARGEST]) | st.integers(0, LARGEST)
people = (st.sampled_from([bytes(20), 20 * b"\xff"]) | st.binary(min_size=20, max_size=20)).map(
    to_checksum_address
)


@pytest.fixture(scope="module")
def terms():
    return boa.loads(SOURCE)


@given(numbers, numbers, numbers, people)
@settings(max_examples=100)
def test_round_trip(terms, length, timeout, delay, fallback):
    word = terms.pack((length, timeout, delay, fallback))
    assert word == length + (timeout << 32) + (delay << 64) + (int(fallback, 16) << 96)
    assert tuple(terms.unpack(word)) == (length, timeout, delay, fallback)


@pytest.mark.parametrize("name", ["EPOCH_LENGTH", "BLOCK_TIMEOUT", "FALLBACK_DELAY"])
def test_bounds_fit_into_their_fields(name):
    """What is packed was checked against these, and so need not be checked again."""
    assert LIMITS[f"{name}_CEILING"] <= LARGEST
