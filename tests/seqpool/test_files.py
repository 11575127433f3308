"""seqpool.files.strict_model: what is refused, and in which words."""

from dataclasses import FrozenInstanceError
from typing import Annotated

import pytest
from pydantic import StrictInt

from seqpool.files.strict_json import U8
from seqpool.files.strict_model import BadValue, read_as, reader, strict


@strict
class Leaf:
    count: U8
    size: StrictInt = 1


@strict
class Tree:
    leaf: Leaf
    other: Leaf | None = None
    leaves: list[Leaf] = ()
    named: dict[str, Leaf] = None
    greeting: Annotated[str, reader(lambda value, info: f"{info.context} {value}")] = ""


def told(data: object, where: str = "") -> str:
    with pytest.raises(BadValue) as error:
        read_as(Tree, data, where=where)
    text = str(error.value)
    assert "\n" not in text
    return text


def test_it_reads():
    data = {"leaf": {"count": 1}, "leaves": [{"count": 2, "size": 3}], "named": {"a": {"count": 4}}}
    assert read_as(Tree, data) == Tree(Leaf(1), None, [Leaf(2, 3)], {"a": Leaf(4)})


def test_a_reader_gets_the_context():
    found = read_as(Tree, {"leaf": {"count": 1}, "greeting": "x"}, {"a": 1})
    assert found.greeting == "{'a': 1} x"


def test_it_is_frozen():
    with pytest.raises(FrozenInstanceError):
        read_as(Leaf, {"count": 1}).count = 2


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "the file: wanted an object with leaf, other, leaves, named, greeting, found []"),
        ({}, "leaf is missing"),
        ({"leaf": None}, "leaf: wanted an object with count, size, found null"),
        ({"leaf": {}}, "leaf.count is missing"),
        # what is misspelt is missing too: its name is the better hint
        ({"leaf": {"cuont": 1}}, "leaf: there is no 'cuont', only count, size"),
        ({"leaf": {"count": 256}}, "leaf.count: wanted a number of 8 bits, found 256"),
        ({"leaf": {"count": "1"}}, 'leaf.count: wanted a number of 8 bits, found "1"'),
        ({"leaf": {"count": True}}, "leaf.count: wanted a number of 8 bits, found true"),
        ({"leaf": {"count": 1.0}}, "leaf.count: wanted a number of 8 bits, found 1.0"),
        (
            {"leaf": {"count": 1, "size": "1"}},
            'leaf.size: input should be a valid integer, found "1"',
        ),
        (
            {"leaf": {"count": 1}, "other": {"more": 1}},
            "other: there is no 'more', only count, size",
        ),
        (
            {"leaf": {"count": 1}, "leaves": [{"count": 1}, 2]},
            "leaves.1: wanted an object with count, size, found 2",
        ),
        (
            {"leaf": {"count": 1}, "named": {"a": {"more": 1}}},
            "named.a: there is no 'more', only count, size",
        ),
    ],
)
def test_it_says_what_is_wrong_and_where(data, text):
    assert told(data) == text


def test_the_place_of_a_part_comes_first():
    assert told({}, where="tree") == "tree.leaf is missing"
    assert told({"more": 1}, where="tree").startswith("tree: there is no 'more', only leaf")


def test_what_was_found_is_cut():
    assert told({"leaf": "x" * 10_000}).endswith(f'found "{"x" * 79}...')
