"""Time lines as SVG: a line for each fault, from the timeout to the slash."""

from collections.abc import Callable, Sequence
from html import escape
from math import sqrt
from typing import Any

from seqpool.drill.timeline import (
    BACK,
    FALLBACK_DUE,
    FIRST_BLOCK,
    NOTICED,
    RECOVERED,
    SLASHED,
    TURN,
    TWO_THIRDS,
)

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 860, 270, 30, 64, 28, 44
LEGEND_STEP = 150
COLOURS = {
    TURN: "#8c959f",
    NOTICED: "#9a6700",
    TWO_THIRDS: "#1f6feb",
    FIRST_BLOCK: "#1a7f37",
    SLASHED: "#d1242f",
    FALLBACK_DUE: "#8c959f",
    BACK: "#8250df",
    RECOVERED: "#57ab5a",
}
_TICKS = (0, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
TITLE = "From timeout to slash"
_INK, _RULE = "#24292f", "#d0d7de"


def ticks(longest: float) -> list[float]:
    """From 0 to the first that is no less than the longest time."""
    found = [x for x in _TICKS if x < longest]
    return [*found, *(x for x in _TICKS[len(found) :][:1])] if found else list(_TICKS[:4])


def svg(outcomes: Sequence[dict[str, Any]]) -> str:
    """The outcomes of a run, as Outcome.data has them.

    Most happens within the first second, and the rest within minutes: the scale is of square roots.
    """
    found = [_after_timeout(x) for x in outcomes]
    marks = ticks(max([1.0, *(x for moments in found for x in moments.values())]))
    height = TOP + ROW * len(outcomes) + BOTTOM
    floor = height - BOTTOM

    def place(seconds: float) -> float:
        share = sqrt(max(0, seconds) / marks[-1])
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1, share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f"<title>{TITLE}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        *_legend(found),
    ]
    for mark in marks:
        x = place(mark)
        parts += [
            f'<path d="M{x:.1f} {TOP}V{floor}" stroke="{_RULE}"/>',
            _text(x, floor + 16, f"{mark:g}", "middle"),
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, height - 8, "seconds after block_timeout has passed", "middle"))
    for row, (outcome, moments) in enumerate(zip(outcomes, found, strict=True)):
        y = TOP + ROW * row + ROW / 2
        colour = _INK if outcome["handled"] else COLOURS[SLASHED]
        parts.append(_text(LEFT - 10, y + 4, outcome["title"], "end", colour))
        parts += _row(moments, y, place)
    return "\n".join([*parts, "</svg>", ""])


def _after_timeout(outcome: dict[str, Any]) -> dict[str, float]:
    moments = outcome["after_timeout"]
    return {k: v for k, v in moments.items() if k in COLOURS and v is not None}


def _legend(found: Sequence[dict[str, float]]) -> list[str]:
    used = [name for name in COLOURS if any(name in moments for moments in found)]
    in_row = (WIDTH - 2 * RIGHT) // LEGEND_STEP
    parts = []
    for number, name in enumerate(used):
        x, y = RIGHT + LEGEND_STEP * (number % in_row), 18 + 20 * (number // in_row)
        parts += [
            f'<circle cx="{x}" cy="{y}" r="5" fill="{COLOURS[name]}"/>',
            _text(x + 9, y + 4, name, "start"),
        ]
    return parts


def _row(moments: dict[str, float], y: float, place: Callable[[float], float]) -> list[str]:
    start, end = place(0), place(max(moments.values(), default=0))
    parts = [f'<path d="M{start:.1f} {y}H{end:.1f}" stroke="{_INK}"/>']
    if FIRST_BLOCK in moments:
        # nobody produces
        parts.append(
            f'<path d="M{start:.1f} {y}H{place(moments[FIRST_BLOCK]):.1f}"'
            f' stroke="{COLOURS[SLASHED]}" stroke-width="7" stroke-opacity="0.25"/>'
        )
    for name in sorted(moments, key=moments.get):
        parts.append(
            f'<circle cx="{place(moments[name]):.1f}" cy="{y}" r="5" fill="{COLOURS[name]}">'
            f"<title>{escape(name)}: {moments[name]:.2f} s</title></circle>"
        )
    return parts


def _text(x: float, y: float, text: str, anchor: str, colour: str = _INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"
