"""A whole watcher on a real SequencerSet: it follows, finds, votes and takes over."""

import asyncio
from dataclasses import replace

import pytest
from eth_utils import to_checksum_address

from seqpool.chain.http_rpc import ask
from seqpool.documents.votes import Vote
from seqpool.protocol.messages import Reelection
from seqpool.protocol.signatures import sign
from seqpool.watcher.base.clock import SystemClock
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.chain.registry import BlockHeader, RegistryState
from seqpool.watcher.chain.rpc import Rpc, RpcUnavailable
from seqpool.watcher.duties.detect import Stall, WrongBlock
from seqpool.watcher.watch import Watcher
from tests.seqpool.watcher.fleet import PLACES, ManualClock, Memory, config
from tests.seqpool.watcher.registry import LENGTH, MEMBERS, PEOPLE, install, send

TASKS = "[tasks]\ncommit_epoch = false\nheartbeat = false\n"


class Key:
    """A member's key, for votes and transactions."""

    def __init__(self, account):
        self.account, self.address = account, account.address

    async def sign(self, message):
        return sign(self.account, message)

    async def sign_transaction(self, fields: dict) -> bytes:
        return bytes(self.account.sign_transaction(fields).raw_transaction)


class Peers:
    def __init__(self):
        self.told: list[Vote] = []

    async def publish(self, vote: Vote, attachment: bytes | None = None) -> None:
        self.told.append(vote)


class Reference:
    """A node that has the blocks of another, but for those that a test has changed."""

    def __init__(self, rpc: Rpc):
        self.rpc, self._rpc, self.others = self, rpc, {}

    async def batch(self, requests):
        answers = await self._rpc.batch(requests)
        changed = [self.others.get(x[1][0]) for x in requests]
        return [
            x if y is None or x is None else x | y for x, y in zip(answers, changed, strict=True)
        ]


class Desk:
    """A watcher of one member, on a node of a test's own."""

    def __init__(self, chain, folder, place: int = 0):
        self.url, address = chain
        places = replace(
            PLACES, sequencer_set=to_checksum_address(address), l2_chain_id=31_337, is_single=False
        )
        self.clock, self.memory, self.peers = ManualClock(), Memory(), Peers()
        self.rpc = Rpc([self.url], SystemClock())
        self.l2 = L2Reader(self.rpc, places)
        self.memory.put("members:1", str([hex(x) for x in MEMBERS]).replace("'", '"'))
        self.reference = Reference(self.rpc)
        chains = '[detection]\nwrong_block_after = "2 seconds"\n'
        values = config(folder, TASKS + chains)
        values = replace(values, l2=replace(values.l2, confirmations=0, poll_milliseconds=50))
        self.watcher = Watcher(
            values,
            L1Reader(self.rpc, places),
            self.l2,
            self.reference,
            Key(PEOPLE[place]),
            self.memory,
            self.clock,
        )
        self.watcher.use(self.peers)

    def mine(self, count: int = 1) -> None:
        ask(self.url, "anvil_mine", hex(count))

    async def look(self, later: float = 0) -> BlockHeader:
        """A look so many seconds after the latest block."""
        latest = await self.l2.block()
        self.clock.time = latest.timestamp + later
        await self.watcher.look()
        return latest

    def findings(self) -> list:
        return list(self.watcher.detector.findings(self.clock.now(), 60))


def story(chain, folder, tell, place: int = 0) -> None:
    async def run():
        desk = Desk(chain, folder, place)
        install(desk.url, desk.l2)
        send(desk.url, desk.l2, "commit_epoch", MEMBERS)
        try:
            await asyncio.wait_for(tell(desk), 60)
        finally:
            await desk.watcher.agenda.close()
            await desk.rpc.close()

    asyncio.run(run())


def test_it_follows_blocks_and_reorganisations(chain, tmp_path):
    async def tell(desk):
        await desk.look()
        desk.mine(7)
        snapshot = ask(desk.url, "evm_snapshot")
        desk.mine(3)
        head = await desk.look()
        detector = desk.watcher.detector
        assert detector.head == head and detector.block(head.number - 5) is not None
        ask(desk.url, "evm_revert", snapshot)
        ask(desk.url, "evm_increaseTime", 9)
        desk.mine(5)
        new = await desk.look()
        assert detector.head == new and new.number == head.number + 2
        for number in range(new.number - 8, new.number + 1):
            assert detector.block(number) == await desk.l2.block(number)
        status = desk.watcher.status
        assert (status.height, status.epoch) == (new.number, 1)
        assert status.in_charge == (await desk.l2.registry()).last.signer
        assert status.pending == 0 and status.lag(desk.clock.now()) == 0

    story(chain, tmp_path, tell)


def test_it_signs_its_own_blocks_and_no_other(chain, tmp_path):
    async def tell(desk):
        producer = (await desk.l2.registry()).last.signer
        await desk.look()
        desk.mine(3)
        await desk.look()
        assert (len(desk.peers.told) > 0) == (producer == PEOPLE[0].address)
        blocks = {vote.message.blockNumber for vote in desk.peers.told}
        assert len(blocks) == len(desk.peers.told)

    story(chain, tmp_path, tell)


def successor(registry: RegistryState, round: int = 1) -> int:
    """Whose turn it is, as a place among the people."""
    address = registry.successor(MEMBERS, set(), round)
    return [account.address for account in PEOPLE].index(address)


def test_the_successor_takes_over_with_the_votes_of_the_others(chain, tmp_path):
    async def tell(desk):
        await desk.look(59)
        assert desk.findings() == [] and reelections(desk) == []
        ask(desk.url, "evm_increaseTime", 61)
        head = await desk.look(60)
        assert desk.findings() == [Stall(head, 1)]
        (vote,) = reelections(desk)
        assert vote.message.lastBlock == head.number
        for account in PEOPLE:
            other = Vote(vote.message, account.address, sign(account, vote.message))
            assert desk.watcher.accept(other) is None
            await desk.watcher.on_vote(other)
        await desk.watcher.agenda.finish()
        after = await desk.l2.registry()
        assert after.last.signer == desk.watcher.duty.me
        assert after.last.start_block == head.number + 1
        await desk.look()
        assert desk.findings() == []

    async def place_of_successor() -> int:
        desk = Desk(chain, tmp_path)
        snapshot = ask(desk.url, "evm_snapshot")
        install(desk.url, desk.l2)
        send(desk.url, desk.l2, "commit_epoch", MEMBERS)
        found = successor(await desk.l2.registry())
        ask(desk.url, "evm_revert", snapshot)
        await desk.rpc.close()
        return found

    for account in PEOPLE:
        ask(chain[0], "anvil_setBalance", account.address, hex(10**20))
    story(chain, tmp_path, tell, asyncio.run(place_of_successor()))


def reelections(desk) -> list[Vote]:
    return [vote for vote in desk.peers.told if isinstance(vote.message, Reelection)]


def test_a_wrong_block_is_found_by_the_reference_node(chain, tmp_path):
    async def tell(desk):
        desk.mine(2)
        await desk.look()
        desk.mine()
        number = (await desk.l2.block()).number
        desk.reference.others[hex(number)] = {"hash": "0x" + "ab" * 32}
        await desk.look()
        assert desk.findings() == []
        await desk.look(3)
        (found,) = desk.findings()
        assert isinstance(found, WrongBlock) and found.block.number == number
        (vote,) = reelections(desk)
        assert (vote.message.reason, vote.message.lastBlock) == (2, number - 1)
        # the reference node was only slow
        desk.reference.others.clear()
        await desk.look(4)
        assert desk.findings() == []

    story(chain, tmp_path, tell)


def test_epochs_that_are_over_have_a_pace(chain, tmp_path):
    async def tell(desk):
        for _ in range(3):
            desk.mine(LENGTH)
            send(desk.url, desk.l2, "commit_epoch", MEMBERS)
            await desk.look()
        desk.mine(LENGTH)
        await desk.look()
        paces = desk.watcher.detector._paces
        assert list(paces) == [1, 2, 3, 4]
        assert all(pace.counts for pace in paces.values())

    story(chain, tmp_path, tell)


def test_it_waits_no_longer_than_until_a_round_begins(chain, tmp_path):
    async def tell(desk):
        await desk.look(59.75)
        assert desk.watcher._pause(5) == pytest.approx(0.25)
        assert desk.watcher._pause(0.1) == pytest.approx(0.1)
        await desk.look(61)
        assert desk.watcher._pause(100) <= 59

    story(chain, tmp_path, tell)


def test_it_goes_on_when_no_node_answers(chain, tmp_path, caplog):
    async def tell(desk):
        looks = 0

        async def look():
            nonlocal looks
            looks += 1
            if looks < 3:
                raise RpcUnavailable("no node answers")

        await desk.watcher._again(look)
        assert looks == 3 and caplog.text.count("no node answers") == 2

    story(chain, tmp_path, tell)
