"""contracts/modules/words/vault_words.vy: the words of StakedMetis, the LST vault"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from tests.unit.modules.words.fields import end_of, numbers, pack

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import vault_words as words

MAX_METIS: public(constant(uint256)) = words.MAX_METIS

gains: public(uint256)

@external
@pure
def pack_funds(funds: words.Funds) -> uint256:
    return words._pack_funds(funds)

@external
@pure
def unpack_funds(word: uint256) -> words.Funds:
    return words._unpack_funds(word)

@external
def add_gain(amount: uint256):
    self.gains = words._with_gain(self.gains, amount)

@external
def set_counted_cases(count: uint256):
    self.gains = words._with_counted_cases(self.gains, count)

@external
@view
def unvested() -> uint256:
    return words._unvested(self.gains)

@external
@view
def vested_at() -> uint256:
    return words._vested_at(self.gains)

@external
def set_open(is_open: bool):
    self.gains = words._with_open(self.gains, is_open)

@external
def end_gains():
    self.gains = words._without_gains(self.gains)

@external
@view
def is_open() -> bool:
    return words._is_open(self.gains)

@external
@view
def counted_cases() -> uint256:
    return words._counted_cases(self.gains)
"""

# from the tables in the module: first bit, width
FUNDS = {"here": (0, 84), "staked": (84, 84), "owed": (168, 84)}
GAINS = {
    "amount": (0, 84),
    "start": (84, 36),
    "end": (120, 36),
    "cases": (156, 40),
    "open": (196, 1),
}
MAX_METIS = 2**84 - 1
WEEK = LIMITS["VESTING"]
METIS = 10**18
ALL_METIS = 10_000_000 * METIS

amounts = st.sampled_from([1, 2, WEEK - 1, WEEK, METIS]) | st.integers(1, ALL_METIS)
seconds = st.sampled_from([0, 1, WEEK - 1, WEEK, WEEK + 1]) | st.integers(0, 2 * WEEK)


@pytest.fixture(scope="module")
def deployed():
    return boa.loads(SOURCE)


@pytest.fixture
def gains(deployed):
    with boa.env.anchor():
        yield deployed


# ---------------------------------------------------------------- funds


def test_fields_of_the_funds_lie_side_by_side():
    end_of(FUNDS)


wei = st.just(MAX_METIS) | numbers(84)


@given(st.fixed_dictionaries({"here": wei, "staked": wei, "owed": wei}))
@settings(max_examples=200)
def test_funds_round_trip(deployed, fields):
    struct = tuple(fields[name] for name in FUNDS)
    assert deployed.pack_funds(struct) == pack(FUNDS, fields)
    assert tuple(deployed.unpack_funds(pack(FUNDS, fields))) == struct


def test_funds_that_were_never_written_are_nothing(deployed):
    assert tuple(deployed.unpack_funds(0)) == (0, 0, 0)


def test_all_metis_fits(deployed):
    assert deployed.MAX_METIS() == MAX_METIS
    # nearly twice all METIS there is
    assert ALL_METIS < MAX_METIS < 2 * ALL_METIS


# ---------------------------------------------------------------- gains


def now():
    return boa.env.evm.patch.timestamp


def wait(duration):
    boa.env.evm.patch.timestamp += duration


def field(word, name):
    at, width = GAINS[name]
    return (word >> at) & (2**width - 1)


def test_fields_of_the_gains_lie_side_by_side():
    end_of(GAINS)
    assert 2 ** GAINS["amount"][1] > ALL_METIS


def test_week_is_seven_days():
    assert WEEK == 7 * 86_400


def test_gains_that_were_never_written_hold_nothing_back(gains):
    assert gains.unvested() == gains.vested_at() == gains.counted_cases() == 0


def test_with_gain_fills_the_fields(gains):
    gains.set_counted_cases(5)
    gains.add_gain(METIS)
    word = gains.gains()
    assert field(word, "amount") == METIS
    assert field(word, "start") == now()
    assert field(word, "end") == gains.vested_at() == now() + WEEK
    assert field(word, "cases") == gains.counted_cases() == 5


def test_with_gain_of_nothing_to_nothing_changes_nothing(gains):
    gains.add_gain(0)
    assert gains.gains() == 0
    gains.set_counted_cases(3)
    gains.add_gain(0)
    assert gains.counted_cases() == 3
    assert gains.vested_at() == 0


def test_with_gain_of_nothing_puts_nothing_off(gains):
    gains.add_gain(METIS)
    vested_at = gains.vested_at()
    wait(WEEK // 3)
    unvested = gains.unvested()
    gains.add_gain(0)
    assert (gains.vested_at(), gains.unvested()) == (vested_at, unvested)


@pytest.mark.parametrize("count", [0, 1, 2**40 - 1])
def test_counted_cases_and_gains_leave_each_other_alone(gains, count):
    gains.add_gain(2**84 - 1)
    before = gains.unvested(), gains.vested_at()
    gains.set_counted_cases(count)
    assert gains.counted_cases() == count
    assert (gains.unvested(), gains.vested_at()) == before
    wait(1)
    gains.add_gain(0)
    assert gains.counted_cases() == count
    gains.set_counted_cases(0)
    assert gains.counted_cases() == 0


@pytest.mark.parametrize("count", [0, 7, 2**40 - 1])
def test_open_and_all_else_leave_each_other_alone(gains, count):
    gains.set_counted_cases(count)
    gains.add_gain(METIS)
    for is_open in (True, True, False):
        gains.set_open(is_open)
        assert gains.is_open() == is_open
        assert (gains.counted_cases(), gains.unvested()) == (count, METIS)
    gains.set_open(True)
    gains.set_counted_cases(3)
    gains.add_gain(1)
    gains.end_gains()
    assert (gains.is_open(), gains.counted_cases(), gains.unvested()) == (True, 3, 0)


@given(amounts, st.integers(0, WEEK))
@settings(max_examples=100)
def test_gain_enters_evenly_rounded_down(deployed, amount, after):
    with boa.env.anchor():
        deployed.add_gain(amount)
        wait(after)
        assert deployed.unvested() == -(-amount * (WEEK - after) // WEEK)


def test_gain_is_there_in_the_second_of_its_end(gains):
    gains.add_gain(WEEK)
    wait(WEEK - 1)
    assert gains.unvested() == 1
    wait(1)
    assert gains.unvested() == 0


@given(st.lists(st.tuples(amounts, seconds), min_size=1, max_size=6))
@settings(max_examples=100)
def test_what_does_not_count_only_falls_with_time_and_rises_by_what_is_added(deployed, steps):
    with boa.env.anchor():
        for amount, after in steps:
            before = deployed.unvested()
            deployed.add_gain(amount)
            assert deployed.unvested() == before + amount
            assert now() < deployed.vested_at() <= now() + WEEK
            last = before + amount
            for part in (after // 2, after - after // 2):
                wait(part)
                unvested = deployed.unvested()
                assert unvested <= last
                last = unvested


@given(amounts, st.integers(0, WEEK - 1), amounts)
@settings(max_examples=100)
def test_end_is_the_mean_by_amount(deployed, first, after, second):
    with boa.env.anchor():
        deployed.add_gain(first)
        left = WEEK - after
        wait(after)
        unvested = deployed.unvested()
        deployed.add_gain(second)
        assert deployed.vested_at() == now() + (unvested * left + second * WEEK) // (
            unvested + second
        )


def test_small_gain_puts_a_large_one_off_by_next_to_nothing(gains):
    gains.add_gain(1_000 * METIS)
    vested_at = gains.vested_at()
    for _ in range(100):
        wait(WEEK // 200)
        gains.add_gain(1)
    # the end is rounded down, never up
    assert vested_at - 100 <= gains.vested_at() <= vested_at
