"""Time lines as SVG: a line for each fault, from the fault to the slash."""

from collections.abc import Sequence
from html import escape
from typing import Any

from seqpool.drill.timeline import (
    BACK,
    FALLBACK_DUE,
    FAULT,
    FIRST_BLOCK,
    NOTICED,
    RECOVERED,
    SLASHED,
    TIMEOUT,
    TURN,
    TWO_THIRDS,
)

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 860, 240, 30, 56, 30, 44
COLOURS = {
    FAULT: "#24292f",
    TIMEOUT: "#6e7781",
    TURN: "#6e7781",
    NOTICED: "#9a6700",
    TWO_THIRDS: "#1f6feb",
    FIRST_BLOCK: "#1a7f37",
    FALLBACK_DUE: "#6e7781",
    BACK: "#8250df",
    RECOVERED: "#1a7f37",
    SLASHED: "#d1242f",
}
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300)


def ticks(longest: float) -> list[int]:
    """At most ten, from 0 to no less than the longest time."""
    step = next((x for x in _TICKS if longest <= 10 * x), 600)
    last = -(-int(longest + 0.999) // step) * step
    return list(range(0, max(last, step) + 1, step))


def svg(title: str, outcomes: Sequence[dict[str, Any]]) -> str:
    """The outcomes of a run, as Outcome.data has them."""
    longest = max([1.0, *(max(x["moments"].values(), default=0) for x in outcomes)])
    marks = ticks(longest)
    height = TOP + ROW * len(outcomes) + BOTTOM
    floor = height - BOTTOM

    def place(seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / marks[-1]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        *_legend(outcomes),
    ]
    for mark in marks:
        x = place(mark)
        parts += [
            f'<path d="M{x:.1f} {TOP}V{floor}" stroke="#d0d7de"/>',
            _text(x, floor + 16, str(mark), "middle"),
        ]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 8, "seconds after the fault", "middle"))
    for row, outcome in enumerate(outcomes):
        y = TOP + ROW * row + ROW / 2
        colour = "#24292f" if outcome["handled"] else "#d1242f"
        parts.append(_text(LEFT - 10, y + 4, outcome["title"], "end", colour))
        parts += _row(outcome["moments"], y, place)
    return "\n".join([*parts, "</svg>", ""])


def _legend(outcomes: Sequence[dict[str, Any]]) -> list[str]:
    used = [name for name in COLOURS if any(name in x["moments"] for x in outcomes)]
    parts, x = [], float(LEFT)
    for name in used:
        parts += [
            f'<circle cx="{x:.1f}" cy="20" r="5" fill="{COLOURS[name]}"/>',
            _text(x + 9, 24, name, "start"),
        ]
        x += 7 * len(name) + 32
    return parts


def _row(moments: dict[str, float], y: float, place) -> list[str]:
    if not moments:
        return []
    names = sorted(moments, key=moments.get)
    first, last = (place(moments[name]) for name in (names[0], names[-1]))
    parts = [f'<path d="M{first:.1f} {y}H{last:.1f}" stroke="#24292f" stroke-width="1"/>']
    if TIMEOUT in moments and FIRST_BLOCK in moments:
        # nobody produces though somebody could
        start, end = place(moments[TIMEOUT]), place(moments[FIRST_BLOCK])
        parts.append(
            f'<path d="M{start:.1f} {y}H{end:.1f}" stroke="{COLOURS[FIRST_BLOCK]}"'
            ' stroke-width="6" stroke-opacity="0.3"/>'
        )
    for name in names:
        x = place(moments[name])
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="{COLOURS[name]}" fill-opacity="0.8">'
            f"<title>{escape(name)}: {moments[name]:.2f} s</title></circle>"
        )
    return parts


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#24292f") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"
