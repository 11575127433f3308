"""Numbers and figures of the documents, from real runs: `python -m tools.pages [--write]`.

Each run is on a chain of its own. A document has its numbers between two marks. Without --write,
numbers and figures are compared with those of a new run.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ape
import click
from ape.logging import LogLevel, logger

from seqpool.chain.accounts import named_account
from seqpool.console import console
from seqpool.deployment import params
from seqpool.deployment.compiler import compile_anew
from seqpool.deployment.deployer import deploy_suite
from seqpool.devnet.cast import populate
from seqpool.devnet.story.earnings import DEPOSITS, Earnings, tell
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.rewards.view import yearly
from seqpool.units import DAY, METIS, format_metis
from seqpool.upkeep.tables import StatusTables
from tests.utils.isolation import isolated
from tests.utils.payroll import MRR, Payroll
from tests.utils.rhythms import STALLING, STEADY, year
from tools import terminal
from tools.chart import Axis, Line, Note, svg

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BEGIN, END = "<!-- begin: tools/pages.py -->", "<!-- end: tools/pages.py -->"
WIDTH = 110  # columns of the terminal
# a fixed time, so that each run is the same
START = 2_000_000_000
STAKES = [20_000, 40_000, 60_000, 80_000, 100_000]


@dataclass(frozen=True)
class Page:
    """A figure, the document that shows it, and the document's text between the marks."""

    figure: str
    drawing: str
    document: str | None = None
    text: str = ""


# ---------------------------------------------------------------- staking


def staking(chain) -> Page:
    """A depositor's round trip, as `ape run demo` tells it."""
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    suite = deploy_suite(values, named_account("deployer"), chain.provider, ape.project)
    # beside the one behind the vault, sequencers with stake of their own
    story = Earnings(populate(suite, chain.provider))
    console.quiet = True
    try:
        tell(story)
    finally:
        console.quiet = False
    first = story.moments[0].at
    rows = [
        (
            f"{(x.at - first) / DAY:.1f}",
            x.what,
            f"{x.price / METIS:.6f}",
            f"{x.deposit_price / METIS:.6f}",
        )
        for x in story.moments
    ]
    days_of = {what: day for day, what, *_ in rows}
    leaver, deposited = story.people[story.leaver.address], DEPOSITS[-1] * METIS
    received = story.paid + story.back[leaver]
    text = table(("day", "what", "price of redemptions", "price of deposits"), rows)
    text += "\n\n" + table(
        ("depositor", "brought, METIS", "lost in the slash", "got back", "how"),
        [
            (
                name,
                f"{brought:,}",
                f"{story.lost[name] / METIS:,.6f}",
                f"{story.back[name] / METIS:,.6f}",
                "`claim_refund`" if name == leaver else "its shares are worth more",
            )
            for name, brought in zip(story.lost, DEPOSITS, strict=True)
        ],
    )
    text += (
        # lines that the house format does not break
        f"\n\n- On day {days_of['request']} the third depositor asked to leave."
        f"\n- On day {days_of['redemption']} it was paid {story.paid / METIS:,.6f} METIS."
        f"\n- On day {days_of['refund']} it got {story.back[leaver] / METIS:,.6f} METIS of the"
        f" refund.\n\nIt brought {format_metis(deposited)} METIS: its result is"
        f" {received / deposited - 1:+.3%}."
    )
    days = [(x.at - first) / DAY for x in story.moments]
    prices = [x.price / METIS for x in story.moments]
    deposit_prices = [x.deposit_price / METIS for x in story.moments]
    # what a share is paid rises day by day with rewards; all else is at once
    whats = [x.what for x in story.moments]
    steps = [what in ("slash", "refund") for what in whats]
    last = 10 * (int(days[-1]) // 10 + 1)
    drawing = svg(
        "The prices of a share of the LST vault",
        Axis("days", [(day, str(day)) for day in range(0, last + 1, 10)]),
        Axis("METIS for a share", [(x / 100, f"{x / 100:.2f}") for x in range(88, 105, 4)]),
        [
            Line("a deposit pays", stepped(days, deposit_prices, [True] * len(days))),
            Line("a redemption is paid", stepped(days, prices, steps)),
        ],
        [
            Note(day, price, what)
            for day, price, what in zip(days, prices, whats, strict=True)
            if what in ("harvest", "slash", "refund", "redemption")
        ],
    )
    return Page("pictures/staking.svg", drawing, "staking.md", text)


# ---------------------------------------------------------------- a year of rewards


def rewards(chain) -> Page:
    """What a pool earns in a year at launch parameters, and what the forecast says."""
    payroll = Payroll(ape.project, ape.accounts.test_accounts, chain)
    stake = sum(STAKES) * METIS
    forecast = yearly(stake, MRR, LIMITS["YEAR"]) / stake
    rows, lines, earned = [], [], {}
    for rhythm in (*STEADY, STALLING):
        with isolated(chain):
            payroll.start_anew()
            ids = payroll.seat(*(stake * METIS for stake in STAKES))
            payroll.endow(10**6 * METIS)
            payroll.catch_up()
            moments = year(payroll, ids, rhythm)
        last = moments[-1]
        share = earned[rhythm.name] = last.paid / stake
        covered = f"{last.covered / last.seconds:.4%}"
        # plus 0: a difference that is rounded away has no sign
        difference = round(share / forecast - 1, 6) + 0
        rows.append((rhythm.name, covered, f"{share:.4%}", f"{difference:+.4%}"))
        points = [(x.seconds / DAY, 100 * x.paid / stake) for x in moments]
        lines.append(Line(rhythm.name, points))
    if any(abs(earned[x.name] / forecast - 1) > 0.001 for x in STEADY):
        raise click.ClickException(f"a year earns {earned}, and the forecast is {forecast}")
    drawing = svg(
        "Rewards of a year",
        Axis("days", [(day, str(day)) for day in (0, 73, 146, 219, 292, 365)]),
        Axis("% of stake", [(x, f"{x} %") for x in (0, 5, 10, 15, 20)]),
        [lines[1], lines[-1]],
    )
    header = ("the chain makes", "time covered", "earned in 365 days, of the stake")
    text = table((*header, f"against the forecast, {forecast:.0%}"), rows)
    return Page("pictures/rewards.svg", drawing, "rewards.md", text)


# ---------------------------------------------------------------- what a command shows


def status(chain) -> Page:
    """A new devnet, as `ape run status` shows it."""
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    suite = deploy_suite(values, named_account("deployer"), chain.provider, ape.project)
    populate(suite, chain.provider)
    tables = StatusTables(View(suite, chain.provider), chain.provider.network.name)
    drawing = terminal.svg("ape run status", tables.pool()[-2:], WIDTH)
    return Page("pictures/status.svg", drawing)


# ---------------------------------------------------------------- documents


def stepped(
    days: Sequence[float], values: Sequence[float], steps: Sequence[bool]
) -> list[tuple[float, float]]:
    """Points of a line that goes straight up or down where a value has changed at once."""
    points = [(days[0], values[0])]
    for day, value, is_step in zip(days[1:], values[1:], steps[1:], strict=True):
        points += [(day, points[-1][1])] if is_step else []
        points.append((day, value))
    return points


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["--"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def differences(page: Page, write: bool) -> list[str]:
    """The files that differ from a new run; `write` rewrites them."""
    files = {DOCS / page.figure: page.drawing}
    if page.document is not None:
        path = DOCS / page.document
        before, rest = path.read_text().split(BEGIN)
        files[path] = f"{before}{BEGIN}\n\n{page.text}\n\n{END}{rest.split(END)[1]}"
    found = []
    for file, content in files.items():
        if not file.exists() or file.read_text() != content:
            found.append(str(file.relative_to(ROOT)))
            if write:
                file.parent.mkdir(exist_ok=True)
                file.write_text(content)
    return found


@click.command()
@click.option("--write", is_flag=True, help="Rewrite the documents instead of comparing.")
def cli(write: bool) -> None:
    logger.set_level(LogLevel.WARNING)
    compile_anew(ape.project)
    with ape.networks.ethereum.local.use_provider("test"):
        ape.chain.pending_timestamp = START
        found = []
        # the seconds in the picture of a command are those of the run: it is written, not compared
        for make in (rewards, staking, status) if write else (rewards, staking):
            with isolated(ape.chain):
                found += differences(make(ape.chain), write)
    for name in found:
        print(f"{name}: {'rewritten' if write else 'is not what a run gives; see --write'}")
    if found and not write:
        sys.exit(1)


if __name__ == "__main__":
    cli()
