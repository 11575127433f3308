"""SlashVault.for_vaults: what the pool notes, and vaults ask for"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS

EXIT_DELAY = PARAMETERS["exit_delay"]


@pytest.fixture
def slash_vault(system):
    return system.slash_vault


@pytest.fixture
def pool(system):
    return system.pool


def test_for_vaults_of_a_new_pool(slash_vault):
    assert slash_vault.for_vaults() == (0, 0, EXIT_DELAY)


def test_for_vaults_names_the_latest_case(system, pool, slash_vault):
    ids = [system.new_sequencer() for _ in range(2)]
    for number, id in enumerate([ids[0], ids[1], ids[0]], 1):
        pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
        assert slash_vault.for_vaults() == (number, 0, EXIT_DELAY)
        assert slash_vault.case_count() == number


def test_slash_of_nothing_is_no_case(system, pool, slash_vault):
    id = system.new_sequencer()
    pool.slash(id, 0, 1, bytes(32), sender=system.slasher)
    assert slash_vault.for_vaults() == (0, 0, EXIT_DELAY)


def test_for_vaults_says_when_the_last_hold_ends(system, pool, slash_vault):
    """Of all sequencers: one that ends earlier, or ends a hold, does not hide it."""
    first, second = (system.new_sequencer() for _ in range(2))
    now = system.now()
    pool.hold(first, METIS, now + 20 * DAY, sender=system.slasher)
    assert slash_vault.for_vaults() == (0, now + 20 * DAY, EXIT_DELAY)
    pool.hold(second, METIS, now + 10 * DAY, sender=system.slasher)
    pool.hold(second, 0, now + DAY, sender=system.slasher)
    assert slash_vault.for_vaults() == (0, now + 20 * DAY, EXIT_DELAY)
    pool.hold(second, METIS, now + 25 * DAY, sender=system.slasher)
    assert slash_vault.for_vaults() == (0, now + 25 * DAY, EXIT_DELAY)


def test_fields_do_not_disturb_each_other(system, pool, slash_vault):
    id = system.new_sequencer()
    until = system.now() + 20 * DAY
    pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
    pool.hold(id, METIS, until, sender=system.slasher)
    for delay in (60 * DAY, 21 * DAY):
        pool.set_exit_delay(delay, sender=system.governance)
        assert slash_vault.for_vaults() == (1, until, delay)
        assert pool.parameters().exit_delay == delay
    pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
    assert slash_vault.for_vaults() == (2, until, 21 * DAY)


def test_fields_do_not_touch_what_is_held(system, pool, slash_vault):
    """A case pays out; hold, delay and number stay."""
    id = system.new_sequencer()
    until = system.now() + 20 * DAY
    pool.slash(id, METIS, 1, bytes(32), sender=system.slasher)
    pool.hold(id, METIS, until, sender=system.slasher)
    assert slash_vault.held() == METIS
    system.wait(366 * DAY)
    slash_vault.release(1, sender=system.stranger)
    assert slash_vault.held() == 0
    assert slash_vault.for_vaults() == (1, until, EXIT_DELAY)


def test_note_hold_of_one_that_ends_earlier_changes_nothing(escrow, pool_account):
    for until, last in ((500, 500), (499, 500), (0, 500), (2**40 - 1, 2**40 - 1)):
        escrow.note_hold(until, sender=pool_account)
        assert escrow.for_vaults() == (0, last, 0)


def test_notes__not_pool__reverts(system, slash_vault):
    for sender in (system.stranger, system.slasher, system.governance):
        with ape.reverts("SlashVault: not pool"):
            slash_vault.note_hold(1, sender=sender)
        with ape.reverts("SlashVault: not pool"):
            slash_vault.note_exit_delay(1, sender=sender)
