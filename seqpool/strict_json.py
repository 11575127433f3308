"""JSON files that people hand to each other: each is read strictly, or refused in one line."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from eth_utils import is_checksum_address

from seqpool.errors import UserError, shown

T = TypeVar("T")

# How deep a file's data may nest: a package of Ethereum's raises Python's limit to 100,000, at
# which a file of mere brackets would crash the process.
_DEPTH = 3_000


def read_file(path: Path, read: Callable[[dict], T], what: str, how: str) -> T:
    """What `read` makes of a file; UserError if it is not there, or `read` raises ValueError."""
    try:
        return read(parse(path.read_text()))
    except FileNotFoundError:
        raise UserError(f"no {what} file {shown(path)}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UserError(f"{shown(path)}: this is no {what}; make one with `{how}`") from None


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
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


# Parts of such files; each raises ValueError.


def check_keys(data: dict, keys: Iterable[str]) -> None:
    if not isinstance(data, dict) or set(data) != set(keys):
        raise ValueError


def number(value: object, bits: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << bits:
        raise ValueError
    return value


def word(value: object) -> int:
    """A number of up to 256 bits, in hex."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError
    return number(int(value, 16), 256)


def address(value: object) -> str:
    if not isinstance(value, str) or not is_checksum_address(value):
        raise ValueError
    return value
