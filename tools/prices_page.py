"""The picture of the LST vault's two prices: `python -m tools.prices_page [--write]`.

It follows the formulas of docs/staking.md, for one slash with an appeal and a refund. Without
--write, the picture is compared with a new one.
"""

import sys
from pathlib import Path

import click

from seqpool.picture import BLUE, GREY, INK, RED, RULE, as_svg, new_figure

PICTURE = Path(__file__).parent.parent / "docs/pictures/prices.svg"
# METIS of 40,000 shares, and the part of what was slashed that comes back
SHARES, SLASHED, REFUND = 40_000, 4_000, 0.5
# days
PROPOSAL, SLASH, APPEAL, DECISION, END = 5, 12, 19, 35, 42
EVENTS = {
    PROPOSAL: "a slash is\nproposed",
    SLASH: "it is\nmade",
    APPEAL: "the vault\nappeals",
    DECISION: "half is\nrefunded",
}
# METIS for a share: the ends of the axis, and where the events are named
BOTTOM, WORDS, TOP = 0.87, 1.032, 1.05


def of_redemptions(day: int) -> float:
    """What the shares surely have (A), less what the Slasher holds (H), for a share."""
    if day < PROPOSAL:
        return 1
    return 1 - SLASHED * (1 - REFUND * (day >= DECISION)) / SHARES


def of_deposits(day: int) -> float:
    """What the shares have, and may still get back (R), for a share."""
    return 1 if day < DECISION else of_redemptions(day)


def drawing() -> str:
    figure = new_figure("The two prices of a share", 7.5, 3.9)
    axes = figure.add_subplot()
    days = [0, *EVENTS, END]
    deposits, redemptions = ([f(day) for day in days] for f in (of_deposits, of_redemptions))
    axes.fill_between(days, redemptions, deposits, step="post", color=BLUE, alpha=0.08, lw=0)
    # where both are the same, the wider one shows on both sides of the other
    for values, colour, width in ((deposits, BLUE, 4.5), (redemptions, RED, 2)):
        axes.step(days, values, where="post", color=colour, linewidth=width)
    for day, text in EVENTS.items():
        axes.axvline(
            day, ymax=(WORDS - 0.012 - BOTTOM) / (TOP - BOTTOM), color=GREY, lw=0.8, ls=":"
        )
        axes.text(day, WORDS, text, color=INK, ha="center", va="center", fontsize=9)
    for x, y, text, colour in (
        (27, 1.008, "a deposit pays", BLUE),
        (27, 0.892, "a redemption is paid", RED),
        (8.5, 0.94, "held\n(H)", GREY),
        (27, 0.94, "lost, but the case is open\n(R)", GREY),
    ):
        axes.text(x, y, text, color=colour, ha="center", va="center", fontsize=10)
    axes.set_xticks(range(0, END + 1, 7))
    axes.set_yticks([0.88, 0.92, 0.96, 1.0])
    axes.set_xlim(0, END)
    axes.set_ylim(BOTTOM, TOP)
    axes.set_xlabel("days")
    axes.set_ylabel("METIS for a share")
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return as_svg(figure)


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
