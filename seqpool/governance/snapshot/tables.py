"""What people read of a count."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table

from seqpool.chain.archive import ArchiveNode
from seqpool.console import console, progress, say
from seqpool.governance.snapshot.count import count
from seqpool.governance.snapshot.export import Export
from seqpool.governance.snapshot.result import Criteria, Expected, Result, summary
from seqpool.units import format_percent, format_time, in_metis


def count_shown(
    export: Export,
    expected: Expected,
    criteria: Criteria,
    node: ArchiveNode,
    cache: Path | None = None,
) -> Result:
    """Counts an export, with a progress bar."""
    with progress("balances of METIS", len(export.votes)) as advance:
        return count(export, expected, criteria, node, cache, advance)


def print_result(result: Result) -> None:
    """The result, and every vote that does not count."""
    criteria, message = result.criteria, result.proposal.message
    sided = result.for_votes + result.against_votes
    # rounded down, as the vote is judged
    approval = format_percent(10_000 * result.for_votes // sided) if sided else "none"
    table = Table(title="Snapshot vote", show_header=False)
    for row in (
        ("title", message["title"]),
        ("author", result.proposal.address),
        ("snapshot", f"block {message['snapshot']} of chain {result.expected.chain_id}"),
        ("voted", f"{format_time(message['start'])} to {format_time(message['end'])} UTC"),
        ("for", in_metis(result.for_votes)),
        ("against", in_metis(result.against_votes)),
        ("abstain", in_metis(result.abstain_votes)),
        ("quorum", f"{in_metis(sided + result.abstain_votes)}, wanted {in_metis(criteria.quorum)}"),
        ("wallets", f"{result.voters:,}, wanted {criteria.wallets:,}"),
        ("approval", f"{approval}, wanted {format_percent(criteria.approval_bps)}"),
        ("root of votes", "0x" + result.votes_root.hex()),
        ("outcome", summary(result)),
    ):
        table.add_row(row[0], _plain(row[1]))
    console.print(table)
    if not result.rejected:
        say("Every vote of the export counts.")
        return
    table = Table(
        title=f"{len(result.rejected)} of {len(result.rejected) + result.voters} votes do not count"
    )
    for name in ("vote", "voter", "fault", "why"):
        table.add_column(name)
    for place, voter, fault, why in result.rejected:
        table.add_row(str(place), voter or "-", str(fault), _plain(why))
    console.print(table)


def _plain(text: str) -> str:
    """Text of strangers, with nothing in it for rich or the terminal to act on."""
    return escape("".join(x if x.isprintable() else "?" for x in text))
