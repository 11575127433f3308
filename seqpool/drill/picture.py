"""Time lines as SVG: a line for each fault, from the timeout to the slash."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

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
from seqpool.picture import (
    BLUE,
    BROWN,
    GREEN,
    GREY,
    INK,
    LEAF,
    PURPLE,
    RED,
    RULE,
    as_svg,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    TURN: GREY,
    NOTICED: BROWN,
    TWO_THIRDS: BLUE,
    FIRST_BLOCK: GREEN,
    SLASHED: RED,
    FALLBACK_DUE: GREY,
    BACK: PURPLE,
    RECOVERED: LEAF,
}
# A due date is an open mark, an event a filled one, so that the two grey marks differ.
_OPEN = {FALLBACK_DUE}
_TICKS = (0, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
# Between two ticks, as a share of the axis.
_CLOSEST = 0.06
TITLE = "From timeout to slash"


def ticks(longest: float) -> list[float]:
    """Ticks in seconds, from 0 to the first that is no less than the longest time.

    On the scale of square roots, no two are so close that their labels touch."""
    end = next((x for x in _TICKS[3:] if x >= longest), _TICKS[-1])
    found = [end]
    for mark in reversed(_TICKS[: _TICKS.index(end)]):
        if sqrt(found[0] / end) - sqrt(mark / end) >= _CLOSEST or mark == 0:
            found.insert(0, mark)
    if sqrt(found[1] / end) < _CLOSEST:
        del found[1]
    return found


def svg(outcomes: Sequence[dict[str, Any]]) -> str:
    """The outcomes of a run, as Outcome.data has them."""
    return as_svg(figure(outcomes))


def figure(outcomes: Sequence[dict[str, Any]]) -> Figure:
    """A line for each outcome.

    Most happens within the first second, and the rest within minutes: the scale is of square roots.
    """
    found = [_after_timeout(x) for x in outcomes]
    marks = ticks(max([1.0, *(x for moments in found for x in moments.values())]))
    picture = new_figure(TITLE, 9, 1.6 + 0.3 * max(1, len(outcomes)))
    axes = picture.add_subplot()
    axes.set_xscale("function", functions=(lambda x: x.clip(0) ** 0.5, lambda x: x**2))
    axes.set_xlim(0, marks[-1])
    axes.xaxis.set_ticks(marks, [f"{mark:g}" for mark in marks])
    axes.set_xlabel("seconds after block_timeout has passed")
    axes.set_ylim(max(1, len(outcomes)) - 0.5, -0.5)
    axes.yaxis.set_ticks(range(len(outcomes)), [x["title"] for x in outcomes])
    axes.grid(axis="x", color=RULE)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    for label, outcome in zip(axes.get_yticklabels(), outcomes, strict=True):
        label.set_color(INK if outcome["handled"] else RED)
    for row, moments in enumerate(found):
        axes.hlines(row, 0, max(moments.values(), default=0), color=INK, linewidth=1)
        if FIRST_BLOCK in moments:
            # nobody produces
            axes.hlines(row, 0, moments[FIRST_BLOCK], color=RED, linewidth=6, alpha=0.25)
    for name, colour in COLOURS.items():
        points = [(x[name], row) for row, x in enumerate(found) if name in x]
        if points:
            face = "white" if name in _OPEN else colour
            style = {"color": colour, "markerfacecolor": face, "clip_on": False}
            axes.plot(*zip(*points, strict=True), "o", label=name, **style)
    if any(found):
        picture.legend(loc="outside lower center", ncols=4, frameon=False)
    return picture


def _after_timeout(outcome: dict[str, Any]) -> dict[str, float]:
    moments = outcome["after_timeout"]
    return {k: v for k, v in moments.items() if k in COLOURS and v is not None}
