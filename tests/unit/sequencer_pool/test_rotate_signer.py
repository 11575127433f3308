"""SequencerPool.rotate_signer"""

from dataclasses import replace

import ape
import boa
import pytest

from seqpool.protocol.committee import Member, word
from tests.utils.consents import WRONG_CONSENTS
from tests.utils.court import Bench
from tests.utils.system import DAY, HOUR, PARAMETERS, ZERO, State

MIN, PERIOD = PARAMETERS["min_stake"], PARAMETERS["rotation_period"]
SIGNER_LOCK = 7 * DAY  # limits.SIGNER_ROTATION_LOCK


def rotate(system, id, sender, consent=None, owner=None):
    consent = consent or system.consent(owner or system.pool.sequencer(id).owner)
    return system.pool.rotate_signer(
        id, consent.signer, consent.pubkey, consent.signature, sender=sender
    )


def rotate_to_account(system, crew, sender):
    """As rotate, to a new signer that can call; returns it and the receipt."""
    account = system.new_account()
    return account, rotate(system, crew.id, sender, system.consent_of(account, crew.owner))


@pytest.mark.parametrize("by_owner", [True, False])
def test_rotate_signer_replaces_the_signer(system, pool, by_owner):
    crew = system.new_crew()
    caller = crew.owner if by_owner else crew.signer
    consent = system.consent(crew.owner)
    tx = rotate(system, crew.id, caller, consent)
    assert tx.events == [
        pool.SignerRegistered(
            id=crew.id, signer=consent.signer, signer_pubkey=list(consent.pubkey)
        ),
        pool.SignerRotated(
            id=crew.id, old_signer=crew.signer, new_signer=consent.signer, by=caller
        ),
    ]
    record = pool.sequencer(crew.id)
    assert record.signer == consent.signer
    rotated_at = (record.owner_rotated_at, record.signer_rotated_at)
    assert rotated_at == ((tx.timestamp, 0) if by_owner else (0, tx.timestamp))
    # the old one stays attributable
    assert tuple(pool.signer_of_record(crew.signer)) == (crew.id, tx.timestamp)
    assert tuple(pool.signer_of_record(consent.signer)) == (crew.id, 0)
    assert pool.admission(crew.owner)[2] == 2


def test_rotate_signer_changes_the_next_committee_only(system, registry):
    crews = [system.new_crew() for _ in range(3)]
    before = system.checkpoint_and_seal()
    old_hash = registry.committee(1).hash
    new, _ = rotate_to_account(system, crews[1], crews[1].owner)
    assert registry.committee(1).hash == old_hash
    system.wait(HOUR)
    after = system.checkpoint_and_seal()
    signers = [crew.signer.address for crew in crews]
    assert before.events[0].members == [word(Member(MIN, signer)) for signer in signers]
    signers[1] = new.address
    assert after.events[0].members == [word(Member(MIN, signer)) for signer in signers]


def test_rotate_signer_of_the_last_seat_that_moves_later(system, pool):
    crews = [system.new_crew() for _ in range(4)]
    new, _ = rotate_to_account(system, crews[3], crews[3].owner)
    pool.unlock(crews[0].id, sender=crews[0].owner)
    assert pool.sequencer(crews[3].id).place == 0
    receipt = system.checkpoint_and_seal()
    signers = [new.address, crews[1].signer.address, crews[2].signer.address]
    assert receipt.events[0].members == [word(Member(MIN, signer)) for signer in signers]


@pytest.mark.parametrize("state", [State.PENDING, State.QUEUED, State.JAILED, State.SUSPENDED])
def test_rotate_signer_in_every_state(system, pool, state):
    crew = system.new_crew_in(state)
    new, tx = rotate_to_account(system, crew, crew.owner)
    assert len(tx.events) == 2
    assert (pool.sequencer(crew.id).signer, system.state_of(crew.id)) == (new, state)


def test_rotate_signer_of_the_jailed_gives_no_power(system, pool, registry):
    others = [system.new_crew() for _ in range(3)]
    crew = system.new_crew_in(State.JAILED)
    new, _ = rotate_to_account(system, crew, crew.owner)
    system.checkpoint_and_seal()
    assert (registry.committee(1).size, registry.committee(1).power) == (3, 3 * MIN)
    system.wait(DAY)
    pool.unjail(crew.id, sender=crew.owner)
    receipt = system.checkpoint_and_seal()
    signers = [*(other.signer.address for other in others), new.address]
    assert receipt.events[0].members == [word(Member(MIN, signer)) for signer in signers]


def test_rotate_signer_before_taking_a_seat(system, pool, stranger):
    for _ in range(2):
        system.new_sequencer()
    crew = system.new_crew_in(State.QUEUED)
    new, _ = rotate_to_account(system, crew, crew.signer)
    pool.activate_next(1, sender=stranger)
    receipt = system.checkpoint_and_seal()
    assert receipt.events[0].members[2] == word(Member(MIN, new.address))


def test_rotate_signer_by_an_owner_who_signs_counts_as_owner(system, pool, owner):
    system.lock(owner, consent=system.consent_of(owner, owner))
    id = pool.admission(owner)[0]
    tx = rotate(system, id, owner)
    record = pool.sequencer(id)
    assert (record.owner_rotated_at, record.signer_rotated_at) == (tx.timestamp, 0)


def test_rotate_signer_by_the_owner_once_a_period(system, pool):
    crew = system.new_crew()
    start = rotate(system, crew.id, crew.owner).timestamp
    consent = system.consent(crew.owner)
    system.at(start + PERIOD - 1)
    with ape.reverts("SequencerPool: rotated too recently"):
        rotate(system, crew.id, crew.owner, consent)
    system.at(start + PERIOD)
    rotate(system, crew.id, crew.owner, consent)
    assert pool.sequencer(crew.id).owner_rotated_at == start + PERIOD


def test_rotate_signer_by_the_signer_once_a_period(system, pool):
    crew = system.new_crew()
    second, tx = rotate_to_account(system, crew, crew.signer)
    start = tx.timestamp
    consent = system.consent(crew.owner)
    system.at(start + PERIOD - 1)
    with ape.reverts("SequencerPool: rotated too recently"):
        rotate(system, crew.id, second, consent)
    system.at(start + PERIOD)
    rotate(system, crew.id, second, consent)
    assert pool.sequencer(crew.id).signer_rotated_at == start + PERIOD


@pytest.mark.parametrize("by_owner", [True, False])
def test_rotate_signer__too_recently__writes_nothing_before_it_reverts(by_owner):
    """Finding P9; on titanoboa, which tells the slots that a call has written before it failed."""
    with boa.env.anchor():
        bench = Bench()
        id = bench.new_sequencer()
        record = bench.pool.sequencer(id)
        rotate(bench, id, record.owner)
        caller = record.owner if by_owner else bench.pool.sequencer(id).signer
        consent = bench.consent(record.owner)
        assert boa.env.sstore_trace.pop(bench.pool.address)
        with boa.reverts("SequencerPool: rotated too recently"):
            rotate(bench, id, caller, consent)
        assert bench.pool.address not in boa.env.sstore_trace


@pytest.mark.parametrize("period", [HOUR, 7 * DAY])
def test_rotate_signer_follows_a_changed_period(system, pool, governance, period):
    crew = system.new_crew()
    start = rotate(system, crew.id, crew.owner).timestamp
    pool.set_rotation_period(period, sender=governance)
    consent = system.consent(crew.owner)
    system.at(start + period - 1)
    with ape.reverts("SequencerPool: rotated too recently"):
        rotate(system, crew.id, crew.owner, consent)
    system.at(start + period)
    rotate(system, crew.id, crew.owner, consent)
    assert pool.sequencer(crew.id).owner_rotated_at == start + period


@pytest.mark.parametrize("period", [HOUR, PERIOD, 7 * DAY])
def test_rotate_signer_by_the_owner_stops_the_signer_for_7_days(system, pool, governance, period):
    pool.set_rotation_period(period, sender=governance)
    crew = system.new_crew()
    second, tx = rotate_to_account(system, crew, crew.owner)
    start = tx.timestamp
    consent = system.consent(crew.owner)
    for timestamp in (start + HOUR, start + SIGNER_LOCK - 1):
        system.at(timestamp)
        with ape.reverts("SequencerPool: rotated too recently"):
            rotate(system, crew.id, second, consent)
    system.at(start + SIGNER_LOCK)
    rotate(system, crew.id, second, consent)
    assert pool.sequencer(crew.id).signer == consent.signer


def test_rotate_signer_race_is_won_by_the_owner(system, pool):
    # a thief with the signer's key goes first; the owner need not wait, and ends it for 7 days
    crew = system.new_crew()
    thief, stolen = rotate_to_account(system, crew, crew.signer)
    second, tx = rotate_to_account(system, crew, crew.owner)
    for loser in (crew.signer, thief):
        with ape.reverts("SequencerPool: not owner or signer"):
            rotate(system, crew.id, loser)
    with ape.reverts("SequencerPool: rotated too recently"):
        rotate(system, crew.id, second)
    record = pool.sequencer(crew.id)
    assert (record.signer, record.owner_rotated_at) == (second, tx.timestamp)
    assert record.signer_rotated_at == stolen.timestamp


def test_rotate_signer_by_a_signer_does_not_stop_the_owner(system, pool):
    crew = system.new_crew()
    account, _ = rotate_to_account(system, crew, crew.owner)
    # counted apart: the owner's own period runs from its own rotation
    system.wait(SIGNER_LOCK)
    signed = rotate(system, crew.id, account)
    last = rotate(system, crew.id, crew.owner)
    assert last.timestamp - signed.timestamp < PERIOD
    record = pool.sequencer(crew.id)
    assert (record.signer_rotated_at, record.owner_rotated_at) == (
        signed.timestamp,
        last.timestamp,
    )


def test_rotate_signer_by_a_new_owner_needs_no_waiting(system, pool):
    # a seller who rotates just before the sale could else leave a hostile signer for a day
    crew = system.new_crew()
    rotate(system, crew.id, crew.owner)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    consent = system.consent(crew.offered_to)
    with ape.reverts("SequencerPool: not owner or signer"):
        rotate(system, crew.id, crew.owner, consent)
    start = rotate(system, crew.id, crew.offered_to, consent).timestamp
    assert pool.sequencer(crew.id).signer == consent.signer
    consent = system.consent(crew.offered_to)
    with ape.reverts("SequencerPool: rotated too recently"):
        rotate(system, crew.id, crew.offered_to, consent)
    system.at(start + PERIOD)
    rotate(system, crew.id, crew.offered_to, consent)


def test_rotate_signer__consent_for_the_former_owner__reverts(system, pool):
    crew = system.new_crew()
    consent = system.consent(crew.owner)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    for caller in (crew.offered_to, crew.signer):
        with ape.reverts("SequencerPool: bad consent"):
            rotate(system, crew.id, caller, consent)


def test_rotate_signer__not_owner_or_signer__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    for caller in system.all_but(crew.owner, crew.signer, crew=crew):
        with ape.reverts("SequencerPool: not owner or signer"):
            rotate(system, crew.id, caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_rotate_signer__unknown_sequencer__reverts(system, pool, ahead):
    crew = system.new_crew()
    for caller in (crew.owner, crew.signer):
        with ape.reverts("SequencerPool: not owner or signer"):
            rotate(system, ahead and crew.id + ahead, caller, system.consent(crew.owner))


@pytest.mark.parametrize("state", [State.EXITING, State.EXITED])
def test_rotate_signer__has_left__reverts(system, pool, state):
    crew = system.new_crew_in(state)
    for caller in (crew.owner, crew.signer):
        with ape.reverts("SequencerPool: has left"):
            rotate(system, crew.id, caller)


def test_rotate_signer_while_paused_and_disapproved(system, pool, guardian, governance):
    crew = system.new_crew()
    pool.pause(sender=guardian)
    pool.disapprove(crew.owner, sender=governance)
    new, _ = rotate_to_account(system, crew, crew.owner)
    assert pool.sequencer(crew.id).signer == new


def test_rotate_signer__signer_of_another__reverts(system):
    crew, other = system.new_crew(), system.new_crew()
    with ape.reverts("SequencerPool: signer was used"):
        rotate(system, crew.id, crew.owner, system.consent_of(other.signer, crew.owner))


def test_rotate_signer__present_signer__reverts(system):
    crew = system.new_crew()
    with ape.reverts("SequencerPool: signer was used"):
        rotate(system, crew.id, crew.owner, system.consent_of(crew.signer, crew.owner))


def test_rotate_signer__rotated_out__reverts(system):
    crew = system.new_crew()
    rotate(system, crew.id, crew.owner)
    system.wait(PERIOD)
    with ape.reverts("SequencerPool: signer was used"):
        rotate(system, crew.id, crew.owner, system.consent_of(crew.signer, crew.owner))


@pytest.mark.parametrize(
    "change",
    [
        lambda right, other: (right[1], right[0]),
        lambda right, other: (right[0], other[1]),
        lambda right, other: other,
        lambda right, other: (bytes(32), bytes(32)),
    ],
    ids=["swapped", "other y", "other key", "zero"],
)
def test_rotate_signer__bad_public_key__reverts(system, change):
    crew = system.new_crew()
    consent = system.consent(crew.owner)
    pubkey = change(consent.pubkey, system.consent(crew.owner).pubkey)
    with ape.reverts("SequencerPool: bad public key"):
        rotate(system, crew.id, crew.owner, replace(consent, pubkey=pubkey))


def test_rotate_signer__zero_signer__reverts(system, pool):
    crew = system.new_crew()
    pubkey = system.consent(crew.owner).pubkey
    with ape.reverts("SequencerPool: bad public key"):
        pool.rotate_signer(crew.id, ZERO, pubkey, (0, 0), sender=crew.owner)


@pytest.mark.parametrize("what", WRONG_CONSENTS)
def test_rotate_signer__bad_consent__reverts(system, what):
    crew = system.new_crew()
    with ape.reverts("SequencerPool: bad consent"):
        rotate(system, crew.id, crew.owner, WRONG_CONSENTS[what](system, crew.owner))


def test_rotate_signer__consent_of_an_earlier_rotation__reverts(system):
    crew = system.new_crew()
    used, unused = system.consent(crew.owner), system.consent(crew.owner)
    rotate(system, crew.id, crew.signer, used)
    with ape.reverts("SequencerPool: signer was used"):
        rotate(system, crew.id, crew.owner, used)
    with ape.reverts("SequencerPool: bad consent"):
        rotate(system, crew.id, crew.owner, unused)
