"""Sequencers that an action wants, and amounts."""

from hypothesis import strategies as st

from seqpool.units import METIS
from tests.stateful.pool.model.records import LEAVING, Sequencer
from tests.stateful.rewards.chain import STAKED

AMOUNTS = st.sampled_from([5_000 * METIS, 20_000 * METIS + 7, 100 * METIS, 1, 0, 70_000 * METIS])
# Of what there is.
PARTS = st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 3), (1, 10), (0, 1), (1, 10**9)])


def is_live(seq: Sequencer) -> bool:
    return seq.state not in LEAVING


def is_staked(seq: Sequencer) -> bool:
    return seq.vault == STAKED and not seq.pairing_ended and is_live(seq)
