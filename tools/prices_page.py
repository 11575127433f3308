"""The picture of the LST vault's two prices: `python -m tools.prices_page [--write]`.

It follows the formulas of docs/staking.md, for one slash with an appeal and a refund. Without
--write, the picture is compared with a new one.
"""

import sys
from pathlib import Path

import click

from tools.chart import Axis, Line, Note, svg

PICTURE = Path(__file__).parent.parent / "docs/pictures/prices.svg"
# METIS of 40,000 shares
SHARES, HELD, REFUND = 40_000, 4_000, 0.5
# days
REPORT, SLASH, APPEAL, DECISION, END = 5, 12, 17, 35, 42


def surely(day: float) -> float:
    """What the shares have, less what the Slasher holds."""
    if day < REPORT:
        return SHARES
    if day < DECISION:
        return SHARES - HELD
    return SHARES - HELD * (1 - REFUND)


def at_most(day: float) -> float:
    """What the shares have or may still get."""
    return SHARES if day < DECISION else surely(day)


def drawing() -> str:
    # just before and at each day on which anything changes
    days = [0.0]
    for day in (REPORT, SLASH, APPEAL, DECISION):
        days += [day - 0.01, day]
    days.append(END)
    lines = [
        Line(name, [(day, value(day) / SHARES) for day in days])
        for name, value in (("a deposit pays", at_most), ("a redemption is paid", surely))
    ]
    notes = [
        Note(day, surely(day) / SHARES, text)
        for day, text in (
            (REPORT, "a slash is proposed"),
            (SLASH, "it is made"),
            (APPEAL, "appeal"),
            (DECISION, "half is refunded"),
        )
    ]
    return svg(
        "The two prices of a share",
        Axis("days", [(day, str(day)) for day in range(0, END + 1, 7)]),
        Axis("METIS for a share", [(x / 100, f"{x / 100:.2f}") for x in (88, 92, 96, 100, 104)]),
        lines,
        notes,
    )


@click.command()
@click.option("--write", is_flag=True, help="Rewrite the picture instead of comparing.")
def cli(write: bool) -> None:
    new = drawing()
    if PICTURE.exists() and PICTURE.read_text() == new:
        return
    if not write:
        print(f"{PICTURE.name} is not what the formulas give; see --write")
        sys.exit(1)
    PICTURE.write_text(new)


if __name__ == "__main__":
    cli()
