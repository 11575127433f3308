"""Slasher.lift_suspension"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from tests.utils.isolation import isolated
from tests.utils.system import ZERO, State

COMMITTEE_AGE = LIMITS["COMMITTEE_AGE"]


@pytest.fixture
def wrong(court, accused):
    """The vote about a wrong block, which was reported."""
    message = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    court.report(message)
    return message


@pytest.fixture
def correction(court, accused, wrong):
    return court.correction(accused, epoch=wrong.epoch, blockNumber=wrong.lastBlock + 1)


def test_lift_suspension_lifts_and_emits(court, pool, accused, wrong, correction):
    locked = court.locked(accused)
    tx = court.lift(correction)
    cause = court.cause(wrong.epoch, wrong.lastBlock + 1)
    # the seat that it had left is free
    assert tx.events == [
        pool.CauseLifted(id=accused, cause=cause),
        pool.StateChanged(id=accused, old=State.SUSPENDED, new=State.ACTIVE),
    ]
    assert not pool.is_open(accused, cause)
    # the penalty stays
    assert court.locked(accused) == locked
    assert court.slash_vault.case_count() == 1


def test_lift_suspension_lifts_only_what_it_names(court, pool, accused, wrong, correction):
    other = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    court.report(other)
    court.lift(correction)
    assert court.state_of(accused) == State.SUSPENDED
    assert not pool.is_open(accused, court.cause(wrong.epoch, wrong.lastBlock + 1))
    assert pool.is_open(accused, court.cause(other.epoch, other.lastBlock + 1))
    court.lift(court.correction(accused, epoch=other.epoch, blockNumber=other.lastBlock + 1))
    assert court.state_of(accused) == State.ACTIVE


def test_lift_suspension_goes_on_in_a_stop(court, slasher, accused, correction):
    slasher.stop(sender=court.guardian)
    court.lift(correction)
    assert court.state_of(accused) == State.ACTIVE


def test_lift_suspension_of_a_signer_that_was_rotated_out(court, pool, accused, correction):
    owner = court.owner_of(accused)
    new = court.consent(owner)
    pool.rotate_signer(accused, new.signer, new.pubkey, new.signature, sender=owner)
    court.lift(correction)
    assert court.state_of(accused) == State.ACTIVE


def test_lift_suspension_has_no_age(court, accused, correction):
    court.wait(400 * 86_400)
    court.lift(correction)
    assert court.state_of(accused) == State.ACTIVE


def test_lift_suspension__wrong_block_still_open__reverts(court, accused, wrong):
    """For another block, or another epoch, of the same signer."""
    for change in ({"blockNumber": wrong.lastBlock}, {"epoch": wrong.epoch + 1}):
        fields = {"epoch": wrong.epoch, "blockNumber": wrong.lastBlock + 1} | change
        with isolated(court.chain), ape.reverts("SequencerPool: cause is not open"):
            court.lift(court.correction(accused, **fields))


def test_lift_suspension__twice__reverts(court, correction):
    court.lift(correction)
    with ape.reverts("SequencerPool: cause is not open"):
        court.lift(correction)


def test_lift_suspension__of_another__reverts(court, seated, wrong):
    with ape.reverts("SequencerPool: cause is not open"):
        court.lift(court.correction(seated[1], epoch=wrong.epoch, blockNumber=wrong.lastBlock + 1))


def test_lift_suspension__equivocation__reverts(court, accused):
    """Which only governance ends: no block and epoch name that cause."""
    court.equivocate(accused)
    with ape.reverts("SequencerPool: cause is not open"):
        court.lift(court.correction(accused, blockNumber=1_000))


def test_lift_suspension__after_a_reinstatement__reverts(court, pool, accused, correction):
    pool.reinstate(accused, sender=court.governance)
    with ape.reverts("SequencerPool: cause is not open"):
        court.lift(correction)


def test_lift_suspension__unknown_signer__reverts(court, accused, correction):
    with ape.reverts("Slasher: unknown signer"):
        court.lift(court.correction(accused, signer=ZERO))


@pytest.mark.parametrize("ahead", [None, 1])
def test_lift_suspension__unknown_committee__reverts(court, accused, correction, ahead):
    nonce = 0 if ahead is None else court.nonce + ahead
    with ape.reverts("Slasher: unknown committee"):
        court.lift(court.correction(accused, committeeNonce=nonce))


def test_lift_suspension__old_committee__reverts(court, registry, correction):
    nonce, certificate = court.nonce, court.certify(correction)
    # the accused has left it, so that it takes an hour only
    court.wait(LIMITS["CHECKPOINT_INTERVAL"])
    court.convene()
    latest = registry.committee(nonce).superseded_at + COMMITTEE_AGE
    with isolated(court.chain):
        court.at(latest)
        court.lift(correction, certificate)
    court.at(latest + 1)
    with ape.reverts("Slasher: old committee"):
        court.lift(correction, certificate)


def test_lift_suspension__old_committee_in_a_stop__reverts(court, slasher, registry, correction):
    """It makes no committee younger."""
    nonce, certificate = court.nonce, court.certify(correction)
    court.convene()
    latest = registry.committee(nonce).superseded_at + COMMITTEE_AGE
    court.at(latest - 3_600)
    slasher.stop(sender=court.guardian)
    with isolated(court.chain):
        court.at(latest)
        court.lift(correction, certificate)
    court.at(latest + 1)
    with ape.reverts("Slasher: old committee"):
        court.lift(correction, certificate)
