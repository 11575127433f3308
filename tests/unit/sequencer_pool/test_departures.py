"""SequencerPool.departures"""

import pytest

from tests.utils.system import DAY, PARAMETERS, State

MIN_STAKE = PARAMETERS["min_stake"]
CAUSE = b"\x01" * 32


def jail(system, id):
    system.pool.jail(id, system.now() + DAY, sender=system.slasher)


def suspend(system, id):
    system.pool.suspend(id, CAUSE, 0, 0, sender=system.slasher)


def unlock(system, id):
    system.pool.unlock(id, sender=system.owner_of(id))


def offboard(system, id):
    system.pool.offboard(id, sender=system.governance)


def eject(system, id):
    system.pool.slash(id, 1, 1, bytes(32), sender=system.slasher)
    assert system.pool.departures() == 0
    system.at(system.pool.sequencer(id).below_since + PARAMETERS["cure_period"] + 1)
    system.pool.eject(id, sender=system.stranger)


@pytest.mark.parametrize("leave", [jail, suspend, unlock, offboard, eject])
def test_departures_count_who_leaves_the_committee(system, pool, sequencer, leave):
    assert pool.departures() == 0
    leave(system, sequencer)
    assert pool.departures() == 1


@pytest.mark.parametrize("leave", [jail, suspend, unlock, offboard])
@pytest.mark.parametrize("state", [State.PENDING, State.QUEUED, State.JAILED])
def test_departures_do_not_count_who_could_not_be_in_it(system, pool, state, leave):
    crew = system.new_crew_in(state)
    before = pool.departures()
    leave(system, crew.id)
    assert pool.departures() == before


def test_departures_count_each_time(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    for count in (1, 2, 3):
        jail(system, sequencer)
        # the second date of one jail is no second departure
        jail(system, sequencer)
        assert pool.departures() == count
        system.wait(2 * DAY)
        pool.unjail(sequencer, sender=owner)
    assert pool.departures() == 3


def test_departures_do_not_count_what_can_be_repeated_at_will(system, pool, lst):
    """Whoever could raise the number at will could draw seeds until one suits."""
    id = system.new_paired(0, MIN_STAKE)
    pool.request_paired_withdrawal(id, 1, sender=lst)
    pool.deposit_paired(id, 1, sender=lst)
    owner = system.owner_of(id)
    consent = system.consent(owner)
    pool.rotate_signer(id, consent.signer, consent.pubkey, consent.signature, sender=owner)
    pool.slash(id, 1, 1, bytes(32), sender=system.slasher)
    assert pool.departures() == 0
