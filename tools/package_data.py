"""Copies ABIs and limits of the contracts to seqpool/data, so that the package needs no compiler.

python -m tools.package_data            compare, and fail on any difference
python -m tools.package_data --write    rewrite
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vyper.ast import VariableDecl
from vyper.compiler.output import build_abi_output
from vyper.exceptions import VyperException

from seqpool.data import ABIS, LIMITS_FILE
from tools.contracts import LIMITS, ROOT, compile_file, deployables


def _abi_text(entries: list[dict]) -> str:
    """One entry a line, so that a review shows which one has changed."""
    lines = [json.dumps(entry, separators=(",", ":")) for entry in entries]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def constants(path: Path) -> dict[str, int]:
    """The constants of a module by name, as the compiler works them out."""
    declarations = compile_file(path).annotated_vyper_module.get_children(VariableDecl)
    return {x.target.id: x.value.reduced().value for x in declarations if x.is_constant}


def generate() -> dict[Path, str]:
    """The text of every file by its path."""
    abis = {
        ABIS / f"{path.stem}.json": _abi_text(build_abi_output(compile_file(path)))
        for path in deployables(mocks=False)
    }
    return abis | {LIMITS_FILE: json.dumps(constants(LIMITS), indent=2) + "\n"}


def _files() -> list[Path]:
    """The files that are there."""
    return [path for path in (*ABIS.glob("*.json"), LIMITS_FILE) if path.exists()]


def stale(texts: dict[Path, str]) -> list[Path]:
    """Files that are missing, different, or of no contract."""
    there = {path: path.read_text() for path in _files()}
    return sorted(path for path in {*there, *texts} if there.get(path) != texts.get(path))


def write(texts: dict[Path, str]) -> None:
    ABIS.mkdir(exist_ok=True)
    for path in set(_files()) - set(texts):
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
        print(f"package data: {len(texts)} files written")
        return 0
    if changed := stale(texts):
        for path in changed:
            print(f"{path.relative_to(ROOT)} is stale", file=sys.stderr)
        print("run 'python -m tools.package_data --write'", file=sys.stderr)
        return 1
    print(f"package data: {len(texts)} files unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
