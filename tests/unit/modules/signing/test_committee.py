"""contracts/modules/signing/committee.vy, against seqpool.protocol.committee"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.committee import Member, committee_hash, member, word

SOURCE = """
# pragma version 0.4.3
from contracts.modules.signing import committee
from contracts.modules import limits

@external
@pure
def word(power: uint256, signer: address) -> uint256:
    return committee._word(power, signer)

@external
@pure
def power(word: uint256) -> uint256:
    return committee._power(word)

@external
@pure
def signer(word: uint256) -> address:
    return committee._signer(word)

@external
@pure
def with_power(word: uint256, power: uint256) -> uint256:
    return committee._with_power(word, power)

@external
@pure
def hash(nonce: uint256, members: DynArray[uint256, limits.MAX_SEQUENCERS]) -> bytes32:
    return committee._hash(nonce, members)
"""

powers = st.sampled_from([0, 2**96 - 1]) | st.integers(0, 2**96 - 1)
addresses = (st.just(b"\xff" * 20) | st.binary(min_size=20, max_size=20)).map(to_checksum_address)
members = st.builds(Member, powers, addresses)


@pytest.fixture(scope="module")
def committee():
    return boa.loads(SOURCE)


@given(members, powers)
@settings(max_examples=100)
def test_words(committee, one, other_power):
    packed = committee.word(*one)
    assert packed == word(one)
    assert member(packed) == one == (committee.power(packed), committee.signer(packed))
    changed = committee.with_power(packed, other_power)
    assert member(changed) == (other_power, one.signer)


@given(st.integers(0, 2**64 - 1), st.lists(members.map(word), max_size=128))
@settings(max_examples=50)
def test_hash(committee, nonce, words):
    assert committee.hash(nonce, words) == committee_hash(nonce, words)


def test_hash_of_none_and_of_most(committee):
    limits = boa.load("contracts/modules/limits.vy")._constants
    for size in (0, 1, limits.MAX_SEQUENCERS):
        words = list(range(1, size + 1))
        assert committee.hash(7, words) == committee_hash(7, words)


def test_hash_depends_on_nonce_order_and_length(committee):
    lists = [(1, []), (2, []), (1, [0]), (1, [0, 0]), (1, [1, 2]), (1, [2, 1])]
    assert len({committee.hash(*arguments) for arguments in lists}) == len(lists)
