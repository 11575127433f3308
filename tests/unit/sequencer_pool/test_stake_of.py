"""SequencerPool.stake_of"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN_STAKE, EXIT_DELAY = PARAMETERS["min_stake"], PARAMETERS["exit_delay"]
K = 1_000 * METIS


def test_stake_of_an_active_one(system, pool, sequencer):
    assert pool.stake_of(sequencer) == (system.owner_of(sequencer), MIN_STAKE)


def test_stake_of_both_sides_bonded_and_unbonding(system, pool, lst):
    id = system.new_paired(30 * K, 25 * K)
    owner = system.owner_of(id)
    pool.request_withdrawal(id, 4 * K, sender=owner)
    pool.request_paired_withdrawal(id, 6 * K, sender=lst)
    # all of it is still there
    assert pool.stake_of(id) == (owner, 55 * K)


def test_stake_of_is_without_what_has_matured_to_the_second(system, pool, lst):
    id = system.new_paired(30 * K, 25 * K)
    owner = system.owner_of(id)
    first = pool.request_withdrawal(id, 4 * K, sender=owner).timestamp
    system.at(first + 100)
    pool.request_paired_withdrawal(id, 6 * K, sender=lst)
    for seconds, locked in ((-1, 55), (0, 51), (99, 51), (100, 45)):
        system.mine_at(first + EXIT_DELAY + seconds)
        assert pool.stake_of(id) == (owner, locked * K)
    # whether it was claimed does not matter
    pool.claim(id, sender=owner)
    assert pool.stake_of(id) == (owner, 45 * K)


def test_stake_of_is_without_what_only_a_hold_keeps(system, pool, slasher, sequencer):
    """A penalty is no share of it, though it may be taken."""
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    system.mine_at(system.now() + EXIT_DELAY)
    pool.hold(sequencer, MIN_STAKE, system.now() + DAY, sender=slasher)
    assert pool.stake_of(sequencer)[1] == 0
    assert pool.sequencer(sequencer).slashable == MIN_STAKE


def test_stake_of_falls_with_a_slash_and_rises_with_a_top_up(system, pool, slasher, sequencer):
    owner = system.owner_of(sequencer)
    pool.slash(sequencer, K, 1, bytes(32), sender=slasher)
    assert pool.stake_of(sequencer) == (owner, MIN_STAKE - K)
    pool.relock(sequencer, 3 * K, sender=owner)
    assert pool.stake_of(sequencer) == (owner, MIN_STAKE + 2 * K)


@pytest.mark.parametrize(
    "state, locked",
    [
        (State.PENDING, 0),
        (State.QUEUED, MIN_STAKE),
        (State.JAILED, MIN_STAKE),
        (State.SUSPENDED, MIN_STAKE),
        (State.EXITING, MIN_STAKE),
        (State.EXITED, 0),
    ],
)
def test_stake_of_in_every_state(system, pool, state, locked):
    crew = system.new_crew_in(state)
    assert pool.stake_of(crew.id) == (crew.owner, locked)


def test_stake_of_names_the_owner_of_now(system, pool):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.stake_of(crew.id) == (crew.offered_to, MIN_STAKE)


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_stake_of__unknown_sequencer__reverts(pool, sequencer, id):
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.stake_of(id)
