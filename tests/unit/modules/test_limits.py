"""contracts/modules/limits.vy: what the bounds promise each other"""

import boa
import pytest

from seqpool.protocol.limits import LIMITS


@pytest.fixture(scope="module")
def limits():
    return boa.load("contracts/modules/limits.vy")._constants


def test_python_reads_the_same(limits):
    assert LIMITS
    assert {name: getattr(limits, name) for name in LIMITS} == LIMITS


def test_floors_are_below_ceilings(limits):
    names = [name.removesuffix("_FLOOR") for name in LIMITS if name.endswith("_FLOOR")]
    ceilings = {
        "MIN_STAKE": "CAP_CEILING",
        "SEATS": "MAX_SEQUENCERS",
        "ATTESTERS": "MAX_ATTESTERS",
    }
    for name in names:
        ceiling = ceilings.get(name, f"{name}_CEILING")
        assert 0 < getattr(limits, f"{name}_FLOOR") < getattr(limits, ceiling)


@pytest.mark.parametrize("age", ["CERTIFICATE_MAX_AGE", "COMMITTEE_AGE", "OLD_SIGNER_AGE"])
def test_whoever_offends_or_signs_has_something_at_stake_until_the_vote(limits, age):
    """Within the shortest exit: the age, a stop, a vote on the slash, and a day."""
    vote = limits.SLASHER_STOP + limits.SLASH_VOTE + limits.DAY
    assert getattr(limits, age) + vote < limits.EXIT_DELAY_FLOOR


def test_who_was_in_an_outage_can_be_topped_up_before_the_shortest_exit_ends(limits):
    longest = limits.CERTIFICATE_MAX_AGE + limits.SLASHER_STOP + limits.TOP_UP_PERIOD + limits.DAY
    assert longest < limits.EXIT_DELAY_FLOOR


def test_everyone_can_leave_before_a_new_slasher(limits):
    assert limits.SLASHER_NOTICE >= limits.EXIT_DELAY_CEILING + limits.DAY


def test_a_pause_has_ended_before_the_next(limits):
    assert limits.PAUSE_DURATION < limits.PAUSE_INTERVAL


def test_a_seal_can_see_its_block(limits):
    assert limits.SEAL_DELAY <= limits.BLOCKHASH_WINDOW


def test_a_pool_at_its_floor_can_have_a_committee(limits):
    assert limits.SEATS_FLOOR >= limits.MIN_COMMITTEE


def test_a_powers_largest_value_fits_into_a_word(limits):
    assert limits.CAP_CEILING < 2**80


def test_only_the_latest_stop_matters_to_what_may_be_reported(limits):
    """So timed_pause remembers no earlier one."""
    for age in (
        *(limits.CERTIFICATE_MAX_AGE, limits.COMMITTEE_AGE),
        *(limits.OLD_SIGNER_AGE, limits.TOP_UP_PERIOD),
    ):
        assert age + limits.SLASHER_STOP < limits.SLASHER_STOP_INTERVAL


def test_a_vote_may_take_more_than_a_committee(limits):
    assert 0 < limits.BRAKE_OF_ONE < limits.BRAKE_OF_VOTE < limits.BPS
    assert limits.BRAKE_OF_ALL < limits.SHARE
    # the most that one vote asks for is what votes may take
    assert limits.MANIPULATION_CEILING == limits.BRAKE_OF_VOTE


def test_a_brake_covers_thirty_days(limits):
    """Its whole buckets, without the present one; and a hold as long as what it waits for."""
    assert (limits.BRAKE_BUCKETS - 1) * limits.BRAKE_BUCKET == 30 * limits.DAY == limits.MAX_HOLD


def test_the_dearest_proof_without_brakes_is_within_what_a_vote_may_take(limits):
    assert limits.EQUIVOCATION_CEILING <= limits.MANIPULATION_CEILING


def test_an_appeal_lasts_as_long_as_it_takes_to_decide_it(limits):
    """And no appeal of the first day holds a case beyond its year."""
    assert limits.SLASH_VOTE < limits.APPEAL_PERIOD < limits.SLASH_LOCK


def test_a_treasury_that_nobody_wants_can_be_withdrawn_from_in_time(limits):
    """What may be released already can be, before another treasury is in force."""
    assert 0 < limits.TREASURY_NOTICE < limits.APPEAL_PERIOD


def test_timeouts_of_an_outage_can_still_be_reported_when_it_is_over(limits):
    assert 4 * limits.QUARTER == limits.DAY
    assert limits.DAY < limits.CERTIFICATE_MAX_AGE < limits.STRIKE_DAYS * limits.DAY
    assert limits.MIN_OUTAGE <= limits.MAX_SEQUENCERS
