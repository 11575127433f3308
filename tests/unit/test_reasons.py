"""Every assert of the contracts has a reason, and every reason has a test that names it."""

from pathlib import Path

import pytest
from vyper.ast import nodes
from vyper.ast.parse import parse_to_ast

ROOT = Path(__file__).parent.parent.parent
CONTRACTS = sorted((ROOT / "contracts").rglob("*.vy"))
LONGEST = 48
# these two hand on the reason that they are given
HELPER = "_require"


def parse(path):
    return parse_to_ast(path.read_text())


def function_of(node):
    """None at the level of the module, where constants are computed."""
    function = node.get_ancestor(nodes.FunctionDef)
    return function and function.name


def literal(node):
    return node.value if isinstance(node, nodes.Str) else None


def is_call_of(call, owner, name):
    func = call.func
    return (
        isinstance(func, nodes.Attribute)
        and func.attr == name
        and isinstance(func.value, nodes.Name)
        and func.value.id == owner
    )


def reasons_of(path):
    """Each reason of a file, None for one that is missing, with its line."""
    tree = parse(path)
    for node in [*tree.get_descendants(nodes.Assert), *tree.get_descendants(nodes.Raise)]:
        reason = node.msg if isinstance(node, nodes.Assert) else node.exc
        if function_of(node) != HELPER:
            yield literal(reason), node.lineno
    for call in tree.get_descendants(nodes.Call):
        if function_of(call) == HELPER:
            continue
        if is_call_of(call, "checks", HELPER):
            yield literal(call.args[1]), call.lineno
        elif is_call_of(call, "self", HELPER):
            reason = call.args[1]
            if isinstance(reason, nodes.Call):
                # concat("bad ", name) in _set: `parameters_of` has the names
                assert function_of(call) == "_set"
                continue
            text = literal(reason)
            yield text and f"{path.stem}: {text}", call.lineno
        elif is_call_of(call, "self", "_set"):
            name = literal(call.args[0])
            yield name and f"{path.stem}: bad {name}", call.lineno


REASONS = [
    (path.relative_to(ROOT), line, reason)
    for path in CONTRACTS
    for reason, line in reasons_of(path)
]


def test_all_kinds_of_reasons_are_found():
    """Otherwise a change of style in the contracts would make this file blind."""
    reasons = {reason for _, _, reason in REASONS}
    assert {
        "SequencerPool: zero metis",
        "SequencerPool: not owner",
        "SequencerPool: bad cap",
        "SlashVault: not pool",
        "timed_pause: too soon",
    } <= reasons


def test_every_assert_has_a_reason():
    assert [(str(path), line) for path, line, reason in REASONS if not reason] == []


def test_reasons_begin_with_their_file_and_are_short():
    assert [
        reason
        for path, _, reason in REASONS
        if not reason.startswith(f"{path.stem}: ") or len(reason) > LONGEST
    ] == []


@pytest.mark.parametrize("reason", sorted({reason for _, _, reason in REASONS if reason}))
def test_every_reason_has_a_test_that_names_it(reason):
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(f'"{reason}"' in path.read_text() for path in tests)
