"""Slasher.lapse"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.system import DAY, PARAMETERS

LAPSED = 8


def lapse(court, pending_id=1):
    return court.court.lapse(pending_id, sender=court.stranger)


def test_lapse_after_30_days_emits(court, slasher, pending):
    court.at(pending.expires_at)
    tx = lapse(court)
    # the pool has ended the hold by itself
    assert tx.events == [slasher.PendingLapsed(pending_id=1)]
    assert slasher.pending(1) == (*pending[:5], LAPSED)
    assert slasher.record_of(pending.id).held == 0


def test_lapse_is_not_needed_for_a_claim(court, pool, accused):
    """I5: the hold ends to the second, though nobody does anything."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - DAY)
    court.overcharge(accused)
    pending = court.court.pending(1)
    court.at(left_at + PARAMETERS["exit_delay"])
    pool.claim(accused, sender=court.stranger)
    with isolated(court.chain):
        court.at(pending.expires_at - 1)
        with ape.reverts("SequencerPool: nothing to claim"):
            pool.claim(accused, sender=court.stranger)
    court.at(pending.expires_at)
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == pending.amount


def test_lapse_takes_its_part_from_the_hold_of_later_ones(court, slasher, pool, pending):
    court.wait(10 * DAY)
    court.report(court.offence(pending.id))
    later = slasher.pending(2)
    court.at(pending.expires_at)
    tx = lapse(court)
    left, until = later.amount, later.expires_at
    assert tx.events == [
        pool.Held(id=pending.id, amount=left, until=until),
        slasher.PendingLapsed(pending_id=1),
    ]
    assert slasher.record_of(pending.id)[3:] == (left, until)


def test_lapse_does_not_wait_for_the_oldest(court, slasher, pending):
    """In any order: each has its own part."""
    for epoch in (1, 2):
        court.report(court.offence(pending.id, epoch=epoch))
    court.at(slasher.pending(3).expires_at)
    for pending_id in (3, 1, 2):
        lapse(court, pending_id)
    assert slasher.record_of(pending.id).held == 0


@pytest.mark.parametrize("lapses_first", [True, False])
def test_lapse_of_what_has_expired_is_no_part_of_the_next_hold(
    court, slasher, pool, pending, lapses_first
):
    """Whether or not somebody has said that it has lapsed. If somebody says so later, nothing is taken
    from the next hold."""
    # all that was taken is forgotten
    court.mine_at(pending.expires_at + 4 * DAY)
    if lapses_first:
        lapse(court)
    court.overcharge(pending.id)
    new = slasher.pending(2)
    assert slasher.record_of(pending.id)[3:] == (new.amount, new.expires_at)
    if not lapses_first:
        assert lapse(court).events == [slasher.PendingLapsed(pending_id=1)]
    assert slasher.record_of(pending.id).held == new.amount
    assert pool.sequencer(pending.id).held == new.amount


def test_lapse__not_expired__reverts(court, pending):
    assert pending.expires_at == court.now() + LIMITS["MAX_HOLD"]
    court.at(pending.expires_at - 1)
    with ape.reverts("Slasher: not expired"):
        lapse(court)


def test_lapse__twice__reverts(court, pending):
    court.at(pending.expires_at)
    lapse(court)
    with ape.reverts("Slasher: not open"):
        lapse(court)


def test_lapse__dropped__reverts(court, slasher, pending):
    slasher.drop(1, sender=court.governance)
    court.at(pending.expires_at)
    with ape.reverts("Slasher: not open"):
        lapse(court)


@pytest.mark.parametrize("pending_id", [0, 2, 2**255])
def test_lapse__unknown_pending__reverts(court, pending, pending_id):
    with ape.reverts("Slasher: unknown pending"):
        lapse(court, pending_id)
