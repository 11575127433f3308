"""How a chapter speaks, and what it insists on."""

from itertools import count

from seqpool.console import console
from seqpool.errors import UserError

_numbers = count(1)


def step(title: str, *lines: str) -> None:
    console.print(f"\n[bold]{next(_numbers)}. {title}[/bold]", *lines, sep="\n", soft_wrap=True)


def check(what: str, found: int, wanted: int) -> None:
    """UserError unless an amount is right to the wei."""
    if found != wanted:
        raise UserError(f"{what}: {found} wei, not {wanted}")
