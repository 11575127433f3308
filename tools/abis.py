"""ABIs of the contracts that the watcher asks, kept in seqpool/abi/ so that it needs no compiler.

python -m tools.abis            compare, and fail on any difference
python -m tools.abis --write    rewrite
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vyper.compiler.output import build_abi_output
from vyper.exceptions import VyperException

from seqpool.watcher.chain.abi import FOLDER, NAMES
from tools.contracts import CONTRACTS, ROOT, compile_file


def _text(entries: list[dict]) -> str:
    """An entry a line, so that a change of one is seen as that."""
    lines = [json.dumps(entry, separators=(",", ":")) for entry in entries]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def generate() -> dict[Path, str]:
    """The text of every file by its path."""
    return {
        FOLDER / f"{name}.json": _text(build_abi_output(compile_file(CONTRACTS / f"{name}.vy")))
        for name in NAMES
    }


def stale(texts: dict[Path, str]) -> list[Path]:
    """Files that are missing, different, or of no contract."""
    there = {path: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(path for path in {*there, *texts} if there.get(path) != texts.get(path))


def write(texts: dict[Path, str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for path in set(FOLDER.glob("*.json")) - set(texts):
        path.unlink()
    for path, text in texts.items():
        path.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="rewrite the files")
    arguments = parser.parse_args()

    try:
        texts = generate()
    except VyperException as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.write:
        write(texts)
        print(f"abis: {len(texts)} written")
        return 0
    if changed := stale(texts):
        for path in changed:
            print(f"{path.relative_to(ROOT)} is stale", file=sys.stderr)
        print("run 'python -m tools.abis --write'", file=sys.stderr)
        return 1
    print(f"abis: {len(texts)} unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
