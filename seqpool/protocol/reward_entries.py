"""Entries of a batch of rewards: who has produced how many blocks, as words."""

from collections.abc import Mapping, Sequence

from eth_abi import encode
from eth_utils import keccak

_ID_BITS = 32
# The id for blocks of the fallback sequencer, and of nobody who is known.
NOBODY = 0
# In place of the time at which the last batch ended, as in contracts/RewardDistributor.vy.
NOT_BEGUN, RETIRED = 0, 2**64 - 1


def first_start(starts: range, begun_in: int) -> int:
    """The first block of the first batch: the one after the block in which rewards have begun.

    It is one of `starts`, which the contract takes."""
    return min(max(starts[0], begun_in + 1), starts[-1])


def entry(id: int, blocks: int) -> int:
    """The word `blocks << 32 | id`."""
    return blocks << _ID_BITS | id


def entries(blocks: Mapping[int, int]) -> list[int]:
    """Words of {id: blocks}, in the order of ids; sequencers without blocks are left out."""
    return [entry(id, blocks[id]) for id in sorted(blocks) if blocks[id]]


def read_entry(word: int) -> tuple[int, int]:
    """Id and number of blocks."""
    return word % 2**_ID_BITS, word >> _ID_BITS


def entries_hash(words: Sequence[int]) -> bytes:
    """The hash of its entries that a RewardBatch contains."""
    return keccak(encode(["uint256[]"], [list(words)]))
