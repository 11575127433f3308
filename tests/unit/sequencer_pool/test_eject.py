"""SequencerPool.eject"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, State

MIN_STAKE = PARAMETERS["min_stake"]
CURE = PARAMETERS["cure_period"]
CAUSE = b"\x01" * 32


@pytest.fixture
def paired(system):
    """An active sequencer that stands on paired stake."""
    return system.new_paired(0, MIN_STAKE)


def fall(system, id):
    """Takes it 1 wei below min_stake; returns the clock's start."""
    tx = system.pool.request_paired_withdrawal(id, 1, sender=system.lst)
    since = system.pool.cure_clock()
    assert system.pool.BelowMinStake(id=id, since=since) in tx.events
    return since


def eject(system, id):
    return system.pool.eject(id, sender=system.stranger)


def assert_ejected_after(system, id, last_second):
    """The last second in which it may still be cured, and the next."""
    system.at(last_second)
    with ape.reverts("SequencerPool: still curing"):
        eject(system, id)
    system.at(last_second + 1)
    eject(system, id)
    assert system.state_of(id) == State.EXITING


def test_eject_makes_it_leave_and_emits(system, pool, paired):
    own = METIS
    pool.relock(paired, own, sender=system.owner_of(paired))
    pool.request_paired_withdrawal(paired, own + 1, sender=system.lst)
    system.at(system.now() + CURE + 1)
    tx = eject(system, paired)
    matures_at = tx.timestamp + PARAMETERS["exit_delay"]
    assert tx.events == [
        pool.UnbondingStarted(id=paired, paired=False, amount=own, matures_at=matures_at),
        pool.UnbondingStarted(
            id=paired, paired=True, amount=MIN_STAKE - own - 1, matures_at=matures_at
        ),
        pool.StateChanged(id=paired, old=State.ACTIVE, new=State.EXITING),
    ]
    record = pool.sequencer(paired)
    assert (record.own.bonded, record.paired.bonded, record.below_since) == (0, 0, 0)
    assert pool.roster().seated == 0


def test_eject_gives_the_seat_to_the_last(system, pool, registry, paired):
    last = system.new_sequencers(3)[-1]
    assert pool.sequencer(last).place == 3
    since = fall(system, paired)
    system.at(since + CURE + 1)
    eject(system, paired)
    assert pool.sequencer(last).place == 0
    # and it is still the one that the seat counts
    assert (
        registry.checkpoint(sender=system.stranger).events[0].members[0]
        == (system.words((last, MIN_STAKE))[0])
    )


def test_eject_is_possible_after_the_cure_period_to_the_second(system, paired):
    since = fall(system, paired)
    assert_ejected_after(system, paired, since + CURE)


def test_eject_follows_the_cure_period_of_its_time(system, pool, governance, paired):
    since = fall(system, paired)
    pool.set_cure_period(2 * CURE, sender=governance)
    assert_ejected_after(system, paired, since + 2 * CURE)


@pytest.mark.parametrize("early", [None, DAY])
def test_eject_waits_as_long_as_a_pause_lasted(system, pool, guardian, paired, early):
    since = fall(system, paired)
    system.at(since + DAY)
    paused_at = pool.pause(sender=guardian).timestamp
    lasted = 7 * DAY
    if early:
        system.at(paused_at + early)
        pool.unpause(sender=guardian)
        lasted = early
    assert_ejected_after(system, paired, since + CURE + lasted)


def test_eject_waits_as_long_as_two_pauses_lasted(system, pool, governance, guardian, paired):
    cure = 30 * DAY
    pool.set_cure_period(cure, sender=governance)
    since = fall(system, paired)
    paused_at = pool.pause(sender=guardian).timestamp
    system.at(paused_at + 14 * DAY)
    paused_at = pool.pause(sender=guardian).timestamp
    system.at(paused_at + 2 * DAY)
    pool.unpause(sender=guardian)
    assert_ejected_after(system, paired, since + cure + 7 * DAY + 2 * DAY)


def test_eject__in_a_pause__reverts(system, pool, guardian, paired):
    since = fall(system, paired)
    system.at(since + CURE)
    paused_at = pool.pause(sender=guardian).timestamp
    for later in (1, 7 * DAY):
        system.at(paused_at + later)
        with ape.reverts("SequencerPool: still curing"):
            eject(system, paired)
    # the last second of the cure period was the pause's first
    system.at(paused_at + 7 * DAY + 1)
    eject(system, paired)


def test_eject_of_whose_clock_ran_out_before_a_pause_goes_on_in_it(system, pool, guardian, paired):
    since = fall(system, paired)
    system.at(since + CURE + 1)
    pool.pause(sender=guardian)
    eject(system, paired)
    assert system.state_of(paired) == State.EXITING


def test_eject_starts_the_clock_after_min_stake_was_raised(system, pool, governance, sequencer):
    pool.set_min_stake(MIN_STAKE + 1, sender=governance)
    # long enough ago, but nobody has told the owner yet
    system.at(system.now() + 2 * CURE)
    assert pool.eject.call(sequencer, sender=system.stranger) is False
    tx = eject(system, sequencer)
    assert tx.events == [pool.BelowMinStake(id=sequencer, since=tx.timestamp)]
    assert pool.sequencer(sequencer).below_since == tx.timestamp
    assert system.state_of(sequencer) == State.ACTIVE
    assert_ejected_after(system, sequencer, tx.timestamp + CURE)


def test_eject_says_whether_it_left(system, pool, paired):
    since = fall(system, paired)
    system.mine_at(since + CURE + 1)
    assert pool.eject.call(paired, sender=system.stranger) is True


@pytest.mark.parametrize("change", [-METIS, 0, METIS])
def test_eject_starts_the_clock_anew_after_any_change_of_min_stake(
    system, pool, governance, paired, change
):
    pool.request_paired_withdrawal(paired, 2 * METIS, sender=system.lst)
    system.at(system.now() + CURE)
    pool.set_min_stake(MIN_STAKE + change, sender=governance)
    assert pool.sequencer(paired).below_since == 0
    system.at(system.now() + CURE)
    tx = eject(system, paired)
    assert tx.events == [pool.BelowMinStake(id=paired, since=tx.timestamp)]
    assert_ejected_after(system, paired, tx.timestamp + CURE)


def test_eject_of_who_was_saved_by_a_lowered_min_stake_and_fell_again(
    system, pool, governance, guardian, paired
):
    """Also in a pause, in which fall and change have the same second of the cure clock."""
    pool.pause(sender=guardian)
    fall(system, paired)
    pool.set_min_stake(MIN_STAKE - METIS, sender=governance)
    system.at(system.now() + 30 * DAY)
    tx = pool.request_paired_withdrawal(paired, METIS, sender=system.lst)
    assert tx.events[-1] == pool.BelowMinStake(id=paired, since=pool.cure_clock())
    with ape.reverts("SequencerPool: still curing"):
        eject(system, paired)


def test_eject_after_a_cure_counts_from_the_next_fall(system, pool, lst, paired):
    since = fall(system, paired)
    system.at(since + CURE)
    tx = pool.deposit_paired(paired, 1, sender=lst)
    assert pool.Cured(id=paired) in tx.events
    assert pool.sequencer(paired).below_since == 0
    system.at(since + 2 * CURE)
    assert_ejected_after(system, paired, fall(system, paired) + CURE)


def test_eject_is_not_put_off_by_a_top_up_that_is_too_small(system, pool, lst, paired):
    since = fall(system, paired)
    pool.request_paired_withdrawal(paired, 2, sender=lst)
    system.at(since + CURE - DAY)
    pool.deposit_paired(paired, 2, sender=lst)
    assert_ejected_after(system, paired, since + CURE)


@pytest.mark.parametrize("start", ["slash", "end of pairing"])
def test_eject_of_who_fell_by_another_cause(system, pool, paired, start):
    if start == "slash":
        tx = pool.slash(paired, 1, 1, CAUSE, sender=system.slasher)
    else:
        tx = pool.set_pairing(system.owner_of(paired), ZERO, 0, sender=system.governance)
    assert pool.BelowMinStake(id=paired, since=tx.timestamp) in tx.events
    assert_ejected_after(system, paired, tx.timestamp + CURE)


def _queue(system, id):
    assert system.state_of(id) == State.QUEUED


def _jail(system, id):
    until = system.chain.pending_timestamp + DAY
    system.pool.jail(id, until, sender=system.slasher)


def _suspend(system, id):
    system.pool.suspend(id, CAUSE, 1, 1, sender=system.slasher)


@pytest.mark.parametrize(
    "move, state",
    [(_queue, State.QUEUED), (_jail, State.JAILED), (_suspend, State.SUSPENDED)],
)
def test_eject_of_who_is_not_active(system, pool, move, state):
    system.fill(4)
    if state != State.QUEUED:
        pool.set_max_sequencers(5, sender=system.governance)
    id = system.new_paired(0, MIN_STAKE)
    move(system, id)
    seated, queued = pool.roster().seated, pool.roster().queued
    system.at(fall(system, id) + CURE + 1)
    tx = eject(system, id)
    assert tx.events[-1] == pool.StateChanged(id=id, old=state, new=State.EXITING)
    after = pool.roster()
    assert after.seated == seated - (state == State.JAILED)
    assert after.queued == queued - (state == State.QUEUED)


def test_eject_starts_the_clock_of_the_suspended(system, pool, governance, sequencer):
    _suspend(system, sequencer)
    pool.set_min_stake(MIN_STAKE + 1, sender=governance)
    tx = eject(system, sequencer)
    assert tx.events == [pool.BelowMinStake(id=sequencer, since=tx.timestamp)]


def test_eject__pending__reverts(system, lst):
    id = system.new_sequencer(0, lst)
    with ape.reverts("SequencerPool: wrong state"):
        eject(system, id)


def test_eject__left__reverts(system, pool, sequencer):
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    with ape.reverts("SequencerPool: wrong state"):
        eject(system, sequencer)
    system.at(system.now() + PARAMETERS["exit_delay"])
    pool.claim(sequencer, sender=system.stranger)
    assert system.state_of(sequencer) == State.EXITED
    with ape.reverts("SequencerPool: wrong state"):
        eject(system, sequencer)


def test_eject__min_stake__reverts(system, sequencer):
    with ape.reverts("SequencerPool: not below min stake"):
        eject(system, sequencer)


def test_eject__unknown_sequencer__reverts(system):
    with ape.reverts("SequencerPool: unknown sequencer"):
        eject(system, 1)
