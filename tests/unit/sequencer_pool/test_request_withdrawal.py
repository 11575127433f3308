"""SequencerPool.request_withdrawal"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))


def unbonding(pool, id, amount, matures_at):
    return pool.UnbondingStarted(id=id, paired=False, amount=amount, matures_at=matures_at)


@pytest.fixture
def rich(system):
    """A sequencer with all that the cap allows."""
    return system.new_crew(CAP)


def test_request_withdrawal_unbonds_a_part(system, pool, metis, rich):
    before = metis.balanceOf(rich.owner)
    tx = pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [unbonding(pool, rich.id, METIS, due)]
    own = pool.sequencer(rich.id).own
    assert (own.bonded, own.unbonding, own.matured, own.unbondings) == (CAP - METIS, METIS, 0, 1)
    assert tuple(pool.unbonding_at(rich.id, False, 0)) == (METIS, due)
    assert system.state_of(rich.id) == State.ACTIVE
    assert (metis.balanceOf(rich.owner), metis.balanceOf(pool)) == (before, CAP)


def test_request_withdrawal_stays_slashable_until_it_matures(system, pool, rich):
    tx = pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    system.wait(tx.timestamp + EXIT_DELAY - 1 - system.chain.pending_timestamp)
    record = pool.sequencer(rich.id)
    assert (record.slashable, record.own.matured) == (CAP, 0)
    system.wait(tx.timestamp + EXIT_DELAY - system.chain.pending_timestamp)
    record = pool.sequencer(rich.id)
    assert (record.slashable, record.own.matured) == (CAP - METIS, METIS)


def test_request_withdrawal_lowers_the_power_of_the_next_committee(system, pool, registry, rich):
    for _ in range(2):
        system.new_sequencer()
    pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    system.checkpoint_and_seal()
    assert registry.committee(1).power == CAP - METIS + 2 * MIN


def test_request_withdrawal_of_all_above_min_stake(pool, rich):
    pool.request_withdrawal(rich.id, CAP - MIN, sender=rich.owner)
    own = pool.sequencer(rich.id).own
    assert (own.bonded, own.unbonding) == (MIN, CAP - MIN)
    with ape.reverts("SequencerPool: below min stake"):
        pool.request_withdrawal(rich.id, 1, sender=rich.owner)


@pytest.mark.parametrize("amount", [CAP - MIN + 1, CAP])
def test_request_withdrawal__below_min_stake__reverts(pool, rich, amount):
    with ape.reverts("SequencerPool: below min stake"):
        pool.request_withdrawal(rich.id, amount, sender=rich.owner)


def test_request_withdrawal__min_stake_raised__reverts(pool, governance, rich):
    pool.set_min_stake(CAP, sender=governance)
    with ape.reverts("SequencerPool: below min stake"):
        pool.request_withdrawal(rich.id, 1, sender=rich.owner)


def test_request_withdrawal__pending__reverts(system, pool):
    crew = system.new_crew_in(State.PENDING)
    pool.relock(crew.id, MIN - 1, sender=crew.owner)
    with ape.reverts("SequencerPool: below min stake"):
        pool.request_withdrawal(crew.id, 1, sender=crew.owner)


def test_request_withdrawal_of_all_where_the_vault_keeps_min_stake(system, pool, lst):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, MIN - 1, sender=lst)
    with ape.reverts("SequencerPool: below min stake"):
        pool.request_withdrawal(crew.id, MIN, sender=crew.owner)
    pool.deposit_paired(crew.id, 1, sender=lst)
    tx = pool.request_withdrawal(crew.id, MIN, sender=crew.owner)
    assert tx.events == [unbonding(pool, crew.id, MIN, tx.timestamp + EXIT_DELAY)]
    record = pool.sequencer(crew.id)
    assert (record.own.bonded, record.paired.bonded, record.state) == (0, MIN, State.ACTIVE)


@pytest.mark.parametrize("amount", [CAP + 1, 2**128, 2**256 - 1])
def test_request_withdrawal__more_than_bonded__reverts(pool, rich, amount):
    with ape.reverts("SequencerPool: more than bonded"):
        pool.request_withdrawal(rich.id, amount, sender=rich.owner)


def test_request_withdrawal__stake_of_the_vault__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, CAP - MIN, sender=lst)
    with ape.reverts("SequencerPool: more than bonded"):
        pool.request_withdrawal(crew.id, MIN + 1, sender=crew.owner)


def test_request_withdrawal__what_unbonds_already__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, MIN, sender=lst)
    pool.request_withdrawal(crew.id, MIN, sender=crew.owner)
    with ape.reverts("SequencerPool: more than bonded"):
        pool.request_withdrawal(crew.id, 1, sender=crew.owner)


def test_request_withdrawal__zero_amount__reverts(pool, rich):
    with ape.reverts("SequencerPool: zero amount"):
        pool.request_withdrawal(rich.id, 0, sender=rich.owner)


def test_request_withdrawal__not_owner__reverts(system, pool, lst):
    crew = system.new_crew(CAP, vault=lst)
    for caller in system.all_but(crew.owner, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.request_withdrawal(crew.id, METIS, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_request_withdrawal__unknown_sequencer__reverts(pool, rich, ahead):
    with ape.reverts("SequencerPool: not owner"):
        pool.request_withdrawal(ahead and rich.id + ahead, METIS, sender=rich.owner)


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_request_withdrawal__has_left__reverts(system, pool, state):
    crew = system.new_crew_in(state)
    with ape.reverts("SequencerPool: has left"):
        pool.request_withdrawal(crew.id, 1, sender=crew.owner)


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_request_withdrawal_in_every_other_state(system, pool, state):
    crew = system.new_crew_in(state, CAP)
    tx = pool.request_withdrawal(crew.id, METIS, sender=crew.owner)
    assert tx.events == [unbonding(pool, crew.id, METIS, tx.timestamp + EXIT_DELAY)]
    record = pool.sequencer(crew.id)
    assert (record.state, record.own.bonded) == (state, CAP - METIS)


def test_request_withdrawal_while_paused_and_disapproved(pool, guardian, governance, rich):
    pool.pause(sender=guardian)
    pool.disapprove(rich.owner, sender=governance)
    tx = pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    assert tx.events == [unbonding(pool, rich.id, METIS, tx.timestamp + EXIT_DELAY)]


def test_request_withdrawal_keeps_16_apart_and_joins_the_17th(pool, rich):
    dates = []
    for n in range(16):
        tx = pool.request_withdrawal(rich.id, n + 1, sender=rich.owner)
        dates.append(tx.timestamp + EXIT_DELAY)
        assert tx.events == [unbonding(pool, rich.id, n + 1, dates[-1])]
    for n, date in enumerate(dates):
        assert tuple(pool.unbonding_at(rich.id, False, n)) == (n + 1, date)
    tx = pool.request_withdrawal(rich.id, 100, sender=rich.owner)
    late = tx.timestamp + EXIT_DELAY
    assert tx.events == [unbonding(pool, rich.id, 100, late)]
    own = pool.sequencer(rich.id).own
    assert (own.unbondings, own.unbonding) == (16, sum(range(17)) + 100)
    assert tuple(pool.unbonding_at(rich.id, False, 15)) == (16 + 100, late)
    assert tuple(pool.unbonding_at(rich.id, False, 14)) == (15, dates[14])


def test_request_withdrawal_17th_takes_the_later_date_of_the_newest(pool, governance, rich):
    pool.set_exit_delay(60 * DAY, sender=governance)
    for _ in range(16):
        tx = pool.request_withdrawal(rich.id, 1, sender=rich.owner)
    later = tx.timestamp + 60 * DAY
    pool.set_exit_delay(21 * DAY, sender=governance)
    tx = pool.request_withdrawal(rich.id, 5, sender=rich.owner)
    assert tx.events == [unbonding(pool, rich.id, 5, later)]
    assert tuple(pool.unbonding_at(rich.id, False, 15)) == (6, later)


def test_request_withdrawal_keeps_the_date_it_was_given(pool, governance, rich):
    pool.set_exit_delay(60 * DAY, sender=governance)
    long = pool.request_withdrawal(rich.id, 1, sender=rich.owner).timestamp + 60 * DAY
    pool.set_exit_delay(21 * DAY, sender=governance)
    short = pool.request_withdrawal(rich.id, 2, sender=rich.owner).timestamp + 21 * DAY
    pool.set_exit_delay(30 * DAY, sender=governance)
    assert tuple(pool.unbonding_at(rich.id, False, 0)) == (1, long)
    assert tuple(pool.unbonding_at(rich.id, False, 1)) == (2, short)
