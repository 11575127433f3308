"""Readers of the lines of watcher.toml, for fields of strict dataclasses.

    timeout: Annotated[int, duration(1, 60)] = 5

Durations are texts such as "90 seconds", amounts such as "0.5 ETH" or "30 gwei". Paths are relative
to the file's folder, which the context names.
"""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import PlainValidator, ValidationInfo

from seqpool.errors import UserError
from seqpool.files.strict_model import reader, wanted
from seqpool.units import DAY, format_duration, parse_duration


def duration(low: int = 0, high: int = 365 * DAY) -> PlainValidator:
    """Seconds."""

    def read(value: Any) -> int:
        try:
            seconds = parse_duration(value)
        except (UserError, TypeError):
            raise wanted('a duration such as "90 seconds"', value) from None
        if not low <= seconds <= high:
            raise wanted(f"{format_duration(low)} to {format_duration(high)}", value)
        return seconds

    return reader(read)


def number(low: float = 0, high: float = 10**9) -> PlainValidator:
    """A whole number, or one with decimals if a bound is such."""
    kinds = (int, float) if isinstance(low, float) else (int,)

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise wanted(f"a number from {low:,} to {high:,}", value)
        return value

    return reader(read)


def choice(*texts: str) -> PlainValidator:
    """One of these."""

    def read(value: Any) -> str:
        if value not in texts:
            raise wanted(f"one of {', '.join(texts)}", value)
        return value

    return reader(read)


def wei(unit: str, size: int) -> PlainValidator:
    """An amount in a unit of so many wei."""

    def read(value: Any) -> int:
        wrong = wanted(f'an amount such as "0.5 {unit}"', value)
        if not isinstance(value, str) or not value.endswith(f" {unit}"):
            raise wrong
        try:
            amount = Decimal(value.removesuffix(f" {unit}")) * size
        except InvalidOperation:
            raise wrong from None
        if not amount.is_finite() or amount < 0 or amount != int(amount):
            raise wrong
        return int(amount)

    return reader(read)


def web_address(*schemes: str) -> PlainValidator:
    """A URL."""
    return reader(lambda value: _url(value, schemes))


def web_addresses(*schemes: str, least: int = 0) -> PlainValidator:
    """A list of different URLs, as a tuple."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) < least:
            raise wanted("a list of different addresses", value)
        found = tuple(_url(x, schemes) for x in value)
        if len(set(found)) < len(found):
            raise wanted("a list of different addresses", value)
        return found

    return reader(read)


def _url(value: Any, schemes: tuple[str, ...]) -> str:
    wrong = wanted(f"an address that begins with {' or '.join(f'{x}://' for x in schemes)}", value)
    if not isinstance(value, str):
        raise wrong
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise wrong
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise wanted("a text", value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wanted("true or false", value)
    return value


def _file(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value:
        raise wanted("a path", value)
    return info.context["folder"] / value


Text = Annotated[str, reader(_text)]
Flag = Annotated[bool, reader(_flag)]
# whether or not there is something
File = Annotated[Path, reader(_file)]
