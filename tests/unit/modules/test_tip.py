"""contracts/modules/tip.vy: where the list of epochs ends"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import tip

@external
@pure
def pack(x: tip.Tip) -> uint256:
    return tip._pack(x)

@external
@pure
def unpack(word: uint256) -> tip.Tip:
    return tip._unpack(word)
"""

LARGEST = 2**64 - 1
numbers = st.sampled_from([0, LARGEST]) | st.integers(0, LARGEST)


@pytest.fixture(scope="module")
def tip():
    return boa.loads(SOURCE)


@given(numbers, numbers, numbers)
@settings(max_examples=100)
def test_round_trip(tip, last, alive_at, reelected_at):
    word = tip.pack((last, alive_at, reelected_at))
    assert word == last + (alive_at << 64) + (reelected_at << 128)
    assert tuple(tip.unpack(word)) == (last, alive_at, reelected_at)
