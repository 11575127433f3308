"""A chain in this process, on pyrevm: a call or a view takes some 30 microseconds."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import ape
import vyper
from eth_abi import decode
from eth_utils import abi as abis
from eth_utils import keccak
from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env

from seqpool.protocol.addresses import create_address
from tests.stateful.encoding import encoded, keccak_words, word, words

CHAIN_ID = 1
GAS = 30_000_000
STARTED_AT, STARTED_IN = 1_800_000_000, 20_000_000  # unix second, and block
SPEC = "CANCUN"
NO_CODE = keccak(b"")
PADDING = 33  # bytes that revm adds to code which it has analysed
ERROR = keccak(text="Error(string)")[:4]
REVERTED = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")


@cache
def address(value: int) -> str:
    return "0x" + value.to_bytes(20, "big").hex()


def actor(name: str) -> int:
    """The address of a person."""
    return keccak_words(*name.encode()) >> 96


def deployer(title: str) -> int:
    """Who deploys the contract with this title, and nothing else."""
    return actor(f"deployer of {title}")


def address_of(title: str) -> int:
    """The address of the contract with this title."""
    return int(create_address(address(deployer(title)), 0), 16)


def block_hash(number: int) -> int:
    """What pyrevm takes for the hash of a block: the hash of its number as a text."""
    return int.from_bytes(keccak(text=str(number)), "big")


class Event(NamedTuple):
    name: str
    args: tuple


@dataclass
class Receipt:
    """What a transaction did, or why it did nothing."""

    reason: str | None  # None: it succeeded
    words: list[int]
    events: list[Event]  # of the called contract alone


class Reverted(Exception):
    """With the reason, or with what else has stopped a call."""


class Artifact(NamedTuple):
    abi: list[dict]
    code: bytes  # that deploys


@cache
def compiled(name: str) -> Artifact:
    """A contract of the project, as Ape has compiled it for the whole run."""
    made = getattr(ape.project, name).contract_type
    interface = [x.model_dump(mode="json", by_alias=True) for x in made.abi]
    return Artifact(interface, bytes(made.get_deployment_bytecode()))


@cache
def compiled_source(source: str) -> Artifact:
    """A contract that only tests have."""
    made = vyper.compile_code(source, output_formats=("abi", "bytecode"))
    return Artifact(made["abi"], bytes.fromhex(made["bytecode"].removeprefix("0x")))


class Chain:
    """A chain of its own. Time and blocks pass only when a test says so."""

    def __init__(self, timestamp: int = STARTED_AT, block: int = STARTED_IN):
        self.evm = EVM(Env(cfg=CfgEnv(chain_id=CHAIN_ID)), gas_limit=GAS, spec_id=SPEC)
        self._now, self._block = timestamp, block
        self.contracts: list[int] = []  # their addresses
        self._set_block()

    def _set_block(self):
        self.evm.set_block_env(BlockEnv(number=self._block, timestamp=self._now))

    @property
    def now(self) -> int:
        return self._now

    @now.setter
    def now(self, value: int):
        self._now = value
        self._set_block()

    @property
    def block(self) -> int:
        return self._block

    @block.setter
    def block(self, value: int):
        self._block = value
        self._set_block()

    @contextmanager
    def anchor(self) -> Iterator[None]:
        """A context whose end undoes what was done in it, time too."""
        before, snapshot = (self._now, self._block), self.evm.snapshot()
        try:
            yield
        finally:
            self.evm.revert(snapshot)
            self._now, self._block = before
            self._set_block()

    def execute(self, sender: int, to: int, data: bytes, is_static: bool = False) -> bytes:
        """What a call returns; raises Reverted."""
        # pyrevm takes all calls for one transaction, which transient storage would outlive
        self.evm.reset_transient_storage()
        try:
            with self._may_send(sender):
                return self.evm.message_call(
                    address(sender), address(to), calldata=data, gas=GAS, is_static=is_static
                )
        except RuntimeError as error:
            raise Reverted(_reason(str(error))) from None

    @contextmanager
    def _may_send(self, sender: int) -> Iterator[None]:
        """Lets contracts send transactions, which the EVM refuses (EIP-3607): by their hash it
        knows who has code."""
        account = self.evm.basic(address(sender))
        if account.code_hash == NO_CODE:
            yield
            return
        code = account.code[:-PADDING]
        assert keccak(code) == account.code_hash
        disguised = AccountInfo(nonce=account.nonce, code=code, code_hash=NO_CODE)
        self.evm.insert_account_info(address(sender), disguised)
        try:
            yield
        finally:
            self.evm.insert_account_info(address(sender), account)

    def logs(self) -> list[tuple[str, list[bytes], bytes]]:
        """Of the last call: who logs, topics and data."""
        return [(x.address.lower(), *x.data) for x in self.evm.result.logs]


class Contract:
    """A contract whose arguments and answers are words."""

    def __init__(self, chain: Chain, artifact: Artifact, title: str, *arguments):
        kinds, functions, events = [], {}, {}
        for item in artifact.abi:
            if item["type"] == "constructor":
                kinds = abis.get_abi_input_types(item)
            elif item["type"] == "function":
                functions[item["name"]] = item
            elif item["type"] == "event":
                fields = [(abis.collapse_if_tuple(x), x["indexed"]) for x in item["inputs"]]
                events[abis.event_abi_to_log_topic(item)] = item["name"], fields
        self.chain, self.at = chain, address_of(title)
        self.functions, self._events = functions, events
        self._selectors = {
            name: abis.function_abi_to_4byte_selector(item) for name, item in functions.items()
        }
        code = artifact.code + encoded(kinds, arguments)
        made = chain.evm.deploy(address(deployer(title)), code, gas=GAS)
        assert made.lower() == address(self.at)
        chain.contracts.append(self.at)

    def send(self, sender: int, name: str, *arguments) -> Receipt:
        """A transaction; arguments are numbers, or tuples of them."""
        try:
            answer = self._execute(sender, name, arguments)
        except Reverted as reverted:
            return Receipt(str(reverted), [], [])
        return Receipt(None, words(answer), self.events())

    def view(self, name: str, *arguments) -> list[int]:
        try:
            return words(self._execute(0, name, arguments, is_static=True))
        except Reverted as reverted:
            raise AssertionError(f"{name}{arguments} reverted: {reverted}") from None

    def events(self) -> list[Event]:
        """Of this contract, in the last call."""
        own = address(self.at)
        return [self.event(topics, data) for by, topics, data in self.chain.logs() if by == own]

    def event(self, topics: list[bytes], data: bytes) -> Event:
        name, fields = self._events[topics[0]]
        indexed = iter(topics[1:])
        values = iter(decode([kind for kind, is_indexed in fields if not is_indexed], data))
        args = (
            int.from_bytes(next(indexed), "big") if is_indexed else _plain(kind, next(values))
            for kind, is_indexed in fields
        )
        return Event(name, tuple(args))

    def data(self, name: str, *arguments) -> bytes:
        """Of a call, with arguments as for `send`."""
        return self._selectors[name] + b"".join(map(word, _flat(arguments)))

    def _execute(self, sender: int, name: str, arguments: tuple, is_static: bool = False) -> bytes:
        return self.chain.execute(sender, self.at, self.data(name, *arguments), is_static)


def _flat(values: Iterable) -> Iterator[int]:
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        else:
            yield int(value)


def _plain(kind: str, value: Any):
    """A decoded value as a number, a text, or a tuple of such."""
    if kind.endswith("]"):
        inner = kind[: kind.rindex("[")]
        return tuple(_plain(inner, x) for x in value)
    if kind == "address":
        return int(value, 16)
    if kind.startswith("bytes"):
        return int.from_bytes(value, "big")
    return value


def _reason(error: str) -> str:
    reverted = REVERTED.search(error)
    output = bytes.fromhex(reverted[1]) if reverted else b""
    if output[:4] == ERROR:
        return decode(["string"], output[4:])[0]
    return f"no reason: {error}"
