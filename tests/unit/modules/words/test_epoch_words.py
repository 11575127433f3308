"""contracts/modules/words/epoch_words.vy: the words of the SequencerSet"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from tests.unit.modules.words.fields import addresses, numbers

SOURCE = """
# pragma version 0.4.3
from contracts.modules.words import epoch_words as words
from interfaces import ISequencerSet

OPEN_END: public(constant(uint256)) = words.OPEN_END

@external
@pure
def pack_epoch(signer: address, start_block: uint256, end_block: uint256) -> uint256:
    return words._pack_epoch(signer, start_block, end_block)

@external
@pure
def signer(epoch: uint256) -> address:
    return words._signer(epoch)

@external
@pure
def start(epoch: uint256) -> uint256:
    return words._start(epoch)

@external
@pure
def end(epoch: uint256) -> uint256:
    return words._end(epoch)

@external
@pure
def pack_progress(progress: words.Progress) -> uint256:
    return words._pack_progress(progress)

@external
@pure
def unpack_progress(word: uint256) -> words.Progress:
    return words._unpack_progress(word)

@external
@pure
def pack_parameters(parameters: ISequencerSet.Parameters) -> uint256:
    return words._pack_parameters(parameters)

@external
@pure
def unpack_parameters(word: uint256) -> ISequencerSet.Parameters:
    return words._unpack_parameters(word)

@external
@view
def new_installation(nonce: uint256) -> uint256:
    return words._new_installation(nonce)

@external
@pure
def installation(word: uint256) -> (uint256, uint256, uint256):
    return words._nonce(word), words._installed_block(word), words._installed_at(word)

@external
@pure
def with_reelection(standing: uint256) -> uint256:
    return words._with_reelection(standing)

@external
@pure
def with_bar(standing: uint256, epoch: uint256, block_number: uint256) -> uint256:
    return words._with_bar(standing, epoch, block_number)

@external
@pure
def without_bar(standing: uint256) -> uint256:
    return words._without_bar(standing)

@external
@pure
def standing(word: uint256) -> (uint256, uint256, uint256, bool):
    return (
        words._reelections(word),
        words._wrong_epoch(word),
        words._wrong_block(word),
        words._is_barred(word),
    )
"""

LAST_BLOCK = 2**48 - 1
ANYONE = to_checksum_address(20 * b"\x5a")

blocks = numbers(48)
too_late = st.sampled_from([LAST_BLOCK + 1, 2**256 - 1]) | st.integers(LAST_BLOCK + 1, 2**256 - 1)


@pytest.fixture(scope="module")
def words():
    return boa.loads(SOURCE)


# ---------------------------------------------------------------- epoch


@given(addresses(), blocks, blocks)
@settings(max_examples=100)
def test_epoch_round_trip(words, signer, start, end):
    word = words.pack_epoch(signer, start, end)
    assert word == int(signer, 16) + (start << 160) + (end << 208)
    assert (words.signer(word), words.start(word), words.end(word)) == (signer, start, end)


def test_open_end_is_the_last_block_there_can_be(words):
    assert words.OPEN_END() == LAST_BLOCK
    assert words.end(words.pack_epoch(ANYONE, 0, LAST_BLOCK)) == LAST_BLOCK


@given(blocks, too_late)
@settings(max_examples=20)
def test_pack_epoch__end_block_too_large__reverts(words, start, end):
    with boa.reverts("epoch_words: block number too large"):
        words.pack_epoch(ANYONE, start, end)


@given(too_late, blocks)
@settings(max_examples=20)
def test_pack_epoch__start_block_too_large__reverts(words, start, end):
    with boa.reverts("epoch_words: block number too large"):
        words.pack_epoch(ANYONE, start, end)


# ---------------------------------------------------------------- progress


@given(numbers(64), numbers(64), numbers(64))
@settings(max_examples=100)
def test_progress_round_trip(words, last_epoch, alive_at, reelected_at):
    word = words.pack_progress((last_epoch, alive_at, reelected_at))
    assert word == last_epoch + (alive_at << 64) + (reelected_at << 128)
    assert tuple(words.unpack_progress(word)) == (last_epoch, alive_at, reelected_at)


# ---------------------------------------------------------------- parameters


@given(numbers(32), numbers(32), numbers(32), addresses())
@settings(max_examples=100)
def test_parameters_round_trip(words, length, timeout, delay, fallback):
    word = words.pack_parameters((length, timeout, delay, fallback))
    assert word == length + (timeout << 32) + (delay << 64) + (int(fallback, 16) << 96)
    assert tuple(words.unpack_parameters(word)) == (length, timeout, delay, fallback)


@pytest.mark.parametrize("name", ["EPOCH_LENGTH", "BLOCK_TIMEOUT", "FALLBACK_DELAY"])
def test_bounds_of_parameters_fit_into_their_fields(name):
    """What is packed was checked against these, and so need not be checked again."""
    assert LIMITS[f"{name}_CEILING"] < 2**32


# ---------------------------------------------------------------- installation


@given(numbers(64), numbers(64), numbers(64))
@settings(max_examples=100)
def test_installation_fields(words, nonce, block, time):
    word = nonce + (block << 64) + (time << 128)
    assert tuple(words.installation(word)) == (nonce, block, time)


@given(numbers(64))
@settings(max_examples=50)
def test_new_installation_is_in_this_block(words, nonce):
    block, time = boa.env.evm.patch.block_number, boa.env.timestamp
    assert 0 < block != time > 0
    assert words.new_installation(nonce) == nonce + (block << 64) + (time << 128)


def test_new_installation_moves_with_the_chain(words):
    nonce, block, time = words.installation(words.new_installation(1))
    boa.env.time_travel(blocks=7, block_delta=2)
    assert tuple(words.installation(words.new_installation(1))) == (nonce, block + 7, time + 14)


# ---------------------------------------------------------------- standing


def standing_of(reelections, epoch=0, block_number=0, barred=False):
    return reelections + (epoch << 64) + (block_number << 128) + (barred << 192)


@given(numbers(64), numbers(64), numbers(64))
@settings(max_examples=100)
def test_bar_round_trip(words, reelections, epoch, block_number):
    word = words.with_bar(reelections, epoch, block_number)
    assert word == standing_of(reelections, epoch, block_number, True)
    assert words.standing(word) == (reelections, epoch, block_number, True)


def test_standing_of_an_unknown_signer(words):
    assert words.standing(0) == (0, 0, 0, False)


def test_a_bar_of_epoch_0_is_a_bar(words):
    assert words.standing(words.with_bar(0, 0, 0)) == (0, 0, 0, True)


@given(numbers(64), numbers(64), numbers(64), numbers(64), numbers(64))
@settings(max_examples=100)
def test_a_later_bar_replaces_the_first(words, reelections, epoch, block, late_epoch, late_block):
    word = words.with_bar(standing_of(reelections, epoch, block, True), late_epoch, late_block)
    assert words.standing(word) == (reelections, late_epoch, late_block, True)


@given(numbers(64), numbers(64), numbers(64), st.booleans())
@settings(max_examples=100)
def test_without_bar_leaves_the_count_alone(words, reelections, epoch, block_number, barred):
    word = words.without_bar(standing_of(reelections, epoch, block_number, barred))
    assert word == reelections
    assert words.standing(word) == (reelections, 0, 0, False)


# a count of 2**64 - 1 cannot be raised
@given(numbers(64).filter(lambda x: x < 2**64 - 1), numbers(64), numbers(64), st.booleans())
@settings(max_examples=100)
def test_with_reelection_leaves_the_bar_alone(words, reelections, epoch, block_number, barred):
    word = words.with_reelection(standing_of(reelections, epoch, block_number, barred))
    assert words.standing(word) == (reelections + 1, epoch, block_number, barred)
