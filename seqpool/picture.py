"""Pictures as SVG: the same bytes at each run, with no word cut off and none over another."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation, Text
    from matplotlib.transforms import Bbox

INK, RULE = "#24292f", "#d0d7de"
BLUE, RED, GREEN, BROWN = "#1f6feb", "#d1242f", "#1a7f37", "#9a6700"
GREY, PURPLE, LEAF = "#8c959f", "#8250df", "#57ab5a"
# Where a label may stand about its point: offsets in points, the nearest first.
_OFFSETS = [
    (aside, sign * step) for step in (9, 22, 35, 48) for aside in (0, 34, -34) for sign in (1, -1)
]


def new_figure(title: str, width: float, height: float) -> Figure:
    """An empty figure of so many inches, with a title."""
    # here: who draws nothing does not load a plotting library
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    # lays out and measures words; a figure without a canvas cannot
    FigureCanvasAgg(figure)
    figure.suptitle(title, color=INK, fontsize=12)
    return figure


def as_svg(figure: Figure) -> str:
    """The figure as SVG. Letters are drawn as outlines, so that each reader sees the same.

    Raises:
        ValueError: a word is cut off, or stands over another.
    """
    import matplotlib

    if found := flaws(figure):
        raise ValueError(f"the picture cannot be read: {'; '.join(found)}")
    text = io.StringIO()
    # the ids of shapes come from this salt, else from a random number
    with matplotlib.rc_context({"svg.hashsalt": "seqpool", "svg.fonttype": "path"}):
        metadata = {"Title": figure.get_suptitle(), "Date": None, "Creator": None}
        figure.savefig(text, format="svg", metadata=metadata)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def flaws(figure: Figure) -> list[str]:
    """What a reader could not read: words outside of the figure, and words that touch."""
    boxes = [(text.get_text(), box) for text, box in _texts(figure)]
    inside = figure.bbox
    found = [
        f"{word!r} is cut off"
        for word, box in boxes
        if not (inside.contains(*box.min) and inside.contains(*box.max))
    ]
    return found + [
        f"{one!r} touches {other!r}"
        for (one, a), (other, b) in combinations(boxes, 2)
        if a.overlaps(b)
    ]


def settle(figure: Figure, labels: Sequence[Annotation]) -> None:
    """Moves each label about its point until it touches no other word, line or axis."""
    for label in labels:
        for offset in _OFFSETS:
            label.xyann = offset
            others = [box for text, box in _texts(figure) if text is not label]
            if not _is_in_the_way(label, figure, others):
                break


def _is_in_the_way(label: Annotation, figure: Figure, others: Sequence[Bbox]) -> bool:
    box = label.get_window_extent()
    if not all(figure.bbox.contains(*corner) for corner in (box.min, box.max)):
        return True
    axes = label.axes
    edges = [] if axes is None else [axes.spines["left"].get_window_extent()]
    lines = [] if axes is None else axes.get_lines()
    return any(box.overlaps(other) for other in (*others, *edges)) or any(
        line.get_transform().transform_path(line.get_path()).intersects_bbox(box, filled=False)
        for line in lines
    )


def _texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """All words that are shown, each with its place in pixels."""
    from matplotlib.text import Text

    figure.canvas.draw()
    shown = (x for x in figure.findobj(Text) if x.get_visible() and x.get_text())
    return [(text, text.get_window_extent()) for text in shown if _is_in_view(text)]


def _is_in_view(text: Text) -> bool:
    """False for the labels of ticks beyond the ends of an axis, which are not drawn."""
    axes = text.axes
    if axes is None:
        return True
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if text in (tick.label1, tick.label2):
                return low <= tick.get_loc() <= high
    return True
