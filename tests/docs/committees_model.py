"""The committees of the reference model: members, their hash, certificates, and the draw.

Written from the documents alone, as epochs_model.py is.

Addresses, hashes, seeds and member words are plain numbers. Signatures are not checked: a
certificate is `(members, signers, recovered)`, with one entry of `recovered` for each signature:
the address to which it recovers, None if nothing can be recovered, or HIGH_S.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from eth_utils import keccak

NOBODY = 0  # the zero address
HIGH_S = -1  # in a certificate's `recovered`: a signature whose s is not low

Recovered = Sequence[int | None]
Certificate = tuple[Sequence[int], int, Recovered]


class Reverts(Exception):
    """A call reverts. `reason` is what `Error(string)` says, empty without one."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Committee(NamedTuple):
    nonce: int
    hash: int
    seed: int
    installed_block: int
    installed_at: int


NO_COMMITTEE = Committee(0, 0, 0, 0, 0)


def check(holds: bool, reason: str) -> None:
    if not holds:
        raise Reverts(reason)


# Members, their hash, and certificates


def power_of(member: int) -> int:
    return member >> 160


def signer_of(member: int) -> int:
    return member % 2**160


def hash_of(nonce: int, members: Sequence[int]) -> int:
    """keccak256(abi.encode(nonce, members)). 64 is the offset of the list."""
    return hash_of_words(nonce, 64, len(members), *members)


def hash_of_words(*words: int) -> int:
    return int.from_bytes(keccak(b"".join(word.to_bytes(32, "big") for word in words)), "big")


def check_members(committee: Committee, members: Sequence[int]) -> None:
    """The check that the tables call "Members"."""
    check(len(members) > 0, "quorum: empty committee")
    check(hash_of(committee.nonce, members) == committee.hash, "quorum: wrong members")
    check(sum(map(power_of, members)) > 0, "quorum: no power")


def check_certificate(committee: Committee, certificate: Certificate) -> None:
    members, signers, recovered = certificate
    check(len(members) > 0, "quorum: empty committee")
    check(len(recovered) > 0, "quorum: no signatures")
    check(hash_of(committee.nonce, members) == committee.hash, "quorum: wrong members")
    check(signers >> len(members) == 0, "quorum: bit beyond members")
    used = signed = 0
    for place, member in enumerate(members):
        if signers >> place & 1:
            check(used < len(recovered), "quorum: too few signatures")
            check_signature(members, signers, place, recovered[used])
            signed += power_of(member)
            used += 1
    check(used == len(recovered), "quorum: too many signatures")
    power = sum(map(power_of, members))
    check(signed > 0 and 3 * signed >= 2 * power, "quorum: below two thirds")
    check(3 * used > len(members), "quorum: too few by number")


def check_signature(
    members: Sequence[int], signers: int, place: int, recovered: int | None
) -> None:
    """One signature, for the set bit `place`."""
    check(recovered != HIGH_S, "quorum: high s")
    if recovered is None:
        raise Reverts("quorum: malformed signature")
    addresses = [signer_of(member) for member in members]
    if recovered != addresses[place]:
        check(recovered in addresses, "quorum: signer is no member")
        true_place = addresses.index(recovered)
        counted_before = true_place < place and signers >> true_place & 1 == 1
        check(not counted_before, "quorum: duplicate signature")
        raise Reverts("quorum: signature in wrong place")


# The draw


def draw(
    members: Sequence[int],
    seed: int,
    epoch: int,
    round: int,
    excluded: tuple[int, int],
    barred: Collection[int],
) -> int:
    """DRAW of the documents. NOBODY if nobody is eligible."""
    left_out = {*excluded, *barred}
    power = sum(map(power_of, members))
    place = 0
    for k in range(17):
        redraw = [] if k == 0 else [k]
        left = hash_of_words(seed, epoch, round, *redraw) % power
        place = 0
        while left >= power_of(members[place]):
            left -= power_of(members[place])
            place += 1
        if signer_of(members[place]) not in left_out:
            return signer_of(members[place])
    for step in range(1, len(members)):
        signer = signer_of(members[(place + step) % len(members)])
        if signer not in left_out:
            return signer
    return NOBODY


def first_drawn(members: Sequence[int], seed: int, epoch: int, barred: Collection[int]) -> int:
    """The signer that round 0 gives: nobody is excluded."""
    return draw(members, seed, epoch, 0, (NOBODY, NOBODY), barred)


def successors(
    members: Sequence[int],
    seed: int,
    epoch: int,
    round: int,
    in_charge: int,
    barred: Collection[int],
) -> tuple[int, int]:
    """The successors of the round before and of `round`, which is 1 or more. That of round 0 is
    the signer in charge."""
    before = after = in_charge
    for r in range(1, round + 1):
        before, after = after, draw(members, seed, epoch, r, (in_charge, after), barred)
    return before, after
