"""Random calls of a SequencerSet: mostly right ones, and all kinds of wrong ones."""

from collections.abc import Callable, Sequence
from random import Random

from tests.docs.committees_model import Committee, first_drawn, hash_of, signer_of, successors
from tests.docs.epochs_model import (
    BOUNDS,
    CORRECTION_GRACE,
    INVALID_EXECUTION,
    MAX_BLOCK,
    MAX_MEMBERS,
    MAX_NONCE,
    TIMEOUT,
)
from tests.docs.epochs_world import (
    MESSENGER,
    RELAY,
    STRANGER,
    Launch,
    Vote,
    World,
    flawed,
    selector,
    sign,
)
from tests.stateful.chain import actor
from tests.stateful.signing import signer

METIS = 10**18
FALLBACKS = [actor(f"fallback sequencer {i}") for i in range(2)]
SIGNERS = [signer(number) for number in range(10)]
NUMBER_OF = {address: number for number, address in enumerate(SIGNERS)}
OUTSIDER = 1_000  # a key that is in no committee
FLAWS = (
    *("s is just too high", "s is as high as can be", "s is 0"),
    *("r is 0", "r is the order", "r is no x"),
)
# of certificates
FAULTS = (
    *("list", "no signatures", "bit", "bit", "missing", "extra", "form", "form", "stranger"),
    *("repeated", "repeated", "swapped", "no bits", "many", "bit of another", "reversed"),
)
NO_POWER, LARGEST_POWER = 0, 2**96 - 1
SELECTORS = [selector(f"set_{name}(uint256)") for name in BOUNDS]
SELECTORS.append(selector("set_fallback_sequencer(address)"))


def powers(random: Random, size: int) -> list[int]:
    """Equal, skewed, tiny and huge ones, and none at all."""
    kind = random.choice(
        [
            *("equal", "equal", "equal", "skewed", "skewed", "skewed", "dominant", "dominant"),
            *("strong", "strong", "tiny", "tiny", "huge", "huge", "mixed", "none"),
        ]
    )
    match kind:
        case "equal":
            return [random.choice([1, METIS, 20_000 * METIS])] * size
        case "skewed":
            return [(1 + random.randrange(100)) * METIS + random.randrange(9) for _ in range(size)]
        case "dominant":  # so that redraws are used up
            return [10**6 * METIS, *[1] * (size - 1)]
        case "strong":  # so that often the last redraw decides
            return [16 * (size - 1) * METIS + 1, *[METIS] * (size - 1)]
        case "tiny":
            return [random.randrange(3) for _ in range(size)]
        case "huge":
            return [LARGEST_POWER - random.randrange(2) for _ in range(size)]
        case "mixed":
            return [random.choice([0, 1, 2, METIS, LARGEST_POWER]) for _ in range(size)]
    return [NO_POWER] * size


def committee_of(random: Random, signers: Sequence[int], largest: int) -> tuple[int, ...]:
    """Members of a committee; sometimes none, and sometimes ones that the pool would not send."""
    size = min(len(signers), random.choice([1, 2, 3, 3, 4, 4, 5, 6, 8, largest]))
    if random.randrange(15) == 0:
        return ()
    chosen = random.sample(list(signers), size)
    if random.randrange(20) == 0:  # the same signer twice
        chosen[-1] = chosen[0]
    if random.randrange(20) == 0:  # the zero address
        chosen[random.randrange(size)] = 0
    weights = powers(random, size)
    random.shuffle(weights)
    return tuple(p << 160 | s for p, s in zip(weights, chosen, strict=True))


class History:
    """One world, and the calls that a seed makes in it."""

    def __init__(self, launch: Launch, seed: int):
        self.random = Random(seed)
        self.world = World(launch)
        self.model = self.world.model
        # by nonce: the list of each committee that came
        self.lists: dict[int, tuple[int, ...]] = {}
        self.sent: list[tuple] = []  # votes, to send them again

    @property
    def block(self) -> int:
        return self.world.chain.block

    @property
    def now(self) -> int:
        return self.world.chain.now

    @property
    def terms(self) -> dict[str, int]:
        names = (*BOUNDS, "fallback_sequencer")
        return dict(zip(names, self.world.model.parameters(), strict=True))

    def chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def run(self, steps: int):
        random = self.random
        with self.world as world:
            world.compare_constants()
            if not self.chance(8):
                self.install()
            for _ in range(steps):
                self.wait()
                done = random.choice(STEPS)(self)
                self.view_draw()
                world.view("current_epoch")
                # what a refused call has changed all the same is seen a little later
                if done or self.chance(8):
                    signers = [*random.sample(SIGNERS, 2), *self.barred()[:1]]
                    world.compare(
                        signers, random.randrange(world.launch.block - 2, self.block + 99)
                    )
            world.compare_all([*SIGNERS, *FALLBACKS, STRANGER, 0])

    # ------------------------------------------------------------ what there is

    def barred(self) -> list[int]:
        return [x for x in SIGNERS if self.model.is_barred(x)]

    def members(self) -> tuple[int, ...]:
        return self.lists.get(self.model.committee().nonce, ())

    def voters(self) -> Committee:
        """The committee that may re-elect in this block."""
        installed = self.model.committee()
        came_now = installed.installed_block == self.block
        return self.model.previous_committee() if came_now else installed

    def in_charge(self) -> int:
        """The id of the epoch in charge."""
        last = self.model.last_epoch()
        _, start, end = self.model.epochs(last)
        if start > self.block:
            return last - 1
        return last if self.block <= end else last + 1

    # ------------------------------------------------------------ time

    def wait(self):
        """Often to a bound: a block before, at or after it."""
        random, model, world = self.random, self.model, self.world
        kind = random.randrange(20)
        if kind < 4:
            return
        if kind < 11:
            blocks, seconds = random.choice([1, 1, 1, 2, 3, 9, 11]), 2
        elif kind < 15:
            last = model.last_epoch()
            _, start, end = model.epochs(last)
            goal = random.choice([start, end, end, end + 1]) + random.choice([-1, 0, 0, 1])
            blocks = min(max(0, goal - self.block), 200)
            seconds = 2 * blocks
        elif kind < 17:
            goal = model.alive_at() + self.terms["fallback_delay"] + random.choice([-1, 0, 0, 1])
            blocks, seconds = 1, max(0, goal - self.now)
        elif kind < 18:
            goal = model.committee().installed_at + CORRECTION_GRACE + random.choice([0, 1])
            blocks, seconds = 1, max(0, goal - self.now)
        else:
            blocks, seconds = 1, random.choice([9, 10, 59, 60, 61, 120, 600, 1_800])
        # beyond the largest block nothing may be expected of the chain
        world.wait(min(blocks, MAX_BLOCK + 2 - self.block), seconds)

    # ------------------------------------------------------------ the relay's

    def origin(self) -> tuple[int | None, int]:
        """Who sends through the messenger, or None; and who calls if nobody does."""
        wrong = self.random.randrange(15)
        if wrong == 0:
            return STRANGER, 0
        if wrong == 1:
            return None, self.random.choice([RELAY, STRANGER])
        return RELAY, 0

    def install(self) -> bool:
        random = self.random
        old = self.model.committee().nonce
        nonce = old + 1
        if self.chance(8):
            nonce = random.choice([old, max(0, old - 1), 0, old + 5, MAX_NONCE + 1, 2**256 - 1])
        if self.chance(150):
            nonce = MAX_NONCE
        members = committee_of(random, SIGNERS, len(SIGNERS))
        hash, seed = hash_of(nonce, members), random.getrandbits(256)
        if self.chance(30):
            hash, members = random.choice([0, random.getrandbits(256)]), ()
        origin, sender = self.origin()
        done = self.world.install(nonce, hash, seed, origin, sender)
        if done:
            self.lists[nonce] = members
        return done

    def apply_call(self) -> bool:
        random = self.random
        number = self.model.call_count() + 1
        if self.chance(10):
            number = random.choice([0, number - 1, number + 1, 2**256 - 1])
        place = random.randrange(4)
        if place == 3:
            value = random.choice([*FALLBACKS, *FALLBACKS, *SIGNERS[:4]])
            if self.chance(6):
                value = random.choice([0, 2**160, 2**256 - 1, 2**160 - 1])
        else:
            low, high = [*BOUNDS.values()][place]
            value = random.choice([low, low + 1, low + 5, low * 2, high, high - 1])
            if self.chance(5):
                value = random.choice([0, low - 1, high + 1, 2**256 - 1])
        data = SELECTORS[place] + value.to_bytes(32, "big")
        if self.chance(12):
            data = random.choice([b"", data[:4], data[:35], b"\0\0\0\0" + data[4:], data + b"\0"])
        origin, sender = self.origin()
        return self.world.apply_call(number, data, origin, sender)

    def set_directly(self) -> bool:
        random = self.random
        name = random.choice([*BOUNDS, "fallback_sequencer"])
        value = random.choice([0, 1, 10, 3_600, 2**160 - 1, 2**160, 2**256 - 1])
        sender = random.choice([STRANGER, RELAY, MESSENGER, self.terms["fallback_sequencer"]])
        return self.world.set_directly(sender, f"set_{name}", value)

    # ------------------------------------------------------------ anyone's

    def wrong(self, members: tuple[int, ...]) -> tuple[int, ...]:
        """Another list."""
        random = self.random
        return random.choice(
            [
                (),
                members[::-1],
                members[1:],
                (*members, 1 << 160 | SIGNERS[0]),
                (*(x ^ 1 << 160 for x in members[:1]), *members[1:]),
                random.choice([*self.lists.values(), ()]),
                (1,) * MAX_MEMBERS,
                (1,) * (MAX_MEMBERS + 1),
            ]
        )

    def commit(self) -> bool:
        members = self.members()
        if self.chance(8):
            members = self.wrong(members)
        return self.world.commit_epoch(self.random.choice([STRANGER, *SIGNERS[:2]]), members)

    def heartbeat(self) -> bool:
        return self.world.heartbeat(self.random.choice([STRANGER, SIGNERS[0], 0]))

    def fallback(self) -> bool:
        random = self.random
        sender = self.terms["fallback_sequencer"]
        if self.chance(8):
            sender = random.choice([STRANGER, *FALLBACKS, *SIGNERS[:2]])
        members: tuple[int, ...] | None = random.choice([None, (), self.members(), self.members()])
        if self.chance(8):
            members = self.wrong(self.members())
        return self.world.fallback(sender, members)

    def reelect(self) -> bool:
        random = self.random
        if self.sent and self.chance(12):
            name, message, vote = random.choice(self.sent)
            return self.world.vote(name, STRANGER, message, vote)
        committee = self.voters()
        members = self.lists.get(committee.nonce, ())
        epoch, timeout = self.in_charge(), self.terms["block_timeout"]
        reason = random.choice([TIMEOUT, TIMEOUT, INVALID_EXECUTION])
        turns = random.choice([0, 1, 1, 1, 1, 2, 2, 3, 5])
        if self.chance(80):
            turns = random.choice([20, 254, 255, 256, 300])
        elapsed = max(0, turns * timeout + random.choice([0, 0, 1, timeout - 1, -1]))
        round = min(255, max(1, elapsed // timeout))
        failed = self.failed(committee, members, epoch, round, reason)
        at = self.now - elapsed
        message = [committee.nonce, epoch, round, failed, self.block - 1, at, reason]
        if self.chance(5):
            self.spoil(message, members)
        return self.vote("reelect", message, members)

    def failed(self, committee, members, epoch: int, round: int, reason: int) -> int:
        if sum(x >> 160 for x in members) == 0:
            return SIGNERS[0]
        barred = {signer_of(x) for x in members if self.model.is_barred(signer_of(x))}
        if epoch <= self.model.last_epoch():
            in_charge = self.model.epochs(epoch)[0]
        else:
            in_charge = first_drawn(members, committee.seed, epoch, barred)
        if reason == INVALID_EXECUTION and self.chance(2):
            return in_charge
        return successors(members, committee.seed, epoch, round, in_charge, barred)[0]

    def spoil(self, message: list[int], members: tuple[int, ...]):
        """One field of a Reelection, which its signers sign as it is then."""
        random = self.random
        place = random.randrange(7)
        others = [signer_of(x) for x in members] or SIGNERS
        choices = {
            0: [message[0] + 1, max(0, message[0] - 1), self.model.previous_committee().nonce],
            1: [message[1] + 1, max(0, message[1] - 1), 0, self.model.last_epoch()],
            2: [message[2] + 1, message[2] - 1, 0, 255, 256],
            3: [0, random.choice(others), STRANGER, 2**160, 2**160 - 1],
            4: [message[4] + 1, max(0, message[4] - 1), 2**64 - 1, 2**64, 0],
            5: [
                self.now + 1,
                self.now,
                message[5] + 1,
                max(0, message[5] - 1),
                0,
                2**64 - 1,
                2**64,
            ],
            6: [0, 3, 255, 256],
        }
        message[place] = random.choice(choices[place])

    def correct(self) -> bool:
        random = self.random
        barred = self.barred()
        who = random.choice(barred) if barred else SIGNERS[0]
        committees = [self.model.committee(), self.model.committee()]
        committees.append(self.model.previous_committee())
        committee = random.choice(committees)
        epoch, number = self.model.bar_of(who)
        message = [committee.nonce, epoch, number, random.getrandbits(256), who]
        if self.chance(6):
            place = random.choice([0, 1, 2, 4])
            message[place] = random.choice([message[place] + 1, max(0, message[place] - 1), 2**64])
        return self.vote("correct", message, self.lists.get(committee.nonce, ()))

    # ------------------------------------------------------------ certificates

    def vote(self, name: str, message: list[int], members: tuple[int, ...]) -> bool:
        """Signs and sends it; by enough members, or with a fault."""
        random = self.random
        places = [i for i, x in enumerate(members) if signer_of(x) in NUMBER_OF]
        random.shuffle(places)
        if self.chance(4):  # just enough, or just too few
            total = sum(x >> 160 for x in members)
            enough: list[int] = []
            while places and (
                3 * sum(members[i] >> 160 for i in enough) < 2 * total
                or 3 * len(enough) <= len(members)
            ):
                enough.append(places.pop())
            places = enough[self.chance(2) :]
        bits = sum(1 << i for i in places)
        signed = [sign(NUMBER_OF[signer_of(members[i])], message) for i in sorted(places)]
        vote = Vote(members, bits, signed)
        if self.chance(5):
            vote = self.fault(vote, message)
        sent = self.world.vote(name, random.choice([STRANGER, SIGNERS[0]]), message, vote)
        if sent or self.chance(5):
            self.sent = [*self.sent[-5:], (name, message, vote)]
        return sent

    def fault(self, vote: Vote, message: Sequence[int]) -> Vote:
        random = self.random
        members, bits, signatures = vote.members, vote.bits, [*vote.signatures]
        outside = sign(OUTSIDER, message)
        kind = random.choice(FAULTS)
        place = random.randrange(max(1, len(signatures)))
        match kind:
            case "list":
                members = self.wrong(members)
            case "no signatures":
                signatures = []
            case "bit":
                bits |= 1 << random.choice([len(members), len(members) + 1, 127, 128, 255])
            case "missing":
                signatures = signatures[:-1]
            case "extra":
                signatures.append(random.choice([*signatures, outside]))
            case "form" if signatures:
                signatures[place] = flawed(signatures[place], random.choice(FLAWS))
            case "stranger" if signatures:
                signatures[place] = outside
            case "repeated" if signatures:
                signatures[place] = random.choice(signatures)
            case "swapped":
                random.shuffle(signatures)
            case "no bits":
                bits = 0
            case "many":
                size = random.choice([MAX_MEMBERS, MAX_MEMBERS + 1])
                signatures = [outside] * size
            case "bit of another":
                bits ^= 1 << random.randrange(max(1, len(members)))
            case "reversed":
                signatures = signatures[::-1]
        return Vote(members, bits, signatures)

    # ------------------------------------------------------------ draws

    def view_draw(self):
        random = self.random
        members = self.members()
        if self.chance(15):
            members = self.wrong(members)
        last = self.model.last_epoch()
        epoch = random.choice([0, last, last, last + 1, last + 1, last + 2, random.randrange(99)])
        round = random.choice([0, 0, 1, 1, 2, 2, 3, 4])
        if self.chance(30):
            epoch = random.choice([last, 2**256 - 1])
            round = random.choice([9, 256, 2**256 - 1])
        self.world.view_draw(members, epoch, round)


# each as often as it stands here
STEPS: list[Callable[[History], bool]] = [
    *[History.install] * 3,
    *[History.apply_call] * 2,
    History.set_directly,
    *[History.commit] * 6,
    History.heartbeat,
    *[History.fallback] * 4,
    *[History.reelect] * 8,
    *[History.correct] * 3,
]
