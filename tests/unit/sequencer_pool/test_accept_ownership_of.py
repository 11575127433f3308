"""SequencerPool.accept_ownership_of"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, Approval, State

MIN, EXIT_DELAY = PARAMETERS["min_stake"], PARAMETERS["exit_delay"]
CAUSE = 32 * b"c"


def transferred(pool, crew):
    # unclaimed rewards go along
    return [
        pool.RewardRecipientSet(id=crew.id, old=crew.owner, new=crew.offered_to),
        pool.SequencerTransferred(id=crew.id, old_owner=crew.owner, new_owner=crew.offered_to),
    ]


def test_accept_ownership_of_takes_over(system, pool, metis):
    crew = system.new_crew()
    before = pool.sequencer(crew.id)
    balances = [metis.balanceOf(who) for who in (crew.owner, crew.offered_to, pool)]
    tx = pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert tx.events == transferred(pool, crew)
    record = pool.sequencer(crew.id)
    assert (record.owner, record.pending_owner) == (crew.offered_to, ZERO)
    assert record.reward_recipient == crew.offered_to
    assert (record.signer, record.place, record.state) == (crew.signer, before.place, State.ACTIVE)
    assert (record.own, record.approval) == (before.own, Approval.ADMITTED)
    assert [metis.balanceOf(who) for who in (crew.owner, crew.offered_to, pool)] == balances
    assert pool.admission(crew.offered_to) == (crew.id, Approval.ADMITTED, 0)
    # the old owner needs a new vote, and keeps its nonce: no consent works again
    assert pool.admission(crew.owner) == (crew.id, Approval.NONE, 1)


def test_accept_ownership_of_takes_open_unbondings_along(system, pool, metis, lst, stranger):
    crew = system.new_crew(2 * MIN, vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    due = pool.request_withdrawal(crew.id, METIS, sender=crew.owner).timestamp + EXIT_DELAY
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    record = pool.sequencer(crew.id)
    assert (record.own.unbonding, record.paired.bonded, record.vault) == (METIS, METIS, lst)
    assert tuple(pool.unbonding_at(crew.id, False, 0)) == (METIS, due)
    system.at(due)
    tx = pool.claim(crew.id, sender=stranger)
    assert tx.events == [
        pool.Claimed(id=crew.id, recipient=crew.offered_to, paired=False, amount=METIS),
        *system.paid(crew.offered_to, METIS),
    ]


def test_accept_ownership_of_takes_matured_stake_along(system, pool, stranger):
    crew = system.new_crew(2 * MIN)
    pool.request_withdrawal(crew.id, MIN, sender=crew.owner)
    system.wait(EXIT_DELAY)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    tx = pool.claim(crew.id, sender=stranger)
    assert tx.events[-1:] == system.paid(crew.offered_to, MIN)


@pytest.mark.parametrize(
    "state", [State.PENDING, State.QUEUED, State.JAILED, State.SUSPENDED, State.EXITING]
)
def test_accept_ownership_of_in_every_state(system, pool, state):
    crew = system.new_crew_in(state)
    tx = pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert tx.events == transferred(pool, crew)
    record = pool.sequencer(crew.id)
    assert (record.owner, record.state) == (crew.offered_to, state)


def test_accept_ownership_of_the_disapproved_admits_anew(system, pool, governance):
    crew = system.new_crew()
    pool.disapprove(crew.owner, sender=governance)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.sequencer(crew.id).approval == Approval.ADMITTED
    assert pool.admission(crew.owner)[1] == Approval.NONE


def test_accept_ownership_of_one_that_lost_its_place_joins_again(
    system, pool, governance, stranger
):
    crew = system.new_crew_in(State.QUEUED)
    pool.disapprove(crew.owner, sender=governance)
    pool.set_max_sequencers(128, sender=governance)
    pool.activate_next(1, sender=stranger)
    assert system.state_of(crew.id) == State.PENDING
    tx = pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert tx.events == [
        *transferred(pool, crew),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.ACTIVE),
    ]


def test_accept_ownership_of_keeps_a_new_approval_of_the_old_owner(system, pool, governance):
    crew = system.new_crew_in(State.EXITING)
    pool.approve(crew.owner, sender=governance)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    system.lock(crew.owner)
    assert pool.admission(crew.owner) == (crew.id + 1, Approval.ADMITTED, 2)


def test_accept_ownership_of_ends_the_old_owners_say(system, pool, governance, stranger):
    crew = system.new_crew_in(State.JAILED, 2 * MIN)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    system.wait(DAY)
    for call, arguments in (
        (pool.relock, (METIS,)),
        (pool.request_withdrawal, (METIS,)),
        (pool.set_reward_recipient, (stranger,)),
        (pool.transfer_ownership_of, (stranger,)),
        (pool.unjail, ()),
        (pool.unlock, ()),
    ):
        with ape.reverts("SequencerPool: not owner"):
            call(crew.id, *arguments, sender=crew.owner)
        call(crew.id, *arguments, sender=crew.offered_to)
    # and what governance says of the old one does not concern the sequencer
    pool.disapprove(crew.owner, sender=governance)
    assert pool.sequencer(crew.id).approval == Approval.ADMITTED


def test_accept_ownership_of_moves_a_suspension_to_both(system, pool, governance):
    crew = system.new_crew_in(State.SUSPENDED)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.sequencer(crew.id).open_causes == 1
    pool.approve(crew.owner, sender=governance)
    with ape.reverts("SequencerPool: owner is suspended"):
        system.lock(crew.owner)


def test_accept_ownership_of_while_paused(system, pool, guardian):
    crew = system.new_crew()
    pool.pause(sender=guardian)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.sequencer(crew.id).owner == crew.offered_to


def test_accept_ownership_of_after_leaving_an_own_one(system, pool, governance):
    crew, former = system.new_crew(), system.new_crew_in(State.EXITED)
    pool.approve(former.owner, sender=governance)
    pool.transfer_ownership_of(crew.id, former.owner, sender=crew.owner)
    pool.accept_ownership_of(crew.id, sender=former.owner)
    assert pool.admission(former.owner)[0] == crew.id


def test_accept_ownership_of__not_pending_owner__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    for caller in system.all_but(crew.offered_to, crew=crew):
        with ape.reverts("SequencerPool: not pending owner"):
            pool.accept_ownership_of(crew.id, sender=caller)


def test_accept_ownership_of__twice__reverts(system, pool):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SequencerPool: not pending owner"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)


@pytest.mark.parametrize("ahead", [0, 1])
def test_accept_ownership_of__unknown_sequencer__reverts(system, pool, ahead):
    crew = system.new_crew()
    with ape.reverts("SequencerPool: not pending owner"):
        pool.accept_ownership_of(ahead and crew.id + ahead, sender=crew.offered_to)


def test_accept_ownership_of__has_left__reverts(system, pool):
    # offered while it was there
    crew = system.new_crew_in(State.EXITED)
    with ape.reverts("SequencerPool: has left"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)


@pytest.mark.parametrize("state", [State.PENDING, State.ACTIVE, State.EXITING])
def test_accept_ownership_of__owner_has_a_sequencer__reverts(system, pool, governance, state):
    crew, other = system.new_crew(), system.new_crew_in(state)
    pool.transfer_ownership_of(crew.id, other.owner, sender=crew.owner)
    pool.approve(other.owner, sender=governance)
    with ape.reverts("SequencerPool: owner has a sequencer"):
        pool.accept_ownership_of(crew.id, sender=other.owner)


def test_accept_ownership_of__offered_to_oneself__reverts(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.transfer_ownership_of(sequencer, owner, sender=owner)
    with ape.reverts("SequencerPool: owner has a sequencer"):
        pool.accept_ownership_of(sequencer, sender=owner)


def test_accept_ownership_of__not_approved__reverts(system, pool, governance, stranger):
    crew = system.new_crew()
    pool.disapprove(crew.offered_to, sender=governance)
    with ape.reverts("SequencerPool: not approved"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.transfer_ownership_of(crew.id, stranger, sender=crew.owner)
    with ape.reverts("SequencerPool: not approved"):
        pool.accept_ownership_of(crew.id, sender=stranger)


def test_accept_ownership_of__owner_is_suspended__reverts(system, pool, governance, slasher):
    crew, former = system.new_crew(), system.new_crew_in(State.EXITED)
    pool.suspend(former.id, CAUSE, 1, 2, sender=slasher)
    pool.approve(former.owner, sender=governance)
    pool.transfer_ownership_of(crew.id, former.owner, sender=crew.owner)
    with ape.reverts("SequencerPool: owner is suspended"):
        pool.accept_ownership_of(crew.id, sender=former.owner)
    pool.lift(former.id, CAUSE, sender=slasher)
    pool.accept_ownership_of(crew.id, sender=former.owner)
    assert pool.sequencer(crew.id).owner == former.owner


def test_accept_ownership_of__owner_is_paired__reverts(system, pool, governance, lst):
    crew = system.new_crew()
    pool.set_pairing(crew.offered_to, lst, 0, sender=governance)
    with ape.reverts("SequencerPool: owner is paired"):
        pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.set_pairing(crew.offered_to, ZERO, 0, sender=governance)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.sequencer(crew.id).owner == crew.offered_to
