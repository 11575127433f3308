"""Storage layouts and code sizes, kept in snapshots/ so that a change of either is seen in review.

A contract that is full cannot be mended: each has to leave RESERVE bytes of what the chain allows.

    python -m tools.snapshots            compare, and fail on any difference
    python -m tools.snapshots --write    rewrite

A size is what EIP-170 bounds: the bytes on the chain, immutables included.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import vyper
from vyper.exceptions import VyperException

from tools.contracts import ROOT, compile_file, deployables, runtime_size, storage_layout

SNAPSHOTS = ROOT / "snapshots"
SIZE_LIMIT = 24_576
RESERVE = 1_500  # bytes


def _text(value: dict) -> str:
    return json.dumps(value, indent=2) + "\n"


def generate() -> tuple[dict[Path, str], dict[str, int]]:
    """The text of every snapshot by its path, and the sizes by contract."""
    texts, sizes = {}, {}
    for path in deployables(mocks=False):
        compiled = compile_file(path)
        sizes[path.stem] = runtime_size(compiled)
        texts[SNAPSHOTS / "layout" / f"{path.stem}.json"] = _text(storage_layout(compiled))
    head = {"compiler": f"vyper {vyper.__version__}", "limit": SIZE_LIMIT, "to_be_free": RESERVE}
    texts[SNAPSHOTS / "sizes.json"] = _text(head | {"runtime_bytes": sizes})
    return texts, sizes


def too_large(sizes: dict[str, int]) -> Iterator[str]:
    for name, size in sizes.items():
        free = SIZE_LIMIT - size
        if free < RESERVE:
            room = f"{free:,} below" if free >= 0 else f"{-free:,} above"
            yield (
                f"{name}: {size:,} bytes, {room} the limit of {SIZE_LIMIT:,}; at least"
                f" {RESERVE:,} have to be free"
            )


def differences(texts: dict[Path, str]) -> Iterator[str]:
    stale = set(SNAPSHOTS.glob("layout/*.json")) - set(texts)
    for path in sorted(stale | set(texts)):
        old = path.read_text() if path.exists() else ""
        new = texts.get(path, "")
        name = path.relative_to(ROOT)
        yield from difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{name} (committed)", f"{name} (now)", lineterm=""
        )


def write(texts: dict[Path, str]) -> None:
    for path in set(SNAPSHOTS.glob("layout/*.json")) - set(texts):
        path.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="rewrite the snapshots")
    arguments = parser.parse_args()

    try:
        texts, sizes = generate()
    except VyperException as error:
        print(error, file=sys.stderr)
        return 1
    faults = list(too_large(sizes))
    if arguments.write:
        write(texts)
    elif drift := list(differences(texts)):
        faults += [*drift, "snapshots differ: look at each line, then run 'make snapshots'"]

    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        name, size = max(sizes.items(), key=lambda item: item[1], default=("none", 0))
        done = "written" if arguments.write else "unchanged"
        print(f"snapshots: {len(texts)} {done}; the largest contract is {name}, {size:,} bytes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
