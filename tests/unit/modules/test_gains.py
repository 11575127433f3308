"""contracts/modules/gains.vy: what enters the share price over 7 days"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import gains

word: public(uint256)

@external
def add(amount: uint256):
    self.word = gains._add(self.word, amount)

@external
def set_cases(count: uint256):
    self.word = gains._with_cases(self.word, count)

@external
@view
def locked() -> uint256:
    return gains._locked(self.word)

@external
@view
def ends_at() -> uint256:
    return gains._ends_at(self.word)

@external
@view
def cases() -> uint256:
    return gains._cases(self.word)
"""

# of the table in the module: bit, width
FIELDS = {"amount": (0, 84), "start": (84, 36), "end": (120, 36), "cases": (156, 40)}
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


def now():
    return boa.env.evm.patch.timestamp


def wait(duration):
    boa.env.evm.patch.timestamp += duration


def field(word, name):
    at, width = FIELDS[name]
    return (word >> at) & (2**width - 1)


def test_fields_lie_side_by_side():
    end = 0
    for at, width in FIELDS.values():
        assert at == end
        end += width
    assert end <= 256
    assert 2 ** FIELDS["amount"][1] > ALL_METIS


def test_week_is_seven_days():
    assert WEEK == 7 * 86_400


def test_word_that_was_never_written_locks_nothing(gains):
    assert gains.locked() == gains.ends_at() == gains.cases() == 0


def test_add_fills_the_fields(gains):
    gains.set_cases(5)
    gains.add(METIS)
    word = gains.word()
    assert field(word, "amount") == METIS
    assert field(word, "start") == now()
    assert field(word, "end") == gains.ends_at() == now() + WEEK
    assert field(word, "cases") == gains.cases() == 5


def test_add_of_nothing_to_nothing_changes_nothing(gains):
    gains.add(0)
    assert gains.word() == 0
    gains.set_cases(3)
    gains.add(0)
    assert gains.cases() == 3
    assert gains.ends_at() == 0


def test_add_of_nothing_puts_nothing_off(gains):
    gains.add(METIS)
    ends_at = gains.ends_at()
    wait(WEEK // 3)
    locked = gains.locked()
    gains.add(0)
    assert (gains.ends_at(), gains.locked()) == (ends_at, locked)


@pytest.mark.parametrize("count", [0, 1, 2**40 - 1])
def test_cases_and_gains_touch_each_other_not(gains, count):
    gains.add(2**84 - 1)
    before = gains.locked(), gains.ends_at()
    gains.set_cases(count)
    assert gains.cases() == count
    assert (gains.locked(), gains.ends_at()) == before
    wait(1)
    gains.add(0)
    assert gains.cases() == count
    gains.set_cases(0)
    assert gains.cases() == 0


@given(amounts, st.integers(0, WEEK))
@settings(max_examples=100)
def test_gain_enters_evenly_rounded_down(deployed, amount, after):
    with boa.env.anchor():
        deployed.add(amount)
        wait(after)
        assert deployed.locked() == -(-amount * (WEEK - after) // WEEK)


def test_gain_is_there_in_the_second_of_its_end(gains):
    gains.add(WEEK)
    wait(WEEK - 1)
    assert gains.locked() == 1
    wait(1)
    assert gains.locked() == 0


@given(st.lists(st.tuples(amounts, seconds), min_size=1, max_size=6))
@settings(max_examples=100)
def test_what_does_not_count_only_falls_with_time_and_rises_by_what_is_added(deployed, steps):
    with boa.env.anchor():
        for amount, after in steps:
            before = deployed.locked()
            deployed.add(amount)
            assert deployed.locked() == before + amount
            assert now() < deployed.ends_at() <= now() + WEEK
            last = before + amount
            for part in (after // 2, after - after // 2):
                wait(part)
                locked = deployed.locked()
                assert locked <= last
                last = locked


@given(amounts, st.integers(0, WEEK - 1), amounts)
@settings(max_examples=100)
def test_end_is_the_mean_by_amount(deployed, first, after, second):
    with boa.env.anchor():
        deployed.add(first)
        left = WEEK - after
        wait(after)
        locked = deployed.locked()
        deployed.add(second)
        assert deployed.ends_at() == now() + (locked * left + second * WEEK) // (locked + second)


def test_small_gain_puts_a_large_one_off_by_next_to_nothing(gains):
    gains.add(1_000 * METIS)
    ends_at = gains.ends_at()
    for _ in range(100):
        wait(WEEK // 200)
        gains.add(1)
    # the end is rounded down, never up
    assert ends_at - 100 <= gains.ends_at() <= ends_at
