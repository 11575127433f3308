"""The terminal: one console for lines, tables and progress bars."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

console = Console(highlight=False)
# wide enough for a row with an address, wherever it goes
console.width = max(console.width, 120)


def say(line: str) -> None:
    """Prints a line, however long."""
    console.print(line, soft_wrap=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """A bar, gone at the end; yields what is told how many more are done, and a better total."""
    bar = Progress(
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done, total=None: bar.update(task, advance=done, total=total)
