"""contracts/modules/words/governor_words.vy: the words of the SequencerGovernor"""

import boa
import pytest
from boa.util.abi import Address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import State

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import governor_words as words

@external
@pure
def pack_head(head: words.Head) -> uint256:
    return words._pack_head(head)

@external
@pure
def unpack_head(word: uint256) -> words.Head:
    return words._unpack_head(word)

@external
@pure
def pack_vote(vote: words.Vote) -> uint256:
    return words._pack_vote(vote)

@external
@pure
def unpack_vote(word: uint256) -> words.Vote:
    return words._unpack_vote(word)

@external
@pure
def pack_criteria(quorum: uint256, wallets: uint256, approval: uint256) -> uint256:
    return words._pack_criteria(quorum, wallets, approval)

@external
@pure
def unpack_criteria(word: uint256) -> (uint256, uint256, uint256):
    return words._quorum(word), words._wallets(word), words._approval(word)
"""
BYTE = st.integers(0, 2**8 - 1)
ENDS = st.sampled_from([0, State.EXECUTED, State.VETOED, State.CANCELLED]).map(int)
ADDRESS = st.binary(min_size=20, max_size=20).map(lambda x: Address("0x" + x.hex()))


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


@given(st.tuples(ADDRESS, st.integers(0, 2**40 - 1), BYTE, BYTE, BYTE, ENDS))
@settings(max_examples=100)
def test_head_round_trip(words, head):
    assert tuple(words.unpack_head(words.pack_head(head))) == head


@given(st.tuples(*2 * [st.integers(0, 2**64 - 1)], st.integers(0, 2**32 - 1)))
@settings(max_examples=100)
def test_vote_round_trip(words, vote):
    assert tuple(words.unpack_vote(words.pack_vote(vote))) == vote


@given(
    st.tuples(
        st.integers(0, LIMITS["QUORUM_CEILING"]),
        st.integers(0, LIMITS["WALLETS_CEILING"]),
        st.integers(0, LIMITS["APPROVAL_CEILING"]),
    )
)
@settings(max_examples=100)
def test_criteria_round_trip(words, criteria):
    assert tuple(words.unpack_criteria(words.pack_criteria(*criteria))) == criteria


def test_criteria_at_the_widths_of_their_fields(words):
    widest = (2**128 - 1, 2**64 - 1, 2**16 - 1)
    assert tuple(words.unpack_criteria(words.pack_criteria(*widest))) == widest
    assert LIMITS["QUORUM_CEILING"] < 2**128
    assert LIMITS["WALLETS_CEILING"] < 2**64
    assert LIMITS["APPROVAL_CEILING"] < 2**16


def test_words_are_laid_out_as_documented(words):
    head = (Address("0x" + 40 * "f"), 2**40 - 1, 255, 255, 255, 255 << 6)
    for place, bit in enumerate((0, 160, 200, 208, 216, 224)):
        one = [Address("0x" + 40 * "0"), 0, 0, 0, 0, 0]
        one[place] = Address("0x" + 39 * "0" + "1") if place == 0 else 1
        if place == 5:
            one[place] = int(State.EXECUTED)
        assert words.pack_head(tuple(one)) == 1 << bit
    assert words.pack_head(head) == 2**232 - 1
    assert [words.pack_vote(x) for x in ((1, 0, 0), (0, 1, 0), (0, 0, 1))] == [1, 2**64, 2**128]
    assert [words.pack_criteria(*x) for x in ((1, 0, 0), (0, 1, 0), (0, 0, 1))] == [
        *(1, 2**128, 2**192)
    ]


def test_only_ends_by_a_call_are_kept(words):
    """The others are computed from times: shifted down, nothing is left of them."""
    nobody = Address("0x" + 40 * "0")
    for state in State:
        kept = words.unpack_head(words.pack_head((nobody, 0, 0, 0, 0, state))).end
        is_kept = state in (State.EXECUTED, State.VETOED, State.CANCELLED, State.EXPIRED)
        assert kept == (state if is_kept else 0)


def test_times_last_long(words):
    """40 bits for what is now, 64 for what a Timelock's delay may add."""
    assert 2**40 // LIMITS["YEAR"] > 34_000
