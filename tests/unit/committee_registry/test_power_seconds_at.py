"""CommitteeRegistry.power_seconds_at"""

import boa
import pytest
from ape import reverts

from seqpool.units import METIS
from tests.utils.system import DAY, HOUR, PARAMETERS

MIN_STAKE = PARAMETERS["min_stake"]
COUNT = 40

POOL = """
# pragma version 0.4.3
from interfaces import ISequencerPool

_seats: DynArray[uint256, 128]

@external
def set_power(power: uint256):
    self._seats = [power << 160]

@external
@view
def seats() -> DynArray[uint256, 128]:
    return self._seats

@external
@view
def departures() -> uint256:
    return 0

@external
@view
def parameters() -> ISequencerPool.Parameters:
    return ISequencerPool.Parameters(
        min_stake=1, cap=2**90, max_sequencers=4, exit_delay=0, cure_period=0,
        rotation_period=0,
    )
"""


@pytest.fixture
def history(system, registry):
    """Three committees: when each was made, and its power."""
    system.new_sequencers(4)
    made = [(system.checkpoint_and_seal().timestamp, 4 * MIN_STAKE)]
    for more in (1, 2):
        system.new_sequencer(MIN_STAKE + more)
        system.at(made[-1][0] + more * HOUR + 7)
        made.append((system.checkpoint_and_seal().timestamp, made[-1][1] + MIN_STAKE + more))
    system.wait(DAY)
    return made


def expected(history, time):
    """A plain sum over all committees."""
    ends = [*(start for start, _ in history[1:]), time]
    return sum(
        power * max(0, min(end, time) - start)
        for (start, power), end in zip(history, ends, strict=True)
    )


def test_power_seconds_at_each_edge_from_each_committee(system, registry, history):
    moments = [0, system.now() - 1, system.now()]
    moments += [start + around for start, _ in history for around in (-1, 0, 1)]
    for time in moments:
        for near in range(4):
            assert registry.power_seconds_at(time, near) == expected(history, time), (time, near)
    assert registry.power_seconds_at(system.now(), 3) == registry.power_seconds()


def test_power_seconds_at__what_comes_later__changes_nothing(system, registry, history):
    time = system.now()
    before = registry.power_seconds_at(time, 3)
    for _ in range(3):
        system.new_sequencer(5 * MIN_STAKE)
    system.checkpoint_and_seal()
    system.wait(7 * DAY)
    assert [registry.power_seconds_at(time, near) for near in (3, 4)] == [before, before]


def test_power_seconds_at__before_the_first_committee__is_zero(system, registry):
    assert registry.power_seconds_at(system.now(), 0) == 0


def test_power_seconds_at__a_second_ahead__reverts(system, registry, history):
    registry.power_seconds_at(system.now(), 3)
    with reverts("CommitteeRegistry: in the future"):
        registry.power_seconds_at(system.now() + 1, 3)


@pytest.mark.parametrize("near", [4, 2**256 - 1])
def test_power_seconds_at__unknown_committee__reverts(system, registry, history, near):
    with reverts("CommitteeRegistry: unknown committee"):
        registry.power_seconds_at(system.now(), near)


def test_power_seconds_at_finds_each_committee_from_each():
    """Forty of them, a day to a week apart."""
    with boa.env.anchor():
        pool = boa.loads(POOL)
        registry = boa.load("contracts/CommitteeRegistry.vy", pool.address)
        made = []
        for power in range(1, COUNT + 1):
            pool.set_power(power * METIS)
            boa.env.time_travel(seconds=DAY + power * power % 7 * DAY + power)
            registry.checkpoint()
            made.append((boa.env.timestamp, power * METIS))
            boa.env.evm.patch.block_number += 6
            registry.seal()
        boa.env.time_travel(seconds=30 * DAY)
        for time in [0, made[0][0] - 1, *(start + 1 for start, _ in made), boa.env.timestamp]:
            sums = {registry.power_seconds_at(time, near) for near in range(COUNT + 1)}
            assert sums == {expected(made, time)}, time


def test_power_seconds_at_is_cheap_however_far_the_committee_is():
    with boa.env.anchor():
        pool = boa.loads(POOL)
        registry = boa.load("contracts/CommitteeRegistry.vy", pool.address)
        for power in range(1, 5 * COUNT):
            pool.set_power(power * METIS)
            boa.env.time_travel(seconds=DAY)
            registry.checkpoint()
            boa.env.evm.patch.block_number += 6
            registry.seal()
        registry.power_seconds_at(boa.env.timestamp - 4 * COUNT * DAY, 5 * COUNT - 1)
        assert registry._computation.get_gas_used() < 60_000
