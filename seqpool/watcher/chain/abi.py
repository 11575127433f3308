"""Calls, answers and events of the suite's contracts, by the ABIs in seqpool/data."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from eth_abi import decode, encode
from eth_typing import ABI, ABIComponent, ABIElement, ABIEvent, ABIFunction
from eth_utils import to_checksum_address
from eth_utils.abi import (
    collapse_if_tuple,
    event_abi_to_log_topic,
    function_abi_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)

from seqpool.data import read_abi


@dataclass(frozen=True)
class Event:
    """A decoded log."""

    name: str
    fields: dict[str, Any]
    block: int
    index: int
    transaction: str  # hash
    block_hash: str


@cache
def _struct(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    return namedtuple("Struct", names)


def _read(part: ABIComponent, value: Any) -> Any:
    """A decoded value in Python's form: addresses checksummed, structs with the names of fields."""
    kind = part["type"]
    if kind.endswith("]"):
        inner = part | {"type": kind[: kind.rindex("[")]}
        return [_read(inner, x) for x in value]
    if kind == "tuple":
        parts = part["components"]
        return _struct(tuple(x["name"] for x in parts))(*_read_all(parts, value))
    return to_checksum_address(value) if kind == "address" else value


def _read_all(parts: Sequence[ABIComponent], values: Sequence[Any]) -> list[Any]:
    return [_read(part, value) for part, value in zip(parts, values, strict=True)]


class Abi:
    """The functions and events of one contract."""

    def __init__(self, entries: Sequence[ABIElement]):
        # by name and how many arguments they take
        self._functions: dict[tuple[str, int], ABIFunction] = {}
        # by the topic that their logs begin with
        self._events: dict[bytes, ABIEvent] = {}
        for entry in entries:
            if entry["type"] == "function":
                self._functions[entry["name"], len(entry["inputs"])] = entry
            elif entry["type"] == "event":
                self._events[event_abi_to_log_topic(entry)] = entry

    def call(self, name: str, *arguments: Any) -> bytes:
        """Calldata of a call."""
        entry = self._functions[name, len(arguments)]
        types = get_abi_input_types(entry)
        return function_abi_to_4byte_selector(entry) + encode(types, arguments)

    def selectors(self, name: str) -> list[bytes]:
        """The selectors of all forms of a function."""
        return [
            function_abi_to_4byte_selector(entry)
            for (its_name, _), entry in self._functions.items()
            if its_name == name
        ]

    def arguments(self, name: str, count: int, data: bytes) -> list[Any] | None:
        """The arguments in calldata of a function that takes so many; None if it is of another."""
        entry = self._functions[name, count]
        if data[:4] != function_abi_to_4byte_selector(entry):
            return None
        return _read_all(entry["inputs"], decode(get_abi_input_types(entry), data[4:]))

    def answer(self, name: str, count: int, data: bytes) -> Any:
        """The decoded answer of a function that takes `arguments` arguments: a value, or a list."""
        entry = self._functions[name, count]
        read = _read_all(entry["outputs"], decode(get_abi_output_types(entry), data))
        return read[0] if len(read) == 1 else read

    def topic(self, name: str) -> str:
        """The first topic of an event's logs."""
        return next("0x" + x.hex() for x, entry in self._events.items() if entry["name"] == name)

    def event(self, log: Mapping[str, Any]) -> Event | None:
        """A log in a node's form, decoded; None if the contract has no such event."""
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        others = [part for part in entry["inputs"] if not part["indexed"]]
        values = [
            *(
                decode([collapse_if_tuple(part)], topic)[0]
                for part, topic in zip(indexed, topics[1:], strict=True)
            ),
            *decode(list(map(collapse_if_tuple, others)), bytes.fromhex(log["data"][2:])),
        ]
        parts = [*indexed, *others]
        return Event(
            entry["name"],
            dict(zip((part["name"] for part in parts), _read_all(parts, values), strict=True)),
            int(log["blockNumber"], 16),
            int(log["logIndex"], 16),
            log["transactionHash"],
            log["blockHash"],
        )


@cache
def load(name: str) -> Abi:
    """The ABI of a contract of the suite."""
    # entries of a JSON file are dicts, whatever their type says
    return Abi(cast(ABI, read_abi(name)))
