"""SequencerPool.stake_of"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN_STAKE, EXIT_DELAY = PARAMETERS["min_stake"], PARAMETERS["exit_delay"]
K = 1_000 * METIS


def test_stake_of_an_active_one(system, pool, sequencer):
    assert pool.stake_of(sequencer) == (0, MIN_STAKE, 0)


def test_stake_of_both_sides_bonded_and_unbonding(system, pool, lst):
    id = system.new_paired(30 * K, 25 * K)
    owner = system.owner_of(id)
    pool.request_withdrawal(id, 4 * K, sender=owner)
    pool.request_paired_withdrawal(id, 6 * K, sender=lst)
    # all of it is still there
    assert pool.stake_of(id) == (0, 55 * K, 0)


def test_stake_of_is_without_what_has_matured_to_the_second(system, pool, lst):
    id = system.new_paired(30 * K, 25 * K)
    owner = system.owner_of(id)
    first = pool.request_withdrawal(id, 4 * K, sender=owner).timestamp
    system.at(first + 100)
    pool.request_paired_withdrawal(id, 6 * K, sender=lst)
    for seconds, locked in ((-1, 55), (0, 51), (99, 51), (100, 45)):
        system.mine_at(first + EXIT_DELAY + seconds)
        assert pool.stake_of(id) == (0, locked * K, 0)
    # whether it was claimed does not matter
    pool.claim(id, sender=owner)
    assert pool.stake_of(id) == (0, 45 * K, 0)


def test_stake_of_tells_apart_what_only_a_hold_keeps(system, pool, slasher, lst):
    """A penalty is no share of it, though it may be taken."""
    id = system.new_paired(30 * K, 25 * K)
    pool.hold(id, 55 * K, system.now() + 30 * DAY, sender=slasher)
    pool.unlock(id, sender=system.owner_of(id))
    assert pool.stake_of(id) == (0, 55 * K, 0)
    system.mine_at(system.now() + EXIT_DELAY)
    record = pool.sequencer(id)
    assert (record.own.kept, record.paired.kept) == (30 * K, 25 * K)
    assert pool.stake_of(id) == (0, 0, 55 * K)


def test_stake_of_falls_with_a_slash_and_rises_with_a_top_up(system, pool, slasher, sequencer):
    pool.slash(sequencer, K, 1, bytes(32), sender=slasher)
    assert pool.stake_of(sequencer) == (0, MIN_STAKE - K, 0)
    pool.relock(sequencer, 3 * K, sender=system.owner_of(sequencer))
    assert pool.stake_of(sequencer) == (0, MIN_STAKE + 2 * K, 0)


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
    assert pool.stake_of(crew.id) == (0, locked, 0)


def former(pool, id: int) -> int:
    return pool.stake_of(id)[0]


def leave(system, id: int):
    """All of it; who owns it may lock again after another vote."""
    owner = system.owner_of(id)
    system.pool.unlock(id, sender=owner)
    system.wait(EXIT_DELAY)
    system.pool.claim(id, sender=owner)
    system.pool.approve(owner, sender=system.governance)


def test_stake_of_names_what_its_owner_had_before(system, pool, owner):
    for id in (1, 2, 3):
        system.lock(owner)
        assert former(pool, id) == id - 1
        leave(system, id)
    # those that it had once name nobody: of the owner only the last is known
    assert [former(pool, id) for id in (1, 2, 3)] == [0, 0, 2]


def test_stake_of_names_what_a_new_owner_had_before(system, pool):
    crew = system.new_crew()
    assert former(pool, crew.id) == 0
    system.lock(crew.offered_to)
    left = pool.admission(crew.offered_to)[0]
    leave(system, left)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    # whatever the old owner had before stays with that owner
    assert former(pool, crew.id) == left
    pool.approve(crew.owner, sender=system.governance)
    system.lock(crew.owner)
    assert former(pool, pool.admission(crew.owner)[0]) == crew.id


def test_stake_of_one_that_was_taken_back_names_no_other(system, pool, governance):
    """Its own offences would count twice if it named itself."""
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.approve(crew.owner, sender=governance)
    pool.transfer_ownership_of(crew.id, crew.owner, sender=crew.offered_to)
    pool.accept_ownership_of(crew.id, sender=crew.owner)
    assert former(pool, crew.id) == 0


def test_stake_of_keeps_the_former_through_rotations_and_votes(system, pool, owner, governance):
    system.lock(owner)
    leave(system, 1)
    system.lock(owner)
    consent = system.consent(owner)
    pool.rotate_signer(2, consent.signer, consent.pubkey, consent.signature, sender=owner)
    pool.disapprove(owner, sender=governance)
    pool.approve(owner, sender=governance)
    assert former(pool, 2) == 1
    assert pool.admission(owner)[2] == 3


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_stake_of__unknown_sequencer__reverts(pool, sequencer, id):
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.stake_of(id)
