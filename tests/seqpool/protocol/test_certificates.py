"""Counting loose signatures; tests/unit/modules/signing/test_quorum.py asks the contract, too."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpool.protocol.certificates import Dropped, Turnout, tally
from seqpool.protocol.committee import Member, word
from tests.seqpool.watcher.ballots import stall, votes

MOST = 128


@pytest.mark.parametrize(
    "members, third", [(3, 1), (4, 1), (5, 1), (6, 2), (20, 6), (127, 42), (MOST, 42)]
)
def test_a_third_by_number_is_too_few_and_one_more_is_enough(members, third):
    few, more = (Turnout(100, 100, number, members) for number in (third, third + 1))
    assert (few.is_enough, few.missing_signers) == (False, 1)
    assert (more.is_enough, more.missing_signers) == (True, 0)
    assert Turnout(0, 100, 0, members).missing_signers == third + 1


@pytest.mark.parametrize("power, needed", [(3, 2), (4, 3), (5, 4), (3 * 10**24, 2 * 10**24)])
def test_two_thirds_of_the_power_are_enough_and_a_wei_less_is_not(power, needed):
    few, more = (Turnout(signed, power, 3, 3) for signed in (needed - 1, needed))
    assert (few.is_enough, few.missing_power) == (False, 1)
    assert (more.is_enough, more.missing_power) == (True, 0)


def test_all_of_no_power_are_not_enough():
    assert not Turnout(0, 0, 3, 3).is_enough


@given(st.data(), st.integers(0, 2**100), st.integers(1, MOST))
def test_turnout_against_fractions(data, power, members):
    """What is missing is the least that makes it enough."""
    signed, signers = data.draw(st.integers(0, power)), data.draw(st.integers(0, members))
    turnout = Turnout(signed, power, signers, members)
    has_power = signed > 0 and Fraction(signed, power) >= Fraction(2, 3)
    has_number = Fraction(signers, members) > Fraction(1, 3)
    assert (turnout.missing_power == 0, turnout.missing_signers == 0) == (has_power, has_number)
    assert turnout.is_enough == (has_power and has_number)
    more = Turnout(
        signed + turnout.missing_power, power, signers + turnout.missing_signers, members
    )
    assert more.is_enough
    if turnout.missing_power:
        assert not Turnout(more.signed - 1, power, more.signers, members).is_enough
    if turnout.missing_signers:
        assert not Turnout(more.signed, power, more.signers - 1, members).is_enough


def count(powers, places):
    """What the signatures of these places of a committee amount to."""
    ballots = votes(len(powers))
    words = [word(Member(power, vote.signer)) for power, vote in zip(powers, ballots, strict=True)]
    return tally(stall(), words, [ballots[place].signature for place in places]), ballots


def test_a_tally_goes_on_until_power_and_number_are_enough():
    """Of six one holds 90 %: it needs two more, and the fourth is left out."""
    found, ballots = count([45, 1, 1, 1, 1, 1], [0, 4, 2, 1])
    assert found.is_valid
    assert found.turnout == Turnout(47, 50, 3, 6)
    assert found.certificate.signers == 0b010101
    assert found.dropped == [Dropped(3, f"{ballots[1].signer} is not needed any more")]


def test_a_tally_of_one_large_member_lacks_the_number():
    found, _ = count([100, 20, 20], [0, 0])
    assert not found.is_valid
    assert (found.turnout.missing_power, found.turnout.missing_signers) == (0, 1)
    assert [x.why.split(" ", 1)[1] for x in found.dropped] == ["has signed already"]


def test_a_tally_of_the_small_members_lacks_the_power():
    found, _ = count([100, 20, 20], [2, 1])
    assert not found.is_valid
    assert (found.turnout.missing_power, found.turnout.missing_signers) == (54, 0)
