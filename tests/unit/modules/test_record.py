"""The packed words of contracts/modules/record.vy, against plain arithmetic"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# field => first bit and width, from the table in record.vy
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
ADMISSION = {"id": (0, 64), "approval": (64, 8), "nonce": (72, 184)}
PARAMETERS = {
    "min_stake": (0, 80),
    "cap": (80, 80),
    "max_sequencers": (160, 8),
    "exit_delay": (168, 24),
    "cure_period": (192, 24),
    "rotation_period": (216, 24),
}
CHECKPOINT = {
    "nonce": (0, 40),
    "made_at": (40, 40),
    "block_number": (80, 40),
    "is_sealed": (120, 1),
    "member_left": (121, 1),
    "power_seconds": (122, 134),
}
COMMITTEE = {"power": (0, 96), "size": (96, 8), "created_at": (104, 40)}

# the compiler checks flags when they are read: one member is as good as another
FLAGS = {"state": [1 << i for i in range(7)], "approval": [1, 2]}

SOURCE = """
# pragma version 0.4.3
from interfaces import ISequencerPool
from contracts.modules import record

@external
@view
def status(word: uint256) -> record.Status:
    return record._status(word)

@external
@view
def pack_status(x: record.Status) -> uint256:
    return record._pack_status(x)

@external
@view
def admission(word: uint256) -> record.Admission:
    return record._admission(word)

@external
@view
def pack_admission(x: record.Admission) -> uint256:
    return record._pack_admission(x)

@external
@view
def parameters(word: uint256) -> ISequencerPool.Parameters:
    return record._parameters(word)

@external
@view
def replace_parameter(word: uint256, at: uint256, new: uint256) -> (uint256, uint256):
    return record._replace_parameter(word, at, new)

@external
@view
def checkpoint(word: uint256) -> record.Checkpoint:
    return record._checkpoint(word)

@external
@view
def pack_checkpoint(x: record.Checkpoint) -> uint256:
    return record._pack_checkpoint(x)

@external
@view
def committee(word: uint256) -> record.CommitteeInfo:
    return record._committee(word)

@external
@view
def pack_committee(x: record.CommitteeInfo) -> uint256:
    return record._pack_committee(x)
"""


@pytest.fixture(scope="module")
def record():
    return boa.loads(SOURCE)


def values(table):
    """Values of all fields, often 0 or all ones: those show a bleed at once."""

    def field(name, width):
        if name in FLAGS:
            return st.sampled_from(FLAGS[name])
        largest = 2**width - 1
        numbers = st.sampled_from([0, largest]) | st.integers(0, largest)
        return numbers.map(bool) if width == 1 else numbers

    return st.fixed_dictionaries({name: field(name, width) for name, (_, width) in table.items()})


def pack(table, fields):
    return sum(int(fields[name]) << at for name, (at, _) in table.items())


def flat(table, fields):
    """In the order of the struct."""
    return tuple(fields[name] for name in table)


def status_struct(fields):
    """Both lengths of unbondings are one array."""
    state, place, own, paired, *rest = flat(STATUS, fields)
    return (state, place, [own, paired], *rest)


@pytest.mark.parametrize("table", [STATUS, ADMISSION, PARAMETERS, CHECKPOINT, COMMITTEE])
def test_fields_of_a_word_lie_side_by_side(table):
    end = 0
    for at, width in table.values():
        assert at == end
        end += width
    assert end <= 256


@given(values(STATUS))
@settings(max_examples=100)
def test_status(record, fields):
    word = pack(STATUS, fields)
    assert record.pack_status(status_struct(fields)) == word
    assert tuple(record.status(word)) == status_struct(fields)


@given(values(ADMISSION))
@settings(max_examples=100)
def test_admission(record, fields):
    word = pack(ADMISSION, fields)
    assert record.pack_admission(flat(ADMISSION, fields)) == word
    assert tuple(record.admission(word)) == flat(ADMISSION, fields)


@given(values(CHECKPOINT))
@settings(max_examples=100)
def test_checkpoint(record, fields):
    word = pack(CHECKPOINT, fields)
    assert record.pack_checkpoint(flat(CHECKPOINT, fields)) == word
    assert tuple(record.checkpoint(word)) == flat(CHECKPOINT, fields)


@given(values(COMMITTEE))
@settings(max_examples=100)
def test_committee(record, fields):
    word = pack(COMMITTEE, fields)
    assert record.pack_committee(flat(COMMITTEE, fields)) == word
    assert tuple(record.committee(word)) == flat(COMMITTEE, fields)


@given(values(PARAMETERS), st.sampled_from(list(PARAMETERS)), values(PARAMETERS))
@settings(max_examples=200)
def test_replace_parameter_changes_no_other(record, fields, name, others):
    word = pack(PARAMETERS, fields)
    assert tuple(record.parameters(word)) == flat(PARAMETERS, fields)
    old, word = record.replace_parameter(word, PARAMETERS[name][0], others[name])
    assert old == fields[name]
    assert tuple(record.parameters(word)) == flat(PARAMETERS, fields | {name: others[name]})


def test_positions_of_parameters():
    constants = boa.load_partial("contracts/modules/record.vy").deploy()._constants
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
    assert fits(limits.MAX_SEQUENCERS, COMMITTEE["size"][1])
    power = limits.MAX_SEQUENCERS * limits.CAP_CEILING
    assert fits(power, COMMITTEE["power"][1])
    # all power for a thousand years
    assert fits(power * 1_000 * 365 * limits.DAY, CHECKPOINT["power_seconds"][1])
