# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Tip
@custom:contract-name tip
@license AGPL-3.0-only
@notice Where the list of epochs ends, and when the chain last showed life, in
        one word: every change of epochs reads and writes all of it. Stateless.
@dev bits     | width | field        | unit
     0..63    | 64    | last         | id of the latest epoch, which may be scheduled
     64..127  | 64    | alive_at     | unix seconds: commit, re-election, fallback, heartbeat
     128..191 | 64    | reelected_at | number of the block of the latest re-election
"""

_MASK: constant(uint256) = 2**64 - 1
_ALIVE_BIT: constant(uint256) = 64
_REELECTED_BIT: constant(uint256) = 128


struct Tip:
    last: uint256
    alive_at: uint256
    reelected_at: uint256


@internal
@pure
def _pack(tip: Tip) -> uint256:
    return tip.last | (tip.alive_at << _ALIVE_BIT) | (tip.reelected_at << _REELECTED_BIT)


@internal
@pure
def _unpack(word: uint256) -> Tip:
    return Tip(
        last=word & _MASK,
        alive_at=(word >> _ALIVE_BIT) & _MASK,
        reelected_at=word >> _REELECTED_BIT,
    )
