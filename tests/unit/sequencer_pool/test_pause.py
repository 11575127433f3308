"""SequencerPool.pause"""

import ape

from tests.utils.system import DAY, METIS, PARAMETERS, State

DURATION, INTERVAL = 7 * DAY, 14 * DAY


def test_pause_stops_for_a_week_and_emits(system, pool, guardian):
    tx = pool.pause(sender=guardian)
    assert tx.events == [pool.Paused(until=tx.timestamp + DURATION)]
    assert pool.paused()
    system.mine_at(tx.timestamp + DURATION - 1)
    assert pool.paused()
    system.mine_at(tx.timestamp + DURATION)
    assert not pool.paused()


def test_pause_stops_a_lock_to_the_second(system, pool, guardian, owner):
    paused_at = pool.pause(sender=guardian).timestamp
    system.at(paused_at + DURATION - 1)
    with ape.reverts("SequencerPool: paused"):
        system.lock(owner)
    system.at(paused_at + DURATION)
    system.lock(owner)
    assert system.state_of(pool.admission(owner)[0]) == State.ACTIVE


def test_pause_stops_deposits_above_min_stake_only(system, pool, guardian, lst):
    id = system.new_paired(0, PARAMETERS["min_stake"])
    pool.request_paired_withdrawal(id, METIS, sender=lst)
    pool.pause(sender=guardian)
    with ape.reverts("SequencerPool: paused"):
        pool.deposit_paired(id, METIS + 1, sender=lst)
    pool.deposit_paired(id, METIS, sender=lst)
    with ape.reverts("SequencerPool: paused"):
        pool.relock(id, 1, sender=system.owner_of(id))


def test_pause_stops_no_exit_and_no_claim(system, pool, guardian, lst):
    id = system.new_paired(PARAMETERS["min_stake"], METIS)
    owner = system.owner_of(id)
    pool.request_paired_withdrawal(id, METIS, sender=lst)
    system.at(system.now() + PARAMETERS["exit_delay"])
    pool.pause(sender=guardian)
    assert pool.claim_paired(id, sender=lst).events[0].amount == METIS
    pool.unlock(id, sender=owner)
    assert system.state_of(id) == State.EXITING


def test_pause_makes_the_cure_clock_stand_still(system, pool, guardian):
    system.mine()
    assert pool.cure_clock() == system.now()
    paused_at = pool.pause(sender=guardian).timestamp
    assert pool.cure_clock() == paused_at
    system.mine_at(paused_at + DURATION)
    assert pool.cure_clock() == paused_at
    system.mine_at(paused_at + DURATION + 1)
    assert pool.cure_clock() == paused_at + 1


def test_pause__renewed_within_14_days__reverts(system, pool, guardian):
    paused_at = pool.pause(sender=guardian).timestamp
    for later in (1, DURATION, INTERVAL - 1):
        system.at(paused_at + later)
        with ape.reverts("timed_pause: too soon"):
            pool.pause(sender=guardian)
    system.at(paused_at + INTERVAL)
    pool.pause(sender=guardian)
    assert pool.paused()


def test_pause__renewed_after_it_was_ended__reverts(system, pool, guardian):
    """Ending a pause early buys no other one."""
    paused_at = pool.pause(sender=guardian).timestamp
    pool.unpause(sender=guardian)
    system.at(paused_at + INTERVAL - 1)
    with ape.reverts("timed_pause: too soon"):
        pool.pause(sender=guardian)
    system.at(paused_at + INTERVAL)
    pool.pause(sender=guardian)
    assert pool.paused()


def test_pause__governance__reverts(pool, governance):
    with ape.reverts("guardian: not guardian"):
        pool.pause(sender=governance)
