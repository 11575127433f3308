"""contracts/modules/installation.vy: which committee is installed since when"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import installation

@external
@view
def now(nonce: uint256) -> uint256:
    return installation._now(nonce)

@external
@pure
def nonce(word: uint256) -> uint256:
    return installation._nonce(word)

@external
@pure
def block_(word: uint256) -> uint256:
    return installation._block(word)

@external
@pure
def time(word: uint256) -> uint256:
    return installation._time(word)
"""

LARGEST = 2**64 - 1
numbers = st.sampled_from([0, LARGEST]) | st.integers(0, LARGEST)


@pytest.fixture(scope="module")
def installation():
    return boa.loads(SOURCE)


@given(numbers, numbers, numbers)
@settings(max_examples=100)
def test_fields(installation, nonce, block, time):
    word = nonce + (block << 64) + (time << 128)
    assert (installation.nonce(word), installation.block_(word), installation.time(word)) == (
        nonce,
        block,
        time,
    )


@given(numbers)
@settings(max_examples=50)
def test_now_is_this_block(installation, nonce):
    block, time = boa.env.evm.patch.block_number, boa.env.timestamp
    assert 0 < block != time > 0
    assert installation.now(nonce) == nonce + (block << 64) + (time << 128)


def test_now_moves_with_the_chain(installation):
    before = installation.now(1)
    boa.env.time_travel(blocks=7, block_delta=2)
    after = installation.now(1)
    assert installation.block_(after) == installation.block_(before) + 7
    assert installation.time(after) == installation.time(before) + 14
    assert installation.nonce(after) == 1
