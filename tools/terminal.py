"""What a command shows in a terminal, as SVG."""

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType

# Rich's own SVG loads a font from elsewhere. The reader's own monospaced font will do, because each
# run of letters is given its length.
_FORM = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: monospace; font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def svg(title: str, shown: Iterable[RenderableType], width: int) -> str:
    """A terminal of so many columns after these were printed in it."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(*shown, sep="\n")
    text = console.export_svg(title=title, code_format=_FORM, unique_id="terminal")
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"
