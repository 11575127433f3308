"""contracts/modules/slash_case.vy: the words of a case"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import slash_case

MARKS: constant(uint256[6]) = [
    slash_case.OWNER_APPEALED,
    slash_case.VAULT_APPEALED,
    slash_case.RESOLVED,
    slash_case.RELEASED,
    slash_case.OWNER_COLLECTED,
    slash_case.VAULT_COLLECTED,
]

@external
@pure
def key(word: bytes32) -> bytes16:
    return slash_case._key(word)

@external
@pure
def pack_loss(loser: address, amount: uint256) -> uint256:
    return slash_case._pack_loss(loser, amount)

@external
@pure
def loss(word: uint256) -> (address, uint256):
    return slash_case._loser(word), slash_case._amount(word)

@external
@pure
def pack(x: slash_case.File) -> uint256:
    return slash_case._pack(x)

@external
@pure
def unpack(word: uint256) -> slash_case.File:
    return slash_case._unpack(word)

@external
@pure
def marks() -> uint256[6]:
    return MARKS
"""

# of the table in the module: bit, width
FILE = {
    "id": (0, 32),
    "kind": (32, 8),
    "slashed_at": (40, 32),
    "appealed_at": (72, 32),
    "refund_bps": (104, 16),
    "marks": (120, 8),
    "key": (128, 128),
}


def numbers(width):
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


people = (st.sampled_from([bytes(20), 20 * b"\xff"]) | st.binary(min_size=20, max_size=20)).map(
    to_checksum_address
)
files = st.fixed_dictionaries({name: numbers(width) for name, (_, width) in FILE.items()})


@pytest.fixture(scope="module")
def slash_case():
    return boa.loads(SOURCE)


def test_fields_of_the_file_lie_side_by_side():
    end = 0
    for at, width in FILE.values():
        assert at == end
        end += width
    assert end == 256


@given(files)
@settings(max_examples=200)
def test_file(slash_case, fields):
    word = sum(fields[name] << at for name, (at, _) in FILE.items())
    struct = (*[fields[name] for name in FILE][:-1], fields["key"].to_bytes(16, "big"))
    assert slash_case.pack(struct) == word
    assert tuple(slash_case.unpack(word)) == struct


@given(people, numbers(96))
@settings(max_examples=100)
def test_loss(slash_case, loser, amount):
    word = slash_case.pack_loss(loser, amount)
    assert word == int(loser, 16) + (amount << 160)
    assert slash_case.loss(word) == (loser, amount)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=100)
def test_key_is_the_first_half(slash_case, word):
    assert slash_case.key(word) == word[:16]


@pytest.mark.parametrize("word", [bytes(32), 32 * b"\xff", 16 * b"\x00" + 16 * b"\xff"])
def test_key_of_the_ends(slash_case, word):
    assert slash_case.key(word) == word[:16]


def test_marks_are_bits_of_their_own(slash_case):
    marks = slash_case.marks()
    assert marks == [1 << i for i in range(6)]
    assert sum(marks) < 2 ** FILE["marks"][1]


def test_bounds_fit_into_their_fields():
    assert LIMITS["BPS"] < 2 ** FILE["refund_bps"][1]
    # until the year 2106
    assert 2 ** FILE["slashed_at"][1] > 130 * 365 * LIMITS["DAY"]
