"""Views of the SequencerPool: what they say before anything happened, and in between"""

import ape

from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, Approval, State

MIN_STAKE = PARAMETERS["min_stake"]
CAUSE = b"\x01" * 32


def test_views_of_a_new_pool(pool, stranger):
    assert pool.roster() == (0, 0, 0, 0, 0)
    assert (pool.seats(), pool.departures()) == ([], 0)
    assert pool.admission(stranger) == (0, Approval.NONE, 0)
    assert pool.intended_pairing(stranger) == (ZERO, 0)
    assert pool.signer_of_record(stranger) == (0, 0)
    assert pool.queue_at(0) == 0
    assert not pool.is_open(0, CAUSE)
    assert pool.unbonding_at(1, False, 0) == (0, 0)
    assert pool.parameters() == tuple(PARAMETERS.values())


def test_sequencer_shows_all(system, pool, lst):
    owner, heir = system.new_owner(), system.new_owner()
    pool.set_pairing(owner, lst, 250, sender=system.governance)
    assert pool.intended_pairing(owner) == (lst, 250)
    consent = system.consent(owner)
    system.lock(owner, MIN_STAKE, recipient=heir, consent=consent)
    pool.deposit_paired(1, 5 * METIS, sender=lst)
    pool.request_withdrawal(1, METIS, sender=owner)
    pool.request_paired_withdrawal(1, 2 * METIS, sender=lst)
    pool.transfer_ownership_of(1, heir, sender=owner)
    held_until = system.now() + PARAMETERS["exit_delay"] + DAY
    # all that will be locked, and 3 wei of what will have matured
    held = MIN_STAKE - METIS + 3
    pool.hold(1, held, held_until, sender=system.slasher)
    system.mine_at(system.now() + PARAMETERS["exit_delay"])
    pool.request_withdrawal(1, METIS, sender=owner)
    jailed_until = system.now() + 2 * DAY
    pool.jail(1, jailed_until, sender=system.slasher)
    own_bonded = MIN_STAKE - 2 * METIS
    kept = min(METIS, held - own_bonded - METIS)
    assert pool.sequencer(1) == (
        *(owner, heir, consent.signer, heir, lst, 250, False),
        *(State.JAILED, Approval.ADMITTED, 0),
        (own_bonded, METIS, METIS, kept, 2),
        (3 * METIS, 0, 2 * METIS, 0, 1),
        own_bonded + METIS + kept + 3 * METIS,
        *(held, held_until, jailed_until, 0, 0, 0, 0),
    )
    assert pool.signer_of_record(consent.signer) == (1, 0)
    assert pool.admission(owner) == (1, Approval.ADMITTED, 1)


def test_sequencer__unknown__reverts(pool, sequencer):
    for id in (0, sequencer + 1, 2**256 - 1):
        with ape.reverts("SequencerPool: unknown sequencer"):
            pool.sequencer(id)


def test_unbonding_at_keeps_sides_and_sequencers_apart(system, pool, lst):
    ids = [system.new_paired(MIN_STAKE, 9 * METIS) for _ in range(2)]
    for i, id in enumerate(ids):
        pool.request_withdrawal(id, 10 * i + 1, sender=system.owner_of(id))
        pool.request_paired_withdrawal(id, 10 * i + 2, sender=lst)
    amounts = [[pool.unbonding_at(id, paired, 0)[0] for paired in (False, True)] for id in ids]
    assert amounts == [[1, 2], [11, 12]]


def test_signer_of_record_keeps_old_signers(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    old = pool.sequencer(sequencer).signer
    new = system.consent(owner)
    tx = pool.rotate_signer(sequencer, new.signer, new.pubkey, new.signature, sender=owner)
    assert pool.signer_of_record(old) == (sequencer, tx.timestamp)
    assert pool.signer_of_record(new.signer) == (sequencer, 0)


def test_roster_counts(system, pool):
    seated = system.fill(4)
    queued = system.new_sequencers(2)
    roster = pool.roster()
    assert roster == (6, 4, 2, 0, 2)
    assert [pool.queue_at(place) for place in range(3)] == [*queued, 0]
    pool.unlock(seated[0], sender=system.owner_of(seated[0]))
    pool.unlock(queued[0], sender=system.owner_of(queued[0]))
    assert pool.roster() == (6, 3, 1, 0, 2)
