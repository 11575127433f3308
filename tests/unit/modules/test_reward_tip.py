"""contracts/modules/reward_tip.vy: where the last batch of rewards ended"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import reward_tip

@external
@pure
def pack(x: reward_tip.Tip) -> uint256:
    return reward_tip._pack(x)

@external
@pure
def unpack(word: uint256) -> reward_tip.Tip:
    return reward_tip._unpack(word)
"""

LARGEST = 2**64 - 1
numbers = st.sampled_from([0, LARGEST]) | st.integers(0, LARGEST)


@pytest.fixture(scope="module")
def reward_tip():
    return boa.loads(SOURCE)


@given(numbers, numbers, numbers)
@settings(max_examples=100)
def test_round_trip(reward_tip, batch, end_block, end_timestamp):
    word = reward_tip.pack((batch, end_block, end_timestamp))
    assert word == batch + (end_block << 64) + (end_timestamp << 128)
    assert tuple(reward_tip.unpack(word)) == (batch, end_block, end_timestamp)
