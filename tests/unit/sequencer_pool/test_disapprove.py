"""SequencerPool.disapprove"""

import ape

from tests.utils.system import METIS, PARAMETERS, Approval, State


def test_disapprove_takes_the_approval_and_emits(system, pool, governance, owner):
    assert pool.disapprove(owner, sender=governance).events == [pool.OwnerDisapproved(owner=owner)]
    assert pool.admission(owner) == (0, Approval.NONE, 0)
    with ape.reverts("SequencerPool: not approved"):
        system.lock(owner)


def test_disapprove_does_not_touch_stake_or_seat(system, pool, governance, sequencer):
    before = pool.sequencer(sequencer)
    pool.disapprove(before.owner, sender=governance)
    after = pool.sequencer(sequencer)
    assert after.approval == Approval.NONE
    assert (after.state, after.place, after.own) == (before.state, before.place, before.own)


def test_disapprove_stops_no_top_up_exit_or_claim(system, pool, metis, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.disapprove(owner, sender=governance)
    pool.relock(sequencer, METIS, sender=owner)
    pool.request_withdrawal(sequencer, METIS, sender=owner)
    pool.unlock(sequencer, sender=owner)
    system.at(system.now() + PARAMETERS["exit_delay"])
    before = metis.balanceOf(owner)
    pool.claim(sequencer, sender=owner)
    assert metis.balanceOf(owner) - before == PARAMETERS["min_stake"] + METIS
    assert system.state_of(sequencer) == State.EXITED


def test_disapprove_keeps_the_consent_nonce(system, pool, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.disapprove(owner, sender=governance)
    assert pool.admission(owner) == (sequencer, Approval.NONE, 1)


def test_disapprove_of_the_pending_keeps_it_out(system, pool, governance, lst):
    id = system.new_sequencer(0, lst)
    pool.disapprove(system.owner_of(id), sender=governance)
    pool.deposit_paired(id, PARAMETERS["min_stake"], sender=lst)
    assert system.state_of(id) == State.PENDING


def test_disapprove__guardian__reverts(pool, guardian, owner):
    with ape.reverts("roles: not governance"):
        pool.disapprove(owner, sender=guardian)
