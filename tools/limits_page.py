"""What two thirds, and a vote, can take at most and by when: the table of docs/trust.md, from the
contracts' constants: `python -m tools.limits_page [--write]`.

tests/stateful/limits compares it with what adversaries reach on the contracts.
"""

import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import click

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, format_percent
from tests.utils.system import PARAMETERS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust.md"
INTRODUCTION = """\
Three bounds hold at each moment, in whatever order, whatever was locked or withdrawn before:"""
BEGIN, END = "<!-- begin: tools/limits_page.py -->", "<!-- end: tools/limits_page.py -->"
AFTER = (0, 7, 30, 60)  # days since the first second at which something is taken
TWO_THIRDS, VOTE = "two thirds of a committee", "a vote, with or without two thirds"
ONE, LEAVER, ALL = "one sequencer", "one that leaves as it begins", "all sequencers"


class Brake(NamedTuple):
    """A share that may be taken again once the list of buckets holds it no more."""

    share: Fraction
    bucket: int  # seconds
    buckets: int

    def most(self, seconds: int) -> Fraction:
        """Of what was there at first, within so long, if nothing comes or leaves: the first take is
        in the last second of a bucket, and each other in the first of the bucket that drops it."""
        list_of_buckets = self.buckets * self.bucket
        takes = 1 + (seconds - 1 + self.bucket) // list_of_buckets
        return 1 - (1 - self.share) ** takes


def of_one(constant: str) -> Brake:
    share = Fraction(LIMITS[constant], LIMITS["BPS"])
    return Brake(share, LIMITS["BRAKE_BUCKET"], LIMITS["BRAKE_BUCKETS"])


OF_ALL = Brake(Fraction(LIMITS["BRAKE_OF_ALL"], LIMITS["SHARE"]), DAY, LIMITS["BRAKE_DAYS"] + 1)
BRAKES = {TWO_THIRDS: of_one("BRAKE_OF_ONE"), VOTE: of_one("BRAKE_OF_VOTE")}


def most(who: str, of: str, days: int, brakes: Mapping[str, Brake] = BRAKES) -> Fraction:
    """The largest share that can be taken within so many days."""
    seconds = days * DAY
    if of == LEAVER:
        # then only what is held is there, and that is no more than could have been taken before
        seconds = min(seconds, PARAMETERS["exit_delay"])
    share = brakes[who].most(seconds)
    if of == ALL and who == TWO_THIRDS:
        # if nobody comes, each loses less than the brake of all lets pass
        share = min(share, OF_ALL.most(seconds))
    return share


def table() -> str:
    header = ["who", "from", "at once", *(f"after {days} days" for days in AFTER[1:])]
    rows = [header, ["--"] * len(header)]
    for who in BRAKES:
        for of in (ONE, LEAVER, ALL):
            shares = (round(most(who, of, days) * LIMITS["BPS"]) for days in AFTER)
            rows.append([who, of, *map(format_percent, shares)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def bounds() -> str:
    """What holds at each moment, a line each."""
    brakes = (BRAKES[TWO_THIRDS], BRAKES[VOTE], OF_ALL)
    one, together, every = (
        (format_percent(round(x.share * LIMITS["BPS"])), (x.buckets - 1) * x.bucket // DAY)
        for x in brakes
    )
    lines = (
        "Two thirds take at most {} of one sequencer within any {} days.".format(*one),
        "Two thirds and votes together take at most {} of one sequencer within any {} days.".format(
            *together
        ),
        "Two thirds take at most {} of all METIS in the pool within any {} days.".format(*every),
    )
    return "\n".join(f"- {line}" for line in lines)


def wanted(page: str) -> str:
    """The page with a new table and new bounds."""
    before, rest = page.split(BEGIN)
    text = f"{table()}\n\n{INTRODUCTION}\n\n{bounds()}"
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"


@click.command()
@click.option("--write", is_flag=True, help="Rewrite the document instead of comparing.")
def cli(write: bool) -> None:
    page = PAGE.read_text()
    if wanted(page) == page:
        return
    if write:
        PAGE.write_text(wanted(page))
    print(f"{PAGE.relative_to(ROOT)}: {'rewritten' if write else 'is not current; see --write'}")
    if not write:
        sys.exit(1)


if __name__ == "__main__":
    cli()
