"""The rooms of seqpool: which folder imports which. There must be no circle.

`python -m tools.rooms` prints the table; tests/seqpool/test_rooms.py holds the rules.
"""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "seqpool"


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The modules of the package, by their full names."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str, paths: dict[str, Path]) -> str:
    """The folder that a module is in. The entrance, `__main__`, stands outside of all rooms."""
    is_alone = paths[module].stem in ("__init__", "__main__")
    return module if is_alone else module.rpartition(".")[0]


def imports(root: Path = ROOT) -> dict[str, set[str]]:
    """Which of our modules each module imports, wherever in its code it does."""
    paths = modules(root)
    found: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                wanted = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            known = {_known(x, paths) for x in wanted}
            found[name] |= {x for x in known if x is not None and x != name}
    return found


def _known(name: str, paths: dict[str, Path]) -> str | None:
    """The module that a name is, or is defined in."""
    while name and name not in paths:
        name = name.rpartition(".")[0]
    return name or None


def arrows(root: Path = ROOT) -> dict[str, set[str]]:
    """Which rooms each room imports from."""
    paths = modules(root)
    found: dict[str, set[str]] = defaultdict(set)
    for module, wanted in imports(root).items():
        room = room_of(module, paths)
        found[room] |= {room_of(x, paths) for x in wanted} - {room}
    return dict(found)


def floors(graph: dict[str, set[str]]) -> dict[str, int]:
    """How high each node stands above those that import nothing; graphlib.CycleError if in a
    circle."""
    height: dict[str, int] = {}
    for node in TopologicalSorter(graph).static_order():
        height[node] = 1 + max((height[x] for x in graph.get(node, ())), default=-1)
    return height


def main() -> None:
    graph = arrows()
    for room, floor in sorted(floors(graph).items(), key=lambda x: (x[1], x[0])):
        print(f"{floor:2} {room:32} {', '.join(sorted(graph.get(room, ())))}")
    print(f"{len(graph)} rooms, {sum(map(len, graph.values()))} arrows")


if __name__ == "__main__":
    main()
