"""Views of the CommitteeRegistry: what they say before anything happened, and in between"""

from tests.utils.system import DAY, HOUR, PARAMETERS

MIN_STAKE = PARAMETERS["min_stake"]
NOTHING = b"\0" * 32


def test_views_of_a_new_registry(registry):
    assert registry.last_checkpoint() == (0, 0, 0, False, False)
    assert registry.sealed_committee() == (0, NOTHING, NOTHING)
    assert registry.power_seconds() == 0
    for nonce in (0, 1, 2**255):
        assert registry.committee(nonce) == (NOTHING, 0, 0, 0, 0)


def test_last_checkpoint_tells_who_left_before_the_first(system, pool, registry):
    ids = system.new_sequencers(4)
    pool.unlock(ids[0], sender=system.owner_of(ids[0]))
    assert registry.last_checkpoint() == (0, 0, 0, False, True)
    made = registry.checkpoint(sender=system.stranger)
    assert registry.last_checkpoint() == (1, made.timestamp, made.block_number, False, False)


def test_last_checkpoint_counts_departures_anew(system, pool, registry):
    """One more each time: an even number is not none."""
    system.new_sequencers(4)
    system.checkpoint_and_seal()
    ids = (1, 2, 3)
    for left in (1, 2):
        for id in ids[:left]:
            pool.jail(id, system.now() + DAY, sender=system.slasher)
        assert registry.last_checkpoint().member_left
        system.checkpoint_and_seal()
        assert not registry.last_checkpoint().member_left
        system.wait(DAY)
        for id in ids[:left]:
            pool.unjail(id, sender=system.owner_of(id))
        # to come back is no departure
        assert not registry.last_checkpoint().member_left
    assert pool.departures() == 3


def test_committee_keeps_what_it_was(system, pool, registry, governance):
    system.new_sequencers(3)
    first = system.checkpoint_and_seal()
    before = registry.committee(1)
    assert (before.power, before.size, before.superseded_at) == (3 * MIN_STAKE, 3, 0)
    system.new_sequencer()
    system.at(first.timestamp + HOUR)
    second = system.checkpoint_and_seal()
    after = registry.committee(1)
    assert after.superseded_at == second.timestamp == registry.committee(2).created_at
    assert (after.hash, after.power, after.size) == (before.hash, before.power, before.size)
