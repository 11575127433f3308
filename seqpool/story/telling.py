"""How a chapter speaks, and what it insists on."""

from seqpool.cli import console
from seqpool.errors import UserError


def step(title: str, *lines: str) -> None:
    console.print(f"\n[bold]{title}[/bold]", *lines, sep="\n", soft_wrap=True)


def check(what: str, found: int, wanted: int) -> None:
    """UserError unless an amount is right to the wei."""
    if found != wanted:
        raise UserError(f"{what}: {found} wei, not {wanted}")
