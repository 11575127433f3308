"""contracts/modules/dossier.vy: what the Slasher keeps of a sequencer"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import dossier

@external
@pure
def pack(x: dossier.Dossier) -> uint256:
    return dossier._pack(x)

@external
@pure
def unpack(word: uint256) -> dossier.Dossier:
    return dossier._unpack(word)
"""

# of the table in the module: bit, width
DOSSIER = {
    "began_at": (0, 32),
    "base": (32, 96),
    "taken": (128, 32),
    "taken_in_all": (160, 32),
    "last_strike": (192, 32),
    "charged_at": (224, 32),
}


def numbers(width):
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


@pytest.fixture(scope="module")
def dossier():
    return boa.loads(SOURCE)


def test_fields_lie_side_by_side():
    end = 0
    for at, width in DOSSIER.values():
        assert at == end
        end += width
    assert end == 256


@given(st.fixed_dictionaries({name: numbers(width) for name, (_, width) in DOSSIER.items()}))
@settings(max_examples=200)
def test_round_trip(dossier, fields):
    word = sum(fields[name] << at for name, (at, _) in DOSSIER.items())
    struct = tuple(fields[name] for name in DOSSIER)
    assert dossier.pack(struct) == word
    assert tuple(dossier.unpack(word)) == struct


def test_of_whom_nothing_is_known(dossier):
    assert tuple(dossier.unpack(0)) == (0, 0, 0, 0, 0, 0)


def test_bounds_fit_into_their_fields():
    # a wei more than the room, at most, is rounded up
    assert LIMITS["BRAKE_OF_VOTE"] + 1 < 2 ** DOSSIER["taken_in_all"][1]
    assert LIMITS["BRAKE_OF_ONE"] + 1 < 2 ** DOSSIER["taken"][1]
    # what both sides may have unbonding, on top of the cap, many times over
    assert 1_000 * LIMITS["CAP_CEILING"] < 2 ** DOSSIER["base"][1]
