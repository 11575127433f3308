"""contracts/modules/pool/parameters.vy: the parameters of the SequencerPool, and their bounds"""

import boa
import pytest

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.pool import parameters
from interfaces import ISequencerPool

initializes: parameters

old: public(uint256)

@external
def replace(at: uint256, new: uint256):
    self.old = parameters._replace(at, new)

@external
@view
def load() -> ISequencerPool.Parameters:
    return parameters._load()

@external
@view
def allows(at: uint256, new: uint256) -> bool:
    return parameters._allows(at, new)
"""

METIS = 10**18
# first bits, and values that are no bounds, in the order of the struct
PLACES = {
    "min_stake": 0,
    "cap": 80,
    "max_sequencers": 160,
    "exit_delay": 168,
    "cure_period": 192,
    "rotation_period": 216,
}
VALUES = {
    "min_stake": 20_000 * METIS,
    "cap": 100_000 * METIS,
    "max_sequencers": 50,
    "exit_delay": 30 * LIMITS["DAY"],
    "cure_period": 7 * LIMITS["DAY"],
    "rotation_period": LIMITS["DAY"],
}
# min_stake and cap bound each other
BOUNDS = {
    "min_stake": (LIMITS["MIN_STAKE_FLOOR"], VALUES["cap"]),
    "cap": (VALUES["min_stake"], LIMITS["CAP_CEILING"]),
    "max_sequencers": (LIMITS["SEATS_FLOOR"], LIMITS["MAX_SEQUENCERS"]),
    "exit_delay": (LIMITS["EXIT_DELAY_FLOOR"], LIMITS["EXIT_DELAY_CEILING"]),
    "cure_period": (LIMITS["CURE_PERIOD_FLOOR"], LIMITS["CURE_PERIOD_CEILING"]),
    "rotation_period": (LIMITS["ROTATION_PERIOD_FLOOR"], LIMITS["ROTATION_PERIOD_CEILING"]),
}


@pytest.fixture
def parameters(deployed):
    with boa.env.anchor():
        yield deployed


@pytest.fixture(scope="module")
def deployed():
    contract = boa.loads(SOURCE)
    for name, at in PLACES.items():
        contract.replace(at, VALUES[name])
    return contract


def test_load(parameters):
    assert tuple(parameters.load()) == tuple(VALUES.values())


@pytest.mark.parametrize("name", PLACES)
def test_replace_returns_the_old_value_and_changes_no_other(parameters, name):
    new = BOUNDS[name][1]
    parameters.replace(PLACES[name], new)
    assert parameters.old() == VALUES[name]
    assert tuple(parameters.load()) == tuple((VALUES | {name: new}).values())


@pytest.mark.parametrize("name", PLACES)
def test_bounds_are_allowed_and_what_is_beyond_is_not(parameters, name):
    at, (lowest, highest) = PLACES[name], BOUNDS[name]
    assert [parameters.allows(at, x) for x in (lowest, VALUES[name], highest)] == 3 * [True]
    assert [parameters.allows(at, x) for x in (0, lowest - 1, highest + 1, 2**256 - 1)] == 4 * [
        False
    ]
