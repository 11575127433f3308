"""Slasher.drop"""

import ape
import pytest

from tests.utils.system import PARAMETERS, State

DROPPED = 4


def drop(court, pending_id=1):
    return court.court.drop(pending_id, sender=court.governance)


def test_drop_ends_the_hold_and_emits(court, slasher, pool, pending):
    before, locked = slasher.record_of(pending.id), court.locked(pending.id)
    tx = drop(court)
    assert tx.events == [
        pool.Held(id=pending.id, amount=0, until=pending.expires_at),
        slasher.PendingDropped(pending_id=1),
    ]
    assert slasher.pending(1) == (*pending[:5], DROPPED)
    assert court.locked(pending.id) == locked
    record = slasher.record_of(pending.id)
    assert record[:3] == before[:3]
    assert record.held == pool.sequencer(pending.id).held == 0
    # what else the offence meant stays
    assert court.state_of(pending.id) == State.SUSPENDED


def test_drop_lets_what_has_matured_go(court, pool, accused):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.overcharge(accused)
    amount = court.court.pending(1).amount
    court.at(left_at + PARAMETERS["exit_delay"])
    pool.claim(accused, sender=court.stranger)
    drop(court)
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == amount


def test_drop_leaves_the_hold_of_others(court, slasher, pool, pending):
    court.report(court.offence(pending.id))
    drop(court)
    left = slasher.pending(2).amount
    assert left > 0
    assert slasher.record_of(pending.id).held == pool.sequencer(pending.id).held == left


def test_drop_after_the_hold_has_lapsed_emits_no_hold(court, slasher, pending):
    court.at(pending.expires_at)
    assert drop(court).events == [slasher.PendingDropped(pending_id=1)]
    assert slasher.record_of(pending.id).held == 0


def test_drop__twice__reverts(court, pending):
    drop(court)
    with ape.reverts("Slasher: not open"):
        drop(court)


def test_drop__confirmed__reverts(court, slasher, pending):
    slasher.confirm(1, sender=court.governance)
    with ape.reverts("Slasher: not open"):
        drop(court)


@pytest.mark.parametrize("pending_id", [0, 2, 2**255])
def test_drop__unknown_pending__reverts(court, pending, pending_id):
    with ape.reverts("Slasher: unknown pending"):
        drop(court, pending_id)


def test_drop__stranger__reverts(court, slasher, pending):
    with ape.reverts("roles: not governance"):
        slasher.drop(1, sender=court.stranger)
