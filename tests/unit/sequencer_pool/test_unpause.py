"""SequencerPool.unpause"""

import ape
import pytest

from tests.utils.system import DAY, State


@pytest.fixture
def paused_at(pool, guardian):
    return pool.pause(sender=guardian).timestamp


def test_unpause_ends_the_pause_and_emits(system, pool, guardian, paused_at, owner):
    assert pool.unpause(sender=guardian).events == [pool.Unpaused()]
    assert not pool.paused()
    system.lock(owner)
    assert system.state_of(pool.admission(owner)[0]) == State.ACTIVE


def test_unpause_lets_the_cure_clock_run_on(system, pool, guardian, paused_at):
    system.at(paused_at + DAY)
    pool.unpause(sender=guardian)
    assert pool.cure_clock() == paused_at
    system.mine_at(paused_at + 3 * DAY)
    assert pool.cure_clock() == paused_at + 2 * DAY


def test_unpause__never_paused__reverts(pool, guardian):
    with ape.reverts("timed_pause: not paused"):
        pool.unpause(sender=guardian)


def test_unpause__twice__reverts(pool, guardian, paused_at):
    pool.unpause(sender=guardian)
    with ape.reverts("timed_pause: not paused"):
        pool.unpause(sender=guardian)


def test_unpause__ended_by_itself__reverts(system, pool, guardian, paused_at):
    system.at(paused_at + 7 * DAY)
    with ape.reverts("timed_pause: not paused"):
        pool.unpause(sender=guardian)


def test_unpause__governance__reverts(pool, governance, paused_at):
    with ape.reverts("guardian: not guardian"):
        pool.unpause(sender=governance)
