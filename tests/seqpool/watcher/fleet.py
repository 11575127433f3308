"""A fleet of watchers' cores on a simulated suite: no node, no network, no waiting."""

import asyncio
import json
from pathlib import Path

from eip712.messages import EIP712Message
from eth_utils import keccak

from seqpool.protocol.committee import committee_hash
from seqpool.protocol.messages import digest
from seqpool.protocol.signatures import sign
from seqpool.watcher.base.config import Config
from seqpool.watcher.base.config import load as load_config
from seqpool.watcher.chain.abi import load
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import Places, offence_key
from seqpool.watcher.chain.registry import (
    BlockHeader,
    Committee,
    Epoch,
    EpochParameters,
    RegistryState,
)
from seqpool.watcher.chain.sender import Sent, Transaction, WouldRevert
from seqpool.watcher.duties.agenda import Agenda
from seqpool.watcher.duties.detect import Detector
from seqpool.watcher.duties.duty import Duty
from tests.seqpool.watcher.streams import DOMAIN, START, block, keys, members

TIMEOUT = 60
SEED = keccak(text="seed")
PLACES = Places(
    *(f"0x{n:040x}" for n in range(1, 8)), DOMAIN.verifyingContract, 1, DOMAIN.chainId, 0, 0, True
)
CONFIG = """
data = "data"
[l1]
urls = ["http://localhost:1"]
deployment = "l1.json"
[l2]
urls = ["http://localhost:2"]
deployment = "l2.json"
"""


def run(story) -> None:
    """Runs a story that waits for nothing."""
    asyncio.run(story)


def config(folder: Path, more: str = "") -> Config:
    path = folder / "watcher.toml"
    path.write_text(CONFIG + more)
    return load_config(path)


class ManualClock:
    def __init__(self, now: float = START):
        self.time = now

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


class Memory:
    """store.Store, forgotten at the end."""

    def __init__(self):
        self.slots, self.found, self.values, self.files = {}, {}, {}, {}

    def reserve(self, slot: str, digest_: bytes) -> bool:
        return self.slots.setdefault(slot, digest_) == digest_

    def add_vote(self, vote) -> bool:
        votes = self.found.setdefault(digest(vote.message), {})
        return votes.setdefault(vote.signer, vote) is vote

    def votes(self, digest_: bytes) -> list:
        return list(self.found.get(digest_, {}).values())

    def put(self, key: str, value: str) -> None:
        self.values[key] = value

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def put_evidence(self, content: bytes) -> bytes:
        self.files[keccak(content)] = content
        return keccak(content)


class World:
    """The suite on both chains, at one moment."""

    domain = DOMAIN

    def __init__(self, accounts, in_charge: str):
        self.accounts = accounts
        self.words = members(accounts)
        self.blocks = [block(100, START)]
        self.epochs = [Epoch(in_charge, 1, 150)]
        self.punished: dict[bytes, bytes] = {}
        self.open: set = set()
        self.bars: dict[str, tuple[int, int]] = {}
        self.batch = 0
        self.refuses = ""

    @property
    def ids(self) -> dict[str, int]:
        return {account.address: n for n, account in enumerate(self.accounts, 1)}

    async def registry(self, number: int | None = None) -> RegistryState:
        head = next(x for x in reversed(self.blocks) if number in (None, x.number))
        epochs = [x for x in self.epochs if x.start_block <= head.number + 1]
        seal = Committee(1, committee_hash(1, self.words), SEED, 1, START)
        return RegistryState(
            head=head,
            domain=DOMAIN,
            last_epoch=len(epochs) - 1,
            last=epochs[-1],
            before=epochs[-2] if len(epochs) > 1 else epochs[-1],
            committee=seal,
            previous_committee=Committee(0, bytes(32), bytes(32), 0, 0),
            parameters=EpochParameters(50, TIMEOUT, 7_200, "0x" + "FA" * 20),
            alive_at=START,
        )

    async def barred(self, words, number: int | None = None) -> set[str]:
        return set(self.bars)

    async def is_latest(self, block: BlockHeader) -> bool:
        return self.blocks[-1] == block

    async def bar_of(self, signer: str) -> tuple[int, int]:
        return self.bars.get(signer, (0, 0))

    async def members_of(self, nonce: int) -> list[int]:
        return self.words

    async def committee_of(self, nonce: int) -> bytes:
        return committee_hash(nonce, self.words)

    async def last_nonce(self) -> int:
        return 1

    async def id_of(self, signer: str) -> int:
        return self.ids.get(signer, 0)

    async def is_punished(self, *offence: int) -> bool:
        return offence_key(*offence) in self.punished

    async def is_open(self, id: int, cause: bytes) -> bool:
        return (id, bytes(cause)) in self.open

    async def last_batch(self) -> int:
        return self.batch


class Sender:
    """Carries a call out at once, and writes it down."""

    def __init__(self, world: World, address: str, log: list):
        self.world, self.address, self.log = world, address, log

    async def send(self, call: Transaction, is_wanted, is_urgent: bool = False) -> Sent | None:
        if not await is_wanted():
            return None
        if self.world.refuses:
            raise WouldRevert(self.world.refuses)
        name = self._carry_out(call.data)
        self.log.append((name, self.address))
        return Sent("0x", 1, True, 0)

    def _carry_out(self, data: bytes) -> str:
        world, slasher = self.world, load("Slasher")
        if found := load("SequencerSet").arguments("reelect", 2, data):
            message = found[0]
            number, last = message.last_block + 1, world.blocks[-1]
            old = world.epochs[-1]
            world.epochs[-1] = Epoch(old.signer, old.start_block, number - 1)
            world.epochs.append(Epoch(self.address, number, number + 49))
            world.blocks.append(block(number, last.timestamp + 60 * message.round, last.hash))
            return "reelect"
        if found := slasher.arguments("report", 2, data):
            message = found[0]
            key = offence_key(message.kind, message.sequencer_id, message.epoch)
            world.punished[key] = message.evidence
            return "report"
        if found := slasher.arguments("report_reelection", 2, data):
            key = offence_key(2, world.ids[found[0].failed], found[0].last_block)
            world.punished[key] = b"votes"
            return "report_reelection"
        if found := slasher.arguments("report_equivocation", 4, data):
            world.open |= {(id, keccak(text="EQUIVOCATION")) for id in world.ids.values()}
            return "report_equivocation"
        if found := load("SequencerSet").arguments("correct", 2, data):
            world.bars.pop(found[0].signer)
            return "correct"
        if found := slasher.arguments("lift_suspension", 2, data):
            world.open.clear()
            return "lift_suspension"
        if found := load("RewardDistributor").arguments("submit_batch", 3, data):
            world.batch = found[0].batch
            return "submit_batch"
        raise AssertionError("an unknown call")


class Signer:
    def __init__(self, account):
        self.account, self.address = account, account.address

    async def sign(self, message: EIP712Message):
        return sign(self.account, message)


class Peers:
    """Delivers to all others at once, unless `delivers` says no."""

    def __init__(self, fleet: "Fleet", me: str):
        self.fleet, self.me = fleet, me

    async def publish(self, vote, attachment: bytes | None = None) -> None:
        self.fleet.told.append((self.me, vote, attachment))
        for duty in list(self.fleet.duties.values()):
            if duty.me != self.me and self.fleet.delivers(self.me, duty.me):
                await self.fleet.deliver(duty, vote)


class Fleet:
    def __init__(self, count: int, folder: Path, in_charge: int = 0, more: str = ""):
        self.accounts = keys(count)
        self.clock = ManualClock()
        self.world = World(self.accounts, self.accounts[in_charge].address)
        self.config = config(folder, more)
        self.sent: list[tuple[str, str]] = []
        self.told: list = []
        self.refused: list = []
        self.memories = {account.address: Memory() for account in self.accounts}
        self.duties: dict[str, Duty] = {}
        self.agendas: dict[str, Agenda] = {}
        self.detectors: dict[str, Detector] = {}
        self.delivers = lambda sender, receiver: True
        for account in self.accounts:
            self.start(account)

    def start(self, account) -> Duty:
        """A watcher of an account, with what it remembers."""
        me = account.address
        self.agendas[me], self.detectors[me] = Agenda(self.clock), Detector(self.config.detection)
        senders = tuple(Sender(self.world, me, self.sent) for _ in range(2))
        duty = Duty(
            self.world,
            Calls(PLACES),
            Signer(account),
            self.memories[me],
            self.agendas[me],
            self.detectors[me],
            senders,
            self.config,
            self.clock,
        )
        duty.use(Peers(self, me))
        self.duties[me] = duty
        return duty

    async def deliver(self, duty: Duty, vote) -> None:
        """As an exchange does with a vote whose signature is good."""
        if (why := duty.accept(vote)) is not None:
            self.refused.append((duty.me, vote, why))
        elif self.memories[duty.me].add_vote(vote):
            await duty.on_vote(vote)

    async def follow(self) -> None:
        """All see what is on the chain."""
        for me, detector in self.detectors.items():
            registry = await self.world.registry()
            self.duties[me].registry = registry
            seal = registry.committee
            await self.duties[me].committees.learn(seal.nonce, seal.committee_hash)
            for x in self.world.blocks:
                if detector.head is None or x.number > detector.head.number:
                    at = await self.world.registry(x.number)
                    detector.see_block(x, *at.epoch_of_head())

    async def tick(self, seconds: float = 1) -> None:
        """A moment in which all act on what they know."""
        self.clock.time += seconds
        await self.follow()
        for me, duty in list(self.duties.items()):
            await duty.act(self.detectors[me].findings(self.clock.now(), TIMEOUT))
        for agenda in list(self.agendas.values()):
            agenda.start()
            await agenda.finish()

    async def run(self, seconds: float, step: float = 1) -> None:
        end = self.clock.time + seconds
        while self.clock.time < end:
            await self.tick(step)

    def certified(self, me: str) -> dict:
        values = self.memories[me].values
        return {k: json.loads(v) for k, v in values.items() if k.startswith("certified:")}
