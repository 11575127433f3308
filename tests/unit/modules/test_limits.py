"""contracts/modules/limits.vy: what the bounds promise each other"""

import boa
import pytest

from seqpool.limits import LIMITS


@pytest.fixture(scope="module")
def limits():
    return boa.load("contracts/modules/limits.vy")._constants


def test_python_reads_the_same(limits):
    assert LIMITS
    assert {name: getattr(limits, name) for name in LIMITS} == LIMITS


def test_floors_are_below_ceilings(limits):
    names = [name.removesuffix("_FLOOR") for name in LIMITS if name.endswith("_FLOOR")]
    ceilings = {"MIN_STAKE": "CAP_CEILING", "SEATS": "MAX_SEQUENCERS"}
    for name in names:
        ceiling = ceilings.get(name, f"{name}_CEILING")
        assert 0 < getattr(limits, f"{name}_FLOOR") < getattr(limits, ceiling)


def test_whoever_offends_can_be_punished_before_the_shortest_exit_ends(limits):
    longest = limits.CERTIFICATE_MAX_AGE + limits.SLASHER_STOP + limits.SLASH_VOTE + limits.DAY
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
