"""contracts/modules/dated_amount.vy"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import dated_amount

@external
@pure
def pack(amount: uint256, date: uint256) -> uint256:
    return dated_amount._pack(amount, date)

@external
@pure
def amount(word: uint256) -> uint256:
    return dated_amount._amount(word)

@external
@pure
def date(word: uint256) -> uint256:
    return dated_amount._date(word)
"""

halves = st.sampled_from([0, 2**128 - 1]) | st.integers(0, 2**128 - 1)


@pytest.fixture(scope="module")
def dated_amount():
    return boa.loads(SOURCE)


@given(halves, halves)
@settings(max_examples=100)
def test_round_trip(dated_amount, amount, date):
    word = dated_amount.pack(amount, date)
    assert word == amount + (date << 128)
    assert (dated_amount.amount(word), dated_amount.date(word)) == (amount, date)


@given(halves, halves, st.data())
@settings(max_examples=100)
def test_an_amount_may_be_subtracted_from_the_word(dated_amount, amount, date, data):
    less = data.draw(st.integers(0, amount))
    word = dated_amount.pack(amount, date) - less
    assert (dated_amount.amount(word), dated_amount.date(word)) == (amount - less, date)
