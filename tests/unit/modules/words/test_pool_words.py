"""contracts/modules/words/pool_words.vy: the words of the SequencerPool"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.modules.words.fields import end_of, numbers, pack

# from the table in the module: first bit, width
STATUS = {
    "state": (0, 8),
    "place": (8, 40),
    "own_unbondings": (48, 8),
    "paired_unbondings": (56, 8),
    "below_since": (64, 40),
    "jailed_until": (104, 40),
    "causes": (144, 32),
    "generation": (176, 40),
}
ADMISSION = {"id": (0, 64), "approval": (64, 8), "former": (72, 64), "nonce": (136, 120)}
PARAMETERS = {
    "min_stake": (0, 80),
    "cap": (80, 80),
    "max_sequencers": (160, 8),
    "exit_delay": (168, 24),
    "cure_period": (192, 24),
    "rotation_period": (216, 24),
}

# the compiler checks flags when they are read: one member is as good as another
FLAGS = {"state": [1 << i for i in range(7)], "approval": [1, 2]}

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import pool_words as words
from interfaces import ISequencerPool

@external
@view
def unpack_status(word: uint256) -> words.Status:
    return words._unpack_status(word)

@external
@view
def pack_status(status: words.Status) -> uint256:
    return words._pack_status(status)

@external
@view
def unpack_admission(word: uint256) -> words.Admission:
    return words._unpack_admission(word)

@external
@view
def pack_admission(admission: words.Admission) -> uint256:
    return words._pack_admission(admission)

@external
@view
def unpack_parameters(word: uint256) -> ISequencerPool.Parameters:
    return words._unpack_parameters(word)

@external
@view
def replace_parameter(word: uint256, at: uint256, new: uint256) -> (uint256, uint256):
    return words._replace_parameter(word, at, new)
"""


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


def values(table):
    """A value for each field, by name."""

    def field(name, width):
        if name in FLAGS:
            return st.sampled_from(FLAGS[name])
        return numbers(width)

    return st.fixed_dictionaries({name: field(name, width) for name, (_, width) in table.items()})


def flat(table, fields):
    """In the order of the struct."""
    return tuple(fields[name] for name in table)


def status_struct(fields):
    """Both lengths of unbondings are one array."""
    state, place, own, paired, *rest = flat(STATUS, fields)
    return (state, place, [own, paired], *rest)


@pytest.mark.parametrize("table", [STATUS, ADMISSION, PARAMETERS])
def test_fields_of_a_word_lie_side_by_side(table):
    end_of(table)


@given(values(STATUS))
@settings(max_examples=100)
def test_status(words, fields):
    word = pack(STATUS, fields)
    assert words.pack_status(status_struct(fields)) == word
    assert tuple(words.unpack_status(word)) == status_struct(fields)


@given(values(ADMISSION))
@settings(max_examples=100)
def test_admission(words, fields):
    word = pack(ADMISSION, fields)
    assert words.pack_admission(flat(ADMISSION, fields)) == word
    assert tuple(words.unpack_admission(word)) == flat(ADMISSION, fields)


@given(values(PARAMETERS), st.sampled_from(list(PARAMETERS)), values(PARAMETERS))
@settings(max_examples=200)
def test_replace_parameter_changes_no_other(words, fields, name, others):
    word = pack(PARAMETERS, fields)
    assert tuple(words.unpack_parameters(word)) == flat(PARAMETERS, fields)
    old, word = words.replace_parameter(word, PARAMETERS[name][0], others[name])
    assert old == fields[name]
    assert tuple(words.unpack_parameters(word)) == flat(PARAMETERS, fields | {name: others[name]})


def test_positions_of_parameters():
    constants = boa.load_partial("contracts/modules/words/pool_words.vy").deploy()._constants
    assert [getattr(constants, f"{name.upper()}_AT") for name in PARAMETERS] == [
        at for at, _ in PARAMETERS.values()
    ]


def test_bounds_fit_into_their_fields():
    """What the fields must hold is bounded in limits.vy."""
    limits = boa.load("contracts/modules/limits.vy")._constants

    def fits(value, width):
        return value < 2**width

    assert fits(limits.CAP_CEILING, PARAMETERS["cap"][1])
    assert fits(limits.MAX_SEQUENCERS, PARAMETERS["max_sequencers"][1])
    assert fits(limits.EXIT_DELAY_CEILING, PARAMETERS["exit_delay"][1])
    assert fits(limits.CURE_PERIOD_CEILING, PARAMETERS["cure_period"][1])
    assert fits(limits.ROTATION_PERIOD_CEILING, PARAMETERS["rotation_period"][1])
    assert fits(limits.MAX_UNBONDINGS, STATUS["own_unbondings"][1])
