"""Committees come, and anyone commits epochs."""

from functools import partial
from typing import ClassVar

from hypothesis import strategies as st

from seqpool.protocol.committee import committee_hash
from seqpool.units import METIS
from tests.stateful.encoding import keccak_words, list_words
from tests.stateful.epochs.chain import FALLBACKS, RELAY, SIGNERS, STRANGER
from tests.stateful.epochs.model import Committee
from tests.stateful.machine import CHOICE, MOSTLY, OFFSET, action

# Of committees.
SIZES = st.sampled_from([3, 4, 5, 3, 4, 6, 8, 2, 1])
POWERS = (
    "equal",
    "dominant",
    "strong",
    "uneven",
    "thirds",
    "thirds + 1",
    "thirds - 1",
    "near",
    "far",
)


def powers(kind: str, size: int, first: int) -> list[int]:
    """Of a committee's members, in wei."""
    even = [20_000 * METIS] * size
    rest = 20_000 * METIS * (size - 1)
    match kind:
        case "dominant":  # so that redraws are used up
            return [10**6 * METIS if i == first % size else METIS for i in range(size)]
        case "strong":  # so that often the very last redraw decides
            return [16 * (size - 1) * METIS if i == first % size else METIS for i in range(size)]
        case "uneven":
            return [(20 + 13 * i) * 1_000 * METIS + i for i in range(size)]
        case "thirds":  # all others together have exactly two thirds
            return [*even[1:], rest // 2]
        case "thirds + 1":
            return [*even[1:], rest // 2 + 1]
        case "thirds - 1":
            return [*even[1:], max(1, rest // 2) - 1]
        case "near":
            return [*even[1:], even[0] + 1]
        case "far":
            return [*even[1:], even[0] + 2]
        case "none":
            return [0] * size
    return even


class Committees:
    """New committees, commits, the fallback and heartbeats."""

    launch_powers: ClassVar[tuple[str, ...]] = ("equal", *POWERS)

    def members(self, size: int, first: int, kind: str) -> tuple[int, ...]:
        of = [SIGNERS[(first + 3 * i) % len(SIGNERS)] for i in range(size)]
        return tuple(
            power << 160 | x for power, x in zip(powers(kind, size, first), of, strict=True)
        )

    def install_next(self, wanted: list, how=0, rise=1, known=True) -> bool:
        model = self.model
        nonce = max(0, model.installed.nonce + rise)
        members = self.members(*wanted)
        hashed = int.from_bytes(committee_hash(nonce, members), "big")
        members, hashed = (members, hashed) if known else (None, hashed ^ 1)
        seed = keccak_words(nonce, model.block)
        words = [nonce, hashed, seed]
        return self.send_from_l1(
            RELAY, how, "install_committee", nonce, hashed, seed, members, words=words
        )

    @action(
        weight=3,
        size=SIZES,
        first=st.integers(0, 9),
        kind=CHOICE,
        rise=st.sampled_from([1, 1, 1, 1, 5, 0, -1, 2**64]),
        how=CHOICE,
        known=st.integers(0, 19).map(lambda x: x < 19),
    )
    def install(self, size, first, kind, rise, how, known):
        kinds = [*self.launch_powers, "none"]
        self.install_next([size, first, kinds[kind % len(kinds)]], how, rise, known)

    @action(weight=2, first=st.integers(0, 9), kind=CHOICE, at_once=st.booleans())
    def install_another(self, first, kind, at_once):
        """With an overlap; in the block of another, or in the next one."""
        if not at_once:
            self.wait(1, 2)
        kind = self.launch_powers[kind % len(self.launch_powers)]
        self.install_next([4, first, kind])

    @action(weight=1, how=CHOICE)
    def install_nobody(self, how):
        self.install_next([0, 0, "equal"], how)

    # -------------------------------------------------------- epochs

    def commit_right(self) -> bool:
        members = self.model.installed.members or ()
        return self.send(STRANGER, "commit_epoch", members, words=[32, *list_words(members)])

    @action(weight=7, patient=MOSTLY, late=st.sampled_from([0, 1, 9, 10, 11]), flaw=CHOICE)
    def commit_epoch(self, patient, late, flaw):
        model = self.model
        if patient and model.is_scheduled:
            self.wait_for(model.epochs[-1].start + late)
        members = self.list_of(model.installed, flaw)
        self.send(STRANGER, "commit_epoch", members, words=[32, *list_words(members)])

    def list_of(self, committee: Committee, flaw: int) -> tuple[int, ...]:
        """The committee's members; at 90 and more another list."""
        members = committee.members or ()
        match flaw:
            case 90 | 91:
                return members[::-1]
            case 92 | 93 | 94:
                return self.model.previous.members or ()
            case 95:
                return ()
            case 96:
                return members[:-1]
            case 97:
                return (*members, self.members(9, 0, "equal")[-1])
            case 98 | 99:
                return tuple(x + 2**160 for x in members)
        return members

    @action(weight=4, flaw=CHOICE, patient=st.booleans(), offset=OFFSET, given=st.booleans())
    def fallback(self, flaw, patient, offset, given):
        model = self.model
        date = model.alive_at + model.parameters["fallback_delay"] + offset
        if patient and date > model.now:
            self.wait(1, date - model.now)
        sender = [STRANGER, *FALLBACKS][flaw % 3] if flaw >= 94 else model.fallback_sequencer
        if given:
            members = self.list_of(model.installed, flaw)
            self.send(sender, "fallback", members, words=[32, *list_words(members)])
        else:
            self.do(sender, "fallback", send=partial(self.set.send, sender, "fallback()"))

    @action(weight=1, fresh=st.booleans())
    def heartbeat(self, fresh):
        if fresh:
            self.wait(1, 2)
        self.send(STRANGER, "heartbeat", words=[])
