"""SequencerPool.set_min_stake, set_cap, set_max_sequencers, set_exit_delay, set_cure_period and
set_rotation_period"""

from typing import NamedTuple

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.system import DAY, METIS, PARAMETERS


class Bounds(NamedTuple):
    name: str
    floor: int
    ceiling: int
    reason: str


# min_stake and cap bound each other: at launch one is the other's floor or ceiling
BOUNDS = [
    Bounds(
        "min_stake",
        LIMITS["MIN_STAKE_FLOOR"],
        PARAMETERS["cap"],
        "SequencerPool: bad min_stake",
    ),
    Bounds("cap", PARAMETERS["min_stake"], LIMITS["CAP_CEILING"], "SequencerPool: bad cap"),
    Bounds(
        "max_sequencers",
        LIMITS["SEATS_FLOOR"],
        LIMITS["MAX_SEQUENCERS"],
        "SequencerPool: bad max_sequencers",
    ),
    Bounds(
        "exit_delay",
        LIMITS["EXIT_DELAY_FLOOR"],
        LIMITS["EXIT_DELAY_CEILING"],
        "SequencerPool: bad exit_delay",
    ),
    Bounds(
        "cure_period",
        LIMITS["CURE_PERIOD_FLOOR"],
        LIMITS["CURE_PERIOD_CEILING"],
        "SequencerPool: bad cure_period",
    ),
    Bounds(
        "rotation_period",
        LIMITS["ROTATION_PERIOD_FLOOR"],
        LIMITS["ROTATION_PERIOD_CEILING"],
        "SequencerPool: bad rotation_period",
    ),
]
each = pytest.mark.parametrize("bounds", BOUNDS, ids=[bounds.name for bounds in BOUNDS])


def set_parameter(system, name, value, sender=None):
    setter = getattr(system.pool, f"set_{name}")
    return setter(value, sender=sender or system.governance)


def parameters(pool):
    return dict(zip(PARAMETERS, pool.parameters(), strict=True))


def test_every_parameter_is_tested_here(pool):
    assert [bounds.name for bounds in BOUNDS] == list(PARAMETERS)
    output = pool.contract_type.view_methods["parameters"].outputs[0]
    assert [component.name for component in output.components] == list(PARAMETERS)


@each
@pytest.mark.parametrize("end", ["floor", "ceiling"])
def test_set_parameter_to_a_bound_stores_it_alone_and_emits(system, pool, bounds, end):
    new = getattr(bounds, end)
    tx = set_parameter(system, bounds.name, new)
    assert tx.events == [pool.ParameterSet(name=bounds.name, old=PARAMETERS[bounds.name], new=new)]
    assert parameters(pool) == PARAMETERS | {bounds.name: new}
    # and back: the old value is the one just set
    old = PARAMETERS[bounds.name]
    tx = set_parameter(system, bounds.name, old)
    assert tx.events == [pool.ParameterSet(name=bounds.name, old=new, new=old)]
    assert parameters(pool) == PARAMETERS


@each
def test_set_parameter__below_floor__reverts(system, pool, bounds):
    with ape.reverts(bounds.reason):
        set_parameter(system, bounds.name, bounds.floor - 1)
    with ape.reverts(bounds.reason):
        set_parameter(system, bounds.name, 0)
    assert parameters(pool) == PARAMETERS


@each
def test_set_parameter__above_ceiling__reverts(system, pool, bounds):
    with ape.reverts(bounds.reason):
        set_parameter(system, bounds.name, bounds.ceiling + 1)
    with ape.reverts(bounds.reason):
        set_parameter(system, bounds.name, 2**256 - 1)
    assert parameters(pool) == PARAMETERS


@each
def test_set_parameter__not_governance__reverts(system, bounds):
    for sender in (system.guardian, system.slasher, system.deployer, system.stranger):
        with ape.reverts("roles: not governance"):
            set_parameter(system, bounds.name, bounds.floor, sender=sender)


def test_min_stake_and_cap_may_be_equal_but_not_cross(system):
    set_parameter(system, "cap", 50_000 * METIS)
    set_parameter(system, "min_stake", 50_000 * METIS)
    with ape.reverts("SequencerPool: bad min_stake"):
        set_parameter(system, "min_stake", 50_000 * METIS + 1)
    with ape.reverts("SequencerPool: bad cap"):
        set_parameter(system, "cap", 50_000 * METIS - 1)
    # whoever stakes can stake exactly that
    system.new_sequencer(50_000 * METIS)


def test_all_parameters_at_their_ceilings_fit(system, pool):
    for bounds in reversed(BOUNDS):
        ceiling = LIMITS["CAP_CEILING"] if bounds.name == "min_stake" else bounds.ceiling
        set_parameter(system, bounds.name, ceiling)
    assert parameters(pool) == {bounds.name: bounds.ceiling for bounds in BOUNDS} | {
        "min_stake": LIMITS["CAP_CEILING"]
    }


def test_set_exit_delay_leaves_the_dates_that_were_given(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.relock(sequencer, 2 * METIS, sender=owner)
    first = pool.request_withdrawal(sequencer, METIS, sender=owner).timestamp
    set_parameter(system, "exit_delay", 60 * DAY)
    second = pool.request_withdrawal(sequencer, METIS, sender=owner).timestamp
    assert [pool.unbonding_at(sequencer, False, i) for i in (0, 1)] == [
        (METIS, first + PARAMETERS["exit_delay"]),
        (METIS, second + 60 * DAY),
    ]


def test_set_cap_leaves_stake_above_it(system, pool, governance):
    id = system.new_sequencer(PARAMETERS["cap"])
    set_parameter(system, "cap", PARAMETERS["min_stake"])
    assert pool.sequencer(id).own.bonded == PARAMETERS["cap"]
    with ape.reverts("SequencerPool: above cap"):
        pool.relock(id, 1, sender=system.owner_of(id))
