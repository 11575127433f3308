"""SequencerPool.transfer_ownership_of"""

import ape
import pytest

from tests.utils.system import ZERO, State


def started(pool, id, owner, new_owner):
    return pool.SequencerTransferStarted(id=id, owner=owner, new_owner=new_owner)


def test_transfer_ownership_of_offers_only(system, pool, owner, sequencer):
    present = system.owner_of(sequencer)
    before = pool.sequencer(sequencer)
    tx = pool.transfer_ownership_of(sequencer, owner, sender=present)
    assert tx.events == [started(pool, sequencer, present, owner)]
    record = pool.sequencer(sequencer)
    assert record.pending_owner == owner
    assert (record.owner, record.own, record.state) == (present, before.own, before.state)


def test_transfer_ownership_of_replaces_the_offer(system, pool, owner):
    crew = system.new_crew()
    tx = pool.transfer_ownership_of(crew.id, owner, sender=crew.owner)
    assert tx.events == [started(pool, crew.id, crew.owner, owner)]
    with ape.reverts("SequencerPool: not pending owner"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.accept_ownership_of(crew.id, sender=owner)
    assert pool.sequencer(crew.id).owner == owner


def test_transfer_ownership_of_to_zero_withdraws_the_offer(system, pool):
    crew = system.new_crew()
    tx = pool.transfer_ownership_of(crew.id, ZERO, sender=crew.owner)
    assert tx.events == [started(pool, crew.id, crew.owner, ZERO)]
    assert pool.sequencer(crew.id).pending_owner == ZERO
    with ape.reverts("SequencerPool: not pending owner"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)


@pytest.mark.parametrize(
    "state", [State.PENDING, State.QUEUED, State.JAILED, State.SUSPENDED, State.EXITING]
)
def test_transfer_ownership_of_in_every_state(system, pool, stranger, state):
    crew = system.new_crew_in(state)
    tx = pool.transfer_ownership_of(crew.id, stranger, sender=crew.owner)
    assert tx.events == [started(pool, crew.id, crew.owner, stranger)]
    record = pool.sequencer(crew.id)
    assert (record.pending_owner, record.state) == (stranger, state)


def test_transfer_ownership_of_while_paused_and_disapproved(system, pool, guardian, governance):
    crew = system.new_crew()
    pool.pause(sender=guardian)
    pool.disapprove(crew.owner, sender=governance)
    pool.transfer_ownership_of(crew.id, ZERO, sender=crew.owner)
    assert pool.sequencer(crew.id).pending_owner == ZERO


def test_transfer_ownership_of__not_owner__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    for caller in system.all_but(crew.owner, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.transfer_ownership_of(crew.id, caller, sender=caller)


def test_transfer_ownership_of__former_owner__reverts(system, pool):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SequencerPool: not owner"):
        pool.transfer_ownership_of(crew.id, crew.owner, sender=crew.owner)


@pytest.mark.parametrize("ahead", [0, 1])
def test_transfer_ownership_of__unknown_sequencer__reverts(system, pool, sequencer, ahead):
    owner = system.owner_of(sequencer)
    with ape.reverts("SequencerPool: not owner"):
        pool.transfer_ownership_of(ahead and sequencer + ahead, owner, sender=owner)


def test_transfer_ownership_of__has_left__reverts(system, pool, stranger):
    crew = system.new_crew_in(State.EXITED)
    with ape.reverts("SequencerPool: has left"):
        pool.transfer_ownership_of(crew.id, stranger, sender=crew.owner)
