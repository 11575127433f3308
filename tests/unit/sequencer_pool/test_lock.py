"""SequencerPool.lock"""

from dataclasses import replace

import ape
import pytest

from tests.utils.consents import WRONG_CONSENTS
from tests.utils.system import DAY, PARAMETERS, ZERO, Approval, State

MIN, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]
CAUSE = 32 * b"c"


def locked_events(pool, tx, id, owner, consent, amount, state):
    """What `lock` emits itself."""
    return [
        pool.SignerRegistered(id=id, signer=consent.signer, signer_pubkey=list(consent.pubkey)),
        pool.Locked(
            id=id,
            owner=owner,
            signer=consent.signer,
            amount=amount,
            reward_recipient=owner,
        ),
        pool.StateChanged(id=id, old=State.NONE, new=state),
    ]


def exit_fully(system, id):
    system.pool.unlock(id, sender=system.owner_of(id))
    system.wait(PARAMETERS["exit_delay"])
    system.pool.claim(id, sender=system.stranger)


def test_lock_registers_and_takes_a_seat(system, pool, metis, owner):
    consent = system.consent(owner)
    before = metis.balanceOf(owner)
    tx = system.lock(owner, MIN, consent=consent)
    id = pool.roster().count
    assert tx.events == [
        *locked_events(pool, tx, id, owner, consent, MIN, State.ACTIVE),
        *system.pulled(owner, MIN),
    ]
    record = pool.sequencer(id)
    assert (record.owner, record.pending_owner, record.vault) == (owner, ZERO, ZERO)
    assert (record.signer, record.reward_recipient) == (consent.signer, owner)
    assert (record.state, record.approval) == (State.ACTIVE, Approval.ADMITTED)
    assert (record.own.bonded, record.paired.bonded, record.slashable) == (MIN, 0, MIN)
    assert pool.admission(owner) == (id, Approval.ADMITTED, 1)
    assert tuple(pool.signer_of_record(consent.signer)) == (id, 0)
    assert metis.balanceOf(owner) == before - MIN
    assert metis.balanceOf(pool) == MIN


def test_lock_pays_rewards_to_another_recipient(system, pool, owner, stranger):
    tx = system.lock(owner, recipient=stranger)
    assert tx.events[1].reward_recipient == stranger
    assert pool.sequencer(pool.roster().count).reward_recipient == stranger


def test_lock_takes_a_slot_less_if_the_owner_is_paid(system, pool, stranger, sequencer):
    own, other = (system.lock(system.new_owner(), recipient=x).gas_used for x in (None, stranger))
    # to fill an empty slot costs 20,000 gas
    assert other - own > 20_000
    assert pool.reward_recipient_of(2) == pool.sequencer(2).owner
    assert pool.reward_recipient_of(3) == stranger


def test_lock_counts_ids_from_one(system, pool):
    ids = [system.new_sequencer() for _ in range(3)]
    assert ids == [1, 2, 3]
    assert [pool.sequencer(id).place for id in ids] == [0, 1, 2]


def test_lock_of_the_cap(system, pool, owner):
    system.lock(owner, CAP)
    assert pool.sequencer(pool.roster().count).own.bonded == CAP


def test_lock_queues_when_no_seat_is_free(system, pool, governance):
    pool.set_max_sequencers(4, sender=governance)
    seated = [system.new_sequencer() for _ in range(4)]
    owner = system.new_owner()
    consent = system.consent(owner)
    tx = system.lock(owner, consent=consent)
    id = pool.admission(owner)[0]
    assert tx.events == [
        *locked_events(pool, tx, id, owner, consent, MIN, State.QUEUED),
        *system.pulled(owner, MIN),
    ]
    assert (pool.roster().seated, pool.roster().queued) == (4, 1)
    assert pool.queue_at(pool.sequencer(id).place) == id
    # a free seat belongs to who waits for it, not to who comes next
    pool.unlock(seated[0], sender=system.owner_of(seated[0]))
    late = system.new_sequencer()
    assert system.state_of(late) == State.QUEUED
    assert (pool.roster().seated, pool.roster().queued) == (3, 2)


@pytest.mark.parametrize(
    ("amount", "state"),
    [
        (0, State.PENDING),
        (1, State.PENDING),
        (MIN - 1, State.PENDING),
        (MIN, State.ACTIVE),
        (CAP, State.ACTIVE),
    ],
)
def test_lock_of_a_paired_owner(system, pool, lst, governance, owner, amount, state):
    pool.set_pairing(owner, lst, 1_000, sender=governance)
    consent = system.consent(owner)
    tx = system.lock(owner, amount, consent=consent)
    id = pool.admission(owner)[0]
    assert tx.events == [
        *locked_events(pool, tx, id, owner, consent, amount, state),
        *system.pulled(owner, amount),
    ]
    record = pool.sequencer(id)
    assert (record.vault, record.commission_bps, record.pairing_ended) == (lst, 1_000, False)
    assert (record.own.bonded, record.paired.bonded) == (amount, 0)
    # the pairing went into the sequencer, the owner's next one starts without
    assert pool.intended_pairing(owner)[0] == ZERO


def test_lock_again_after_leaving_needs_a_new_approval(system, pool, governance, owner):
    system.lock(owner)
    id = pool.admission(owner)[0]
    exit_fully(system, id)
    with ape.reverts("SequencerPool: not approved"):
        system.lock(owner)
    pool.approve(owner, sender=governance)
    system.lock(owner)
    assert pool.admission(owner) == (id + 1, Approval.ADMITTED, 2)
    assert (system.state_of(id), system.state_of(id + 1)) == (State.EXITED, State.ACTIVE)


def test_lock_after_a_pause_has_ended_by_itself(system, pool, guardian, owner):
    tx = pool.pause(sender=guardian)
    consent = system.consent(owner)
    system.at(tx.timestamp + 7 * DAY - 1)
    with ape.reverts("SequencerPool: paused"):
        system.lock(owner, consent=consent)
    system.at(tx.timestamp + 7 * DAY)
    system.lock(owner, consent=consent)
    assert system.state_of(pool.admission(owner)[0]) == State.ACTIVE


def test_lock__paused__reverts(system, pool, guardian, owner):
    pool.pause(sender=guardian)
    with ape.reverts("SequencerPool: paused"):
        system.lock(owner)


def test_lock__not_approved__reverts(system):
    crew = system.new_crew()
    for caller in system.all_but(crew.owner, crew.offered_to, crew=crew):
        if system.pool.admission(caller)[0] == 0:
            with ape.reverts("SequencerPool: not approved"):
                system.lock(caller)


def test_lock__disapproved__reverts(system, pool, governance, owner):
    pool.disapprove(owner, sender=governance)
    with ape.reverts("SequencerPool: not approved"):
        system.lock(owner)


@pytest.mark.parametrize(
    "state",
    [
        State.PENDING,
        State.QUEUED,
        State.ACTIVE,
        State.JAILED,
        State.SUSPENDED,
        State.EXITING,
    ],
)
def test_lock__second__reverts(system, pool, governance, state):
    crew = system.new_crew_in(state)
    # a further approval does not help
    pool.approve(crew.owner, sender=governance)
    with ape.reverts("SequencerPool: owner has a sequencer"):
        system.lock(crew.owner)


def test_lock__second_by_transfer__reverts(system, pool, governance):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.approve(crew.offered_to, sender=governance)
    with ape.reverts("SequencerPool: owner has a sequencer"):
        system.lock(crew.offered_to)


def test_lock_after_giving_a_sequencer_away(system, pool, governance):
    crew = system.new_crew()
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SequencerPool: not approved"):
        system.lock(crew.owner)
    pool.approve(crew.owner, sender=governance)
    system.lock(crew.owner)
    assert pool.admission(crew.owner)[0] == crew.id + 1
    assert pool.admission(crew.offered_to)[0] == crew.id


@pytest.mark.parametrize("after_exit", [False, True])
def test_lock__owner_suspended__reverts(system, pool, governance, slasher, after_exit):
    id = system.new_sequencer()
    owner = system.owner_of(id)
    other_cause = 32 * b"d"
    if after_exit:
        exit_fully(system, id)
    for cause in (CAUSE, other_cause):
        pool.suspend(id, cause, 1, 2, sender=slasher)
    if not after_exit:
        exit_fully(system, id)
    pool.approve(owner, sender=governance)
    for cause in (CAUSE, other_cause):
        with ape.reverts("SequencerPool: owner is suspended"):
            system.lock(owner)
        pool.lift(id, cause, sender=slasher)
    system.lock(owner)
    assert system.state_of(pool.admission(owner)[0]) == State.ACTIVE


def test_lock__owner_gave_a_suspended_sequencer_away__reverts(system, pool, governance, slasher):
    crew = system.new_crew_in(State.SUSPENDED)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    pool.approve(crew.owner, sender=governance)
    with ape.reverts("SequencerPool: owner is suspended"):
        system.lock(crew.owner)
    pool.lift(crew.id, CAUSE, sender=slasher)
    system.lock(crew.owner)
    assert pool.admission(crew.owner)[0] == crew.id + 1


def test_lock__zero_recipient__reverts(system, owner):
    with ape.reverts("SequencerPool: zero recipient"):
        system.lock(owner, recipient=ZERO)


@pytest.mark.parametrize("amount", [0, 1, MIN - 1])
def test_lock__below_min_stake__reverts(system, owner, amount):
    with ape.reverts("SequencerPool: below min stake"):
        system.lock(owner, amount)


@pytest.mark.parametrize("amount", [CAP + 1, 2**128, 2**256 - 1])
@pytest.mark.parametrize("paired", [False, True])
def test_lock__above_cap__reverts(system, pool, governance, lst, owner, amount, paired):
    if paired:
        pool.set_pairing(owner, lst, 0, sender=governance)
    with ape.reverts("SequencerPool: above cap"):
        system.lock(owner, amount)


def test_lock_follows_changed_bounds(system, pool, governance, owner):
    pool.set_min_stake(MIN + 1, sender=governance)
    pool.set_cap(MIN + 2, sender=governance)
    with ape.reverts("SequencerPool: below min stake"):
        system.lock(owner, MIN)
    with ape.reverts("SequencerPool: above cap"):
        system.lock(owner, MIN + 3)
    system.lock(owner, MIN + 1)
    assert pool.sequencer(pool.admission(owner)[0]).own.bonded == MIN + 1


def test_lock__pairing_withdrawn_before__reverts(system, pool, governance, lst, owner):
    pool.set_pairing(owner, lst, 0, sender=governance)
    pool.set_pairing(owner, ZERO, 0, sender=governance)
    with ape.reverts("SequencerPool: below min stake"):
        system.lock(owner, MIN - 1)


def test_lock__signer_of_another__reverts(system, owner):
    crew = system.new_crew()
    with ape.reverts("SequencerPool: signer was used"):
        system.lock(owner, consent=system.consent_of(crew.signer, owner))


def test_lock__signer_rotated_out__reverts(system, pool, owner):
    crew = system.new_crew()
    new = system.consent(crew.owner)
    pool.rotate_signer(crew.id, new.signer, new.pubkey, new.signature, sender=crew.signer)
    with ape.reverts("SequencerPool: signer was used"):
        system.lock(owner, consent=system.consent_of(crew.signer, owner))


def test_lock__own_signer_of_a_former_sequencer__reverts(system, pool, governance):
    crew = system.new_crew_in(State.EXITED)
    pool.approve(crew.owner, sender=governance)
    with ape.reverts("SequencerPool: signer was used"):
        system.lock(crew.owner, consent=system.consent_of(crew.signer, crew.owner))


@pytest.mark.parametrize(
    "change",
    [
        lambda right, other: (right[1], right[0]),
        lambda right, other: (right[0], other[1]),
        lambda right, other: (other[0], right[1]),
        lambda right, other: other,
        lambda right, other: (bytes(32), bytes(32)),
        lambda right, other: (32 * b"\xff", 32 * b"\xff"),
    ],
    ids=["swapped", "other y", "other x", "other key", "zero", "no point"],
)
def test_lock__bad_public_key__reverts(system, owner, change):
    consent = system.consent(owner)
    pubkey = change(consent.pubkey, system.consent(owner).pubkey)
    with ape.reverts("SequencerPool: bad public key"):
        system.lock(owner, consent=replace(consent, pubkey=pubkey))


@pytest.mark.parametrize("signature", [(0, 0), (1, 1)])
def test_lock__zero_signer__reverts(system, pool, owner, signature):
    # what cannot be recovered gives the zero address: its "key" must not be found
    pubkey = system.consent(owner).pubkey
    with ape.reverts("SequencerPool: bad public key"):
        pool.lock(ZERO, MIN, owner, pubkey, signature, sender=owner)


@pytest.mark.parametrize("what", WRONG_CONSENTS)
def test_lock__bad_consent__reverts(system, owner, what):
    with ape.reverts("SequencerPool: bad consent"):
        system.lock(owner, consent=WRONG_CONSENTS[what](system, owner))


def test_lock__consent_of_an_earlier_lock__reverts(system, pool, governance, owner):
    unused = system.consent(owner)
    system.lock(owner)
    exit_fully(system, pool.admission(owner)[0])
    pool.approve(owner, sender=governance)
    with ape.reverts("SequencerPool: bad consent"):
        system.lock(owner, consent=unused)


def test_lock__consent_seen_in_the_mempool__reverts(system, owner):
    thief = system.new_owner()
    with ape.reverts("SequencerPool: bad consent"):
        system.lock(thief, consent=system.consent(owner))


def test_lock__too_little_metis__reverts(system, metis, owner, stranger):
    metis.transfer(stranger, metis.balanceOf(owner) - (MIN - 1), sender=owner)
    with ape.reverts("MockMETIS: amount exceeds balance"):
        system.lock(owner)


def test_lock__too_little_allowance__reverts(system, pool, metis, owner):
    metis.approve(pool, MIN - 1, sender=owner)
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        system.lock(owner)


def test_lock_of_all_metis_and_allowance(system, pool, metis, owner, stranger):
    metis.transfer(stranger, metis.balanceOf(owner) - MIN, sender=owner)
    metis.approve(pool, MIN, sender=owner)
    system.lock(owner)
    assert (metis.balanceOf(owner), metis.allowance(owner, pool)) == (0, 0)


def test_lock__transfer_refused__reverts(system, governance, lst, owner):
    pool = system.pool_of_refusing_token()
    pool.approve(owner, sender=governance)
    pool.set_pairing(owner, lst, 0, sender=governance)
    consent = system.consent(owner, pool=pool)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.lock(consent.signer, 1, owner, consent.pubkey, consent.signature, sender=owner)
