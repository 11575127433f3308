"""Who is drawn for an epoch, as in contracts/SequencerSet.vy."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from eth_abi import encode
from eth_utils import keccak

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.committee import member
from seqpool.protocol.limits import LIMITS


def entropy(seed: bytes, epoch: int, round: int, k: int = 0) -> int:
    """The random number of a draw (k = 0), or of redraw k."""
    numbers = [epoch, round] + ([k] if k else [])
    return int.from_bytes(
        keccak(encode(["bytes32"] + ["uint256"] * len(numbers), [seed, *numbers])), "big"
    )


def draw(
    members: Sequence[int], seed: bytes, epoch: int, round: int, left_out: Collection[str] = ()
) -> str:
    """The signer drawn by weight; `left_out` are barred or excluded. ZERO if nobody is eligible.

    `members` are the committee's words, at least one; the addresses are checksummed.
    """
    people = [member(word) for word in members]
    sums = list(accumulate(person.power for person in people))
    for k in range(LIMITS["MAX_REDRAWS"] + 1):
        place = bisect_right(sums, entropy(seed, epoch, round, k) % sums[-1])
        if people[place].signer not in left_out:
            return people[place].signer
    for step in range(1, len(people)):
        signer = people[(place + step) % len(people)].signer
        if signer not in left_out:
            return signer
    return ZERO


def successor(
    members: Sequence[int],
    seed: bytes,
    epoch: int,
    round: int,
    in_charge: str,
    barred: Collection[str] = (),
) -> str:
    """Who takes over in a round of re-election of an epoch whose signer is `in_charge`.

    Round 0 is `in_charge` itself. ZERO if nobody is eligible in that round.
    """
    failed = in_charge
    for i in range(1, round + 1):
        failed = draw(members, seed, epoch, i, {in_charge, failed, *barred})
    return failed
