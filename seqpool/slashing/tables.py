"""Tables of cases."""

from rich.table import Table

from seqpool.protocol.messages import Kind
from seqpool.slashing.view import CaseStatus, SlashingView
from seqpool.units import format_duration, format_metis, in_metis


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
