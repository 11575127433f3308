"""SequencerPool.set_pairing"""

import ape
import pytest

from tests.utils.system import METIS, PARAMETERS, ZERO, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))
COMMISSION_CEILING = 5_000  # limits.COMMISSION_CEILING


def paired(pool, owner, vault, id, commission_bps):
    return pool.PairingSet(owner=owner, vault=vault, id=id, commission_bps=commission_bps)


def unbonding(pool, id, amount, matures_at):
    return pool.UnbondingStarted(id=id, paired=True, amount=amount, matures_at=matures_at)


def pairing_of(pool, id):
    record = pool.sequencer(id)
    return record.vault, record.commission_bps, record.pairing_ended


@pytest.fixture
def other_lst(system):
    """Another LST protocol's vault."""
    return system.other_lst


@pytest.fixture
def crew(system, pool, lst):
    """A sequencer with min_stake of its owner and one METIS of `lst`."""
    crew = system.new_crew(vault=lst)
    pool.deposit_paired(crew.id, METIS, sender=lst)
    return crew


# for the next sequencer


def test_set_pairing_for_the_next_sequencer(system, pool, governance, lst, owner):
    tx = pool.set_pairing(owner, lst, 1_000, sender=governance)
    assert tx.events == [paired(pool, owner, lst, 0, 1_000)]
    assert tuple(pool.intended_pairing(owner)) == (lst, 1_000)
    system.lock(owner, 0)
    assert pairing_of(pool, pool.admission(owner)[0]) == (lst, 1_000, False)


def test_set_pairing_for_the_next_sequencer_again(pool, governance, lst, other_lst, owner):
    pool.set_pairing(owner, lst, 1_000, sender=governance)
    pool.set_pairing(owner, other_lst, 2_000, sender=governance)
    assert tuple(pool.intended_pairing(owner)) == (other_lst, 2_000)
    tx = pool.set_pairing(owner, ZERO, 0, sender=governance)
    assert tx.events == [paired(pool, owner, ZERO, 0, 0)]
    assert tuple(pool.intended_pairing(owner)) == (ZERO, 0)


def test_set_pairing_before_the_approval(pool, governance, lst, stranger):
    pool.set_pairing(stranger, lst, 0, sender=governance)
    assert pool.intended_pairing(stranger)[0] == lst


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_set_pairing_of_who_leaves_is_for_the_next(system, pool, governance, other_lst, lst, state):
    crew = system.new_crew_in(state, vault=lst)
    tx = pool.set_pairing(crew.owner, other_lst, 10, sender=governance)
    assert tx.events == [paired(pool, crew.owner, other_lst, 0, 10)]
    assert pairing_of(pool, crew.id) == (lst, 0, False)
    assert tuple(pool.intended_pairing(crew.owner)) == (other_lst, 10)


def test_set_pairing_follows_the_owner_of_now(system, pool, governance, lst, other_lst, crew):
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    tx = pool.set_pairing(crew.owner, other_lst, 10, sender=governance)
    assert tx.events == [paired(pool, crew.owner, other_lst, 0, 10)]
    tx = pool.set_pairing(crew.offered_to, lst, 20, sender=governance)
    assert tx.events == [paired(pool, crew.offered_to, lst, crew.id, 20)]
    assert pairing_of(pool, crew.id) == (lst, 20, False)


# for the present sequencer


@pytest.mark.parametrize("state", [State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED])
def test_set_pairing_of_a_present_sequencer(system, pool, governance, lst, state):
    crew = system.new_crew_in(state)
    tx = pool.set_pairing(crew.owner, lst, 1_000, sender=governance)
    assert tx.events == [paired(pool, crew.owner, lst, crew.id, 1_000)]
    assert pairing_of(pool, crew.id) == (lst, 1_000, False)
    assert pool.intended_pairing(crew.owner)[0] == ZERO
    pool.deposit_paired(crew.id, METIS, sender=lst)
    assert (system.state_of(crew.id), pool.sequencer(crew.id).paired.bonded) == (state, METIS)


def test_set_pairing_changes_the_commission(pool, governance, lst, crew):
    tx = pool.set_pairing(crew.owner, lst, 2_000, sender=governance)
    assert tx.events == [paired(pool, crew.owner, lst, crew.id, 2_000)]
    assert pairing_of(pool, crew.id) == (lst, 2_000, False)
    assert pool.sequencer(crew.id).paired.bonded == METIS


@pytest.mark.parametrize("commission_bps", [0, 1, COMMISSION_CEILING])
def test_set_pairing_within_the_commission_bounds(pool, governance, lst, crew, commission_bps):
    pool.set_pairing(crew.owner, lst, commission_bps, sender=governance)
    assert pool.sequencer(crew.id).commission_bps == commission_bps


@pytest.mark.parametrize("commission_bps", [COMMISSION_CEILING + 1, 2**256 - 1])
def test_set_pairing__bad_commission__reverts(pool, governance, lst, owner, crew, commission_bps):
    for user in (owner, crew.owner):
        for to in (lst, ZERO):
            with ape.reverts("SequencerPool: bad commission"):
                pool.set_pairing(user, to, commission_bps, sender=governance)


def test_set_pairing_with_another_vault_while_nothing_is_there(
    system, pool, governance, lst, other_lst
):
    crew = system.new_crew(vault=lst)
    pool.set_pairing(crew.owner, other_lst, 5, sender=governance)
    assert pairing_of(pool, crew.id) == (other_lst, 5, False)
    with ape.reverts("SequencerPool: not vault"):
        pool.deposit_paired(crew.id, METIS, sender=lst)
    pool.deposit_paired(crew.id, METIS, sender=other_lst)
    assert pool.sequencer(crew.id).paired.bonded == METIS


def test_set_pairing__vault_has_stake__reverts(system, pool, governance, lst, other_lst, crew):
    def refused():
        with ape.reverts("SequencerPool: vault has stake"):
            pool.set_pairing(crew.owner, other_lst, 0, sender=governance)

    refused()  # bonded
    pool.request_paired_withdrawal(crew.id, METIS - 1, sender=lst)
    refused()  # bonded and unbonding
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    refused()  # the pairing has ended, all is unbonding
    system.wait(EXIT_DELAY)
    refused()  # matured
    pool.claim_paired(crew.id, sender=lst)
    pool.set_pairing(crew.owner, other_lst, 0, sender=governance)
    assert pairing_of(pool, crew.id) == (other_lst, 0, False)
    with ape.reverts("SequencerPool: not vault"):
        pool.claim_paired(crew.id, sender=lst)


def test_set_pairing_with_another_vault_when_all_was_slashed(
    pool, governance, lst, other_lst, slasher, crew
):
    pool.request_paired_withdrawal(crew.id, 1, sender=lst)
    pool.slash(crew.id, MIN + METIS, 1, bytes(32), sender=slasher)
    pool.set_pairing(crew.owner, other_lst, 0, sender=governance)
    assert pairing_of(pool, crew.id) == (other_lst, 0, False)


# the end of a pairing


def test_set_pairing_to_zero_unbonds_to_the_old_vault(system, pool, governance, lst, crew):
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events == [
        paired(pool, crew.owner, ZERO, crew.id, 0),
        unbonding(pool, crew.id, METIS, due),
    ]
    record = pool.sequencer(crew.id)
    assert (record.vault, record.pairing_ended, record.state) == (lst, True, State.ACTIVE)
    assert (record.paired.bonded, record.paired.unbonding) == (0, METIS)
    assert (record.own.bonded, record.below_since) == (MIN, 0)
    with ape.reverts("SequencerPool: pairing has ended"):
        pool.deposit_paired(crew.id, 1, sender=lst)
    system.at(due)
    tx = pool.claim_paired(crew.id, sender=lst)
    assert tx.events[-1:] == system.paid(lst, METIS)


def test_set_pairing_to_zero_twice_unbonds_once(pool, governance, crew):
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    assert tx.events == [paired(pool, crew.owner, ZERO, crew.id, 0)]
    assert pool.sequencer(crew.id).paired.unbonding == METIS


def test_set_pairing_to_zero_below_min_stake_starts_the_clock(system, pool, governance, lst):
    crew = system.new_crew_in(State.PENDING)
    pool.deposit_paired(crew.id, MIN, sender=lst)
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    assert tx.events == [
        paired(pool, crew.owner, ZERO, crew.id, 0),
        unbonding(pool, crew.id, MIN, tx.timestamp + EXIT_DELAY),
        pool.BelowMinStake(id=crew.id, since=tx.timestamp),
    ]
    # the owner may go on alone
    pool.relock(crew.id, MIN, sender=crew.owner)
    record = pool.sequencer(crew.id)
    assert (record.state, record.below_since) == (State.ACTIVE, 0)


def test_set_pairing_to_zero_of_the_pending(system, pool, governance, lst):
    crew = system.new_crew_in(State.PENDING)
    pool.deposit_paired(crew.id, MIN - 1, sender=lst)
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    assert tx.events == [
        paired(pool, crew.owner, ZERO, crew.id, 0),
        unbonding(pool, crew.id, MIN - 1, tx.timestamp + EXIT_DELAY),
    ]
    assert system.state_of(crew.id) == State.PENDING
    pool.relock(crew.id, MIN, sender=crew.owner)
    assert system.state_of(crew.id) == State.ACTIVE


@pytest.mark.parametrize("paired_before", [False, True])
def test_set_pairing_to_zero_without_stake(system, pool, governance, lst, paired_before):
    crew = system.new_crew(vault=lst if paired_before else None)
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    assert tx.events == [paired(pool, crew.owner, ZERO, crew.id, 0)]
    assert pool.sequencer(crew.id).pairing_ended


def test_set_pairing_to_zero_joins_a_full_list(pool, governance, lst, crew):
    for _ in range(16):
        pool.request_paired_withdrawal(crew.id, 1, sender=lst)
    tx = pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    due = tx.timestamp + EXIT_DELAY
    assert tx.events[1:] == [unbonding(pool, crew.id, METIS - 16, due)]
    assert tuple(pool.unbonding_at(crew.id, True, 15)) == (METIS - 15, due)


@pytest.mark.parametrize("matured", [False, True])
def test_set_pairing_with_the_same_vault_again(system, pool, governance, lst, crew, matured):
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    if matured:
        system.wait(EXIT_DELAY)
    tx = pool.set_pairing(crew.owner, lst, 300, sender=governance)
    assert tx.events == [paired(pool, crew.owner, lst, crew.id, 300)]
    assert pairing_of(pool, crew.id) == (lst, 300, False)
    pool.deposit_paired(crew.id, 5, sender=lst)
    holding = pool.sequencer(crew.id).paired
    assert (holding.bonded, holding.unbonding + holding.matured) == (5, METIS)


def test_set_pairing_while_paused(pool, guardian, governance, lst, crew):
    pool.pause(sender=guardian)
    pool.set_pairing(crew.owner, ZERO, 0, sender=governance)
    assert pool.sequencer(crew.id).pairing_ended


def test_set_pairing__not_governance__reverts(system, pool, governance, crew):
    for caller in system.all_but(governance, crew=crew):
        for to in (caller, ZERO):
            with ape.reverts("roles: not governance"):
                pool.set_pairing(crew.owner, to, 0, sender=caller)


def test_set_pairing__zero_owner__reverts(pool, governance, lst):
    with ape.reverts("SequencerPool: zero owner"):
        pool.set_pairing(ZERO, lst, 0, sender=governance)
