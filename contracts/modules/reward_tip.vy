# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Reward tip
@custom:contract-name reward_tip
@license AGPL-3.0-only
@notice Where the last batch of rewards ended, in one word. Stateless.
@dev bits     | width | field
     0..63    | 64    | number of the batch
     64..127  | 64    | its last block
     128..191 | 64    | timestamp of that block, unix seconds
"""


struct Tip:
    batch: uint256
    end_block: uint256
    end_timestamp: uint256


_BLOCK_BIT: constant(uint256) = 64
_TIME_BIT: constant(uint256) = 128
_MASK: constant(uint256) = 2**64 - 1


@internal
@pure
def _pack(tip: Tip) -> uint256:
    return tip.batch | (tip.end_block << _BLOCK_BIT) | (tip.end_timestamp << _TIME_BIT)


@internal
@pure
def _unpack(word: uint256) -> Tip:
    return Tip(
        batch=word & _MASK,
        end_block=(word >> _BLOCK_BIT) & _MASK,
        end_timestamp=word >> _TIME_BIT,
    )
