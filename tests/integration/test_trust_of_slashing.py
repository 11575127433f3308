"""The lines of docs/trust.md about committees and slashing that no other test has."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import DAY, METIS
from tests.utils.court import SEATED, STAKE
from tests.utils.system import PARAMETERS

OF_ONE, OF_VOTE = LIMITS["BRAKE_OF_ONE"], LIMITS["BRAKE_OF_VOTE"]


@pytest.fixture
def seated():
    """Asks `court` for four sequencers with STAKE each, who are the latest committee."""
    return [*SEATED]


@pytest.fixture
def accused(seated):
    return seated[0]


def take(court, id):
    """A made-up wrong block, at the highest penalty; wei that it takes."""
    before = court.locked(id)
    court.time_out(id, reason=Reason.INVALID_EXECUTION)
    return before - court.locked(id)


def test_two_thirds_find_no_time_to_take_more(court, accused):
    """At the end of one bucket and the begin of the next, after a deposit, and 29 days later."""
    slasher, pool = court.court, court.pool
    bucket = LIMITS["BRAKE_BUCKET"]
    court.mine_at((court.now() // bucket + 2) * bucket - 300)
    court.convene()
    court.overcharge(accused)
    assert slasher.record_of(accused).taken_bps == OF_ONE
    first = court.now()
    court.mine_at((first // bucket + 1) * bucket)
    assert take(court, accused) == 0
    pool.relock(accused, 10_000 * METIS, sender=court.owner_of(accused))
    assert take(court, accused) == 0
    court.mine_at(first + 29 * DAY)
    court.convene()
    assert take(court, accused) == 0
    assert slasher.record_of(accused).taken_bps == OF_ONE


def test_two_thirds_hold_no_more_than_a_vote_could_take(court, accused):
    """However many offences they make up. What had matured before may be claimed."""
    pool, owner = court.pool, court.owner_of(accused)
    matured = 5_000 * METIS
    pool.request_withdrawal(accused, matured, sender=owner)
    court.wait(PARAMETERS["exit_delay"])
    court.convene()
    court.overcharge(accused)
    for _ in range(5):
        assert take(court, accused) == 0
    held = pool.sequencer(accused).held
    assert held == court.locked(accused) * (OF_VOTE - OF_ONE) // 10_000
    assert pool.sequencer(accused).own.kept == 0
    before = court.metis.balanceOf(owner)
    pool.claim(accused, sender=court.stranger)
    assert court.metis.balanceOf(owner) == before + matured


def test_a_former_committee_signs_nothing_after_7_days(court, seated):
    """Those who have left sign with all keys, after a stop of nearly two days."""
    nonce, members, accused = court.nonce, court.members, seated[0]
    for id in seated[1:]:
        court.pool.unlock(id, sender=court.owner_of(id))
    court.new_sequencer(STAKE)
    court.new_sequencer(STAKE)
    court.convene()
    last = court.registry.committee(nonce).superseded_at + LIMITS["COMMITTEE_AGE"]
    messages = [
        court.reelection(accused, committeeNonce=nonce, lastBlockTimestamp=last - DAY),
        court.offence(accused, committeeNonce=nonce, observedAt=last - DAY),
    ]
    court.at(last - 2 * DAY)
    court.court.stop(sender=court.guardian)
    court.at(last - 60)
    court.court.resume(sender=court.guardian)
    court.mine_at(last + 1)
    for message in messages:
        with ape.reverts("Slasher: old committee"):
            court.report(message, court.certify(message, members=members))
    correction = court.correction(accused, committeeNonce=nonce)
    with ape.reverts("Slasher: old committee"):
        court.lift(correction, court.certify(correction, members=members))


def test_anyone_charges_only_whoever_timed_out_and_once(court, seated):
    *absent, present = seated
    for id in absent:
        court.time_out(id)
    slasher, stranger = court.court, court.stranger
    before = {id: court.locked(id) for id in seated}
    with ape.reverts("Slasher: not in the outage"):
        slasher.top_up(1, [present], sender=stranger)
    wanted = [before[id] - before[id] * slasher.due_in(1, id) // 10_000 for id in absent]
    assert wanted[0] < before[absent[0]]
    slasher.top_up(1, absent, sender=stranger)
    slasher.top_up(1, absent, sender=stranger)
    assert [court.locked(id) for id in absent] == wanted
    assert court.locked(present) == before[present]


def test_a_new_slasher_reaches_nothing_that_had_matured(court, accused):
    """Not what the former one held, and not by a hold of its own."""
    pool, owner = court.pool, court.owner_of(accused)
    successor = court.new_account()
    pool.announce_slasher(successor, sender=court.governance)
    court.wait(LIMITS["SLASHER_NOTICE"] - PARAMETERS["exit_delay"] - 2 * DAY)
    court.convene()
    left_at = pool.unlock(accused, sender=owner).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - DAY)
    court.convene()
    court.overcharge(accused)
    court.mine_at(left_at + PARAMETERS["exit_delay"])
    assert pool.stake_of(accused)[2] == court.court.pending(1).amount
    stake = pool.sequencer(accused).own.matured
    _, effective_at = pool.announced_slasher()
    court.mine_at(effective_at)
    assert pool.slasher() == successor
    assert pool.stake_of(accused)[2] == 0
    until = court.now() + LIMITS["MAX_HOLD"] - DAY
    pool.hold(accused, STAKE, until, sender=successor)
    assert pool.stake_of(accused)[2] == 0
    pool.slash(accused, STAKE, Kind.MANIPULATION, bytes(32), sender=successor)
    before = court.metis.balanceOf(owner)
    pool.claim(accused, sender=court.stranger)
    assert court.metis.balanceOf(owner) == before + stake
