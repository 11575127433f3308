"""Reads a chain's past over JSON-RPC in batches, or through a provider of ape's in this process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from eth_utils import to_canonical_address

from seqpool.chain import ape
from seqpool.chain.http_rpc import HttpRpc
from seqpool.chain.jsonrpc import MAX_BATCH, Request, RpcError, RpcFault, one_line
from seqpool.errors import UserError

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape_ethereum.provider import Web3Provider
    from eth.abc import StateAPI
    from eth_typing import Address
    from web3.types import TxParams

T = TypeVar("T")

ATTEMPTS = 5
# What a read may cost: a contract of strangers' is among them, and nodes differ in what they allow.
GAS = 5_000_000

# in the words of geth, reth, Erigon, Nethermind, Besu and anvil
_REVERTS = re.compile(
    r"revert|out ?of ?gas|opcode|invalid ?jump|stack ?(under|over)flow|VM execution", re.IGNORECASE
)
_NO_STATE = re.compile(
    r"missing trie node|header not found|prune|historical state|state .*(unavailable|available)"
    r"|unknown block|block not found|BlockOutOfRange|no state|archive",
    re.IGNORECASE,
)


class ArchiveCall(NamedTuple):
    """A read of a contract."""

    to: str
    data: bytes


class ArchiveBlock(NamedTuple):
    number: int
    hash: str
    timestamp: int


class ArchiveNode(Protocol):
    """What the past is read from."""

    batch: int  # how many reads are made at once

    def chain_id(self) -> int: ...

    def latest(self) -> int:
        """The number of the last block."""

    def block(self, number: int) -> ArchiveBlock | None:
        """A block, if it is there."""

    def times(self, numbers: Sequence[int]) -> list[int]:
        """Unix seconds of each block; UserError if one is not there, or the node fails."""

    def read(self, calls: Sequence[ArchiveCall], block: int) -> list[bytes | None]:
        """What each call returns at a block, None if it reverts; UserError if the node fails."""


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive parts of a sequence."""
    return (items[start : start + size] for start in range(0, len(items), size))


def node_of(provider: ProviderAPI, batch: int = MAX_BATCH) -> ArchiveNode:
    """The node that ape is connected to."""
    if isinstance(provider, ape.LocalProvider):
        return LocalNode(provider, batch)
    uri = getattr(provider, "http_uri", None)
    return ProviderNode(provider, batch) if uri is None else HttpNode(uri, batch)


class ProviderNode:
    """A chain behind a connection of ape's that is not HTTP."""

    def __init__(self, provider: Web3Provider, batch: int = MAX_BATCH):
        self._provider, self.batch = provider, batch

    def chain_id(self) -> int:
        return self._provider.chain_id

    def latest(self) -> int:
        return self._provider.web3.eth.block_number

    def block(self, number: int) -> ArchiveBlock | None:
        # here, as below: what comes with ape
        from web3.exceptions import BlockNotFound

        try:
            block = self._provider.web3.eth.get_block(number)
        except BlockNotFound:
            return None
        return ArchiveBlock(block["number"], "0x" + bytes(block["hash"]).hex(), block["timestamp"])

    def times(self, numbers: Sequence[int]) -> list[int]:
        return [_there(self.block(number), number).timestamp for number in numbers]

    def read(self, calls: Sequence[ArchiveCall], block: int) -> list[bytes | None]:
        return [self._read(call, block) for call in calls]

    def _read(self, call: ArchiveCall, block: int) -> bytes | None:
        from web3.exceptions import ContractLogicError

        fields = {"to": call.to, "data": "0x" + call.data.hex(), "gas": GAS}
        try:
            return bytes(self._provider.web3.eth.call(cast("TxParams", fields), block))
        except ContractLogicError:
            return None


class LocalNode(ProviderNode):
    """A chain in this process: its machine is asked, for through all layers a read takes 150 ms."""

    def __init__(self, provider: ape.LocalProvider, batch: int = MAX_BATCH):
        super().__init__(provider, batch)
        self._local = provider

    def read(self, calls: Sequence[ArchiveCall], block: int) -> list[bytes | None]:
        chain = self._local.evm_backend.chain
        state = chain.get_vm(chain.get_canonical_block_header_by_number(block)).state
        return [self._run(state, to_canonical_address(call.to), call.data) for call in calls]

    @staticmethod
    def _run(state: StateAPI, to: Address, data: bytes) -> bytes | None:
        from eth.vm.message import Message
        from eth.vm.transaction_context import BaseTransactionContext

        code = state.get_code(to)
        message = Message(gas=GAS, to=to, sender=to, value=0, data=data, code=code)
        context = BaseTransactionContext(gas_price=0, origin=to)
        computation = state.computation_class.apply_message(state, message, context)
        return None if computation.is_error else computation.output


class HttpNode:
    """A node behind HTTP, which is asked again if it fails: after 1, 2, 4 ... times the pause.

    `pause` is in seconds.
    """

    def __init__(
        self, url: str, batch: int = MAX_BATCH, attempts: int = ATTEMPTS, pause: float = 1.0
    ):
        self.batch = batch
        self._rpc, self._attempts, self._pause = HttpRpc(url), attempts, pause
        # the rest of an address may be a key
        self._name = f"the node {urlsplit(url).hostname}"

    def chain_id(self) -> int:
        return self._number("eth_chainId")

    def latest(self) -> int:
        return self._number("eth_blockNumber")

    def block(self, number: int) -> ArchiveBlock | None:
        return self._blocks([number])[0]

    def times(self, numbers: Sequence[int]) -> list[int]:
        found = [block for part in batched(numbers, self.batch) for block in self._blocks(part)]
        return [
            _there(block, number).timestamp for block, number in zip(found, numbers, strict=True)
        ]

    def _blocks(self, numbers: Sequence[int]) -> list[ArchiveBlock | None]:
        wanted: list[Request] = [("eth_getBlockByNumber", [hex(x), False]) for x in numbers]
        return [self._block(answer) for answer in self._ask(wanted)]

    def _block(self, found: Any) -> ArchiveBlock | None:
        if found is None:
            return None
        try:
            return ArchiveBlock(
                int(found["number"], 16), found["hash"], int(found["timestamp"], 16)
            )
        except (TypeError, KeyError, ValueError):
            raise UserError(f"{self._name} answers nonsense") from None

    def read(self, calls: Sequence[ArchiveCall], block: int) -> list[bytes | None]:
        wanted: list[Request] = [
            (
                "eth_call",
                [{"to": call.to, "data": "0x" + call.data.hex(), "gas": hex(GAS)}, hex(block)],
            )
            for call in calls
        ]
        return [self._bytes(answer) for answer in self._ask(wanted)]

    def _number(self, method: str) -> int:
        try:
            return int(self._ask([(method, [])])[0], 16)
        except (TypeError, ValueError):
            raise UserError(f"{self._name} answers nonsense") from None

    def _bytes(self, answer: Any) -> bytes | None:
        if isinstance(answer, RpcError):
            return None
        try:
            return bytes.fromhex(answer.removeprefix("0x"))
        except (AttributeError, ValueError):
            raise UserError(f"{self._name} answers nonsense") from None

    def _ask(self, wanted: Sequence[Request]) -> list[Any]:
        """The answer to each, however often it takes; an RpcError in place of a revert."""
        answers: dict[int, Any] = {}
        failures = 0
        while missing := [place for place in range(len(wanted)) if place not in answers]:
            try:
                self._ask_once(wanted, missing, answers)
            except RpcFault as fault:
                failures += 1
                if failures == self._attempts:
                    raise UserError(self._why(str(fault))) from None
                time.sleep(self._pause * 2 ** (failures - 1))
        return [answers[place] for place in range(len(wanted))]

    def _ask_once(
        self, wanted: Sequence[Request], missing: Sequence[int], answers: dict[int, Any]
    ) -> None:
        """One batch of what is missing; what is answered stays, also if the rest fails."""
        found = self._rpc.ask([wanted[place] for place in missing])
        fault = found.fault
        for place, answer in found.by_place.items():
            # any other refusal is of the node's limits, or of a past that it does not have
            if isinstance(answer, RpcError) and not _is_revert(answer):
                fault = one_line(answer.message)
            else:
                answers[missing[place]] = answer
        if fault is not None:
            raise RpcFault(fault)

    def _why(self, fault: str) -> str:
        if _NO_STATE.search(fault):
            return f"{self._name} does not know that block's state, an archive node does: {fault}"
        return f"{self._name} failed {self._attempts} times: {fault}"


def _there(block: ArchiveBlock | None, number: int) -> ArchiveBlock:
    if block is None:
        raise UserError(f"the node has no block {number}")
    return block


def _is_revert(error: RpcError) -> bool:
    return error.code == 3 or bool(_REVERTS.search(error.message))
