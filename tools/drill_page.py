"""Figures and picture of docs/watcher.md, from drills: `python -m tools.drill_page [--write]`.

`--take FILE...` first reads what `python -m seqpool.drill --json FILE` has written, and keeps what
the document needs in snapshots/drill.json. Drills with the same block_timeout that are taken
together count as one drill; a later one replaces it.
No drill is run here. Without --write the document is compared with the snapshot.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from seqpool.drill.picture import svg
from seqpool.drill.plan import LAUNCH_TIMEOUT
from seqpool.drill.timeline import FIRST_BLOCK, TWO_THIRDS, summary, table

ROOT = Path(__file__).parent.parent
SNAPSHOT = ROOT / "snapshots" / "drill.json"
PAGE, PICTURE = ROOT / "docs" / "watcher.md", ROOT / "docs" / "pictures" / "watcher.svg"
BEGIN, END = "<!-- begin: tools/drill_page.py -->", "<!-- end: tools/drill_page.py -->"
# the block_timeout whose drill is drawn, if there is one: that of `make drill`
_DRAWN = 10


def take(snapshot: dict[str, Any], drill: dict[str, Any]) -> dict[str, Any]:
    """A snapshot with a drill in it: its figures, and its first run to be drawn."""
    key = str(drill["figures"][0]["block_timeout"])
    kept = {"figures": drill["figures"], "first": drill["runs"][0]}
    return dict(sorted((snapshot | {key: kept}).items(), key=lambda x: int(x[0])))


def joined(drills: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Joins the drills of each block_timeout into one."""
    runs: dict[int, list[list[dict[str, Any]]]] = {}
    for drill in drills:
        runs.setdefault(drill["figures"][0]["block_timeout"], []).extend(drill["runs"])
    return [
        {"figures": summary(outcome for run in found for outcome in run), "runs": found}
        for found in runs.values()
    ]


def text(snapshot: dict[str, Any]) -> str:
    """The text between the marks."""
    parts = []
    for key, drill in snapshot.items():
        figures = drill["figures"]
        runs, handled = (sum(x[y] for x in figures) for y in ("runs", "handled"))
        what = "as at launch" if int(key) >= LAUNCH_TIMEOUT else "the least that governance may set"
        # without two thirds no vote decides how fast it is: the fallback waits for its date
        voted = [x for x in figures if TWO_THIRDS in x and FIRST_BLOCK in x]
        slowest = max(voted, key=lambda x: x[FIRST_BLOCK]["median"], default=None)
        memory = max(x["memory_mb"] for x in figures)
        load = sorted(x["cpu_percent"] for x in figures)[len(figures) // 2]
        # a line each, within the 120 columns of a document
        lines = [
            f"{handled} of {runs} faults handled.",
            f"A watcher takes {memory:.0f} MB at most, and {load:.1f} % of a core when idle.",
        ]
        if slowest:
            lines.append(
                f"The slowest is '{slowest['title']}': its median to the successor's first block is"
                f" {slowest[FIRST_BLOCK]['median']:.1f} s."
            )
        items = "\n".join(f"- {line}" for line in lines)
        parts.append(f"With a block_timeout of {key} s, {what}:\n\n{items}\n\n{table(figures)}")
    return "\n\n".join(parts)


def drawing(snapshot: dict[str, Any]) -> str:
    key = str(_DRAWN) if str(_DRAWN) in snapshot else next(iter(snapshot))
    return svg(snapshot[key]["first"])


def wanted(page: str, snapshot: dict[str, Any]) -> dict[Path, str]:
    """Files, and what has to be in them."""
    before, rest = page.split(BEGIN)
    content = f"{before}{BEGIN}\n\n{text(snapshot)}\n\n{END}{rest.split(END)[1]}"
    return {PAGE: content, PICTURE: drawing(snapshot)}


@click.command()
@click.option("--write", is_flag=True, help="Rewrite the document instead of comparing.")
@click.option("--take", "taken", type=click.Path(path_type=Path), multiple=True, help="A drill.")
def cli(write: bool, taken: tuple[Path, ...]) -> None:
    snapshot = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    if not snapshot and not taken:
        print(f"{PAGE.relative_to(ROOT)}: no drill is on record")
        return
    for drill in joined(json.loads(path.read_text()) for path in taken):
        snapshot = take(snapshot, drill)
    if taken:
        SNAPSHOT.write_text(json.dumps(snapshot, indent=2) + "\n")
    found = [
        path
        for path, content in wanted(PAGE.read_text(), snapshot).items()
        if not path.exists() or path.read_text() != content
    ]
    for path in found:
        if write or taken:
            path.write_text(wanted(PAGE.read_text(), snapshot)[path])
        print(f"{path.relative_to(ROOT)}: {'rewritten' if write or taken else 'is not current'}")
    if found and not (write or taken):
        sys.exit(1)


if __name__ == "__main__":
    cli()
