"""Line charts for documents."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqpool.picture import BLUE, BROWN, GREEN, INK, RED, RULE, as_svg, new_figure, settle

COLOURS = (BLUE, RED, GREEN, BROWN)


@dataclass(frozen=True)
class Line:
    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Note:
    """A word at a point."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Axis:
    title: str
    ticks: Sequence[tuple[float, str]]  # the first and the last are its ends


def svg(title: str, x: Axis, y: Axis, lines: Sequence[Line], notes: Sequence[Note] = ()) -> str:
    """A chart; several lines are told apart by colour and by a legend."""
    figure = new_figure(title, 7.5, 3.6)
    axes = figure.add_subplot()
    for line, colour in zip(lines, COLOURS, strict=False):
        axes.plot(*zip(*line.points, strict=True), color=colour, label=line.name)
    for axis, set_limits, wanted in (
        (axes.xaxis, axes.set_xlim, x),
        (axes.yaxis, axes.set_ylim, y),
    ):
        values, texts = zip(*wanted.ticks, strict=True)
        axis.set_ticks(values, texts)
        axis.set_label_text(wanted.title)
        set_limits(values[0], values[-1])
    axes.grid(axis="y", color=RULE)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        axes.legend(frameon=False)
    axes.scatter([note.x for note in notes], [note.y for note in notes], color=INK, s=12, zorder=3)
    style = {"textcoords": "offset points", "ha": "center", "va": "center"}
    labels = [axes.annotate(note.text, (note.x, note.y), (0, 0), **style) for note in notes]
    settle(figure, labels)
    return as_svg(figure)
