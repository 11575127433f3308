"""SequencerPool.claim"""

import ape
import pytest

from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))
CURE_PERIOD = PARAMETERS["cure_period"]


def claimed(pool, id, owner, amount):
    return pool.Claimed(id=id, recipient=owner, paired=False, amount=amount)


@pytest.fixture
def rich(system):
    """A sequencer with all that the cap allows."""
    return system.new_crew(CAP)


@pytest.fixture
def leaving(system):
    """A sequencer that has just begun to leave."""
    return system.new_crew_in(State.EXITING)


def test_claim_pays_what_has_matured(system, pool, metis, stranger, rich):
    due = pool.request_withdrawal(rich.id, METIS, sender=rich.owner).timestamp + EXIT_DELAY
    before = metis.balanceOf(rich.owner)
    system.at(due)
    # by a stranger, to the owner
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events == [
        claimed(pool, rich.id, rich.owner, METIS),
        *system.paid(rich.owner, METIS),
    ]
    own = pool.sequencer(rich.id).own
    assert (own.bonded, own.unbonding, own.matured, own.unbondings) == (CAP - METIS, 0, 0, 0)
    assert metis.balanceOf(rich.owner) == before + METIS
    assert metis.balanceOf(stranger) == 0
    assert metis.balanceOf(pool) == CAP - METIS
    assert system.state_of(rich.id) == State.ACTIVE


def test_claim_of_the_last_ends_the_exit(system, pool, stranger, leaving):
    system.wait(EXIT_DELAY)
    tx = pool.claim(leaving.id, sender=stranger)
    assert tx.events == [
        pool.StateChanged(id=leaving.id, old=State.EXITING, new=State.EXITED),
        claimed(pool, leaving.id, leaving.owner, MIN),
        *system.paid(leaving.owner, MIN),
    ]
    record = pool.sequencer(leaving.id)
    assert (record.state, record.slashable, record.own.matured) == (State.EXITED, 0, 0)


def test_claim_by_everyone_is_paid_to_the_owner(system, pool, metis, chain, lst):
    crew = system.new_crew(vault=lst)
    callers = system.all_but(crew=crew)
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    before = metis.balanceOf(crew.owner)
    for caller in callers:
        with isolated(chain):
            tx = pool.claim(crew.id, sender=caller)
            assert tx.events[-1:] == system.paid(crew.owner, MIN)
            assert metis.balanceOf(crew.owner) == before + MIN


def test_claim_at_the_very_second(system, pool, stranger, rich):
    due = pool.request_withdrawal(rich.id, METIS, sender=rich.owner).timestamp + EXIT_DELAY
    system.at(due - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(rich.id, sender=stranger)
    system.at(due)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.timestamp == due


@pytest.mark.parametrize(
    "state",
    [State.PENDING, State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED, State.EXITED],
)
def test_claim__nothing_unbonds__reverts(system, pool, state):
    crew = system.new_crew_in(state)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(crew.id, sender=crew.owner)


def test_claim__twice__reverts(system, pool, stranger, rich):
    pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    system.wait(EXIT_DELAY)
    pool.claim(rich.id, sender=stranger)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(rich.id, sender=stranger)


@pytest.mark.parametrize("ahead", [0, 1])
def test_claim__unknown_sequencer__reverts(pool, stranger, sequencer, ahead):
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.claim(ahead and sequencer + ahead, sender=stranger)


def test_claim__transfer_refused__reverts(system, governance, owner):
    pool = system.pool_of_refusing_token()
    pool.approve(owner, sender=governance)
    consent = system.consent(owner, pool=pool)
    pool.lock(consent.signer, MIN, owner, consent.pubkey, consent.signature, sender=owner)
    pool.unlock(1, sender=owner)
    system.wait(EXIT_DELAY)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.claim(1, sender=owner)


def test_claim_leaves_what_has_not_matured(system, pool, stranger, rich):
    first = pool.request_withdrawal(rich.id, 1, sender=rich.owner).timestamp + EXIT_DELAY
    system.wait(DAY)
    second = pool.request_withdrawal(rich.id, 2, sender=rich.owner).timestamp + EXIT_DELAY
    system.at(second - 1)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events == [claimed(pool, rich.id, rich.owner, 1), *system.paid(rich.owner, 1)]
    assert first < tx.timestamp
    assert pool.sequencer(rich.id).own.unbondings == 1
    assert tuple(pool.unbonding_at(rich.id, False, 0)) == (2, second)
    system.at(second)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events == [claimed(pool, rich.id, rich.owner, 2), *system.paid(rich.owner, 2)]


def test_claim_of_a_later_request_that_matures_first(system, pool, governance, stranger, rich):
    pool.set_exit_delay(60 * DAY, sender=governance)
    late = pool.request_withdrawal(rich.id, 1, sender=rich.owner).timestamp + 60 * DAY
    pool.set_exit_delay(21 * DAY, sender=governance)
    pool.request_withdrawal(rich.id, 2, sender=rich.owner)
    system.wait(21 * DAY)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events == [claimed(pool, rich.id, rich.owner, 2), *system.paid(rich.owner, 2)]
    assert tuple(pool.unbonding_at(rich.id, False, 0)) == (1, late)
    assert tuple(pool.unbonding_at(rich.id, False, 1)) == (0, 0)


@pytest.mark.parametrize("requests", [16, 17])
def test_claim_of_a_full_list_makes_it_free_again(system, pool, stranger, rich, requests):
    for _ in range(requests):
        pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    system.wait(EXIT_DELAY)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events == [
        claimed(pool, rich.id, rich.owner, requests * METIS),
        *system.paid(rich.owner, requests * METIS),
    ]
    assert pool.sequencer(rich.id).own.unbondings == 0
    tx = pool.request_withdrawal(rich.id, 1, sender=rich.owner)
    assert pool.sequencer(rich.id).own.unbondings == 1
    assert tuple(pool.unbonding_at(rich.id, False, 0)) == (1, tx.timestamp + EXIT_DELAY)


def test_claim_of_the_17th_not_before_the_joint_date(system, pool, stranger, rich):
    for _ in range(16):
        tx = pool.request_withdrawal(rich.id, 1, sender=rich.owner)
    due = tx.timestamp + EXIT_DELAY
    system.wait(DAY)
    joint = pool.request_withdrawal(rich.id, 1, sender=rich.owner).timestamp + EXIT_DELAY
    # the 16th waits for the 17th, the others do not
    system.at(due)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events[0].amount == 15
    system.at(joint - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(rich.id, sender=stranger)
    system.at(joint)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events[0].amount == 2


def test_claim_while_paused(system, pool, guardian, stranger, leaving):
    system.wait(EXIT_DELAY)
    pool.pause(sender=guardian)
    pool.claim(leaving.id, sender=stranger)
    assert system.state_of(leaving.id) == State.EXITED


def test_claim_of_the_disapproved(system, pool, metis, governance, stranger, leaving):
    pool.disapprove(leaving.owner, sender=governance)
    system.wait(EXIT_DELAY)
    tx = pool.claim(leaving.id, sender=stranger)
    assert tx.events[-1:] == system.paid(leaving.owner, MIN)


def test_claim_after_offboarding(system, pool, governance, stranger, sequencer):
    owner = system.owner_of(sequencer)
    due = pool.offboard(sequencer, sender=governance).timestamp + EXIT_DELAY
    system.at(due)
    tx = pool.claim(sequencer, sender=stranger)
    assert tx.events[-1:] == system.paid(owner, MIN)


def test_claim_after_ejection(system, pool, slasher, stranger, sequencer):
    owner = system.owner_of(sequencer)
    pool.slash(sequencer, 1, 1, bytes(32), sender=slasher)
    system.wait(CURE_PERIOD + 1)
    due = pool.eject(sequencer, sender=stranger).timestamp + EXIT_DELAY
    system.at(due)
    tx = pool.claim(sequencer, sender=stranger)
    assert tx.events[-1:] == system.paid(owner, MIN - 1)


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_claim_of_a_part_in_every_state(system, pool, stranger, state):
    crew = system.new_crew_in(state, MIN + METIS)
    pool.request_withdrawal(crew.id, METIS, sender=crew.owner)
    system.wait(EXIT_DELAY)
    tx = pool.claim(crew.id, sender=stranger)
    assert tx.events == [
        claimed(pool, crew.id, crew.owner, METIS),
        *system.paid(crew.owner, METIS),
    ]
    assert system.state_of(crew.id) == state


def test_claim_after_leaving_while_suspended(system, pool, stranger):
    crew = system.new_crew_in(State.SUSPENDED)
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    pool.claim(crew.id, sender=stranger)
    assert system.state_of(crew.id) == State.EXITED


def test_claim_pays_what_a_slash_has_left(system, pool, slasher, stranger, leaving):
    pool.slash(leaving.id, METIS, 1, bytes(32), sender=slasher)
    system.wait(EXIT_DELAY)
    tx = pool.claim(leaving.id, sender=stranger)
    assert tx.events[-1:] == system.paid(leaving.owner, MIN - METIS)


def test_claim__all_was_slashed__reverts(system, pool, slasher, stranger, leaving):
    pool.slash(leaving.id, MIN, 1, bytes(32), sender=slasher)
    system.wait(EXIT_DELAY)
    assert system.state_of(leaving.id) == State.EXITED
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(leaving.id, sender=stranger)


def test_claim_leaves_the_stake_of_the_vault(system, pool, metis, lst, stranger):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    tx = pool.claim(crew.id, sender=stranger)
    assert tx.events == [
        claimed(pool, crew.id, crew.owner, MIN),
        *system.paid(crew.owner, MIN),
    ]
    # nothing has left before all has
    assert system.state_of(crew.id) == State.EXITING
    assert metis.balanceOf(pool) == METIS


def test_claim_pays_the_new_owner(system, pool, stranger):
    crew = system.new_crew_in(State.EXITING)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    system.wait(EXIT_DELAY)
    tx = pool.claim(crew.id, sender=stranger)
    assert tx.events == [
        pool.StateChanged(id=crew.id, old=State.EXITING, new=State.EXITED),
        claimed(pool, crew.id, crew.offered_to, MIN),
        *system.paid(crew.offered_to, MIN),
    ]


def test_claim_of_all_but_what_is_held(system, pool, slasher, stranger, leaving):
    system.wait(EXIT_DELAY - DAY)
    until = system.chain.pending_timestamp + 30 * DAY
    pool.hold(leaving.id, METIS, until, sender=slasher)
    system.wait(DAY)
    tx = pool.claim(leaving.id, sender=stranger)
    assert tx.events == [
        claimed(pool, leaving.id, leaving.owner, MIN - METIS),
        *system.paid(leaving.owner, MIN - METIS),
    ]
    own = pool.sequencer(leaving.id).own
    assert (own.matured, own.kept) == (METIS, METIS)
    system.at(until - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(leaving.id, sender=stranger)
    # the hold lapses by itself
    system.at(until)
    tx = pool.claim(leaving.id, sender=stranger)
    assert tx.events == [
        pool.StateChanged(id=leaving.id, old=State.EXITING, new=State.EXITED),
        claimed(pool, leaving.id, leaving.owner, METIS),
        *system.paid(leaving.owner, METIS),
    ]


def test_claim__all_is_held__reverts(system, pool, slasher, stranger, leaving):
    system.wait(EXIT_DELAY - DAY)
    pool.hold(leaving.id, MIN, system.chain.pending_timestamp + 2 * DAY, sender=slasher)
    system.wait(DAY)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(leaving.id, sender=stranger)
    pool.hold(leaving.id, 0, system.chain.pending_timestamp + DAY, sender=slasher)
    pool.claim(leaving.id, sender=stranger)
    assert system.state_of(leaving.id) == State.EXITED


def test_claim_of_what_a_hold_finds_elsewhere(system, pool, slasher, stranger, rich):
    # bonded stake covers the hold: nothing that has matured is kept
    pool.request_withdrawal(rich.id, METIS, sender=rich.owner)
    system.wait(EXIT_DELAY - DAY)
    until = system.chain.pending_timestamp + 2 * DAY
    for more in (0, 1):
        pool.hold(rich.id, CAP - METIS + more, until, sender=slasher)
        with isolated(system.chain):
            system.wait(DAY)
            assert pool.sequencer(rich.id).own.kept == more
    system.wait(DAY)
    tx = pool.claim(rich.id, sender=stranger)
    assert tx.events[-1:] == system.paid(rich.owner, METIS - 1)
