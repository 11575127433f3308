"""SequencerPool.request_paired_withdrawal"""

import ape
import pytest

from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, ZERO, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))


def unbonding(pool, id, amount, matures_at):
    return pool.UnbondingStarted(id=id, paired=True, amount=amount, matures_at=matures_at)


@pytest.fixture
def crew(system, pool, lst):
    """Half of the cap is the owner's, half the vault's."""
    crew = system.new_crew(CAP // 2, vault=lst)
    pool.deposit_paired(crew.id, CAP // 2, sender=lst)
    return crew


@pytest.fixture
def carried(system, pool, lst):
    """Nothing is the owner's, and min_stake the vault's."""
    crew = system.new_crew(0, vault=lst)
    pool.deposit_paired(crew.id, MIN, sender=lst)
    return crew


def test_request_paired_withdrawal_unbonds_a_part(system, pool, metis, lst, crew):
    before = metis.balanceOf(lst)
    tx = pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [unbonding(pool, crew.id, METIS, due)]
    record = pool.sequencer(crew.id)
    assert (record.paired.bonded, record.paired.unbonding) == (CAP // 2 - METIS, METIS)
    assert (record.own.bonded, record.own.unbonding) == (CAP // 2, 0)
    assert record.slashable == CAP
    assert tuple(pool.unbonding_at(crew.id, True, 0)) == (METIS, due)
    assert tuple(pool.unbonding_at(crew.id, False, 0)) == (0, 0)
    assert (metis.balanceOf(lst), metis.balanceOf(pool)) == (before, CAP)


def test_request_paired_withdrawal_of_all_where_the_owner_keeps_min_stake(pool, lst, crew):
    tx = pool.request_paired_withdrawal(crew.id, CAP // 2, sender=lst)
    assert tx.events == [unbonding(pool, crew.id, CAP // 2, tx.timestamp + EXIT_DELAY)]
    assert pool.sequencer(crew.id).below_since == 0


@pytest.mark.parametrize("amount", [1, MIN])
def test_request_paired_withdrawal_below_min_stake_starts_the_clock(
    system, pool, lst, carried, amount
):
    tx = pool.request_paired_withdrawal(carried.id, amount, sender=lst)
    assert tx.events == [
        unbonding(pool, carried.id, amount, tx.timestamp + EXIT_DELAY),
        pool.BelowMinStake(id=carried.id, since=tx.timestamp),
    ]
    record = pool.sequencer(carried.id)
    assert (record.paired.bonded, record.state) == (MIN - amount, State.ACTIVE)
    assert record.below_since == tx.timestamp


def test_request_paired_withdrawal_to_min_stake_exactly(pool, lst, carried):
    pool.deposit_paired(carried.id, METIS, sender=lst)
    tx = pool.request_paired_withdrawal(carried.id, METIS, sender=lst)
    assert tx.events == [unbonding(pool, carried.id, METIS, tx.timestamp + EXIT_DELAY)]
    assert pool.sequencer(carried.id).below_since == 0


def test_request_paired_withdrawal_does_not_restart_the_clock(system, pool, lst, carried):
    since = pool.request_paired_withdrawal(carried.id, 1, sender=lst).timestamp
    system.wait(DAY)
    tx = pool.request_paired_withdrawal(carried.id, 1, sender=lst)
    assert tx.events == [unbonding(pool, carried.id, 1, tx.timestamp + EXIT_DELAY)]
    assert pool.sequencer(carried.id).below_since == since


def test_request_paired_withdrawal_leaves_the_committee_at_the_next_checkpoint(
    system, pool, registry, lst, carried
):
    for _ in range(3):
        system.new_sequencer()
    system.checkpoint_and_seal()
    pool.request_paired_withdrawal(carried.id, 1, sender=lst)
    # a dip is no departure: who could force checkpoints could draw seeds until one suits
    with ape.reverts("CommitteeRegistry: too early"):
        registry.checkpoint(sender=lst)
    system.wait(HOUR)
    system.checkpoint_and_seal()
    assert (registry.committee(1).size, registry.committee(2).size) == (4, 3)


def test_request_paired_withdrawal_of_the_pending(system, pool, lst):
    crew = system.new_crew_in(State.PENDING)
    pool.deposit_paired(crew.id, MIN - 1, sender=lst)
    tx = pool.request_paired_withdrawal(crew.id, MIN - 1, sender=lst)
    # only who has a place has a clock
    assert tx.events == [unbonding(pool, crew.id, MIN - 1, tx.timestamp + EXIT_DELAY)]
    assert system.state_of(crew.id) == State.PENDING


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_request_paired_withdrawal_in_every_other_state(system, pool, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    tx = pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    assert tx.events == [unbonding(pool, crew.id, METIS, tx.timestamp + EXIT_DELAY)]
    assert system.state_of(crew.id) == state


def test_request_paired_withdrawal_while_paused_and_disapproved(
    pool, guardian, governance, lst, carried
):
    pool.pause(sender=guardian)
    pool.disapprove(carried.owner, sender=governance)
    pool.request_paired_withdrawal(carried.id, MIN, sender=lst)
    assert pool.sequencer(carried.id).paired.bonded == 0


def test_request_paired_withdrawal__zero_amount__reverts(pool, lst, crew):
    with ape.reverts("SequencerPool: zero amount"):
        pool.request_paired_withdrawal(crew.id, 0, sender=lst)


@pytest.mark.parametrize("amount", [CAP // 2 + 1, CAP, 2**256 - 1])
def test_request_paired_withdrawal__more_than_bonded__reverts(pool, lst, crew, amount):
    with ape.reverts("SequencerPool: more than bonded"):
        pool.request_paired_withdrawal(crew.id, amount, sender=lst)


def test_request_paired_withdrawal__pairing_has_ended__reverts(pool, governance, lst, crew):
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    # all of it unbonds already
    with ape.reverts("SequencerPool: more than bonded"):
        pool.request_paired_withdrawal(crew.id, 1, sender=lst)


def test_request_paired_withdrawal__not_vault__reverts(system, pool, lst, crew):
    for caller in system.all_but(lst, crew=crew):
        with ape.reverts("SequencerPool: not vault"):
            pool.request_paired_withdrawal(crew.id, METIS, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_request_paired_withdrawal__unknown_sequencer__reverts(pool, lst, crew, ahead):
    with ape.reverts("SequencerPool: not vault"):
        pool.request_paired_withdrawal(ahead and crew.id + ahead, METIS, sender=lst)


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_request_paired_withdrawal__has_left__reverts(system, pool, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    with ape.reverts("SequencerPool: has left"):
        pool.request_paired_withdrawal(crew.id, 1, sender=lst)


def test_request_paired_withdrawal_keeps_16_apart_and_joins_the_17th(pool, lst, crew):
    dates = []
    for n in range(16):
        tx = pool.request_paired_withdrawal(crew.id, n + 1, sender=lst)
        dates.append(tx.timestamp + EXIT_DELAY)
    for n, date in enumerate(dates):
        assert tuple(pool.unbonding_at(crew.id, True, n)) == (n + 1, date)
    tx = pool.request_paired_withdrawal(crew.id, 100, sender=lst)
    late = tx.timestamp + EXIT_DELAY
    assert tx.events == [unbonding(pool, crew.id, 100, late)]
    record = pool.sequencer(crew.id)
    assert (record.paired.unbondings, record.paired.unbonding) == (16, sum(range(17)) + 100)
    assert tuple(pool.unbonding_at(crew.id, True, 15)) == (16 + 100, late)
    # the sides do not share their 16
    pool.request_withdrawal(crew.id, 5, sender=crew.owner)
    assert pool.sequencer(crew.id).own.unbondings == 1
    assert pool.unbonding_at(crew.id, False, 0)[0] == 5


def test_request_paired_withdrawal_17th_takes_the_later_date_of_the_newest(
    pool, governance, lst, crew
):
    pool.set_exit_delay(60 * DAY, sender=governance)
    for _ in range(16):
        tx = pool.request_paired_withdrawal(crew.id, 1, sender=lst)
    later = tx.timestamp + 60 * DAY
    pool.set_exit_delay(21 * DAY, sender=governance)
    tx = pool.request_paired_withdrawal(crew.id, 5, sender=lst)
    assert tx.events == [unbonding(pool, crew.id, 5, later)]
    assert tuple(pool.unbonding_at(crew.id, True, 15)) == (6, later)
