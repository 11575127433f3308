"""SequencerPool.announce_slasher"""

import ape
import pytest

from tests.utils.system import DAY, PARAMETERS, ZERO

NOTICE = 61 * DAY


@pytest.fixture
def next_slasher(system):
    return system.new_account()


def announce(system, slasher):
    return system.pool.announce_slasher(slasher, sender=system.governance)


def hold(system, id, sender):
    """What only the Slasher in force may do."""
    until = system.chain.pending_timestamp + 1_000
    return system.pool.hold(id, 0, until, sender=sender)


def test_announce_slasher_emits_and_changes_nothing_yet(system, pool, slasher, next_slasher):
    tx = announce(system, next_slasher)
    effective_at = tx.timestamp + NOTICE
    assert tx.events == [pool.SlasherAnnounced(slasher=next_slasher, effective_at=effective_at)]
    assert pool.announced_slasher() == (next_slasher, effective_at)
    assert pool.slasher() == slasher


def test_announce_slasher_takes_effect_to_the_second(
    system, pool, slasher, next_slasher, sequencer
):
    effective_at = announce(system, next_slasher).timestamp + NOTICE
    system.at(effective_at - 2)
    with ape.reverts("SequencerPool: not slasher"):
        hold(system, sequencer, next_slasher)
    system.at(effective_at - 1)
    hold(system, sequencer, slasher)
    assert pool.slasher() == slasher
    system.at(effective_at)
    with ape.reverts("SequencerPool: not slasher"):
        hold(system, sequencer, slasher)
    system.at(effective_at + 1)
    hold(system, sequencer, next_slasher)
    assert pool.slasher() == next_slasher


def test_announce_slasher_works_in_its_first_second(system, pool, next_slasher, sequencer):
    effective_at = announce(system, next_slasher).timestamp + NOTICE
    system.at(effective_at)
    hold(system, sequencer, next_slasher)
    assert pool.slasher() == next_slasher


def test_announce_slasher_lets_everyone_leave_first(
    system, pool, governance, next_slasher, sequencer
):
    """Whoever asks for all on the day after, at the longest delay, is gone before it."""
    pool.set_exit_delay(60 * DAY, sender=governance)
    effective_at = announce(system, next_slasher).timestamp + NOTICE
    system.at(system.now() + DAY - 1)
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    system.at(effective_at)
    tx = pool.slash(sequencer, PARAMETERS["min_stake"], 1, b"\0" * 32, sender=next_slasher)
    assert tx.events == []
    assert pool.stake_of(sequencer)[1] == 0


def test_announce_slasher_replaces_an_announcement(system, pool, slasher, next_slasher):
    first_at = announce(system, next_slasher).timestamp
    other = system.new_account()
    system.at(first_at + NOTICE - 1)
    second_at = announce(system, other).timestamp
    assert second_at == first_at + NOTICE - 1
    system.mine_at(second_at + NOTICE - 1)
    assert pool.slasher() == slasher
    system.mine_at(second_at + NOTICE)
    assert pool.slasher() == other


def test_announce_slasher_keeps_one_that_has_taken_effect(system, pool, next_slasher):
    effective_at = announce(system, next_slasher).timestamp + NOTICE
    system.at(effective_at)
    other = system.new_account()
    announce(system, other)
    assert pool.slasher() == next_slasher
    system.mine_at(effective_at + NOTICE)
    assert pool.slasher() == other


def test_announce_slasher_of_the_present_one_withdraws(system, pool, slasher, next_slasher):
    announced_at = announce(system, next_slasher).timestamp
    tx = announce(system, slasher)
    assert tx.events == [pool.SlasherAnnounced(slasher=slasher, effective_at=tx.timestamp + NOTICE)]
    for later in (NOTICE, 2 * NOTICE):
        system.mine_at(announced_at + later)
        assert pool.slasher() == slasher


def test_announce_slasher_to_a_pool_without_one(system, next_slasher):
    pool, _ = system.deploy_pool(slasher=ZERO)
    assert pool.slasher() == ZERO
    tx = pool.announce_slasher(next_slasher, sender=system.governance)
    system.mine_at(tx.timestamp + NOTICE)
    assert pool.slasher() == next_slasher


def test_announce_slasher__zero__reverts(system):
    with ape.reverts("SequencerPool: zero slasher"):
        announce(system, ZERO)


def test_announce_slasher__slasher__reverts(pool, slasher):
    with ape.reverts("roles: not governance"):
        pool.announce_slasher(slasher, sender=slasher)
