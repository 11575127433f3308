"""SequencerPool.unlock"""

import ape

from tests.utils.system import METIS, PARAMETERS, State


def test_unlock_unbonds_all(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    tx = pool.unlock(sequencer, sender=owner)
    record = pool.sequencer(sequencer)
    assert record.state == State.EXITING
    assert (record.own.bonded, record.own.unbonding) == (0, 20_000 * METIS)
    assert tx.events == [
        pool.UnbondingStarted(
            id=sequencer,
            paired=False,
            amount=20_000 * METIS,
            matures_at=tx.timestamp + PARAMETERS["exit_delay"],
        ),
        pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.EXITING),
    ]


def test_unlock__stranger__reverts(pool, sequencer, stranger):
    with ape.reverts("SequencerPool: not owner"):
        pool.unlock(sequencer, sender=stranger)
