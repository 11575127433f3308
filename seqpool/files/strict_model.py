"""Files' content as frozen dataclasses, which pydantic reads strictly.

    @strict
    class Node:
        url: Annotated[str, reader(read_url)]
        timeout: Annotated[int, reader(read_duration)] = 5

A key that is not a field is refused. A field has a reader, or one of pydantic's strict types, so
that nothing is converted unseen. Only `read_as` checks: what the program makes itself holds
whatever it is given.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, PlainValidator, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails

T = TypeVar("T")

_LONGEST = 80  # characters of what was found


@dataclass_transform(frozen_default=True)
def strict(kind: type[T]) -> type[T]:
    """A frozen dataclass that `read_as` reads."""
    return with_config(ConfigDict(extra="forbid"))(dataclass(frozen=True)(kind))


# Of a function that reads a value as JSON or TOML has it, and raises ValueError with what is wrong.
# Its second argument, if it takes one, has the `context` of `read_as`.
reader = PlainValidator


class BadValue(ValueError):
    """What is wrong in a file, in one line for its user."""


def wanted(what: str, found: object) -> BadValue:
    """What a reader raises for a value of another kind."""
    return BadValue(f"wanted {what}, found {_shown(found)}")


def read_as(
    kind: type[T], data: object, context: Mapping[str, Any] | None = None, where: str = ""
) -> T:
    """A strict dataclass from an object of a file; BadValue names the key that is wrong.

    `where` is the place of the object, if it is a part of the file.
    """
    try:
        return _adapter(kind).validate_python(data, context=dict(context or {}))
    except ValidationError as error:
        raise BadValue(_explained(error.errors(include_url=False), kind, where)) from None


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _explained(errors: list[ErrorDetails], kind: type, where: str) -> str:
    """The first error in words. What is unknown comes first: a misspelt key is missing as well."""
    error = min(errors, key=lambda x: x["type"] != "unexpected_keyword_argument")
    inner = error["loc"]
    place = _place(where, *inner)
    if error["type"] == "unexpected_keyword_argument":
        outer = _place(where, *inner[:-1])
        return f"{outer}: there is no {inner[-1]!r}, only {_names(kind, inner[:-1])}"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] == "dataclass_type":
        return f"{place}: {wanted(f'an object with {_names(kind, inner)}', error['input'])}"
    if error["type"] == "value_error":
        return f"{place}: {error['ctx']['error']}"
    # in pydantic's words, as "Input should be a valid string"
    return f"{place}: {error['msg'][:1].lower()}{error['msg'][1:]}, found {_shown(error['input'])}"


def _place(*names: int | str) -> str:
    return ".".join(str(name) for name in names if name != "") or "the file"


def _names(kind: Any, place: tuple[int | str, ...]) -> str:
    """The fields of the part of a file that is at a place."""
    for name in place:
        if is_dataclass(kind):
            kind = get_type_hints(kind)[name]
        else:
            # the entries of a list, or the values of an object, are of one kind
            kind = get_args(kind)[1 if get_origin(kind) is dict else 0]
        if get_origin(kind) is UnionType:
            (kind,) = (x for x in get_args(kind) if x is not NoneType)
    return ", ".join(field.name for field in fields(kind))


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
