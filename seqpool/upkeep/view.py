"""Reads when upkeep is possible."""

from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.units import format_date


def next_checkpoint(view: View) -> str:
    """When a checkpoint is possible."""
    last = view.last_checkpoint()
    if last.nonce and not last.is_sealed:
        return "after the seal"
    if last.nonce == 0 or last.member_left:
        return "now"
    changed = last.made_at + LIMITS["CHECKPOINT_INTERVAL"]
    anyway = last.made_at + LIMITS["CHECKPOINT_REFRESH"]
    return (
        f"{format_date(changed, view.now)} if members change, else {format_date(anyway, view.now)}"
    )
