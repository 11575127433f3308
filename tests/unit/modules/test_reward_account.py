"""contracts/modules/reward_account.vy: what is kept of a sequencer that earns"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import reward_account

@external
@pure
def pack(x: reward_account.Account) -> uint256:
    return reward_account._pack(x)

@external
@pure
def unpack(word: uint256) -> reward_account.Account:
    return reward_account._unpack(word)

@external
@pure
def share(word: uint256, begin: uint256) -> uint256:
    return reward_account._share(word, begin)

@external
@pure
def plus(word: uint256, operator: uint256, vault: uint256) -> uint256:
    return reward_account._plus(word, operator, vault)

@external
@pure
def whole() -> uint256:
    return reward_account.SHARE
"""

# of the table in the module: bit, width
FIELDS = {
    "operator": (0, 87),
    "vault": (87, 87),
    "share": (174, 24),
    "next_share": (198, 24),
    "since": (222, 32),
}
OPEN = 1 << 254


def numbers(width):
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


accounts = st.fixed_dictionaries({name: numbers(width) for name, (_, width) in FIELDS.items()})


def word_of(fields):
    return OPEN + sum(fields[name] << at for name, (at, _) in FIELDS.items())


@pytest.fixture(scope="module")
def account():
    return boa.loads(SOURCE)


def test_fields_lie_side_by_side():
    end = 0
    for at, width in FIELDS.values():
        assert at == end
        end += width
    assert 1 << end == OPEN


@given(accounts)
@settings(max_examples=200)
def test_round_trip(account, fields):
    struct = tuple(fields[name] for name in FIELDS)
    assert account.pack(struct) == word_of(fields)
    assert tuple(account.unpack(word_of(fields))) == struct


def test_word_that_was_never_written_has_nothing(account):
    assert tuple(account.unpack(0)) == (0, 0, 0, 0, 0)
    assert account.share(0, 0) == account.share(0, 2**64 - 1) == 0


def test_word_that_was_emptied_is_not_zero(account):
    assert account.pack((0, 0, 0, 0, 0)) == account.plus(0, 0, 0) == OPEN


@given(accounts, numbers(64))
@settings(max_examples=200)
def test_share_is_the_next_one_from_since_on(account, fields, begin):
    word, since = word_of(fields), fields["since"]
    expected = "next_share" if begin >= since else "share"
    assert account.share(word, begin) == fields[expected]
    assert account.share(word, since) == fields["next_share"]
    if since > 0:
        assert account.share(word, since - 1) == fields["share"]


@given(accounts, st.data())
@settings(max_examples=200)
def test_plus_touches_no_other_field(account, fields, data):
    """As long as the sums fit: there is less METIS than that."""
    more = {
        name: data.draw(numbers(87).filter(lambda x, left=2**87 - 1 - fields[name]: x <= left))
        if fields[name] < 2**86
        else 0
        for name in ("operator", "vault")
    }
    expected = fields | {name: fields[name] + more[name] for name in more}
    assert account.plus(word_of(fields), *more.values()) == word_of(expected)


def test_plus_opens_a_word(account):
    assert account.plus(0, 5, 7) == OPEN + 5 + (7 << 87)


def test_whole_share_fits_into_its_field_and_metis_into_amounts(account):
    assert account.whole() == 10**7 < 2 ** FIELDS["share"][1]
    # ten times all METIS there is
    assert 2 ** FIELDS["operator"][1] > 10 * 10_000_000 * 10**18
    # until the year 2106
    assert 2 ** FIELDS["since"][1] > 130 * 365 * 86_400
