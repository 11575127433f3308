"""Reads the suite on both chains, at the addresses in its deployment files."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eip712.messages import EIP712Domain
from eth_abi import encode
from eth_utils import keccak

from seqpool.chain.jsonrpc import Request, RpcError
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    LST,
    POOL,
    REGISTRY,
    RELAY,
    SET,
    SLASHER,
    VAULT,
    Journal,
)
from seqpool.errors import UserError
from seqpool.protocol.committee import member
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import set_domain
from seqpool.watcher.chain.abi import Event, load
from seqpool.watcher.chain.registry import (
    BlockHeader,
    Committee,
    Epoch,
    EpochParameters,
    RegistryState,
)
from seqpool.watcher.chain.rpc import Rpc

# How many blocks of logs one request asks for.
LOG_BLOCKS = 5_000


class Undone(Exception):
    """A block was replaced while the watcher asked about it."""


def block_tag(number: int | None) -> str:
    return "latest" if number is None else hex(number)


def parse_block(data: Mapping[str, Any]) -> BlockHeader:
    """A block from a node's JSON."""
    return BlockHeader(
        int(data["number"], 16),
        bytes.fromhex(data["hash"][2:]),
        bytes.fromhex(data["parentHash"][2:]),
        int(data["timestamp"], 16),
        len(data["transactions"]),
    )


class Question(NamedTuple):
    """A view of a contract, with its arguments."""

    contract: "Contract"
    name: str
    arguments: Sequence[Any] = ()

    @property
    def data(self) -> str:
        """Calldata, in hex."""
        return "0x" + self.contract.abi.call(self.name, *self.arguments).hex()


class ChainReader:
    """A chain."""

    def __init__(self, rpc: Rpc):
        self.rpc = rpc

    async def chain_id(self) -> int:
        return int(await self.rpc.call("eth_chainId"), 16)

    async def block(self, number: int | None = None) -> BlockHeader | None:
        """A block, by default the latest; None if it is not there."""
        data = await self.rpc.call("eth_getBlockByNumber", block_tag(number), False)
        return None if data is None else parse_block(data)

    async def present_block(self, number: int | None = None) -> BlockHeader:
        """A block, by default the latest; Undone if it is not there."""
        block = await self.block(number)
        if block is None:
            raise Undone
        return block

    async def blocks(self, numbers: Iterable[int]) -> list[BlockHeader]:
        """Several blocks; Undone if one is not there any more."""
        requests: list[Request] = [("eth_getBlockByNumber", [hex(x), False]) for x in numbers]
        answers = await self.rpc.batch(requests)
        if any(not isinstance(x, dict) for x in answers):
            raise Undone
        return [parse_block(x) for x in answers]

    async def pending(self) -> int | None:
        """How many transactions could be in the next block; None if the node does not tell."""
        try:
            return int((await self.rpc.call("txpool_status"))["pending"], 16)
        except (RpcError, KeyError, TypeError, ValueError):
            return None

    async def is_syncing(self) -> bool:
        return bool(await self.rpc.call("eth_syncing"))

    async def block_by(self, at: int) -> BlockHeader:
        """The last block no later than a time: bisection, since no chain promises a block time."""
        latest = await self.present_block()
        if latest.timestamp <= at:
            return latest
        low, high = 0, latest.number - 1
        while low < high:
            middle = (low + high + 1) // 2
            if (await self.present_block(middle)).timestamp > at:
                high = middle - 1
            else:
                low = middle
        return await self.present_block(low)

    async def ask(self, questions: Sequence[Question], number: int | None = None) -> list[Any]:
        """Answers of contracts after a block, by default the latest; RpcError for a refusal."""
        found = await self.ask_each(questions, number)
        for answer in found:
            if isinstance(answer, RpcError):
                raise answer
        return found

    async def ask_each(self, questions: Sequence[Question], number: int | None = None) -> list[Any]:
        """The same, with an RpcError in the place of each answer that was refused."""
        requests: list[Request] = [
            ("eth_call", [{"to": x.contract.address, "data": x.data}, block_tag(number)])
            for x in questions
        ]
        found = await self.rpc.batch(requests)
        return [
            answer
            if isinstance(answer, RpcError)
            else question.contract.abi.answer(
                question.name, len(question.arguments), bytes.fromhex(answer[2:])
            )
            for question, answer in zip(questions, found, strict=True)
        ]


class Contract:
    """A contract of the suite."""

    def __init__(self, node: ChainReader, name: str, address: str):
        self.node, self.abi, self.address = node, load(name), address

    def ask(self, name: str, *arguments: Any) -> Question:
        return Question(self, name, arguments)

    async def read(self, name: str, *arguments: Any, at: int | None = None) -> Any:
        """The answer of a view, after a block."""
        return (await self.node.ask([self.ask(name, *arguments)], at))[0]

    async def events(
        self, name: str, first: int, last: int, topics: Sequence[int] = ()
    ) -> list[Event]:
        """Events in a range of blocks; `topics` are the values of their first indexed fields."""
        wanted = [self.abi.topic(name), *(f"{topic:#066x}" for topic in topics)]
        found = []
        for start in range(first, last + 1, LOG_BLOCKS):
            where = {
                "address": self.address,
                "topics": wanted,
                "fromBlock": hex(start),
                "toBlock": hex(min(last, start + LOG_BLOCKS - 1)),
            }
            found += await self.node.rpc.call("eth_getLogs", where)
        return [event for log in found if (event := self.abi.event(log)) is not None]


@dataclass(frozen=True)
class Places:
    """Where the suite is."""

    pool: str
    registry: str
    slash_vault: str
    slasher: str | None  # None: none of ours
    distributor: str | None  # None: none of ours
    lst: str | None  # the LST vault; None: none of ours
    relay: str
    sequencer_set: str
    l1_chain_id: int
    l2_chain_id: int
    l1_from: int  # block: nothing of the suite is older
    l2_from: int
    is_single: bool  # L1 and L2 are one chain


def find(l1: Journal, l2: Journal) -> Places:
    """The places in two deployment files, or in one of a single chain; or UserError."""
    for journal, name in ((l1, POOL), (l2, SET)):
        if name not in journal.contracts:
            raise UserError(f"{journal.path}: there is no {name}: this is the other side's file")
    linked = l1.address(SET) if l1.other is None else str(l1.other["address"])
    if linked != l2.address(SET):
        raise UserError(f"{l1.path} and {l2.path} are of different suites")
    addresses = {name: entry["address"] for name, entry in l1.contracts.items()}
    return Places(
        pool=addresses[POOL],
        registry=addresses[REGISTRY],
        slash_vault=addresses[VAULT],
        slasher=addresses.get(SLASHER),
        distributor=addresses.get(DISTRIBUTOR),
        lst=addresses.get(LST),
        relay=addresses[RELAY],
        sequencer_set=linked,
        l1_chain_id=int(l1.chain["chain_id"]),
        l2_chain_id=int(l2.chain["chain_id"]),
        l1_from=l1.contracts[POOL]["block"] or 0,
        l2_from=l2.contracts[SET]["block"] or 0,
        is_single=l1.other is None,
    )


class L2Reader(ChainReader):
    """The chain whose blocks are produced."""

    def __init__(self, rpc: Rpc, places: Places):
        super().__init__(rpc)
        self.places = places
        self.sequencer_set = Contract(self, "SequencerSet", places.sequencer_set)
        self.domain: EIP712Domain = set_domain(places.l2_chain_id, places.sequencer_set)

    async def registry(self, number: int | None = None) -> RegistryState:
        """The SequencerSet after a block, by default the latest; Undone if it was replaced."""
        head = await self.present_block(number)
        ask = self.sequencer_set.ask
        views = ("last_epoch", "committee", "previous_committee", "parameters", "alive_at")
        last, committee, previous, parameters, alive_at = await self.ask(
            [ask(view) for view in views], head.number
        )
        newest, before = await self.ask(
            [ask("epochs", last), ask("epochs", max(0, last - 1))], head.number
        )
        after = await self.block(head.number)
        if after is None or after.hash != head.hash:
            raise Undone
        return RegistryState(
            head=head,
            domain=self.domain,
            last_epoch=last,
            last=Epoch(*newest),
            before=Epoch(*before),
            committee=Committee(*committee),
            previous_committee=Committee(*previous),
            parameters=EpochParameters(*parameters),
            alive_at=alive_at,
        )

    async def barred(self, members: Collection[int], number: int | None = None) -> set[str]:
        """The signers that are left out of draws."""
        signers = [member(word).signer for word in members]
        ask = self.sequencer_set.ask
        bars = await self.ask([ask("is_barred", signer) for signer in signers], number)
        return {signer for signer, is_barred in zip(signers, bars, strict=True) if is_barred}


class L1Reader(ChainReader):
    """The chain that holds the stakes."""

    def __init__(self, rpc: Rpc, places: Places):
        super().__init__(rpc)
        self.places = places
        self.pool = Contract(self, "SequencerPool", places.pool)
        self.registry = Contract(self, "CommitteeRegistry", places.registry)
        self.slash_vault = Contract(self, "SlashVault", places.slash_vault)
        self.relay = Contract(self, "CommitteeRelay", places.relay)
        self.slasher = self._if_there("Slasher", places.slasher)
        self.distributor = self._if_there("RewardDistributor", places.distributor)
        self.lst = self._if_there("StakedMetis", places.lst)

    def _if_there(self, name: str, address: str | None) -> Contract | None:
        return None if address is None else Contract(self, name, address)

    async def members_of(self, nonce: int) -> list[int]:
        """The words of a committee, from the event of its checkpoint; UserError if it has none."""
        created_at = (await self.registry.read("committee", nonce)).created_at
        if created_at:
            last = (await self.block_by(created_at)).number
            # several blocks of a local chain may share a second
            first = max(self.places.l1_from, last - LIMITS["BLOCKHASH_WINDOW"])
            events = await self.registry.events("CommitteeCheckpointed", first, last, [nonce])
            if events:
                members: list[int] = events[0].fields["members"]
                return members
        raise UserError(f"there is no committee {nonce}")

    async def id_of(self, signer: str) -> int:
        """The id of the sequencer whose key this is or was; 0: nobody's."""
        (id,) = await self.ids_of([signer])
        return id

    async def ids_of(self, signers: Sequence[str]) -> list[int]:
        ask = self.pool.ask
        return [x[0] for x in await self.ask([ask("signer_of_record", x) for x in signers])]


async def check_chains(l1: L1Reader, l2: L2Reader) -> None:
    """UserError unless the nodes belong to the chains of the deployment files."""
    found = await asyncio.gather(l1.chain_id(), l2.chain_id())
    wanted = (l1.places.l1_chain_id, l2.places.l2_chain_id)
    for name, one, other in zip(("l1", "l2"), found, wanted, strict=True):
        if one != other:
            raise UserError(f"{name}.urls: this is chain {one}, and the deployment's is {other}")


class SuiteReader:
    """What a watcher asks of both chains, in the terms of its duties."""

    def __init__(self, l1: L1Reader, l2: L2Reader):
        self.l1, self.l2 = l1, l2
        self.domain = l2.domain

    async def registry(self, number: int | None = None) -> RegistryState:
        return await self.l2.registry(number)

    async def barred(self, members: Collection[int], number: int | None = None) -> set[str]:
        return await self.l2.barred(members, number)

    async def is_latest(self, block: BlockHeader) -> bool:
        """Whether no node knows of a later block, and ours keeps up."""
        await self.l2.rpc.prefer_highest()
        if await self.l2.is_syncing():
            return False
        latest = await self.l2.block()
        return latest is not None and latest.hash == block.hash

    async def bar_of(self, signer: str) -> tuple[int, int]:
        """Epoch and number of the wrong block; (0, 0): it is not barred."""
        epoch, number = await self.l2.sequencer_set.read("bar_of", signer)
        return epoch, number

    async def members_of(self, nonce: int) -> list[int]:
        return await self.l1.members_of(nonce)

    async def committee_of(self, nonce: int) -> bytes:
        """The hash of a committee on L1; zero if there is none."""
        hash_: bytes = (await self.l1.registry.read("committee", nonce)).hash
        return hash_

    async def last_nonce(self) -> int:
        """The nonce of the committee that signs what is for L1."""
        nonce: int = (await self.l1.registry.read("last_checkpoint")).nonce
        return nonce

    async def id_of(self, signer: str) -> int:
        return await self.l1.id_of(signer)

    async def is_punished(self, *offence: int) -> bool:
        """Whether an offence is punished, given its kind, its sequencer, and where it was."""
        key = offence_key(*offence)[:16]
        return any(await self.l1.slash_vault.read("evidence_of", key))

    async def is_open(self, id: int, cause: bytes) -> bool:
        """Whether a sequencer is suspended for a cause."""
        is_open: bool = await self.l1.pool.read("is_open", id, cause)
        return is_open

    async def last_batch(self) -> int:
        """The number of the last batch of rewards; 0: none yet."""
        # callers ask first whether there is a distributor
        assert self.l1.distributor is not None
        batch: int = (await self.l1.distributor.read("last_batch")).batch
        return batch


def offence_key(*numbers: int) -> bytes:
    """The key by which the contracts know an offence, or a cause of suspension."""
    return keccak(encode(["uint256"] * len(numbers), numbers))
