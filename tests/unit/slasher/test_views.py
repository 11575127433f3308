"""The views of the Slasher."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import PENALTIES, STAKE
from tests.utils.system import DAY

OPEN = 1
SHARE = LIMITS["SHARE"]


def test_penalty_of_every_kind(slasher):
    assert [slasher.penalty(kind) for kind in range(9)] == [
        PENALTIES["timeout_maximum"],
        0,
        PENALTIES["timeout"],
        PENALTIES["backlog"],
        PENALTIES["invalid_execution"],
        PENALTIES["equivocation"],
        0,
        PENALTIES["mass_outage"],
        0,
    ]
    assert slasher.penalty(255) == 0


def test_record_of_one_without_a_record(slasher, accused):
    assert slasher.record_of(accused) == (0, 0, 0, 0, 0)


def test_record_of_one_that_was_slashed(court, slasher, seated):
    court.report(court.offence(seated[0]))
    slasher.slash_by_governance(seated[0], 7, "ipfs://vote", sender=court.governance)
    assert slasher.record_of(seated[0]) == (0, PENALTIES["backlog"], 7, 0, 0)
    assert slasher.record_of(seated[1]) == (0, 0, 0, 0, 0)


def test_record_of_what_was_taken_forgets_it_after_30_days(court, slasher, accused):
    """In whole buckets of two days: never in fewer than 30, never after 32."""
    bucket = LIMITS["BRAKE_BUCKET"]
    start = (court.now() // bucket + 1) * bucket
    court.at(start + bucket - 2)
    court.report(court.offence(accused))
    slasher.slash_by_governance(accused, 7, "ipfs://vote", sender=court.governance)
    for after, left in ((0, (PENALTIES["backlog"], 7)), (1, (0, 0))):
        court.mine_at(start + LIMITS["BRAKE_BUCKETS"] * bucket - 1 + after)
        assert slasher.record_of(accused)[1:3] == left


def test_record_of_strikes_forgets_them_after_30_days(court, slasher, accused):
    """Days of UTC."""
    time = court.now()
    court.time_out(accused, lastBlockTimestamp=time)
    court.time_out(accused, lastBlockTimestamp=time)
    assert slasher.record_of(accused).strikes == 2
    end = (time // DAY + LIMITS["STRIKE_DAYS"]) * DAY
    court.mine_at(end - 1)
    assert slasher.record_of(accused).strikes == 2
    court.mine_at(end)
    assert slasher.record_of(accused).strikes == 0


def test_record_of__unknown_sequencer__reverts(court, slasher, seated):
    with ape.reverts("SequencerPool: unknown sequencer"):
        slasher.record_of(max(seated) + 1)


def test_pending_is_what_the_brakes_have_kept(court, slasher, accused):
    tx = court.overcharge(accused)
    (event,) = court.punished(tx)
    # 10 %, and half of the next 10 %, which are of what the first have left
    amount = STAKE * 45 // 1_000
    expires_at = tx.timestamp + LIMITS["MAX_HOLD"]
    assert slasher.pending(1) == (
        *(accused, amount, Kind.INVALID_EXECUTION, event.key),
        *(expires_at, OPEN),
    )
    assert slasher.pending_count() == 1
    assert slasher.record_of(accused) == (0, 1_500, 0, amount, expires_at)


@pytest.mark.parametrize("pending_id", [0, 1, 2**255])
def test_pending__unknown_pending__reverts(slasher, pending_id):
    with ape.reverts("Slasher: unknown pending"):
        slasher.pending(pending_id)


def test_braked_is_the_share_of_all_stake_rounded_up(court, slasher, seated):
    total = court.metis.balanceOf(court.pool)
    assert slasher.braked() == 0
    (event,) = court.punished(court.report(court.offence(seated[0])))
    first = -(-event.amount * SHARE // total)
    assert slasher.braked() == first
    (event,) = court.punished(court.report(court.offence(seated[1])))
    left = total - event.amount
    assert event.amount * SHARE % left
    assert slasher.braked() == first + -(-event.amount * SHARE // left)


def test_immutables(court, slasher):
    assert (slasher.pool(), slasher.slash_vault()) == (court.pool, court.slash_vault)
    assert slasher.metis() == court.metis
