"""titanoboa without its comforts: a call or a view takes about a millisecond."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from boa.environment import Env
from boa.util.abi import Address
from boa.vm.gas_meters import NoGasMeter
from eth_abi import decode
from eth_utils import keccak
from vyper.compiler.output import build_abi_output

GAS = 30_000_000
REASON = keccak(text="Error(string)")[:4]
SHA3, SSTORE = 0x20, 0x55


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def keccak_words(*values: int) -> int:
    """keccak256 of words, as a word."""
    return int.from_bytes(keccak(b"".join(map(word, values))), "big")


@cache
def address(value: int) -> Address:
    return Address(value.to_bytes(20, "big"))


class Event(NamedTuple):
    name: str
    args: tuple


@dataclass
class Receipt:
    """What a transaction did, or why it did nothing."""

    reason: str | None  # None: it succeeded
    words: list[int]
    events: list[Event]  # of the called contract alone


class Chain:
    """A chain of its own: what pytest and others do with boa.env does not reach it."""

    def __init__(self, timestamp: int, block: int):
        self.env = Env()
        self.patch = self.env.evm.patch
        self.now, self.block = timestamp, block
        self.patch.prev_hashes = _BlockHashes(self)
        # Nobody here asks for gas, or for titanoboa's records of what was hashed and stored.
        self.env.set_gas_meter_class(_NoGasMeter)
        computation = self.env.evm.vm.state.computation_class
        opcodes = dict(computation.opcodes)
        opcodes[SHA3], opcodes[SSTORE] = opcodes[SHA3].sha3, opcodes[SSTORE].sstore
        computation.opcodes = {
            number: getattr(opcode, "logic_fn", opcode) for number, opcode in opcodes.items()
        }

    @property
    def now(self) -> int:
        return self.patch.timestamp

    @now.setter
    def now(self, value: int):
        self.patch.timestamp = value

    @property
    def block(self) -> int:
        return self.patch.block_number

    @block.setter
    def block(self, value: int):
        self.patch.block_number = value

    def anchor(self):
        """A context whose end undoes what was done in it."""
        return self.env.anchor()


class _NoGasMeter(NoGasMeter):
    """Always full."""

    start_gas = gas_remaining = GAS
    gas_refunded = 0


class _BlockHashes:
    """The hash of block n is keccak256(n); the chain asks by depth."""

    def __init__(self, chain: Chain):
        self._chain = chain

    def __iter__(self):
        latest = self._chain.block - 1
        return (keccak(word(latest - depth)) for depth in range(256))


class Contract:
    """A contract whose arguments and answers are words."""

    def __init__(self, chain: Chain, deployer, sender: int, at: int, *arguments):
        with chain.env.sender(address(sender)):
            deployer.deploy(*arguments, env=chain.env, override_address=address(at))
        # of a contract that it knows, boa prints the whole storage at each revert
        chain.env._contracts.clear()
        self.at, self._evm = at, chain.env.evm
        self._code = chain.env.get_code(address(at))
        self._selectors: dict[str, bytes] = {}
        self._events: dict[int, tuple[str, list[tuple[str, bool]]]] = {}
        for item in build_abi_output(deployer.compiler_data):
            kinds = [_kind(x) for x in item.get("inputs", [])]
            signature = keccak(text=f"{item.get('name')}({','.join(kinds)})")
            if item["type"] == "function":
                self._selectors[item["name"]] = signature[:4]
            elif item["type"] == "event":
                indexed = [x["indexed"] for x in item["inputs"]]
                fields = list(zip(kinds, indexed, strict=True))
                self._events[int.from_bytes(signature, "big")] = item["name"], fields

    def send(self, sender: int, name: str, *arguments) -> Receipt:
        """A transaction; arguments are numbers, or tuples of them."""
        done = self._execute(sender, name, arguments, is_static=False)
        if done.is_error:
            return Receipt(_reason(done), [], [])
        own = address(self.at).canonical_address
        events = [self._event(*x[1:]) for x in done.get_log_entries() if x[0] == own]
        return Receipt(None, _words(done.output), events)

    def view(self, name: str, *arguments) -> list[int]:
        done = self._execute(0, name, arguments, is_static=True)
        assert not done.is_error, f"{name}{arguments} reverted: {_reason(done)}"
        return _words(done.output)

    def _execute(self, sender: int, name: str, arguments: tuple, is_static: bool):
        return self._evm.execute_code(
            sender=address(sender),
            to=address(self.at),
            gas=GAS,
            gas_price=0,
            value=0,
            bytecode=self._code,
            data=self._selectors[name] + b"".join(map(word, _flat(arguments))),
            is_static=is_static,
            fake_codesize=None,
            start_pc=0,
            ir_executor=None,
            contract=None,
        )

    def _event(self, topics: tuple[int, ...], data: bytes) -> Event:
        name, fields = self._events[topics[0]]
        indexed = iter(topics[1:])
        values = iter(decode([kind for kind, is_indexed in fields if not is_indexed], data))
        args = (
            next(indexed) if is_indexed else _plain(kind, next(values))
            for kind, is_indexed in fields
        )
        return Event(name, tuple(args))


def _kind(item: dict) -> str:
    if not item["type"].startswith("tuple"):
        return item["type"]
    brackets = item["type"].removeprefix("tuple")
    return f"({','.join(map(_kind, item['components']))}){brackets}"


def _flat(values: Iterable) -> Iterable[int]:
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        else:
            yield int(value)


def _plain(kind: str, value):
    """A decoded value as a number, a text, or a tuple of such."""
    if kind.endswith("]"):
        inner = kind[: kind.rindex("[")]
        return tuple(_plain(inner, x) for x in value)
    if kind == "address":
        return int(value, 16)
    if kind.startswith("bytes"):
        return int.from_bytes(value, "big")
    return value


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


def _reason(done) -> str:
    if done.output[:4] == REASON:
        return decode(["string"], done.output[4:])[0]
    return f"no reason: {done.error!r}"
