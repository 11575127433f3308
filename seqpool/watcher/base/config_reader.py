"""Tables of a TOML file as dataclasses, checked strictly.

A field says how its line is read: `timeout: int = duration(5, 1, 60)`. Paths are relative to the
file's folder. Durations are texts such as "90 seconds", amounts such as "0.5 ETH" or "30 gwei".
"""

import dataclasses
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from eth_utils import is_checksum_address

from seqpool.errors import UserError
from seqpool.units import DAY, format_duration, parse_duration

T = TypeVar("T")
_Reader = Callable[[Any, Path], Any]

# Kinds of values. Each reads what TOML has; it raises ValueError with what is wanted.


def _field(read: _Reader, default: Any = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"read": read})


def duration(default: Any = dataclasses.MISSING, low: int = 0, high: int = 365 * DAY) -> Any:
    """Seconds."""

    def read(value: Any, folder: Path) -> int:
        try:
            seconds = parse_duration(value)
        except (UserError, TypeError):
            raise ValueError('a duration such as "90 seconds"') from None
        if not low <= seconds <= high:
            raise ValueError(f"{format_duration(low)} to {format_duration(high)}")
        return seconds

    return _field(read, default)


def number(default: Any = dataclasses.MISSING, low: float = 0, high: float = 10**9) -> Any:
    """A whole number, or one with decimals if a bound is such."""
    kinds = (int, float) if isinstance(low, float) else (int,)

    def read(value: Any, folder: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise ValueError(f"a number from {low:,} to {high:,}")
        return value

    return _field(read, default)


def flag(default: Any = dataclasses.MISSING) -> Any:
    def read(value: Any, folder: Path) -> bool:
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value

    return _field(read, default)


def text(default: Any = dataclasses.MISSING, among: tuple[str, ...] = ()) -> Any:
    def read(value: Any, folder: Path) -> str:
        if not isinstance(value, str) or not value or (among and value not in among):
            raise ValueError(f"one of {', '.join(among)}" if among else "a text")
        return value

    return _field(read, default)


def wei(unit: str, size: int, default: Any = dataclasses.MISSING) -> Any:
    """An amount in a unit of so many wei."""

    def read(value: Any, folder: Path) -> int:
        wanted = f'an amount such as "0.5 {unit}"'
        if not isinstance(value, str) or not value.endswith(f" {unit}"):
            raise ValueError(wanted)
        try:
            amount = Decimal(value.removesuffix(f" {unit}")) * size
        except InvalidOperation:
            raise ValueError(wanted) from None
        if not amount.is_finite() or amount < 0 or amount != int(amount):
            raise ValueError(wanted)
        return int(amount)

    return _field(read, default)


def file(default: Any = dataclasses.MISSING) -> Any:
    """A path, whether or not there is something."""

    def read(value: Any, folder: Path) -> Path:
        if not isinstance(value, str) or not value:
            raise ValueError("a path")
        return folder / value

    return _field(read, default)


def address(default: Any = dataclasses.MISSING) -> Any:
    def read(value: Any, folder: Path) -> str:
        if not isinstance(value, str) or not is_checksum_address(value):
            raise ValueError("an address with its checksum")
        return value

    return _field(read, default)


def _url(value: Any, schemes: tuple[str, ...]) -> str:
    wanted = f"an address that begins with {' or '.join(f'{x}://' for x in schemes)}"
    if not isinstance(value, str):
        raise ValueError(wanted)
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(wanted)
    return value


def url(*schemes: str, default: Any = dataclasses.MISSING) -> Any:
    return _field(lambda value, folder: _url(value, schemes), default)


def urls(*schemes: str, default: Any = dataclasses.MISSING, least: int = 1) -> Any:
    """A list of addresses, as a tuple."""

    def read(value: Any, folder: Path) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) < least or len(set(value)) < len(value):
            raise ValueError("a list of different addresses")
        return tuple(_url(x, schemes) for x in value)

    return _field(read, default)


def section(kind: type) -> Any:
    """A table; it may be left out if all its lines may."""
    return dataclasses.field(metadata={"section": kind})


def read_table(kind: type[T], table: Any, where: str, folder: Path) -> T:
    """A dataclass of such fields from a table; UserError names the line that is wrong."""
    if not isinstance(table, dict):
        raise UserError(f"{where}: a table is wanted")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(set(table) - set(fields)):
        raise UserError(f"{where}: there is no {unknown[0]!r}; there are {', '.join(fields)}")
    values = {}
    for name, field in fields.items():
        place = f"{where}.{name}" if where else name
        if "section" in field.metadata:
            values[name] = read_table(field.metadata["section"], table.get(name, {}), place, folder)
        elif name in table:
            try:
                values[name] = field.metadata["read"](table[name], folder)
            except ValueError as error:
                raise UserError(f"{place}: {table[name]!r} is not {error}") from None
        elif field.default is dataclasses.MISSING:
            raise UserError(f"{place} is missing")
    return kind(**values)
