"""contracts/modules/conduct.vy: what is remembered of a signer"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import conduct

@external
@pure
def replaced(word: uint256) -> uint256:
    return conduct._replaced(word)

@external
@pure
def with_bar(word: uint256, epoch: uint256, block_number: uint256) -> uint256:
    return conduct._with_bar(word, epoch, block_number)

@external
@pure
def without_bar(word: uint256) -> uint256:
    return conduct._without_bar(word)

@external
@pure
def fields(word: uint256) -> (uint256, uint256, uint256, bool):
    return (
        conduct._reelections(word),
        conduct._epoch(word),
        conduct._block(word),
        conduct._is_barred(word),
    )
"""

LARGEST = 2**64 - 1
numbers = st.sampled_from([0, LARGEST]) | st.integers(0, LARGEST)
# one that can be replaced once more
counts = st.sampled_from([0, LARGEST - 1]) | st.integers(0, LARGEST - 1)


def word_of(reelections, epoch=0, block_number=0, barred=False):
    return reelections + (epoch << 64) + (block_number << 128) + (barred << 192)


@pytest.fixture(scope="module")
def conduct():
    return boa.loads(SOURCE)


@given(numbers, numbers, numbers)
@settings(max_examples=100)
def test_round_trip(conduct, reelections, epoch, block_number):
    word = conduct.with_bar(reelections, epoch, block_number)
    assert word == word_of(reelections, epoch, block_number, True)
    assert conduct.fields(word) == (reelections, epoch, block_number, True)


def test_of_whom_nothing_is_known(conduct):
    assert conduct.fields(0) == (0, 0, 0, False)


def test_a_bar_of_epoch_0_is_a_bar(conduct):
    assert conduct.fields(conduct.with_bar(0, 0, 0)) == (0, 0, 0, True)


@given(numbers, numbers, numbers, numbers, numbers)
@settings(max_examples=100)
def test_a_later_bar_replaces_the_first(conduct, reelections, epoch, block, late_epoch, late_block):
    word = conduct.with_bar(word_of(reelections, epoch, block, True), late_epoch, late_block)
    assert conduct.fields(word) == (reelections, late_epoch, late_block, True)


@given(numbers, numbers, numbers, st.booleans())
@settings(max_examples=100)
def test_without_bar_leaves_the_count_alone(conduct, reelections, epoch, block_number, barred):
    word = conduct.without_bar(word_of(reelections, epoch, block_number, barred))
    assert word == reelections
    assert conduct.fields(word) == (reelections, 0, 0, False)


@given(counts, numbers, numbers, st.booleans())
@settings(max_examples=100)
def test_replaced_leaves_the_bar_alone(conduct, reelections, epoch, block_number, barred):
    word = conduct.replaced(word_of(reelections, epoch, block_number, barred))
    assert conduct.fields(word) == (reelections + 1, epoch, block_number, barred)
