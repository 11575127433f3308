"""Slasher.slash_by_governance"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

CEILING = LIMITS["MANIPULATION_CEILING"]
OF_VOTE = LIMITS["BRAKE_OF_VOTE"]
BUCKET = LIMITS["BRAKE_BUCKET"]
REASON = "ipfs://statement#0x00"


def slash(court, id, bps, reason=REASON, sender=None):
    return court.court.slash_by_governance(id, bps, reason, sender=sender or court.governance)


def assert_took_nothing(slasher, id, tx):
    (event,) = tx.decode_logs(slasher.SlashedByGovernance)
    assert (event.id, event.case_id, event.bps) == (id, 0, 0)


def test_slash_by_governance_slashes_and_emits(court, slasher, vault, accused):
    bps = 123
    tx = slash(court, accused, bps)
    amount = court.share(STAKE, bps)
    key = court.offence_key(Kind.MANIPULATION, accused, 1)
    evidence = keccak(text=REASON)
    assert tx.events == [
        *court.taken(accused, amount, Kind.MANIPULATION, key, evidence),
        slasher.SlashedByGovernance(id=accused, case_id=1, bps=bps, reason=REASON),
    ]
    assert vault.evidence_of(key) == evidence
    assert court.state_of(accused) == State.ACTIVE
    assert slasher.record_of(accused)[1:3] == (0, bps)


def test_slash_by_governance_is_no_business_of_the_other_brakes(court, slasher, seated):
    """And they none of its: the 15 % without a vote are still there."""
    slash(court, seated[0], 1_500)
    assert slasher.braked() == 0
    court.overcharge(seated[0])
    # 10 %, and 5 % of the rest
    locked = STAKE * 85 // 100
    assert court.locked(seated[0]) == locked * 90 // 100 * 95 // 100
    assert slasher.record_of(seated[0])[1:3] == (1_500, 1_500)


def test_slash_by_governance_takes_a_share_of_both_sides_rounded_down(court, pool, vault):
    own, paired = PARAMETERS["min_stake"] + 1, METIS
    id = court.new_paired(own, paired)
    pool.request_withdrawal(id, 1, sender=court.owner_of(id))
    slash(court, id, 1)
    taken = vault.case_of(1).own
    assert taken * 10_000 < own + paired < (taken + 1) * 10_000


def test_slash_by_governance_of_30_percent_cannot_be_evaded_by_a_wei(court, pool, vault, accused):
    pool.relock(accused, 1, sender=court.owner_of(accused))
    slash(court, accused, CEILING)
    assert vault.case_of(1).own == STAKE * 30 // 100


@pytest.mark.parametrize("made", ["jailed", "suspended", "exiting"])
def test_slash_by_governance_in_any_state(court, pool, accused, made):
    if made == "jailed":
        court.report(court.offence(accused))
    elif made == "suspended":
        court.equivocate(accused)
    else:
        pool.unlock(accused, sender=court.owner_of(accused))
    locked, state = court.locked(accused), court.state_of(accused)
    slash(court, accused, 100)
    assert court.locked(accused) == locked - locked // 100
    assert court.state_of(accused) == state


def test_slash_by_governance_of_30_percent_at_once_or_in_parts(court, slasher, accused):
    with isolated(court.chain):
        slash(court, accused, CEILING)
        assert court.locked(accused) == STAKE * 70 // 100
    slash(court, accused, 1_000)
    slash(court, accused, 1_000)
    assert slasher.record_of(accused).voted_bps == 2_000
    assert court.locked(accused) == STAKE * 81 // 100
    # and no more than another tenth
    slash(court, accused, CEILING)
    assert court.locked(accused) == STAKE * 81 * 90 // 10_000


def test_slash_by_governance_may_be_repeated(court, vault, accused):
    slash(court, accused, 100)
    slash(court, accused, 100)
    assert vault.case_count() == 2


@pytest.mark.parametrize("bps", [0, CEILING + 1, 2**255])
def test_slash_by_governance__bad_share__reverts(court, accused, bps):
    with ape.reverts("Slasher: bad share"):
        slash(court, accused, bps)


def test_slash_by_governance__empty_reason__reverts(court, accused):
    with ape.reverts("Slasher: empty reason"):
        slash(court, accused, 1, "")


def test_slash_by_governance_of_one_that_has_left_takes_nothing(court, slasher, pool, accused):
    """And fails no other decision of its proposal."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    with isolated(court.chain):
        court.at(left_at + PARAMETERS["exit_delay"] - 1)
        slash(court, accused, CEILING)
    court.at(left_at + PARAMETERS["exit_delay"])
    assert_took_nothing(slasher, accused, slash(court, accused, CEILING))


def test_slash_by_governance_takes_what_the_ceiling_leaves(court, slasher, accused):
    """No more, instead of nothing: a vote cannot be made to fail by a strike."""
    slash(court, accused, 2_000)
    locked = court.locked(accused)
    tx = slash(court, accused, 1_250)
    assert court.locked(accused) == locked - court.share(locked, 1_000)
    assert slasher.record_of(accused).voted_bps == OF_VOTE
    # the event has what it has taken
    assert tx.events[-1].bps == 1_000


def test_slash_by_governance_leaves_room_for_what_certificates_took(court, slasher, pending):
    """Together 30 %."""
    locked = court.locked(pending.id)
    slash(court, pending.id, CEILING)
    assert court.locked(pending.id) == locked - court.share(locked, 1_500)
    assert slasher.record_of(pending.id)[1:3] == (1_500, 1_500)


def test_slash_by_governance_cannot_be_evaded_by_a_strike(court, accused):
    """Which is a part of the 30 %: the vote takes the rest."""
    court.time_out(accused)
    locked = court.locked(accused)
    slash(court, accused, CEILING)
    assert court.locked(accused) == locked - court.share(locked, CEILING - 10)


@pytest.mark.parametrize("bps", [500, CEILING])
def test_slash_by_governance_cannot_be_evaded_by_a_deposit(court, pool, accused, bps):
    """Finding P1: a small slash first, then a deposit: the vote took a share of what was there at
    the first."""
    slash(court, accused, 1)
    more = PARAMETERS["cap"] - court.locked(accused)
    pool.relock(accused, more, sender=court.owner_of(accused))
    before = court.locked(accused)
    slash(court, accused, bps)
    assert before - court.locked(accused) == court.share(PARAMETERS["cap"], min(bps, CEILING - 1))


def test_slash_by_governance_has_no_boundary(court, slasher, accused):
    """Finding P1: 30 % just before a period ends, and 30 % just after it."""
    start = (court.now() // BUCKET + 1) * BUCKET
    court.at(start)
    slash(court, accused, 1)
    end = start + LIMITS["BRAKE_BUCKETS"] * BUCKET
    court.at(end - 60)
    slash(court, accused, CEILING)
    assert slasher.record_of(accused).voted_bps == OF_VOTE
    court.at(end)
    locked = court.locked(accused)
    slash(court, accused, CEILING)
    assert locked - court.locked(accused) == court.share(locked, 1)


@pytest.mark.parametrize("second", [0, BUCKET - 1])
def test_slash_by_governance_takes_nothing_above_the_ceiling_for_30_days(
    court, slasher, accused, second
):
    start = (court.now() // BUCKET + 1) * BUCKET
    court.at(start + second)
    slash(court, accused, CEILING)
    end = start + LIMITS["BRAKE_BUCKETS"] * BUCKET
    assert end > start + second + 30 * DAY
    with isolated(court.chain):
        court.at(end)
        slash(court, accused, CEILING)
        assert court.locked(accused) == STAKE * 49 // 100
    court.at(end - 1)
    assert_took_nothing(slasher, accused, slash(court, accused, CEILING))


def test_slash_by_governance_twice_in_one_proposal(parliament):
    """Finding P7: both execute, in one block, as two cases."""
    id = parliament.new_sequencer(STAKE)
    slash = parliament.court.slash_by_governance
    parliament.decide(*(parliament.call(slash, id, bps, "ipfs://vote") for bps in (100, 200)))
    assert parliament.locked(id) == STAKE * 99 * 98 // 10_000
    assert parliament.slash_vault.case_count() == 2


def test_slash_by_governance__unknown_sequencer__reverts(court, seated):
    with ape.reverts("SequencerPool: unknown sequencer"):
        slash(court, max(seated) + 1, 1)


def test_slash_by_governance__guardian__reverts(court, accused):
    with ape.reverts("roles: not governance"):
        slash(court, accused, 1, sender=court.guardian)
