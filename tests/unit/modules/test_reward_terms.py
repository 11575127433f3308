"""contracts/modules/reward_terms.vy: rate and block time, and what they were before"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import reward_terms

@external
@pure
def now(word: uint256, at: uint256) -> uint256:
    return reward_terms._now(word, at)

@external
@pure
def of_batch(word: uint256, at: uint256, begin: uint256) -> uint256:
    return reward_terms._of_batch(word, at, begin)

@external
@view
def set(word: uint256, at: uint256, new: uint256, begin: uint256) -> uint256:
    return reward_terms._with(word, at, new, begin)

@external
@pure
def risen_at(word: uint256) -> uint256:
    return reward_terms._risen_at(word)

@external
@view
def risen(word: uint256) -> uint256:
    return reward_terms._risen(word)

@external
@view
def time() -> uint256:
    return block.timestamp

@external
@pure
def places() -> uint256[2]:
    return [reward_terms.MRR_AT, reward_terms.BLOCK_TIME_AT]
"""

# of the table in the module: bit, width
FIELDS = {
    "mrr_before": (0, 16),
    "mrr": (16, 16),
    "mrr_since": (32, 32),
    "block_time_before": (64, 16),
    "block_time": (80, 16),
    "block_time_since": (96, 32),
    "risen_at": (128, 32),
}
PLACES = {"mrr": 0, "block_time": 64}


def numbers(width):
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


words = st.fixed_dictionaries({name: numbers(width) for name, (_, width) in FIELDS.items()})
names = st.sampled_from(list(PLACES))


def word_of(fields):
    return sum(fields[name] << at for name, (at, _) in FIELDS.items())


def of_batch(fields, name, begin):
    return fields[name if begin >= fields[f"{name}_since"] else f"{name}_before"]


@pytest.fixture(scope="module")
def terms():
    return boa.loads(SOURCE)


def test_fields_lie_side_by_side(terms):
    end = 0
    for at, width in FIELDS.values():
        assert at == end
        end += width
    assert terms.places() == [*PLACES.values()]


@given(words, names, numbers(64))
@settings(max_examples=200)
def test_values_of_now_and_of_a_batch(terms, fields, name, begin):
    word, at = word_of(fields), PLACES[name]
    assert terms.now(word, at) == fields[name]
    assert terms.of_batch(word, at, begin) == of_batch(fields, name, begin)
    since = fields[f"{name}_since"]
    assert terms.of_batch(word, at, since) == fields[name]
    if since > 0:
        assert terms.of_batch(word, at, since - 1) == fields[f"{name}_before"]


@given(words, names, numbers(16), numbers(64))
@settings(max_examples=200)
def test_with_keeps_what_holds_for_the_next_batch_and_touches_nothing_else(
    terms, fields, name, new, begin
):
    expected = fields | {
        f"{name}_before": of_batch(fields, name, begin),
        name: new,
        f"{name}_since": terms.time(),
    }
    assert terms.set(word_of(fields), PLACES[name], new, begin) == word_of(expected)


@given(words)
@settings(max_examples=100)
def test_risen_notes_the_time_and_touches_nothing_else(terms, fields):
    word = word_of(fields)
    assert terms.risen_at(word) == fields["risen_at"]
    assert terms.risen(word) == word_of(fields | {"risen_at": terms.time()})


def test_ceilings_fit_into_their_fields():
    assert LIMITS["MRR_CEILING"] < 2 ** FIELDS["mrr"][1]
    assert LIMITS["BLOCK_TIME_CEILING"] < 2 ** FIELDS["block_time"][1]
    # until the year 2106
    assert 2 ** FIELDS["mrr_since"][1] > 130 * 365 * LIMITS["DAY"]
