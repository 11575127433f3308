"""contracts/modules/words/reward_words.vy: the words of the RewardDistributor"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from tests.unit.modules.words.fields import end_of, numbers, pack, values

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import reward_words as words
from interfaces import IRewardDistributor

SHARE: public(constant(uint256)) = words.SHARE

@external
@pure
def pack_account(account: words.Account) -> uint256:
    return words._pack_account(account)

@external
@pure
def unpack_account(word: uint256) -> words.Account:
    return words._unpack_account(word)

@external
@pure
def operator(account: uint256) -> uint256:
    return words._operator(account)

@external
@pure
def less(account: uint256, amount: uint256) -> uint256:
    return words._less(account, amount)

@external
@pure
def share(account: uint256) -> uint256:
    return words._share(account)

@external
@pure
def share_since(account: uint256) -> uint256:
    return words._share_since(account)

@external
@pure
def is_closed(account: uint256) -> bool:
    return words._is_closed(account)

@external
@pure
def pack_change(change: words.Change) -> uint256:
    return words._pack_change(change)

@external
@pure
def unpack_change(word: uint256) -> words.Change:
    return words._unpack_change(word)

@external
@pure
def integral(change: words.Change, time: uint256) -> uint256:
    return words._integral(change, time)

@external
@pure
def pack_end(vault: address, integral: uint256) -> uint256:
    return words._pack_end(vault, integral)

@external
@pure
def vault_of_end(word: uint256) -> address:
    return words._vault_of_end(word)

@external
@pure
def integral_at_end(word: uint256) -> uint256:
    return words._integral_at_end(word)

@external
@pure
def with_rewards(account: uint256, operator: uint256, vault: uint256) -> uint256:
    return words._with_rewards(account, operator, vault)

@external
@pure
def present(rate: uint256) -> uint256:
    return words._present(rate)

@external
@pure
def of_batch(rate: uint256, begin: uint256) -> uint256:
    return words._of_batch(rate, begin)

@external
@view
def with_change(rate: uint256, new: uint256, begin: uint256) -> uint256:
    return words._with_change(rate, new, begin)

@external
@pure
def risen_at(rate: uint256) -> uint256:
    return words._risen_at(rate)

@external
@view
def with_rise(rate: uint256) -> uint256:
    return words._with_rise(rate)

@external
@view
def time() -> uint256:
    return block.timestamp

@external
@pure
def pack_batch_end(end: IRewardDistributor.BatchEnd) -> uint256:
    return words._pack_batch_end(end)

@external
@pure
def unpack_batch_end(word: uint256) -> IRewardDistributor.BatchEnd:
    return words._unpack_batch_end(word)
"""

# from the tables in the module: first bit, width
ACCOUNT = {
    "operator": (0, 87),
    "vault": (87, 87),
    "share": (174, 24),
    "since": (198, 32),
    "changes": (230, 24),
    "is_closed": (254, 1),
}
OPEN = 1 << 255
CHANGE = {"since": (0, 32), "share": (32, 24), "integral": (56, 56), "ended": (112, 16)}
END = {"vault": (0, 160), "integral": (160, 56)}
RATE = {"before": (0, 16), "present": (16, 16), "since": (32, 32), "risen_at": (64, 32)}
BATCH_END = {
    "batch": (0, 64),
    "end_block": (64, 64),
    "end_timestamp": (128, 64),
    "notice_at": (192, 64),
}


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


# ---------------------------------------------------------------- account


def account_of(fields):
    return OPEN + pack(ACCOUNT, fields)


def test_fields_of_the_account_lie_side_by_side():
    assert 1 << end_of(ACCOUNT) == OPEN


@given(values(ACCOUNT))
@settings(max_examples=200)
def test_account_round_trip(words, fields):
    struct = (*(fields[name] for name in [*ACCOUNT][:-1]), bool(fields["is_closed"]))
    assert words.pack_account(struct) == account_of(fields)
    assert tuple(words.unpack_account(account_of(fields))) == struct


def test_account_that_was_never_written_has_nothing(words):
    assert tuple(words.unpack_account(0)) == (0, 0, 0, 0, 0, False)
    assert words.share(0) == words.share_since(0) == 0


def test_account_that_was_emptied_is_not_zero(words):
    assert words.pack_account((0, 0, 0, 0, 0, False)) == words.with_rewards(0, 0, 0) == OPEN


@given(values(ACCOUNT))
@settings(max_examples=200)
def test_single_fields_of_the_account(words, fields):
    word = account_of(fields)
    assert words.operator(word) == fields["operator"]
    assert words.share(word) == fields["share"]
    assert words.share_since(word) == fields["since"]
    assert words.is_closed(word) == bool(fields["is_closed"])


@given(values(ACCOUNT), st.data())
@settings(max_examples=200)
def test_with_rewards_touches_no_other_field(words, fields, data):
    """As long as the sums fit: there is less METIS than that."""
    more = {
        name: data.draw(numbers(87).filter(lambda x, left=2**87 - 1 - fields[name]: x <= left))
        if fields[name] < 2**86
        else 0
        for name in ("operator", "vault")
    }
    expected = fields | {name: fields[name] + more[name] for name in more}
    assert words.with_rewards(account_of(fields), *more.values()) == account_of(expected)


@given(values(ACCOUNT), st.data())
@settings(max_examples=100)
def test_less_touches_no_other_field(words, fields, data):
    amount = data.draw(st.integers(0, fields["operator"]))
    expected = fields | {"operator": fields["operator"] - amount}
    assert words.less(account_of(fields), amount) == account_of(expected)


def test_with_rewards_opens_an_account(words):
    assert words.with_rewards(0, 5, 7) == OPEN + 5 + (7 << 87)


def test_the_whole_share_and_all_metis_fit_into_their_fields(words):
    assert words.SHARE() == 10**7 < 2 ** ACCOUNT["share"][1]
    # ten times all METIS there is
    assert 2 ** ACCOUNT["operator"][1] > 10 * 10_000_000 * 10**18
    # until the year 2106
    assert 2 ** ACCOUNT["since"][1] > 130 * 365 * 86_400


# ---------------------------------------------------------------- changes of shares


def test_fields_of_changes_and_ends_lie_side_by_side():
    end_of(CHANGE)
    end_of(END)


@given(values(CHANGE))
@settings(max_examples=200)
def test_change_round_trip(words, fields):
    struct, word = tuple(fields[x] for x in CHANGE), pack(CHANGE, fields)
    assert words.pack_change(struct) == word
    assert tuple(words.unpack_change(word)) == struct


def test_a_share_of_all_from_1970_to_2106_fits_into_an_integral(words):
    assert words.SHARE() * 2 ** CHANGE["since"][1] < 2 ** CHANGE["integral"][1]
    assert words.integral((0, words.SHARE(), 0, 0), 2**32 - 1) < 2 ** CHANGE["integral"][1]


@given(values(CHANGE), numbers(32))
@settings(max_examples=100)
def test_integral_grows_by_the_share_each_second(words, fields, seconds):
    struct, time = tuple(fields[x] for x in CHANGE), fields["since"] + seconds
    assert words.integral(struct, time) == fields["integral"] + fields["share"] * seconds


@given(values(END))
@settings(max_examples=100)
def test_end_of_a_vault_round_trip(words, fields):
    vault, word = to_checksum_address(f"0x{fields['vault']:040x}"), pack(END, fields)
    assert words.pack_end(vault, fields["integral"]) == word
    assert words.vault_of_end(word) == vault
    assert words.integral_at_end(word) == fields["integral"]


# ---------------------------------------------------------------- rate


def of_batch(fields, begin):
    return fields["present" if begin >= fields["since"] else "before"]


def test_fields_of_the_rate_lie_side_by_side():
    end_of(RATE)


@given(values(RATE), numbers(64))
@settings(max_examples=200)
def test_present_rate_and_that_of_a_batch(words, fields, begin):
    word, since = pack(RATE, fields), fields["since"]
    assert words.present(word) == fields["present"]
    assert words.of_batch(word, begin) == of_batch(fields, begin)
    assert words.of_batch(word, since) == fields["present"]
    if since > 0:
        assert words.of_batch(word, since - 1) == fields["before"]


@given(values(RATE), numbers(16), numbers(64))
@settings(max_examples=200)
def test_with_change_keeps_the_rate_of_the_next_batch_and_the_last_rise(words, fields, new, begin):
    changes = {"before": of_batch(fields, begin), "present": new, "since": words.time()}
    changed = words.with_change(pack(RATE, fields), new, begin)
    assert changed == pack(RATE, fields | changes)


@given(values(RATE))
@settings(max_examples=100)
def test_with_rise_notes_the_time_and_touches_no_other_field(words, fields):
    word = pack(RATE, fields)
    assert words.risen_at(word) == fields["risen_at"]
    assert words.with_rise(word) == pack(RATE, fields | {"risen_at": words.time()})


def test_ceiling_of_the_rate_fits_into_its_field():
    assert LIMITS["MRR_CEILING"] < 2 ** RATE["present"][1]
    # until the year 2106
    assert 2 ** RATE["since"][1] > 130 * 365 * LIMITS["DAY"]


# ---------------------------------------------------------------- batch end


@given(values(BATCH_END))
@settings(max_examples=100)
def test_batch_end_round_trip(words, fields):
    struct = tuple(fields[name] for name in BATCH_END)
    word = words.pack_batch_end(struct)
    assert word == pack(BATCH_END, fields)
    assert tuple(words.unpack_batch_end(word)) == struct
