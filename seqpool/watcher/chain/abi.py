"""Calls, answers and events of the suite's contracts, by the ABIs in seqpool/data."""

from collections import namedtuple
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from eth_abi import decode, encode
from eth_utils import keccak, to_checksum_address

from seqpool.data import read_abi


class Event(NamedTuple):
    """A decoded log."""

    name: str
    fields: dict[str, Any]
    block: int
    index: int
    transaction: str  # hash
    block_hash: str


def _type(part: dict) -> str:
    """A part's type as eth_abi takes it: structs are tuples."""
    if not part["type"].startswith("tuple"):
        return part["type"]
    inner = ",".join(map(_type, part["components"]))
    return f"({inner})" + part["type"].removeprefix("tuple")


@cache
def _struct(names: tuple[str, ...]) -> type:
    return namedtuple("Struct", names)


def _read(part: dict, value: Any) -> Any:
    """A value as Python has it: addresses checksummed, structs with their names."""
    kind = part["type"]
    if kind.endswith("]"):
        inner = part | {"type": kind[: kind.rindex("[")]}
        return [_read(inner, x) for x in value]
    if kind == "tuple":
        parts = part["components"]
        values = [_read(x, y) for x, y in zip(parts, value, strict=True)]
        return _struct(tuple(x["name"] for x in parts))(*values)
    return to_checksum_address(value) if kind == "address" else value


class Abi:
    """What a contract can be asked, and what it says."""

    def __init__(self, entries: Sequence[dict]):
        self._functions: dict[tuple[str, int], dict] = {}
        self._events: dict[bytes, dict] = {}
        for entry in entries:
            if entry["type"] == "function":
                self._functions[entry["name"], len(entry["inputs"])] = entry
            elif entry["type"] == "event":
                self._events[keccak(text=self._signature(entry))] = entry

    @staticmethod
    def _signature(entry: dict) -> str:
        return f"{entry['name']}({','.join(map(_type, entry['inputs']))})"

    def call(self, name: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        entry = self._functions[name, len(arguments)]
        types = list(map(_type, entry["inputs"]))
        return keccak(text=self._signature(entry))[:4] + encode(types, arguments)

    def arguments(self, name: str, count: int, data: bytes) -> list[Any] | None:
        """The arguments in calldata of a function that takes so many; None if it is of another."""
        entry = self._functions[name, count]
        if data[:4] != keccak(text=self._signature(entry))[:4]:
            return None
        values = decode(list(map(_type, entry["inputs"])), data[4:])
        return [_read(part, value) for part, value in zip(entry["inputs"], values, strict=True)]

    def answer(self, name: str, count: int, data: bytes) -> Any:
        """What a function that takes so many arguments has answered: a value, or a list of them."""
        parts = self._functions[name, count]["outputs"]
        values = decode(list(map(_type, parts)), data)
        read = [_read(part, value) for part, value in zip(parts, values, strict=True)]
        return read[0] if len(read) == 1 else read

    def topic(self, name: str) -> str:
        """What logs of an event begin with."""
        return next("0x" + x.hex() for x, entry in self._events.items() if entry["name"] == name)

    def event(self, log: dict) -> Event | None:
        """A log of a node's; None if it is none of the contract's."""
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        others = [part for part in entry["inputs"] if not part["indexed"]]
        values = [
            *(decode([_type(x)], topic)[0] for x, topic in zip(indexed, topics[1:], strict=True)),
            *decode(list(map(_type, others)), bytes.fromhex(log["data"][2:])),
        ]
        parts = [*indexed, *others]
        return Event(
            entry["name"],
            {x["name"]: _read(x, value) for x, value in zip(parts, values, strict=True)},
            int(log["blockNumber"], 16),
            int(log["logIndex"], 16),
            log["transactionHash"],
            log["blockHash"],
        )


@cache
def load(name: str) -> Abi:
    """The ABI of a contract of the suite."""
    return Abi(read_abi(name))
