"""SequencerPool.deposit_paired"""

import ape
import pytest

from tests.utils.system import METIS, PARAMETERS, ZERO, State

MIN, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]


def deposited(pool, id, vault, amount):
    return pool.Deposited(id=id, payer=vault, paired=True, amount=amount)


@pytest.fixture
def crew(system, lst):
    """An active sequencer paired with `lst`."""
    return system.new_crew(vault=lst)


def test_deposit_paired_adds_to_the_paired_stake(system, pool, metis, lst, crew):
    before = metis.balanceOf(lst)
    tx = pool.deposit_paired(crew.id, METIS, sender=lst)
    assert tx.events == [deposited(pool, crew.id, lst, METIS), *system.pulled(lst, METIS)]
    record = pool.sequencer(crew.id)
    assert (record.own.bonded, record.paired.bonded) == (MIN, METIS)
    assert record.slashable == MIN + METIS
    assert metis.balanceOf(lst) == before - METIS
    assert metis.balanceOf(pool) == MIN + METIS


def test_deposit_paired_raises_the_power_of_the_next_committee(system, pool, registry, lst, crew):
    for _ in range(2):
        system.new_sequencer()
    pool.deposit_paired(crew.id, METIS, sender=lst)
    system.checkpoint_and_seal()
    assert registry.committee(1).power == 3 * MIN + METIS


def test_deposit_paired_up_to_the_cap(pool, lst, crew):
    pool.deposit_paired(crew.id, CAP - MIN, sender=lst)
    with ape.reverts("SequencerPool: above cap"):
        pool.deposit_paired(crew.id, 1, sender=lst)
    assert pool.sequencer(crew.id).paired.bonded == CAP - MIN


@pytest.mark.parametrize("amount", [CAP - MIN + 1, 2**128, 2**256 - 1])
def test_deposit_paired__above_cap__reverts(pool, lst, crew, amount):
    with ape.reverts("SequencerPool: above cap"):
        pool.deposit_paired(crew.id, amount, sender=lst)


def test_deposit_paired__zero_amount__reverts(pool, lst, crew):
    with ape.reverts("SequencerPool: zero amount"):
        pool.deposit_paired(crew.id, 0, sender=lst)


def test_deposit_paired_activates_the_pending_at_min_stake(system, pool, lst):
    crew = system.new_crew_in(State.PENDING)
    tx = pool.deposit_paired(crew.id, MIN - 1, sender=lst)
    assert tx.events == [deposited(pool, crew.id, lst, MIN - 1), *system.pulled(lst, MIN - 1)]
    assert system.state_of(crew.id) == State.PENDING
    tx = pool.deposit_paired(crew.id, 1, sender=lst)
    assert tx.events == [
        deposited(pool, crew.id, lst, 1),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.ACTIVE),
        *system.pulled(lst, 1),
    ]
    assert pool.roster().seated == 1


def test_deposit_paired_queues_the_pending_when_no_seat_is_free(system, pool, lst, governance):
    pool.set_max_sequencers(4, sender=governance)
    for _ in range(4):
        system.new_sequencer()
    crew = system.new_crew_in(State.PENDING)
    tx = pool.deposit_paired(crew.id, MIN, sender=lst)
    assert tx.events == [
        deposited(pool, crew.id, lst, MIN),
        pool.StateChanged(id=crew.id, old=State.PENDING, new=State.QUEUED),
        *system.pulled(lst, MIN),
    ]


def test_deposit_paired_cures(system, pool, lst, slasher, crew):
    pool.slash(crew.id, 10, 1, bytes(32), sender=slasher)
    pool.deposit_paired(crew.id, 9, sender=lst)
    assert pool.sequencer(crew.id).below_since != 0
    tx = pool.deposit_paired(crew.id, 1, sender=lst)
    assert tx.events == [
        deposited(pool, crew.id, lst, 1),
        pool.Cured(id=crew.id),
        *system.pulled(lst, 1),
    ]
    assert pool.sequencer(crew.id).below_since == 0


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_deposit_paired_changes_no_other_state(system, pool, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    tx = pool.deposit_paired(crew.id, METIS, sender=lst)
    assert tx.events == [deposited(pool, crew.id, lst, METIS), *system.pulled(lst, METIS)]
    assert system.state_of(crew.id) == state


def test_deposit_paired_while_paused_tops_up_to_min_stake_only(system, pool, lst, guardian):
    crew = system.new_crew_in(State.PENDING)
    pool.pause(sender=guardian)
    with ape.reverts("SequencerPool: paused"):
        pool.deposit_paired(crew.id, MIN + 1, sender=lst)
    tx = pool.deposit_paired(crew.id, MIN, sender=lst)
    # a pause stops activation
    assert tx.events[1] == pool.StateChanged(id=crew.id, old=State.PENDING, new=State.QUEUED)
    with ape.reverts("SequencerPool: paused"):
        pool.deposit_paired(crew.id, 1, sender=lst)


def test_deposit_paired__not_vault__reverts(system, pool, lst, crew):
    for caller in system.all_but(lst, crew=crew):
        with ape.reverts("SequencerPool: not vault"):
            pool.deposit_paired(crew.id, METIS, sender=caller)


def test_deposit_paired__not_paired__reverts(system, pool, lst, sequencer):
    for caller in (lst, system.owner_of(sequencer)):
        with ape.reverts("SequencerPool: not vault"):
            pool.deposit_paired(sequencer, METIS, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_deposit_paired__unknown_sequencer__reverts(pool, lst, crew, ahead):
    with ape.reverts("SequencerPool: not vault"):
        pool.deposit_paired(ahead and crew.id + ahead, METIS, sender=lst)


def test_deposit_paired__pairing_has_ended__reverts(pool, governance, lst, crew):
    pool.deposit_paired(crew.id, METIS, sender=lst)
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    with ape.reverts("SequencerPool: pairing has ended"):
        pool.deposit_paired(crew.id, METIS, sender=lst)


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_deposit_paired__has_left__reverts(system, pool, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    with ape.reverts("SequencerPool: has left"):
        pool.deposit_paired(crew.id, METIS, sender=lst)


def test_deposit_paired__too_little_metis__reverts(pool, metis, lst, stranger, crew):
    metis.transfer(stranger, metis.balanceOf(lst) - 9, sender=lst)
    with ape.reverts("MockMETIS: amount exceeds balance"):
        pool.deposit_paired(crew.id, 10, sender=lst)


def test_deposit_paired__too_little_allowance__reverts(pool, metis, lst, crew):
    metis.approve(pool, 9, sender=lst)
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        pool.deposit_paired(crew.id, 10, sender=lst)


def test_deposit_paired__transfer_refused__reverts(system, governance, lst, owner):
    pool = system.pool_of_refusing_token()
    pool.approve(owner, sender=governance)
    pool.set_pairing(owner, lst, 0, sender=governance)
    consent = system.consent(owner, pool=pool)
    pool.lock(consent.signer, MIN, owner, consent.pubkey, consent.signature, sender=owner)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.deposit_paired(1, 1, sender=lst)
