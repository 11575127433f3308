"""Random draws: committees of all kinds, barred members, and rounds from 0 to beyond the last."""

from random import Random

from tests.docs.committees_model import hash_of
from tests.docs.epochs_histories import committee_of
from tests.docs.epochs_model import INVALID_EXECUTION, MAX_MEMBERS
from tests.docs.epochs_world import RELAY, STRANGER, Launch, Vote, World, sign
from tests.stateful.signing import signer

KEYS = 40
MOSTLY_SMALL = (0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 10, 20)
LARGE = (40, 100, 200, 253, 254, 255)
TOO_LARGE = (256, 257, 300)


class Draws:
    """One world in which some signers are barred; each committee that comes is drawn from."""

    def __init__(self, launch: Launch, seed: int):
        self.random, self.world = Random(seed), World(launch)
        self.nonce = 0

    def run(self, committees: int, draws: int):
        random = self.random
        with self.world as world:
            numbers = random.sample(range(KEYS), random.randrange(2, KEYS // 2))
            for number in numbers:
                self.bar(number)
            signers = [signer(number) for number in range(KEYS)]
            barred = [x for x in signers if world.model.is_barred(x)]
            strangers = list(range(1, MAX_MEMBERS + 1))
            for _ in range(committees):
                pool = random.choice([signers, signers, barred, signers[: KEYS // 2], strangers])
                members = committee_of(random, pool, len(pool))
                self.install(members)
                if random.randrange(3) == 0:
                    world.wait(20, 40)
                    world.commit_epoch(STRANGER, members)
                for _ in range(draws):
                    self.draw(members)

    def draw(self, members: tuple[int, ...]):
        random, last = self.random, self.world.model.last_epoch()
        round = random.choice(MOSTLY_SMALL)
        if random.randrange(20) == 0:
            round = random.choice(LARGE if len(members) < 10 else MOSTLY_SMALL)
        if random.randrange(40) == 0:
            round = random.choice(TOO_LARGE)
        epoch = random.choice([last, last + 1, random.randrange(last + 1)])
        if random.randrange(10) == 0:
            epoch = random.choice([last + 2, 2**64, 2**256 - 1])
        if random.randrange(40) == 0:
            members = members[1:]
        self.world.view_draw(members, epoch, round)

    def install(self, members: tuple[int, ...]):
        self.nonce += 1
        hash = hash_of(self.nonce, members)
        assert self.world.install(self.nonce, hash, self.random.getrandbits(256), RELAY)

    def bar(self, number: int):
        """By a committee in which this one has nearly all power, in an epoch of its own."""
        world, model = self.world, self.world.model
        helper = KEYS + 1 + number
        members = (10**24 << 160 | signer(number), 1 << 160 | signer(helper))
        self.install(members)
        world.wait(20, 40)
        assert world.commit_epoch(STRANGER, members)
        world.wait(1, 2)
        epoch, last_block = model.last_epoch(), world.chain.block - 1
        who = model.epochs(epoch).signer
        message = [self.nonce, epoch, 1, who, last_block, world.chain.now - 2, INVALID_EXECUTION]
        votes = [sign(number, message), sign(helper, message)]
        assert world.vote("reelect", STRANGER, message, Vote(members, 0b11, votes))
