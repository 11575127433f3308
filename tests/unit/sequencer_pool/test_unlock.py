"""SequencerPool.unlock"""

import ape
import pytest

from tests.utils.system import METIS, PARAMETERS, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))


def unbonding(pool, id, amount, matures_at, paired=False):
    return pool.UnbondingStarted(id=id, paired=paired, amount=amount, matures_at=matures_at)


def test_unlock_unbonds_all(system, pool, metis, sequencer):
    owner = system.owner_of(sequencer)
    tx = pool.unlock(sequencer, sender=owner)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [
        unbonding(pool, sequencer, MIN, due),
        pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.EXITING),
    ]
    record = pool.sequencer(sequencer)
    assert (record.state, record.own.bonded, record.own.unbonding) == (State.EXITING, 0, MIN)
    assert record.slashable == MIN
    assert tuple(pool.unbonding_at(sequencer, False, 0)) == (MIN, due)
    assert pool.roster().seated == 0
    assert metis.balanceOf(pool) == MIN


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_unlock_from_every_state(system, pool, state):
    crew = system.new_crew_in(state)
    tx = pool.unlock(crew.id, sender=crew.owner)
    assert tx.events == [
        unbonding(pool, crew.id, MIN, tx.timestamp + EXIT_DELAY),
        pool.StateChanged(id=crew.id, old=state, new=State.EXITING),
    ]
    assert (pool.roster().seated, pool.roster().queued) == (0, 0)
    assert pool.sequencer(crew.id).slashable == MIN


def test_unlock_from_pending_without_stake_is_over_at_once(system, pool):
    crew = system.new_crew_in(State.PENDING)
    tx = pool.unlock(crew.id, sender=crew.owner)
    assert tx.events == [
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.EXITING),
        pool.StateChanged(id=crew.id, old=State.EXITING, new=State.EXITED),
    ]
    assert system.state_of(crew.id) == State.EXITED


def test_unlock_from_pending_with_stake(system, pool, lst):
    crew = system.new_crew_in(State.PENDING)
    pool.relock(crew.id, 1, sender=crew.owner)
    pool.deposit_paired(crew.id, 2, sender=lst)
    tx = pool.unlock(crew.id, sender=crew.owner)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [
        unbonding(pool, crew.id, 1, due),
        unbonding(pool, crew.id, 2, due, paired=True),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.EXITING),
    ]


def test_unlock_unbonds_the_paired_stake_too(system, pool, lst):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, 7 * METIS, sender=lst)
    tx = pool.unlock(crew.id, sender=crew.owner)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [
        unbonding(pool, crew.id, MIN, due),
        unbonding(pool, crew.id, 7 * METIS, due, paired=True),
        pool.StateChanged(id=crew.id, old=State.ACTIVE, new=State.EXITING),
    ]
    record = pool.sequencer(crew.id)
    assert (record.paired.bonded, record.paired.unbonding) == (0, 7 * METIS)


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_unlock__has_left__reverts(system, pool, state):
    crew = system.new_crew_in(state)
    with ape.reverts("SequencerPool: has left"):
        pool.unlock(crew.id, sender=crew.owner)


def test_unlock__not_owner__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    for caller in system.all_but(crew.owner, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.unlock(crew.id, sender=caller)


def test_unlock__former_owner__reverts(system, pool):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SequencerPool: not owner"):
        pool.unlock(crew.id, sender=crew.owner)


@pytest.mark.parametrize("ahead", [0, 1])
def test_unlock__unknown_sequencer__reverts(system, pool, sequencer, ahead):
    with ape.reverts("SequencerPool: not owner"):
        pool.unlock(ahead and sequencer + ahead, sender=system.owner_of(sequencer))


def test_unlock_while_paused_and_disapproved(system, pool, guardian, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.pause(sender=guardian)
    pool.disapprove(owner, sender=governance)
    pool.unlock(sequencer, sender=owner)
    assert system.state_of(sequencer) == State.EXITING


def test_unlock_leaves_the_committee_at_the_next_checkpoint(system, pool, registry):
    crews = [system.new_crew() for _ in range(4)]
    # who joins in the second of a checkpoint does not count as one who may have been in it
    system.wait(1)
    system.checkpoint_and_seal()
    pool.unlock(crews[0].id, sender=crews[0].owner)
    assert registry.committee(1).size == 4
    # at once: nobody has to wait an hour for it
    system.checkpoint_and_seal()
    assert (registry.committee(2).size, registry.committee(2).power) == (3, 3 * MIN)


def test_unlock_gives_the_seat_to_the_last(system, pool, registry):
    crews = [system.new_crew() for _ in range(4)]
    pool.unlock(crews[1].id, sender=crews[1].owner)
    assert [pool.sequencer(crews[n].id).place for n in (0, 3, 2)] == [0, 1, 2]
    # the last seat is empty: nobody moves
    pool.unlock(crews[2].id, sender=crews[2].owner)
    assert [pool.sequencer(crews[n].id).place for n in (0, 3)] == [0, 1]
    receipt = system.checkpoint_and_seal()
    assert pool.roster().seated == 2
    # too few for a committee, but counted
    assert receipt.events == [
        registry.CommitteeCheckpointed(
            nonce=1, committee_hash=registry.committee(1).hash, power=2 * MIN, members=[]
        )
    ]


def test_unlock_frees_a_seat_for_the_queue(system, pool, governance, stranger):
    pool.set_max_sequencers(4, sender=governance)
    seated = [system.new_sequencer() for _ in range(4)]
    queued = system.new_sequencer()
    with ape.reverts("SequencerPool: no free seat"):
        pool.activate_next(1, sender=stranger)
    pool.unlock(seated[0], sender=system.owner_of(seated[0]))
    pool.activate_next(1, sender=stranger)
    assert system.state_of(queued) == State.ACTIVE


def test_unlock_stops_the_cure_clock(system, pool, slasher, sequencer):
    pool.slash(sequencer, 1, 1, bytes(32), sender=slasher)
    assert pool.sequencer(sequencer).below_since != 0
    tx = pool.unlock(sequencer, sender=system.owner_of(sequencer))
    assert tx.events == [
        unbonding(pool, sequencer, MIN - 1, tx.timestamp + EXIT_DELAY),
        pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.EXITING),
    ]
    assert pool.sequencer(sequencer).below_since == 0


def test_unlock_keeps_a_suspension(system, pool):
    crew = system.new_crew_in(State.SUSPENDED)
    pool.unlock(crew.id, sender=crew.owner)
    assert pool.sequencer(crew.id).open_causes == 1


@pytest.mark.parametrize("requests", [15, 16])
def test_unlock_after_many_withdrawals(system, pool, lst, requests):
    crew = system.new_crew(CAP // 2, vault=lst)
    pool.deposit_paired(crew.id, CAP // 2, sender=lst)
    for _ in range(requests):
        tx = pool.request_withdrawal(crew.id, 1, sender=crew.owner)
        pool.request_paired_withdrawal(crew.id, 1, sender=lst)
    tx = pool.unlock(crew.id, sender=crew.owner)
    due = tx.timestamp + EXIT_DELAY
    rest = CAP // 2 - requests
    # the 17th joins the 16th
    newest = rest + requests - 15
    assert tx.events == [
        unbonding(pool, crew.id, rest, due),
        unbonding(pool, crew.id, rest, due, paired=True),
        pool.StateChanged(id=crew.id, old=State.ACTIVE, new=State.EXITING),
    ]
    record = pool.sequencer(crew.id)
    assert (record.own.unbondings, record.paired.unbondings) == (16, 16)
    for paired in (False, True):
        assert tuple(pool.unbonding_at(crew.id, paired, 15)) == (newest, due)
    assert record.slashable == CAP
