"""Slasher.slash_by_governance"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import STAKE
from tests.utils.isolation import isolated
from tests.utils.system import METIS, PARAMETERS, State

CEILING = LIMITS["MANIPULATION_CEILING"]
SHARE = LIMITS["SHARE"]
REASON = "ipfs://statement#0x00"


def slash(court, id, bps, reason=REASON, sender=None):
    return court.court.slash_by_governance(id, bps, reason, sender=sender or court.governance)


def test_slash_by_governance_slashes_and_emits(court, slasher, vault, accused):
    bps = 123
    tx = slash(court, accused, bps)
    amount = court.share(STAKE, bps)
    key = court.offence_key(Kind.MANIPULATION, accused, tx.timestamp)
    evidence = keccak(text=REASON)
    assert tx.events == [
        *court.taken(accused, amount, Kind.MANIPULATION, key, evidence),
        slasher.SlashedByGovernance(id=accused, case_id=1, bps=bps, reason=REASON),
    ]
    assert vault.evidence_of(key) == evidence
    assert court.state_of(accused) == State.ACTIVE
    assert slasher.record_of(accused)[1:5] == (tx.timestamp, STAKE, 0, bps * SHARE // 10_000)


def test_slash_by_governance_is_no_business_of_the_other_brakes(court, slasher, seated):
    """And they none of its: the 15 % without a vote are still there."""
    slash(court, seated[0], 1_500)
    assert slasher.braked() == 0
    court.overcharge(seated[0])
    locked = STAKE * 85 // 100
    assert court.locked(seated[0]) == locked - STAKE * 15 // 100


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
    # 10 % and 9 % of the whole
    assert slasher.record_of(accused).taken_in_all == 19 * SHARE // 100


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


def test_slash_by_governance__nothing_is_locked__reverts(court, pool, accused):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    with isolated(court.chain):
        court.at(left_at + PARAMETERS["exit_delay"] - 1)
        slash(court, accused, CEILING)
    court.at(left_at + PARAMETERS["exit_delay"])
    with ape.reverts("Slasher: nothing is locked"):
        slash(court, accused, CEILING)


def test_slash_by_governance_takes_what_the_ceiling_leaves(court, slasher, pool, accused):
    """A third of the 30 % of the whole, and not a wei more."""
    slash(court, accused, 2_000)
    left = STAKE * 10 // 100
    # 12.5 % of what is left, which is 80 %; and of eight wei, by which it is not
    for more in (0, 8):
        with isolated(court.chain):
            if more:
                pool.relock(accused, more, sender=court.owner_of(accused))
            slash(court, accused, 1_250)
            assert court.locked(accused) == STAKE * 80 // 100 - left + more
            assert slasher.record_of(accused).taken_in_all == 30 * SHARE // 100


def test_slash_by_governance_cannot_be_evaded_by_a_strike(court, accused):
    """Which begins the 30 days, and is a part of their 30 %: the vote takes the rest."""
    court.time_out(accused)
    slash(court, accused, CEILING)
    assert court.locked(accused) == STAKE * 70 // 100


@pytest.mark.parametrize("bps", [500, CEILING])
def test_slash_by_governance_cannot_be_evaded_by_a_deposit(court, pool, accused, bps):
    """The 30 % are of what was locked when they began: it does not count towards them, and does not
    make the vote fail."""
    slash(court, accused, 1)
    more = PARAMETERS["cap"] - court.locked(accused)
    pool.relock(accused, more, sender=court.owner_of(accused))
    before = court.locked(accused)
    slash(court, accused, bps)
    taken = before - court.locked(accused)
    assert taken == min(PARAMETERS["cap"] * bps // 10_000, STAKE * 2_999 // 10_000)


def test_slash_by_governance__above_ceiling_until_30_days__reverts(court, slasher, accused):
    first = slash(court, accused, CEILING).timestamp
    with isolated(court.chain):
        court.at(first + LIMITS["BRAKE_PERIOD"])
        slash(court, accused, CEILING)
        assert slasher.record_of(accused).period_base == STAKE * 70 // 100
    court.at(first + LIMITS["BRAKE_PERIOD"] - 1)
    with ape.reverts("Slasher: above ceiling"):
        slash(court, accused, CEILING)


def test_slash_by_governance__unknown_sequencer__reverts(court, seated):
    with ape.reverts("SequencerPool: unknown sequencer"):
        slash(court, max(seated) + 1, 1)


def test_slash_by_governance__guardian__reverts(court, accused):
    with ape.reverts("roles: not governance"):
        slash(court, accused, 1, sender=court.guardian)
