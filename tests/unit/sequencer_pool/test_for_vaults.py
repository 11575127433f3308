"""SequencerPool.for_vaults: the latest case, when the last hold ends, the exit delay"""

from tests.utils.system import DAY, METIS, PARAMETERS

EXIT_DELAY = PARAMETERS["exit_delay"]


def test_for_vaults_of_a_new_pool(pool):
    assert pool.for_vaults() == (0, 0, EXIT_DELAY)


def test_for_vaults_names_the_latest_case(system, pool):
    ids = [system.new_sequencer() for _ in range(2)]
    for number, id in enumerate([ids[0], ids[1], ids[0]], 1):
        pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
        assert pool.for_vaults() == (number, 0, EXIT_DELAY)
        assert system.slash_vault.case_count() == number


def test_slash_of_nothing_is_no_case(system, pool):
    id = system.new_sequencer()
    pool.slash(id, 0, 1, bytes(32), sender=system.slasher)
    assert pool.for_vaults() == (0, 0, EXIT_DELAY)


def test_for_vaults_says_when_the_last_hold_ends(system, pool):
    """Of all sequencers: one that ends earlier, or ends a hold, does not hide it."""
    first, second = (system.new_sequencer() for _ in range(2))
    now = system.now()
    pool.hold(first, METIS, now + 20 * DAY, sender=system.slasher)
    assert pool.for_vaults() == (0, now + 20 * DAY, EXIT_DELAY)
    pool.hold(second, METIS, now + 10 * DAY, sender=system.slasher)
    pool.hold(second, 0, now + DAY, sender=system.slasher)
    assert pool.for_vaults() == (0, now + 20 * DAY, EXIT_DELAY)
    pool.hold(second, METIS, now + 25 * DAY, sender=system.slasher)
    assert pool.for_vaults() == (0, now + 25 * DAY, EXIT_DELAY)


def test_fields_do_not_disturb_each_other(system, pool):
    id = system.new_sequencer()
    until = system.now() + 20 * DAY
    pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
    pool.hold(id, METIS, until, sender=system.slasher)
    for delay in (60 * DAY, 21 * DAY):
        pool.set_exit_delay(delay, sender=system.governance)
        assert pool.for_vaults() == (1, until, delay)
        assert pool.parameters().exit_delay == delay
    pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
    assert pool.for_vaults() == (2, until, 21 * DAY)
