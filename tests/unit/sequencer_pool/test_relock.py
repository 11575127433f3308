"""SequencerPool.relock"""

import ape
import pytest

from tests.utils.system import METIS, PARAMETERS, State

MIN, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]


def deposited(pool, id, payer, amount):
    return pool.Deposited(id=id, payer=payer, paired=False, amount=amount)


def test_relock_adds_to_the_stake(system, pool, metis, sequencer):
    owner = system.owner_of(sequencer)
    before = metis.balanceOf(owner)
    tx = pool.relock(sequencer, 5 * METIS, sender=owner)
    assert tx.events == [
        deposited(pool, sequencer, owner, 5 * METIS),
        *system.pulled(owner, 5 * METIS),
    ]
    record = pool.sequencer(sequencer)
    assert (record.own.bonded, record.paired.bonded) == (MIN + 5 * METIS, 0)
    assert record.slashable == MIN + 5 * METIS
    assert metis.balanceOf(owner) == before - 5 * METIS
    assert metis.balanceOf(pool) == MIN + 5 * METIS


def test_relock_by_the_distributor_is_paid_by_it(system, pool, metis, distributor, sequencer):
    owner = system.owner_of(sequencer)
    before = metis.balanceOf(owner)
    tx = pool.relock(sequencer, METIS, sender=distributor)
    assert tx.events == [
        deposited(pool, sequencer, distributor, METIS),
        *system.pulled(distributor, METIS),
    ]
    assert pool.sequencer(sequencer).own.bonded == MIN + METIS
    assert metis.balanceOf(owner) == before


def test_relock_raises_the_power_of_the_next_committee(system, pool, registry):
    crews = [system.new_crew() for _ in range(3)]
    pool.relock(crews[0].id, METIS, sender=crews[0].owner)
    system.checkpoint_and_seal()
    assert registry.committee(1).power == 3 * MIN + METIS


def test_relock_up_to_the_cap(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.relock(sequencer, CAP - MIN, sender=owner)
    assert pool.sequencer(sequencer).own.bonded == CAP
    with ape.reverts("SequencerPool: above cap"):
        pool.relock(sequencer, 1, sender=owner)


@pytest.mark.parametrize("amount", [CAP - MIN + 1, 2**128, 2**256 - 1])
def test_relock__above_cap__reverts(system, pool, sequencer, amount):
    with ape.reverts("SequencerPool: above cap"):
        pool.relock(sequencer, amount, sender=system.owner_of(sequencer))


def test_relock__own_and_paired_above_cap__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, CAP - MIN - 1, sender=lst)
    with ape.reverts("SequencerPool: above cap"):
        pool.relock(crew.id, 2, sender=crew.owner)
    pool.relock(crew.id, 1, sender=crew.owner)
    assert pool.sequencer(crew.id).own.bonded == MIN + 1


def test_relock__cap_lowered_below_the_stake__reverts(system, pool, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.relock(sequencer, 2, sender=owner)
    pool.set_cap(MIN + 1, sender=governance)
    with ape.reverts("SequencerPool: above cap"):
        pool.relock(sequencer, 1, sender=owner)


def test_relock__what_unbonds_does_not_count_for_the_cap(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.relock(sequencer, CAP - MIN, sender=owner)
    pool.request_withdrawal(sequencer, METIS, sender=owner)
    pool.relock(sequencer, METIS, sender=owner)
    record = pool.sequencer(sequencer)
    assert (record.own.bonded, record.own.unbonding) == (CAP, METIS)


@pytest.mark.parametrize("by_distributor", [False, True])
def test_relock__zero_amount__reverts(system, pool, distributor, sequencer, by_distributor):
    sender = distributor if by_distributor else system.owner_of(sequencer)
    with ape.reverts("SequencerPool: zero amount"):
        pool.relock(sequencer, 0, sender=sender)


def test_relock__not_owner__reverts(system, pool):
    crew = system.new_crew(vault=system.lst)
    for caller in system.all_but(crew.owner, system.distributor, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.relock(crew.id, METIS, sender=caller)


def test_relock__former_owner__reverts(system, pool):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SequencerPool: not owner"):
        pool.relock(crew.id, METIS, sender=crew.owner)
    pool.relock(crew.id, METIS, sender=crew.offered_to)
    assert pool.sequencer(crew.id).own.bonded == MIN + METIS


def test_relock__former_distributor__reverts(pool, governance, distributor, stranger, sequencer):
    pool.set_distributor(stranger, sender=governance)
    with ape.reverts("SequencerPool: not owner"):
        pool.relock(sequencer, METIS, sender=distributor)


@pytest.mark.parametrize("ahead", [0, 1])
def test_relock__unknown_sequencer__reverts(pool, distributor, owner, sequencer, ahead):
    id = ahead and sequencer + ahead
    with ape.reverts("SequencerPool: unknown sequencer"):
        pool.relock(id, METIS, sender=distributor)
    # whoever is not the distributor cannot be the owner of nothing
    with ape.reverts("SequencerPool: not owner"):
        pool.relock(id, METIS, sender=owner)


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_relock__has_left__reverts(system, pool, distributor, state):
    crew = system.new_crew_in(state)
    for sender in (crew.owner, distributor):
        with ape.reverts("SequencerPool: has left"):
            pool.relock(crew.id, METIS, sender=sender)


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_relock_changes_no_other_state(system, pool, state):
    crew = system.new_crew_in(state)
    tx = pool.relock(crew.id, METIS, sender=crew.owner)
    assert tx.events == [
        deposited(pool, crew.id, crew.owner, METIS),
        *system.pulled(crew.owner, METIS),
    ]
    record = pool.sequencer(crew.id)
    assert (record.state, record.own.bonded) == (state, MIN + METIS)


def test_relock_gives_no_power_to_the_jailed(system, pool, registry):
    for _ in range(3):
        system.new_sequencer()
    crew = system.new_crew_in(State.JAILED)
    pool.relock(crew.id, METIS, sender=crew.owner)
    system.checkpoint_and_seal()
    assert (registry.committee(1).power, registry.committee(1).size) == (3 * MIN, 3)


def test_relock_to_min_stake_activates_the_pending(system, pool):
    crew = system.new_crew_in(State.PENDING)
    pool.relock(crew.id, MIN - 1, sender=crew.owner)
    assert system.state_of(crew.id) == State.PENDING
    tx = pool.relock(crew.id, 1, sender=crew.owner)
    assert tx.events == [
        deposited(pool, crew.id, crew.owner, 1),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.ACTIVE),
        *system.pulled(crew.owner, 1),
    ]
    assert pool.roster().seated == 1


def test_relock_of_the_pending_and_disapproved_only_adds(system, pool, governance):
    crew = system.new_crew_in(State.PENDING)
    pool.disapprove(crew.owner, sender=governance)
    tx = pool.relock(crew.id, MIN, sender=crew.owner)
    assert tx.events == [
        deposited(pool, crew.id, crew.owner, MIN),
        *system.pulled(crew.owner, MIN),
    ]
    assert system.state_of(crew.id) == State.PENDING


def test_relock_stops_the_cure_clock_at_min_stake(system, pool, slasher, sequencer):
    owner = system.owner_of(sequencer)
    pool.slash(sequencer, 10, 1, bytes(32), sender=slasher)
    since = pool.sequencer(sequencer).below_since
    tx = pool.relock(sequencer, 9, sender=owner)
    assert tx.events == [deposited(pool, sequencer, owner, 9), *system.pulled(owner, 9)]
    assert pool.sequencer(sequencer).below_since == since != 0
    tx = pool.relock(sequencer, 1, sender=owner)
    assert tx.events == [
        deposited(pool, sequencer, owner, 1),
        pool.Cured(id=sequencer),
        *system.pulled(owner, 1),
    ]
    assert pool.sequencer(sequencer).below_since == 0


def test_relock_while_paused_tops_up_to_min_stake_only(system, pool, guardian, slasher, sequencer):
    owner = system.owner_of(sequencer)
    pool.slash(sequencer, 10, 1, bytes(32), sender=slasher)
    pool.pause(sender=guardian)
    with ape.reverts("SequencerPool: paused"):
        pool.relock(sequencer, 11, sender=owner)
    pool.relock(sequencer, 10, sender=owner)
    assert pool.sequencer(sequencer).own.bonded == MIN
    with ape.reverts("SequencerPool: paused"):
        pool.relock(sequencer, 1, sender=owner)


def test_relock_while_paused_queues_the_pending(system, pool, guardian):
    crew = system.new_crew_in(State.PENDING)
    pool.pause(sender=guardian)
    tx = pool.relock(crew.id, MIN, sender=crew.owner)
    assert tx.events == [
        deposited(pool, crew.id, crew.owner, MIN),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.QUEUED),
        *system.pulled(crew.owner, MIN),
    ]
    assert (pool.roster().seated, pool.roster().queued) == (0, 1)


def test_relock_of_the_disapproved(system, pool, governance, sequencer):
    owner = system.owner_of(sequencer)
    pool.disapprove(owner, sender=governance)
    pool.relock(sequencer, METIS, sender=owner)
    assert pool.sequencer(sequencer).own.bonded == MIN + METIS


def test_relock__too_little_metis__reverts(system, pool, metis, stranger, sequencer):
    owner = system.owner_of(sequencer)
    metis.transfer(stranger, metis.balanceOf(owner) - 9, sender=owner)
    with ape.reverts("MockMETIS: amount exceeds balance"):
        pool.relock(sequencer, 10, sender=owner)


def test_relock__too_little_allowance__reverts(system, pool, metis, sequencer):
    owner = system.owner_of(sequencer)
    metis.approve(pool, 9, sender=owner)
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        pool.relock(sequencer, 10, sender=owner)


def test_relock__transfer_refused__reverts(system, governance, owner):
    pool = system.pool_of_refusing_token()
    pool.approve(owner, sender=governance)
    consent = system.consent(owner, pool=pool)
    pool.lock(consent.signer, MIN, owner, consent.pubkey, consent.signature, sender=owner)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.relock(1, 1, sender=owner)
