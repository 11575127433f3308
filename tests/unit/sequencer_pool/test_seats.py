"""SequencerPool.seats"""

from tests.utils.system import DAY, METIS, PARAMETERS

MIN_STAKE, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]


def test_seats_of_a_new_pool_are_none(pool):
    assert pool.seats() == []


def test_seats_are_in_their_order_with_all_that_is_bonded(system, pool, lst):
    ids = [system.new_sequencer(MIN_STAKE + i * METIS) for i in range(3)]
    paired = system.new_paired(MIN_STAKE, 5 * METIS)
    bonded = [*(MIN_STAKE + i * METIS for i in range(3)), MIN_STAKE + 5 * METIS]
    assert pool.seats() == system.words(*zip([*ids, paired], bonded, strict=True))
    # the last one fills a seat that is given up
    pool.unlock(ids[0], sender=system.owner_of(ids[0]))
    assert pool.seats() == system.words(
        (paired, bonded[3]), (ids[1], bonded[1]), (ids[2], bonded[2])
    )


def test_seats_show_the_jailed_without_power(system, pool, slasher, sequencer):
    other = system.new_sequencer()
    pool.jail(sequencer, system.now() + DAY, sender=slasher)
    assert pool.seats() == system.words((sequencer, 0), (other, MIN_STAKE))
    # its stake is still there, and comes back with it
    system.wait(DAY)
    pool.unjail(sequencer, sender=system.owner_of(sequencer))
    assert pool.seats() == system.words((sequencer, MIN_STAKE), (other, MIN_STAKE))


def test_seats_show_stake_below_min_stake_and_above_the_cap(system, pool, slasher, governance):
    """What makes a committee of it is left to the registry."""
    low, high = system.new_sequencer(), system.new_sequencer(CAP)
    pool.slash(low, 1, 1, bytes(32), sender=slasher)
    pool.set_cap(CAP - 1, sender=governance)
    assert pool.seats() == system.words((low, MIN_STAKE - 1), (high, CAP))


def test_seats_are_without_the_queued_and_the_suspended(system, pool, slasher):
    seated = system.fill(4)
    system.new_sequencer()
    assert pool.seats() == system.words(*((id, MIN_STAKE) for id in seated))
    pool.suspend(seated[3], bytes(32), 0, 0, sender=slasher)
    assert pool.seats() == system.words(*((id, MIN_STAKE) for id in seated[:3]))


def test_seats_name_the_present_signer(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    consent = system.consent(owner)
    before = pool.seats()
    pool.rotate_signer(sequencer, consent.signer, consent.pubkey, consent.signature, sender=owner)
    assert pool.seats() == system.words((sequencer, MIN_STAKE)) != before
