"""Tables of cases and of mass outages."""

from rich.table import Table

from seqpool.protocol.messages import Kind
from seqpool.slashing.outages import OutageView
from seqpool.slashing.view import CaseStatus, SlashingView
from seqpool.units import format_date, format_duration, format_metis, format_time, in_metis


def cases_table(slashing: SlashingView, id: int | None = None) -> Table:
    """State, amount, and time to release of all cases, or of a sequencer's."""
    table = Table("case", "sequencer", "offence", "METIS", "state", "refunds", "to release")
    table.columns[3].justify = "right"
    for number, case in slashing.cases(id):
        left = case.releasable_at - slashing.view.now
        if case.status == CaseStatus.RELEASED:
            when = "was released"
        else:
            when = f"in {format_duration(left)}" if left > 0 else "now"
        refunds = case.own_refund + case.paired_refund
        table.add_row(
            str(number),
            str(case.id),
            Kind(case.kind).name,
            format_metis(case.own + case.paired),
            CaseStatus(case.status).name,
            in_metis(refunds) if refunds else "",
            when,
        )
    return table


def outages_table(slashing: SlashingView) -> Table:
    """All mass outages, who timed out in each, and what is due for it."""
    outages, now = OutageView(slashing), slashing.view.now
    table = Table("outage", "from, UTC", "to, UTC", "found, or last grown", "who", "still due")
    for outage in outages.outages():
        parts = outages.parts(outage)
        if not outages.is_open(outage):
            due = "nothing: its time is over"
        else:
            due = "\n".join(f"{part.id}: {part.due}" for part in parts if part.bps) or "nothing"
        table.add_row(
            str(outage.number),
            format_time(outage.starts_at),
            format_time(outage.ends_at),
            format_date(outage.found_at, now),
            ", ".join(str(part.id) for part in parts),
            due,
        )
    return table
