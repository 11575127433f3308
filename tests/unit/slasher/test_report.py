"""Slasher.report"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import PENALTIES, STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

MAX_AGE = LIMITS["CERTIFICATE_MAX_AGE"]
COMMITTEE_AGE = LIMITS["COMMITTEE_AGE"]
STOP = LIMITS["SLASHER_STOP"]


def test_report_of_a_backlog_slashes_jails_and_emits(court, slasher, pool, vault, accused):
    message = court.offence(accused)
    tx = court.report(message)
    amount = court.share(STAKE, PENALTIES["backlog"])
    key = court.offence_key(Kind.BACKLOG, accused, message.epoch)
    assert tx.events == [
        *court.taken(accused, amount, Kind.BACKLOG, key, message.evidence),
        slasher.OffencePunished(
            id=accused,
            kind=Kind.BACKLOG,
            key=key,
            case_id=1,
            pending_id=0,
            amount=amount,
            strikes=0,
        ),
        pool.Jailed(id=accused, until=tx.timestamp + LIMITS["BACKLOG_JAIL"]),
        pool.StateChanged(id=accused, old=State.ACTIVE, new=State.JAILED),
    ]
    assert vault.evidence_of(key) == message.evidence
    assert court.locked(accused) == STAKE - amount
    assert court.metis.balanceOf(vault) == vault.held() == amount


def test_report_of_slow_production_only_says_so(court, slasher, pool, vault, accused):
    before = pool.sequencer(accused)
    message = court.offence(accused, Kind.SLOW_PRODUCTION)
    tx = court.report(message)
    assert tx.events == [
        slasher.OffenceReported(
            id=accused,
            kind=Kind.SLOW_PRODUCTION,
            epoch=message.epoch,
            evidence=message.evidence,
        )
    ]
    assert pool.sequencer(accused) == before
    key = court.offence_key(Kind.SLOW_PRODUCTION, accused, message.epoch)
    assert vault.evidence_of(key) == message.evidence
    assert vault.case_count() == 0


def test_report_takes_a_share_of_both_sides_rounded_down(court, pool, seated):
    """Bonded and unbonding; the owner's part pays first."""
    own, paired = PARAMETERS["min_stake"] + 1, METIS + 2
    id = court.new_paired(own, paired)
    pool.request_withdrawal(id, 3, sender=court.owner_of(id))
    court.convene()
    tx = court.report(court.offence(id))
    amount = court.share(own + paired, PENALTIES["backlog"])
    # rounding down is seen
    assert amount * 10_000 < (own + paired) * PENALTIES["backlog"]
    assert court.case_of(tx)[1:5] == (court.owner_of(id), "0x" + 40 * "0", amount, 0)


def test_report_leaves_out_what_has_matured(court, pool, accused):
    """Of the rest, still on its way out, it takes."""
    owner = court.owner_of(accused)
    first = pool.request_withdrawal(accused, METIS, sender=owner).timestamp
    court.at(first + 1)
    pool.request_withdrawal(accused, METIS, sender=owner)
    court.convene()
    message = court.offence(accused, observedAt=first + PARAMETERS["exit_delay"] - DAY)
    court.at(first + PARAMETERS["exit_delay"])
    tx = court.report(message)
    assert court.punished(tx)[0].amount == court.share(STAKE - METIS, PENALTIES["backlog"])


def test_report_of_one_without_stake_opens_no_case_and_jails(court, slasher, pool, accused):
    """It has left since: what it did is noted all the same."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.convene()
    court.at(left_at + PARAMETERS["exit_delay"])
    tx = court.report(court.offence(accused, observedAt=left_at + PARAMETERS["exit_delay"]))
    assert tx.events == [
        slasher.OffencePunished(
            id=accused,
            kind=Kind.BACKLOG,
            key=court.offence_key(Kind.BACKLOG, accused, 7),
            case_id=0,
            pending_id=0,
            amount=0,
            strikes=0,
        ),
        pool.Jailed(id=accused, until=tx.timestamp + LIMITS["BACKLOG_JAIL"]),
    ]


def test_report_with_a_penalty_of_zero_only_jails(court, slasher, vault, accused):
    slasher.set_penalty(Kind.BACKLOG, 0, sender=court.governance)
    tx = court.report(court.offence(accused))
    (event,) = court.punished(tx)
    assert (event.case_id, event.pending_id, event.amount) == (0, 0, 0)
    assert vault.case_count() == 0
    assert court.state_of(accused) == State.JAILED


def test_report_by_anyone_pays_nobody(court, accused):
    """The reporter gets nothing, and may be the accused."""
    owner = court.owner_of(accused)
    before = court.metis.balanceOf(owner)
    court.report(court.offence(accused), sender=owner)
    assert court.metis.balanceOf(owner) == before


def test_report_of_another_epoch_or_kind_or_sequencer_is_another_offence(court, seated):
    one, other = seated[:2]
    court.report(court.offence(one))
    court.report(court.offence(one, epoch=8))
    court.report(court.offence(one, Kind.SLOW_PRODUCTION))
    court.report(court.offence(other))
    assert court.slash_vault.case_count() == 3


@pytest.mark.parametrize(
    "changes",
    [{}, {"evidence": b"\x01" * 32}, {"observedAt": 0}],
    ids=["the same", "other evidence", "at another time"],
)
def test_report__same_offence__reverts(court, accused, changes):
    message = court.offence(accused)
    court.report(message)
    if "observedAt" in changes:
        changes = {"observedAt": message.observedAt - 1}
    fields = {"observedAt": message.observedAt} | changes
    with ape.reverts("SlashVault: offence is punished"):
        court.report(court.offence(accused, **fields))


@pytest.mark.parametrize("kind", [0, 2, 4, 5, 6, 7, 255])
def test_report__wrong_kind__reverts(court, accused, kind):
    assert kind not in (Kind.SLOW_PRODUCTION, Kind.BACKLOG)
    with ape.reverts("Slasher: wrong kind"):
        court.report(court.offence(accused, kind))


# ages, to the second


def test_report__in_the_future__reverts(court, accused):
    now = court.now() + 100
    with isolated(court.chain):
        court.at(now)
        court.report(court.offence(accused, observedAt=now))
    court.at(now)
    with ape.reverts("Slasher: in the future"):
        court.report(court.offence(accused, observedAt=now + 1))


def test_report__too_old__reverts(court, accused):
    message = court.offence(accused)
    with isolated(court.chain):
        court.at(message.observedAt + MAX_AGE)
        court.report(message)
    court.at(message.observedAt + MAX_AGE + 1)
    with ape.reverts("Slasher: too old"):
        court.report(message)


def test_report__too_old_by_more_than_a_stop__reverts(court, slasher, accused):
    """The time of a stop does not count, and not a second more than it."""
    message = court.offence(accused)
    slasher.stop(sender=court.guardian)
    with isolated(court.chain):
        court.at(message.observedAt + MAX_AGE + STOP)
        court.report(message)
    court.at(message.observedAt + MAX_AGE + STOP + 1)
    with ape.reverts("Slasher: too old"):
        court.report(message)


def test_report__too_old_when_the_stop_ended_early__reverts(court, slasher, accused):
    message = court.offence(accused)
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    court.at(stopped_at + DAY)
    slasher.resume(sender=court.guardian)
    with isolated(court.chain):
        court.at(message.observedAt + MAX_AGE + DAY)
        court.report(message)
    court.at(message.observedAt + MAX_AGE + DAY + 1)
    with ape.reverts("Slasher: too old"):
        court.report(message)


def test_report__too_old_before_a_stop__reverts(court, slasher, accused):
    """A stop does not make young again what was too old when it began."""
    message = court.offence(accused)
    court.at(message.observedAt + MAX_AGE + 1)
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    court.at(stopped_at + STOP)
    with ape.reverts("Slasher: too old"):
        court.report(message)


# committees


def test_report__old_committee__reverts(court, registry, accused):
    nonce, members = court.nonce, court.members
    court.convene()
    superseded_at = registry.committee(nonce).superseded_at
    assert superseded_at == registry.committee(court.nonce).created_at
    message = court.offence(accused, committeeNonce=nonce, observedAt=superseded_at + COMMITTEE_AGE)
    certificate = court.certify(message, members=members)
    with isolated(court.chain):
        court.at(superseded_at + COMMITTEE_AGE)
        court.report(message, certificate)
    court.at(superseded_at + COMMITTEE_AGE + 1)
    with ape.reverts("Slasher: old committee"):
        court.report(message, certificate)


def test_report_by_the_latest_committee_however_old(court, accused):
    court.wait(3 * COMMITTEE_AGE)
    court.report(court.offence(accused))
    assert court.state_of(accused) == State.JAILED


@pytest.mark.parametrize("hours", [1, 72])
def test_report__old_committee_after_a_stop__reverts(court, slasher, registry, accused, hours):
    """A stop makes no committee younger: who has left since has nothing at stake (finding P3)."""
    nonce, members = court.nonce, court.members
    court.convene()
    latest = registry.committee(nonce).superseded_at + COMMITTEE_AGE
    court.at(latest - hours * 3_600)
    slasher.stop(sender=court.guardian)
    if hours == 1:
        slasher.resume(sender=court.guardian)
    message = court.offence(accused, committeeNonce=nonce, observedAt=latest - DAY)
    certificate = court.certify(message, members=members)
    with isolated(court.chain):
        court.at(latest)
        court.report(message, certificate)
    court.at(latest + 1)
    with ape.reverts("Slasher: old committee"):
        court.report(message, certificate)


@pytest.mark.parametrize("ahead", [None, 1, 2**63])
def test_report__unknown_committee__reverts(court, accused, ahead):
    """One that is to come, or none at all."""
    nonce = 0 if ahead is None else court.nonce + ahead
    with ape.reverts("Slasher: unknown committee"):
        court.report(court.offence(accused, committeeNonce=nonce))


# the rest


@pytest.mark.parametrize("kind", [Kind.SLOW_PRODUCTION, Kind.BACKLOG])
def test_report__unknown_sequencer__reverts(court, seated, kind):
    with ape.reverts("SequencerPool: unknown sequencer"):
        court.report(court.offence(max(seated) + 1, kind))


def test_report__no_evidence__reverts(court, accused):
    with ape.reverts("SlashVault: no evidence"):
        court.report(court.offence(accused, evidence=bytes(32)))


def test_report__stopped__reverts(court, slasher, accused):
    message = court.offence(accused)
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    with isolated(court.chain):
        court.at(stopped_at + STOP)
        court.report(message)
    court.at(stopped_at + STOP - 1)
    with ape.reverts("Slasher: stopped"):
        court.report(message)
