"""contracts/modules/words/case_words.vy: the words of the SlashVault"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from tests.unit.modules.words.fields import addresses, end_of, numbers, pack, values

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import case_words as words

MARKS: constant(uint256[6]) = [
    words.OWNER_APPEALED,
    words.VAULT_APPEALED,
    words.RESOLVED,
    words.RELEASED,
    words.OWNER_COLLECTED,
    words.VAULT_COLLECTED,
]

@external
@pure
def key(word: bytes32) -> bytes16:
    return words._key(word)

@external
@pure
def pack_loss(loser: address, amount: uint256) -> uint256:
    return words._pack_loss(loser, amount)

@external
@pure
def loss(word: uint256) -> (address, uint256):
    return words._loser(word), words._amount(word)

@external
@pure
def pack_file(file: words.File) -> uint256:
    return words._pack_file(file)

@external
@pure
def unpack_file(word: uint256) -> words.File:
    return words._unpack_file(word)

@external
@pure
def marks() -> uint256[6]:
    return MARKS
"""

# from the table in the module: first bit, width
FILE = {
    "id": (0, 32),
    "kind": (32, 8),
    "slashed_at": (40, 32),
    "appealed_at": (72, 32),
    "refund_bps": (104, 16),
    "marks": (120, 8),
    "key": (128, 128),
}


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


def test_fields_of_the_file_lie_side_by_side():
    assert end_of(FILE) == 256


@given(values(FILE))
@settings(max_examples=200)
def test_file(words, fields):
    word = pack(FILE, fields)
    struct = (*[fields[name] for name in FILE][:-1], fields["key"].to_bytes(16, "big"))
    assert words.pack_file(struct) == word
    assert tuple(words.unpack_file(word)) == struct


@given(addresses(), numbers(96))
@settings(max_examples=100)
def test_loss(words, loser, amount):
    word = words.pack_loss(loser, amount)
    assert word == int(loser, 16) + (amount << 160)
    assert words.loss(word) == (loser, amount)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=100)
def test_key_is_the_first_half(words, word):
    assert words.key(word) == word[:16]


@pytest.mark.parametrize("word", [bytes(32), 32 * b"\xff", 16 * b"\x00" + 16 * b"\xff"])
def test_key_of_the_ends(words, word):
    assert words.key(word) == word[:16]


def test_marks_are_bits_of_their_own(words):
    marks = words.marks()
    assert marks == [1 << i for i in range(6)]
    assert sum(marks) < 2 ** FILE["marks"][1]


def test_bounds_fit_into_their_fields():
    assert LIMITS["BPS"] < 2 ** FILE["refund_bps"][1]
    # until the year 2106
    assert 2 ** FILE["slashed_at"][1] > 130 * 365 * LIMITS["DAY"]
