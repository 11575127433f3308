"""Slasher.confirm"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.court import Court
from tests.utils.isolation import isolated
from tests.utils.system import PARAMETERS, State

CONFIRMED = 2
BPS = LIMITS["BPS"]


def confirm(court: Court, pending_id=1):
    return court.court.confirm(pending_id, sender=court.governance)


def room_of_vote(court, id):
    """In basis points."""
    record = court.court.record_of(id)
    return LIMITS["BRAKE_OF_VOTE"] - record.taken_bps - record.voted_bps


def vote(court, id, bps):
    court.court.slash_by_governance(id, bps, "ipfs://vote", sender=court.governance)


def test_confirm_slashes_ends_the_hold_and_emits(court, slasher, pool, vault, pending):
    id, amount = pending.id, pending.amount
    locked, before = court.locked(id), slasher.record_of(id)
    tx = confirm(court)
    evidence = vault.evidence_of(pending.key)
    assert tx.events == [
        *court.taken(id, amount, pending.kind, pending.key, evidence, case_id=3),
        pool.Held(id=id, amount=0, until=pending.expires_at),
        slasher.PendingConfirmed(pending_id=1, case_id=3, amount=amount),
    ]
    assert slasher.pending(1).state == CONFIRMED
    assert court.locked(id) == locked - amount
    record = slasher.record_of(id)
    # of what votes may take, and not of what certificates may
    assert record.voted_bps == -(-amount * BPS // locked)
    assert record.taken_bps == before.taken_bps
    assert (record.held, pool.sequencer(id).held) == (0, 0)


def test_confirm_does_not_count_for_the_brake_of_all(court, slasher, pending):
    braked = slasher.braked()
    confirm(court)
    assert slasher.braked() == braked


def test_confirm_takes_at_most_what_votes_may(court, slasher, pool, pending):
    """As a vote leaves less, less is held, and less is taken."""
    base = court.locked(pending.id)
    vote(court, pending.id, 1_300)
    room, locked = room_of_vote(court, pending.id), court.locked(pending.id)
    # of what was there when it became pending, which is more than now
    most = court.share(base, room)
    assert room == 200
    assert 0 < most < pending.amount
    assert pool.sequencer(pending.id).held == court.share(locked, room) < most
    tx = confirm(court)
    assert tx.events[-1] == slasher.PendingConfirmed(pending_id=1, case_id=4, amount=most)
    assert court.locked(pending.id) == locked - most
    assert room_of_vote(court, pending.id) == 0
    # what is beyond is given up, and no longer held
    assert slasher.pending(1).state == CONFIRMED
    assert slasher.record_of(pending.id).held == 0


def test_confirm_when_votes_may_take_no_more_opens_no_case(court, slasher, pool, vault, pending):
    vote(court, pending.id, 1_500)
    assert room_of_vote(court, pending.id) == pool.sequencer(pending.id).held == 0
    count = vault.case_count()
    tx = confirm(court)
    assert tx.events == [
        pool.Held(id=pending.id, amount=0, until=pending.expires_at),
        slasher.PendingConfirmed(pending_id=1, case_id=0, amount=0),
    ]
    assert vault.case_count() == count


def test_confirm_takes_matured_stake_that_the_hold_keeps(court, slasher, pool, vault, accused):
    """The owner leaves and claims what it can. What is pending waits for the vote: it takes all."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - LIMITS["DAY"])
    court.overcharge(accused)
    pending = slasher.pending(1)
    court.at(left_at + PARAMETERS["exit_delay"])
    pool.claim(accused, sender=court.stranger)
    assert court.locked(accused) == 0
    assert pool.sequencer(accused).slashable == pending.amount
    confirm(court)
    assert vault.case_of(3).own == pending.amount
    assert court.state_of(accused) == State.EXITED


def test_confirm_leaves_the_hold_of_others(court, slasher, pool, pending):
    court.report(court.offence(pending.id))
    later = slasher.pending(2)
    confirm(court)
    left = later.amount
    record = slasher.record_of(pending.id)
    assert (record.held, record.held_until) == (left, later.expires_at)
    held = pool.sequencer(pending.id)
    assert (held.held, held.held_until) == (left, later.expires_at)


def test_confirm__twice__reverts(court, pending):
    confirm(court)
    with ape.reverts("Slasher: not open"):
        confirm(court)


def test_confirm__dropped__reverts(court, slasher, pending):
    slasher.drop(1, sender=court.governance)
    with ape.reverts("Slasher: not open"):
        confirm(court)


def test_confirm__expired__reverts(court, slasher, pending):
    with isolated(court.chain):
        court.at(pending.expires_at - 1)
        confirm(court)
        assert slasher.pending(1).state == CONFIRMED
    court.at(pending.expires_at)
    with ape.reverts("Slasher: expired"):
        confirm(court)


@pytest.mark.parametrize("pending_id", [0, 2, 2**255])
def test_confirm__unknown_pending__reverts(court, pending, pending_id):
    with ape.reverts("Slasher: unknown pending"):
        confirm(court, pending_id)


def test_confirm__stranger__reverts(court, slasher, pending):
    with ape.reverts("roles: not governance"):
        slasher.confirm(1, sender=court.stranger)
