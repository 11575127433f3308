"""Values of a proposal's cases, from what people write.

Amounts are "12.5 METIS", shares "10 %", durations "7 days"; on local chains the names of test
accounts are addresses.
"""

import re
from collections.abc import Callable, Iterable

from seqpool.errors import UserError
from seqpool.governance.model import URI_LIMIT
from seqpool.protocol.addresses import ZERO
from seqpool.units import parse_duration, parse_metis, parse_percent

# Makes an address of what people write: an address, or the name of a test account.
Resolve = Callable[[str], str]
# Makes a value of what people write; UserError if it is none.
ReadValue = Callable[[Resolve, str], object]


def whole(resolve: Resolve, text: str) -> int:
    """A whole number, such as 1,500."""
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{3})*", text):
        raise UserError(f"wanted a whole number, found {text!r}")
    return int(text.replace(",", ""))


def percent(resolve: Resolve, text: str) -> int:
    """Basis points, of a share such as 12.5 %."""
    return parse_percent(text)


def metis(resolve: Resolve, text: str) -> int:
    """Wei, of an amount such as 12.5 METIS."""
    if not text.endswith(" METIS"):
        raise UserError(f'wanted an amount such as "12.5 METIS", found {text!r}')
    return parse_metis(text.removesuffix(" METIS").replace(",", ""))


def duration(resolve: Resolve, text: str) -> int:
    """Seconds, of a duration such as 7 days."""
    return parse_duration(text)


def blocks(resolve: Resolve, text: str) -> int:
    """Blocks, such as 500 blocks."""
    return whole(resolve, re.sub(" blocks?$", "", text))


def text_line(resolve: Resolve, text: str) -> str:
    """One line of text."""
    if not text.strip() or not text.isprintable():
        raise UserError("wanted is one line of text")
    if len(text.encode()) > URI_LIMIT:
        raise UserError(f"{len(text.encode())} bytes, at most {URI_LIMIT}")
    return text


def word(resolve: Resolve, text: str) -> str:
    """What was written, as it is."""
    return text


def address(resolve: Resolve, text: str) -> str:
    """An address, or nobody's."""
    return ZERO if text in ("nobody", ZERO) else resolve(text)


def somebody(resolve: Resolve, text: str) -> str:
    """An address that is not the zero address."""
    found = address(resolve, text)
    if found == ZERO:
        raise UserError("wanted an address, not the zero address")
    return found


def choice(names: Iterable[str]) -> ReadValue:
    """One of some names."""
    names = tuple(names)

    def read(resolve: Resolve, text: str) -> str:
        if text not in names:
            raise UserError(f"wanted one of {', '.join(names)}, found {text!r}")
        return text

    return read


# the one field that is a list
LISTS = ("members",)


def read_value(resolve: Resolve, name: str, read: ReadValue, value: object) -> object:
    """The value of a field; UserError, with the field's name, if it is bad."""
    try:
        if name in LISTS:
            if not isinstance(value, list | tuple):
                raise UserError("wanted a list")
            return [read_value(resolve, f"{place}", read, x) for place, x in enumerate(value, 1)]
        if not isinstance(value, str):
            raise UserError("wanted one value")
        return read(resolve, value)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
