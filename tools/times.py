"""How long `make test` takes: `python -m tools.times` runs it part by part, and writes the table of
docs/development.md.

The machine should be idle. If a part fails, the others run all the same, and nothing is written.
"""

import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "development.md"
BEGIN, END = "<!-- begin: tools/times.py -->", "<!-- end: tools/times.py -->"
HEADER = ("part", "minutes", "minutes of one core")


class Part(NamedTuple):
    """A target of make, and what it took in seconds."""

    target: str
    wall: float
    cpu: float
    failed: bool = False


def targets(makefile: str) -> list[str]:
    """The parts of `make test`, in their order."""
    (found,) = re.findall(r"^test: ((?:[a-z-]+ )+)## ", makefile, re.MULTILINE)
    return found.split()


def measure(target: str) -> Part:
    """Runs a part."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    # as `make test` has it: `test-build` has compiled everything
    environment = os.environ | {"SEQPOOL_COMPILED": "yes"}
    done = subprocess.run(["make", target], cwd=ROOT, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Part(target, time.monotonic() - start, cpu, done.returncode != 0)


def table(parts: list[Part]) -> str:
    """The rows of the document, with their sum."""
    total = Part("all of `make test`", sum(x.wall for x in parts), sum(x.cpu for x in parts))
    rows = [
        HEADER,
        ("--",) * len(HEADER),
        *((f"`{x.target}`", f"{x.wall / 60:.1f}", f"{x.cpu / 60:.1f}") for x in parts),
        (total.target, f"{total.wall / 60:.1f}", f"{total.cpu / 60:.1f}"),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    parts = [measure(target) for target in targets((ROOT / "Makefile").read_text())]
    print(table(parts))
    if failed := [part.target for part in parts if part.failed]:
        sys.exit(f"nothing is written, since these fail: {', '.join(failed)}")
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(parts)}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
