"""contracts/modules/vault_funds.vy: where the METIS of the LST vault is"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import vault_funds

@external
@pure
def pack(funds: vault_funds.Funds) -> uint256:
    return vault_funds._pack(funds)

@external
@pure
def unpack(word: uint256) -> vault_funds.Funds:
    return vault_funds._unpack(word)

@external
@pure
def maximum() -> uint256:
    return vault_funds.MAX
"""

# of the table in the module: bit, width
FIELDS = {"here": (0, 96), "staked": (96, 96)}
LARGEST = 2**96 - 1
MAX = 2**84 - 1


def numbers():
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, MAX, LARGEST]) | st.integers(0, LARGEST)


funds = st.tuples(*2 * [numbers()])


@pytest.fixture(scope="module")
def module():
    return boa.loads(SOURCE)


def test_fields_lie_side_by_side():
    end = 0
    for at, width in FIELDS.values():
        assert at == end
        end += width
    assert end <= 256


@given(funds)
@settings(max_examples=200)
def test_round_trip(module, values):
    word = sum(x << at for x, (at, _) in zip(values, FIELDS.values(), strict=True))
    assert module.pack(values) == word
    assert tuple(module.unpack(word)) == values


def test_word_that_was_never_written_has_nothing(module):
    assert tuple(module.unpack(0)) == (0, 0)


def test_all_metis_fits(module):
    assert module.maximum() == MAX
    # nearly twice all METIS there is
    assert 10_000_000 * 10**18 < MAX < 20_000_000 * 10**18
