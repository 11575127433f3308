"""JSON files that people hand to each other: each is read strictly, or refused in one line."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from eth_utils import is_checksum_address

from seqpool.errors import UserError, shown
from seqpool.files.strict_model import BadValue, reader, wanted

T = TypeVar("T")

# How deep a file's data may nest: a package of Ethereum's raises Python's limit to 100,000, at
# which a file of mere brackets would crash the process.
_DEPTH = 3_000


def read_file(path: Path, read: Callable[[dict], T], what: str, how: str) -> T:
    """What `read` makes of a file; UserError if it is not there, or `read` raises ValueError.

    A BadValue says what is wrong.
    """
    try:
        return read(parse(path.read_text()))
    except FileNotFoundError:
        raise UserError(f"no {what} file {shown(path)}") from None
    except BadValue as error:
        reason = f": {error}"
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reason = ""
    raise UserError(f"{shown(path)}: this is no {what}{reason}; make one with `{how}`")


def write_file(path: Path, data: dict) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")


def parse(text: str | bytes) -> object:
    """JSON in which no object has a key twice; ValueError if it is not that, RecursionError if it
    is too deep."""
    with not_too_deep():
        return json.loads(text, object_pairs_hook=_unique)


@contextmanager
def not_too_deep() -> Iterator[None]:
    """RecursionError if what is read within nests deeper than people write."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(min(limit, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise BadValue(f"{key} stands there twice")
        found[key] = value
    return found


# Parts of such files; each raises ValueError.


def check_keys(data: dict, keys: Iterable[str]) -> None:
    if not isinstance(data, dict) or set(data) != set(keys):
        raise ValueError


def number(value: object, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise wanted(f"a number of {bits} bits", value)
    return value


def word(value: object) -> int:
    """A number of up to 256 bits, in hex."""
    if not isinstance(value, str) or not re.fullmatch("0x[0-9a-fA-F]{1,64}", value):
        raise wanted("a number of 256 bits in hex", value)
    return int(value, 16)


def bytes32(value: object) -> bytes:
    """32 bytes in hex."""
    if not isinstance(value, str) or len(value) != 66:
        raise wanted("32 bytes in hex", value)
    return word(value).to_bytes(32, "big")


def address(value: object) -> str:
    if not isinstance(value, str) or not is_checksum_address(value):
        raise wanted("an address with its checksum", value)
    return value


def line(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wanted("a text", value)
    return value


# The same as types of fields.
U8 = Annotated[int, reader(partial(number, bits=8))]
U32 = Annotated[int, reader(partial(number, bits=32))]
U64 = Annotated[int, reader(partial(number, bits=64))]
U256 = Annotated[int, reader(partial(number, bits=256))]
Word = Annotated[int, reader(word)]
Bytes32 = Annotated[bytes, reader(bytes32)]
Address = Annotated[str, reader(address)]
Line = Annotated[str, reader(line)]
