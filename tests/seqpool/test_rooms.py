"""The tree of seqpool: rooms without circles, little that lies flat, one meaning for a name."""

import ast

from tools.rooms import PACKAGE, ROOT, arrows, floors, imports, modules

FLAT = {"__init__", "__main__", "console", "errors", "picture", "units"}
# Class names that still mean two things.
TO_BE_RENAMED: set[str] = set()


def test_little_lies_flat():
    assert {path.stem for path in (ROOT / PACKAGE).glob("*.py")} <= FLAT


def test_no_circle_of_rooms():
    assert floors(arrows())


def test_no_circle_of_modules():
    assert floors(imports())


def test_a_class_name_means_one_thing():
    homes: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(module)
    found = {name: where for name, where in homes.items() if len(where) > 1}
    assert {name: where for name, where in found.items() if name not in TO_BE_RENAMED} == {}
