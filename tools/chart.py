"""Line charts as SVG, small enough to read in a document, and the same bytes at each run."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700")


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

    def place(self, value: float, start: float, end: float) -> float:
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return start + (value - low) / (high - low) * (end - start)


def svg(title: str, x: Axis, y: Axis, lines: Sequence[Line], notes: Sequence[Note] = ()) -> str:
    """A chart; lines are told apart by colour and by their names, above it."""

    def at(px: float, py: float) -> tuple[float, float]:
        return (
            x.place(px, LEFT, WIDTH - RIGHT),
            y.place(py, HEIGHT - BOTTOM, TOP),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for value, text in y.ticks:
        level = at(x.ticks[0][0], value)[1]
        parts += [
            f'<path d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}" stroke="#d0d7de"/>',
            _text(LEFT - 6, level + 4, text, "end"),
        ]
    for value, text in x.ticks:
        parts.append(_text(at(value, y.ticks[0][0])[0], HEIGHT - BOTTOM + 18, text, "middle"))
    parts += [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x.title, "middle"),
        _text(LEFT, TOP - 8, y.title, "start"),
    ]
    place = WIDTH - RIGHT
    for line, colour in reversed(list(zip(lines, COLOURS, strict=False))):
        path = "L".join("{:.1f} {:.1f}".format(*at(*point)) for point in line.points)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            _text(place, TOP - 8, line.name, "end", colour),
        ]
        place -= 7 * len(line.name) + 20
    for note in notes:
        px, py = at(note.x, note.y)
        parts += [
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3"/>',
            _text(px, py - 8, note.text, "middle"),
        ]
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#24292f") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"
