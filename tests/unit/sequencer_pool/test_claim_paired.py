"""SequencerPool.claim_paired"""

import ape
import pytest

from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, State

MIN, EXIT_DELAY = PARAMETERS["min_stake"], PARAMETERS["exit_delay"]


def claimed(pool, id, vault, amount):
    return pool.Claimed(id=id, recipient=vault, paired=True, amount=amount)


@pytest.fixture
def crew(system, pool, lst):
    """One METIS of paired stake on top of min_stake."""
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    return crew


def test_claim_paired_pays_the_vault(system, pool, metis, lst, crew):
    before = metis.balanceOf(lst)
    due = pool.request_paired_withdrawal(crew.id, METIS, sender=lst).timestamp + EXIT_DELAY
    system.at(due - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim_paired(crew.id, sender=lst)
    system.at(due)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events == [claimed(pool, crew.id, lst, METIS), *system.paid(lst, METIS)]
    paired = pool.sequencer(crew.id).paired
    assert (paired.bonded, paired.unbonding, paired.matured, paired.unbondings) == (0, 0, 0, 0)
    assert metis.balanceOf(lst) == before + METIS
    assert metis.balanceOf(pool) == MIN
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim_paired(crew.id, sender=lst)


def test_claim_paired_leaves_what_has_not_matured(system, pool, lst, crew):
    pool.request_paired_withdrawal(crew.id, 1, sender=lst)
    system.wait(DAY)
    later = pool.request_paired_withdrawal(crew.id, 2, sender=lst).timestamp + EXIT_DELAY
    system.at(later - 1)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, 1)
    system.at(later)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, 2)


def test_claim_paired_after_the_owner_has_left(system, pool, lst, crew, stranger):
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    pool.claim(crew.id, sender=stranger)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events == [
        pool.StateChanged(id=crew.id, old=State.EXITING, new=State.EXITED),
        claimed(pool, crew.id, lst, METIS),
        *system.paid(lst, METIS),
    ]
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim_paired(crew.id, sender=lst)


def test_claim_paired_before_the_owner(system, pool, metis, lst, crew):
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events == [claimed(pool, crew.id, lst, METIS), *system.paid(lst, METIS)]
    assert system.state_of(crew.id) == State.EXITING
    assert metis.balanceOf(pool) == MIN


def test_claim_paired_after_the_pairing_has_ended(system, pool, governance, lst, crew):
    due = pool.set_pairing(crew.owner, ZERO, 0, sender=governance).timestamp + EXIT_DELAY
    system.at(due)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events == [claimed(pool, crew.id, lst, METIS), *system.paid(lst, METIS)]


def test_claim_paired_after_offboarding_in_a_pause(system, pool, governance, guardian, lst, crew):
    pool.offboard(crew.id, sender=governance)
    system.wait(EXIT_DELAY)
    pool.pause(sender=guardian)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, METIS)


def test_claim_paired_after_a_change_of_owner(system, pool, lst, crew):
    pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, METIS)


@pytest.mark.parametrize("state", [State.QUEUED, State.JAILED, State.SUSPENDED])
def test_claim_paired_in_every_state(system, pool, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events == [claimed(pool, crew.id, lst, METIS), *system.paid(lst, METIS)]
    assert system.state_of(crew.id) == state


def test_claim_paired_pays_what_a_slash_has_left(system, pool, lst, slasher, crew):
    pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    # the owner's stake goes first
    pool.slash(crew.id, MIN + 1, 1, bytes(32), sender=slasher)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, METIS - 1)


def test_claim_paired_of_all_but_what_is_held(system, pool, lst, slasher, crew):
    pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    until = system.chain.pending_timestamp + 30 * DAY
    # the owner's stake covers the hold first
    pool.hold(crew.id, MIN + 1, until, sender=slasher)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, METIS - 1)
    system.at(until - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim_paired(crew.id, sender=lst)
    system.at(until)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, 1)


@pytest.mark.parametrize("requests", [16, 17])
def test_claim_paired_of_a_full_list(system, pool, lst, crew, requests):
    for _ in range(requests):
        pool.request_paired_withdrawal(crew.id, 3, sender=lst)
    system.wait(EXIT_DELAY)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, 3 * requests)
    assert pool.sequencer(crew.id).paired.unbondings == 0


def test_claim_paired__nothing_to_claim__reverts(system, pool, lst, crew):
    # matured stake of the owner is none of the vault's
    pool.request_withdrawal(crew.id, METIS, sender=crew.owner)
    system.wait(EXIT_DELAY)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim_paired(crew.id, sender=lst)


def test_claim_paired__not_vault__reverts(system, pool, lst, crew):
    pool.request_paired_withdrawal(crew.id, METIS, sender=lst)
    system.wait(EXIT_DELAY)
    for caller in system.all_but(lst, crew=crew):
        with ape.reverts("SequencerPool: not vault"):
            pool.claim_paired(crew.id, sender=caller)


def test_claim_paired__not_paired__reverts(system, pool, lst, sequencer):
    for caller in (lst, system.owner_of(sequencer)):
        with ape.reverts("SequencerPool: not vault"):
            pool.claim_paired(sequencer, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_claim_paired__unknown_sequencer__reverts(pool, lst, crew, ahead):
    with ape.reverts("SequencerPool: not vault"):
        pool.claim_paired(ahead and crew.id + ahead, sender=lst)


def test_claim_paired__transfer_refused__reverts(system, governance, lst, owner):
    pool = system.pool_of_refusing_token()
    pool.approve(owner, sender=governance)
    pool.set_pairing(owner, lst, 0, sender=governance)
    consent = system.consent(owner, pool=pool)
    pool.lock(consent.signer, MIN, owner, consent.pubkey, consent.signature, sender=owner)
    pool.deposit_paired(1, METIS, sender=lst)
    pool.request_paired_withdrawal(1, METIS, sender=lst)
    system.wait(EXIT_DELAY)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.claim_paired(1, sender=lst)
