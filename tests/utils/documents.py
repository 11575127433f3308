"""Reads the tables of documents."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def table(document: str, first: str) -> list[dict[str, str]]:
    """Rows of a document's first table whose header begins with `first`."""
    lines = (ROOT / "docs" / document).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    header = cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(header, cells(line), strict=True)))
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
