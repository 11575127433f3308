"""contracts/modules/epoch.vy: the word of an epoch"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import epoch

OPEN_END: public(constant(uint256)) = epoch.OPEN_END

@external
@pure
def pack(signer: address, start_block: uint256, end_block: uint256) -> uint256:
    return epoch._pack(signer, start_block, end_block)

@external
@pure
def signer(word: uint256) -> address:
    return epoch._signer(word)

@external
@pure
def start(word: uint256) -> uint256:
    return epoch._start(word)

@external
@pure
def end(word: uint256) -> uint256:
    return epoch._end(word)
"""

LAST_BLOCK = 2**48 - 1
ANYONE = to_checksum_address(20 * b"\x5a")

# often 0 or all ones: those show a bleed at once
signers = (st.sampled_from([bytes(20), 20 * b"\xff"]) | st.binary(min_size=20, max_size=20)).map(
    to_checksum_address
)
blocks = st.sampled_from([0, LAST_BLOCK]) | st.integers(0, LAST_BLOCK)
too_late = st.sampled_from([LAST_BLOCK + 1, 2**256 - 1]) | st.integers(LAST_BLOCK + 1, 2**256 - 1)


@pytest.fixture(scope="module")
def epoch():
    return boa.loads(SOURCE)


@given(signers, blocks, blocks)
@settings(max_examples=100)
def test_round_trip(epoch, signer, start, end):
    word = epoch.pack(signer, start, end)
    assert word == int(signer, 16) + (start << 160) + (end << 208)
    assert (epoch.signer(word), epoch.start(word), epoch.end(word)) == (signer, start, end)


def test_open_end_is_the_last_block_there_can_be(epoch):
    assert epoch.OPEN_END() == LAST_BLOCK
    assert epoch.end(epoch.pack(ANYONE, 0, LAST_BLOCK)) == LAST_BLOCK


@given(blocks, too_late)
@settings(max_examples=20)
def test_pack__end_block_too_large__reverts(epoch, start, end):
    with boa.reverts("epoch: block number too large"):
        epoch.pack(ANYONE, start, end)


@given(too_late, blocks)
@settings(max_examples=20)
def test_pack__start_block_too_large__reverts(epoch, start, end):
    with boa.reverts("epoch: block number too large"):
        epoch.pack(ANYONE, start, end)
