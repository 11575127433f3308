"""contracts/modules/words/registry_words.vy: the words of the CommitteeRegistry"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.modules.words.fields import end_of, numbers, pack

# from the table in the module: first bit, width
CHECKPOINT = {
    "nonce": (0, 40),
    "block_number": (40, 40),
    "departures": (80, 40),
    "is_sealed": (120, 1),
}
COMMITTEE = {
    "power": (0, 87),
    "size": (87, 8),
    "created_at": (95, 40),
    "power_seconds": (135, 121),
}

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import registry_words as words

@external
@view
def unpack_checkpoint(word: uint256) -> words.Checkpoint:
    return words._unpack_checkpoint(word)

@external
@view
def pack_checkpoint(checkpoint: words.Checkpoint) -> uint256:
    return words._pack_checkpoint(checkpoint)

@external
@view
def unpack_committee(word: uint256) -> words.CommitteeInfo:
    return words._unpack_committee(word)

@external
@view
def pack_committee(committee: words.CommitteeInfo) -> uint256:
    return words._pack_committee(committee)
"""


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


def values(table):
    """A value for each field, in the order of the struct."""
    return st.tuples(
        *(st.booleans() if width == 1 else numbers(width) for _, width in table.values())
    )


def packed(table, fields) -> int:
    return pack(table, dict(zip(table, fields, strict=True)))


@pytest.mark.parametrize("table, end", [(CHECKPOINT, 121), (COMMITTEE, 256)])
def test_fields_of_a_word_lie_side_by_side(table, end):
    assert end_of(table) == end


@given(values(CHECKPOINT))
@settings(max_examples=100)
def test_checkpoint(words, fields):
    word = packed(CHECKPOINT, fields)
    assert words.pack_checkpoint(fields) == word
    assert tuple(words.unpack_checkpoint(word)) == fields


@given(values(COMMITTEE))
@settings(max_examples=100)
def test_committee(words, fields):
    word = packed(COMMITTEE, fields)
    assert words.pack_committee(fields) == word
    assert tuple(words.unpack_committee(word)) == fields


def test_bounds_fit_into_their_fields():
    """What the fields must hold is bounded in limits.vy."""
    limits = boa.load("contracts/modules/limits.vy")._constants

    def fits(value, width):
        return value < 2**width

    assert fits(limits.MAX_SEQUENCERS, COMMITTEE["size"][1])
    power = limits.MAX_SEQUENCERS * limits.CAP_CEILING
    assert fits(power, COMMITTEE["power"][1])
    # all power for five hundred years
    assert fits(power * 500 * 365 * limits.DAY, COMMITTEE["power_seconds"][1])
