"""SequencerPool.set_distributor"""

import ape

from tests.utils.system import METIS, ZERO


def test_set_distributor_takes_effect_and_emits(system, pool, governance, distributor, sequencer):
    new = system.new_account()
    system.fund(new)
    tx = pool.set_distributor(new, sender=governance)
    assert tx.events == [pool.DistributorSet(old=distributor, new=new)]
    assert pool.distributor() == new
    # it may restake for an owner, the old one no more
    pool.relock(sequencer, METIS, sender=new)
    with ape.reverts("SequencerPool: not owner"):
        pool.relock(sequencer, METIS, sender=distributor)


def test_set_distributor__zero__reverts(pool, governance):
    with ape.reverts("SequencerPool: zero distributor"):
        pool.set_distributor(ZERO, sender=governance)


def test_set_distributor__distributor__reverts(pool, distributor, stranger):
    with ape.reverts("roles: not governance"):
        pool.set_distributor(stranger, sender=distributor)
