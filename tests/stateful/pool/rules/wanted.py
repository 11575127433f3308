"""Sequencers that an action wants."""

from collections.abc import Callable

from seqpool.pool.view import State
from tests.stateful.pool.model import Pool
from tests.stateful.pool.model.records import CLOCKED, LEAVING, OWN, Sequencer


def has(wanted: Callable[[Pool, Sequencer], bool]) -> Callable:
    """Makes sense if a sequencer is as wanted."""
    return lambda machine: any(
        wanted(machine.model, seq) for seq in machine.model.sequencers.values()
    )


def is_live(model: Pool, seq: Sequencer) -> bool:
    return seq.state not in LEAVING


def is_open(model: Pool, seq: Sequencer) -> bool:
    return is_live(model, seq) and seq.bonded < model.cap


def is_paired(model: Pool, seq: Sequencer) -> bool:
    return is_open(model, seq) and seq.vault != 0 and not seq.pairing_ended


def is_offered(model: Pool, seq: Sequencer) -> bool:
    return seq.pending_owner != 0 and seq.state != State.EXITED


def is_below(model: Pool, seq: Sequencer) -> bool:
    return seq.state in CLOCKED and seq.bonded < model.min_stake


def spare(model: Pool, seq: Sequencer) -> int:
    """What the owner may withdraw."""
    left = max(0, seq.bonded - model.min_stake) if is_live(model, seq) else 0
    return min(left, seq.sides[OWN].bonded)
