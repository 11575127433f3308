"""What the Slasher holds: never more than a vote could still take, and nothing that was free."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import STAKE
from tests.utils.system import DAY, METIS, PARAMETERS, State

OF_VOTE = LIMITS["BRAKE_OF_VOTE"]


def wrong_block(court, id):
    return court.time_out(id, reason=Reason.INVALID_EXECUTION)


def room(court, id):
    """Basis points that a vote could still take."""
    record = court.court.record_of(id)
    return OF_VOTE - record.taken_bps - record.voted_bps


def test_forty_reports_hold_no_more_than_a_vote_could_take(court, slasher, pool, seated):
    """Finding P2: they held 130,800 of 34,000 METIS, and 60,000 that had matured before."""
    id = seated[0]
    owner = court.owner_of(id)
    pool.relock(id, 60_000 * METIS, sender=owner)
    pool.request_withdrawal(id, 60_000 * METIS, sender=owner)
    court.wait(PARAMETERS["exit_delay"])
    for _ in range(40):
        wrong_block(court, id)
    bound = court.share(court.locked(id), room(court, id))
    held = pool.sequencer(id).held
    assert (
        held == bound == sum(slasher.pending(i + 1).amount for i in range(slasher.pending_count()))
    )
    assert held < STAKE * 15 // 100
    # beyond that nothing is pending
    (event,) = court.punished(wrong_block(court, id))
    assert (event.case_id, event.pending_id, event.amount) == (0, 0, 0)
    # what had matured is free
    tx = pool.claim(id, sender=court.stranger)
    assert tx.events[0].amount == 60_000 * METIS


def test_a_vote_takes_no_more_than_the_bound_with_all_that_is_pending(court, slasher, seated):
    id = seated[0]
    for _ in range(5):
        wrong_block(court, id)
    before = court.locked(id)
    bound = court.share(before, room(court, id))
    for pending_id in range(1, slasher.pending_count() + 1):
        slasher.confirm(pending_id, sender=court.governance)
    assert before - court.locked(id) <= bound
    assert room(court, id) >= 0


def test_a_vote_shrinks_the_hold(court, slasher, pool, pending):
    for bps in (1_300, 100, 99):
        slasher.slash_by_governance(pending.id, bps, "ipfs://vote", sender=court.governance)
        bound = court.share(court.locked(pending.id), room(court, pending.id))
        assert pool.sequencer(pending.id).held == bound < pending.amount
    # what is pending stays so
    assert slasher.record_of(pending.id).held == pending.amount


def test_an_equivocation_shrinks_the_hold(court, slasher, pool, pending):
    """What it takes is not of the 30 %, but less is left for them to be of."""
    for _ in range(3):
        wrong_block(court, pending.id)
    before = pool.sequencer(pending.id).held
    court.equivocate(pending.id)
    held = pool.sequencer(pending.id).held
    assert held == court.share(court.locked(pending.id), room(court, pending.id)) < before


def test_nothing_is_pending_when_votes_have_taken_everything(court, slasher, accused):
    slasher.slash_by_governance(accused, OF_VOTE, "ipfs://vote", sender=court.governance)
    (event,) = court.punished(wrong_block(court, accused))
    assert (event.case_id, event.pending_id, event.amount) == (0, 0, 0)
    assert slasher.pending_count() == 0
    assert court.state_of(accused) == State.SUSPENDED


def test_a_hold_keeps_nothing_that_had_matured_before_it(court, slasher, pool, accused):
    """All has matured, and nobody has claimed it: no report reaches it."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.mine_at(left_at + PARAMETERS["exit_delay"])
    court.overcharge(accused)
    assert slasher.pending_count() == 0
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == STAKE


def test_a_second_report_keeps_no_more_of_what_has_matured_since_the_first(
    court, slasher, pool, accused
):
    """What matures after the first is held as far as that was; what matures then is free."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - DAY)
    court.overcharge(accused)
    kept = slasher.pending(1).amount
    court.mine_at(left_at + PARAMETERS["exit_delay"])
    slasher.set_penalty(Kind.BACKLOG, LIMITS["BACKLOG_CEILING"], sender=court.governance)
    court.report(court.offence(accused))
    assert slasher.pending_count() == 1
    assert pool.sequencer(accused).own.kept <= kept


def test_holds_of_a_former_slasher_are_void(court, slasher, pool, accused):
    """And it can set no more."""
    new = court.deploy_slasher()
    at = pool.announce_slasher(new, sender=court.governance).timestamp + LIMITS["SLASHER_NOTICE"]
    court.at(at - PARAMETERS["exit_delay"] + DAY)
    pool.unlock(accused, sender=court.owner_of(accused))
    court.at(at - 100)
    court.overcharge(accused)
    assert slasher.pending_count() == 1
    court.mine_at(at + DAY)
    assert pool.sequencer(accused).own.kept == 0
    locked = pool.sequencer(accused).own.matured
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == locked
    with ape.reverts("SequencerPool: not slasher"):
        slasher.drop(1, sender=court.governance)


# what 10 of 14 can take, after an honest outage of 7 of 21


@pytest.mark.slow
def test_two_thirds_of_those_who_are_left_after_an_outage(court, slasher, pool):
    """Finding P8: jailed power does not count in the denominator, since L2 must be able to go on.
    The brakes bound what 10 of 14 take meanwhile, and governance undoes what they suspend."""
    ids = court.seat(*21 * [STAKE])
    for id in ids[:7]:
        court.time_out(id)
    court.wait(3_600)
    court.convene()
    signing = [place for place, member in enumerate(court.members)][:10]
    assert len(court.members) == 14
    mine = {court.signer_in(court.members[place]) for place in signing}
    others = [id for id in ids if court.signer_of(id) not in mine]
    assert len(others) == 11
    before = {id: court.locked(id) for id in ids}
    all_stake = court.metis.balanceOf(pool)
    slasher.set_penalty(
        Kind.INVALID_EXECUTION, LIMITS["INVALID_EXECUTION_CEILING"], sender=court.governance
    )
    for id in others:
        for _ in range(3):
            message = court.reelection(id, reason=Reason.INVALID_EXECUTION)
            court.report(message, court.certify(message, signing))
    for id in others:
        taken = before[id] - court.locked(id)
        assert 0 < taken <= court.share(before[id], LIMITS["BRAKE_OF_ONE"])
        assert court.state_of(id) == State.SUSPENDED
        bound = court.share(court.locked(id), room(court, id))
        assert pool.sequencer(id).held <= bound
    assert slasher.braked() <= LIMITS["BRAKE_OF_ALL"]
    assert sum(before[id] - court.locked(id) for id in ids) <= all_stake // 5
    for id in others:
        pool.reinstate(id, sender=court.governance)
        assert court.state_of(id) in (State.ACTIVE, State.JAILED)
    for pending_id in range(1, slasher.pending_count() + 1):
        slasher.drop(pending_id, sender=court.governance)
    assert all(pool.sequencer(id).held == 0 for id in others)
