"""Slasher.report_reelection, of one sequencer at a time; see also test_outage."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason, struct_hash
from tests.utils.court import PENALTIES, STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, State

MAX_AGE = LIMITS["CERTIFICATE_MAX_AGE"]
COMMITTEE_AGE = LIMITS["COMMITTEE_AGE"]
JAIL = LIMITS["TIMEOUT_JAIL"]
STOP = LIMITS["SLASHER_STOP"]


def test_report_reelection_of_a_timeout_slashes_jails_and_emits(
    court, slasher, pool, vault, accused
):
    message = court.reelection(accused)
    tx = court.report(message)
    amount = court.share(STAKE, PENALTIES["timeout"])
    key = court.offence_key(Kind.BLOCK_TIMEOUT, accused, message.lastBlock)
    assert tx.events == [
        *court.taken(accused, amount, Kind.BLOCK_TIMEOUT, key, struct_hash(message)),
        slasher.OffencePunished(
            id=accused,
            kind=Kind.BLOCK_TIMEOUT,
            key=key,
            case_id=1,
            pending_id=0,
            amount=amount,
            strikes=1,
        ),
        pool.Jailed(id=accused, until=tx.timestamp + JAIL),
        pool.StateChanged(id=accused, old=State.ACTIVE, new=State.JAILED),
    ]
    assert vault.evidence_of(key) == struct_hash(message)
    assert court.locked(accused) == STAKE - amount


def test_report_reelection_of_a_wrong_block_slashes_suspends_and_emits(
    court, slasher, pool, vault, accused
):
    message = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    tx = court.report(message)
    amount = court.share(STAKE, PENALTIES["invalid_execution"])
    key = court.offence_key(Kind.BLOCK_TIMEOUT, accused, message.lastBlock)
    cause = court.cause(message.epoch, message.lastBlock + 1)
    assert tx.events == [
        *court.taken(accused, amount, Kind.INVALID_EXECUTION, key, struct_hash(message)),
        slasher.OffencePunished(
            id=accused,
            kind=Kind.INVALID_EXECUTION,
            key=key,
            case_id=1,
            pending_id=0,
            amount=amount,
            strikes=0,
        ),
        pool.Suspended(
            id=accused, cause=cause, epoch=message.epoch, block_number=message.lastBlock + 1
        ),
        pool.StateChanged(id=accused, old=State.ACTIVE, new=State.SUSPENDED),
    ]
    assert pool.is_open(accused, cause)
    assert vault.evidence_of(key) == struct_hash(message)
    assert slasher.record_of(accused).strikes == 0


# strikes


def test_report_reelection_makes_each_strike_dearer_up_to_the_maximum(court, accused):
    """And the jail longer, which has another maximum."""
    most = PENALTIES["timeout_maximum"] // PENALTIES["timeout"]
    for count in range(1, most + 3):
        locked = court.locked(accused)
        court.wait(2 * DAY)
        tx = court.time_out(accused)
        (event,) = court.punished(tx)
        bps = min(count, most) * PENALTIES["timeout"]
        assert (event.strikes, event.amount) == (count, court.share(locked, bps))
        assert court.pool.sequencer(accused).jailed_until == tx.timestamp + count * JAIL


@pytest.mark.parametrize("second", [0, DAY - 1])
@pytest.mark.parametrize("days, strikes", [(29, 2), (30, 1)])
def test_report_reelection_counts_strikes_of_30_days(court, accused, second, days, strikes):
    """Days of UTC, by the times of the last blocks, whenever they are reported."""
    day = (court.now() // DAY + 1) * DAY
    court.mine_at(day + DAY)
    court.time_out(accused, lastBlockTimestamp=day + second)
    court.mine_at(day + (days + 2) * DAY)
    other = days * DAY + (DAY - 1 - second if strikes == 2 else second)
    tx = court.time_out(accused, lastBlockTimestamp=day + other)
    (event,) = court.punished(tx)
    assert event.strikes == strikes
    locked = STAKE - court.share(STAKE, PENALTIES["timeout"])
    assert event.amount == court.share(locked, strikes * PENALTIES["timeout"])


def test_report_reelection_counts_strikes_after_it_when_it_is_late(court, accused):
    late = court.reelection(accused)
    court.wait(3 * DAY)
    court.time_out(accused)
    (event,) = court.punished(court.report(late))
    assert event.strikes == 2


def test_report_reelection_counts_strikes_of_one_second(court, accused):
    """Two stalls may begin in one second: the last block tells them apart."""
    time = court.now() - 60
    court.time_out(accused, lastBlockTimestamp=time)
    (event,) = court.punished(court.time_out(accused, lastBlockTimestamp=time))
    assert event.strikes == 2


def test_report_reelection_counts_seven_strikes_a_day(court, accused):
    """More are one each as they come, and no more later."""
    court.court.set_penalty(Kind.BLOCK_TIMEOUT, 0, sender=court.governance)
    for count in (*range(1, 9), 8):
        (event,) = court.punished(court.time_out(accused))
        assert event.strikes == count


def test_report_reelection_counts_no_wrong_block(court, accused):
    court.time_out(accused, reason=Reason.INVALID_EXECUTION)
    (event,) = court.punished(court.time_out(accused))
    assert event.strikes == 1


def test_report_reelection_counts_nobody_elses_strikes(court, seated):
    one, other = seated[:2]
    court.time_out(one)
    (event,) = court.punished(court.time_out(other))
    assert event.strikes == 1


# amounts


def test_report_reelection_takes_a_share_of_both_sides_rounded_down(court, pool, seated):
    own, paired = PARAMETERS["min_stake"] + 1, METIS
    id = court.new_paired(own, paired)
    pool.request_withdrawal(id, 1, sender=court.owner_of(id))
    court.convene()
    (event,) = court.punished(court.time_out(id))
    assert event.amount == court.share(own + paired, PENALTIES["timeout"])
    assert event.amount * 10_000 < (own + paired) * PENALTIES["timeout"]


@pytest.mark.parametrize("reason", Reason)
def test_report_reelection_of_one_without_stake_opens_no_case(court, pool, vault, accused, reason):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.convene()
    now = left_at + PARAMETERS["exit_delay"]
    court.at(now)
    tx = court.time_out(accused, lastBlockTimestamp=now, reason=reason)
    (event,) = court.punished(tx)
    assert (event.case_id, event.pending_id, event.amount) == (0, 0, 0)
    assert vault.case_count() == 0
    # what follows its owner
    record = pool.sequencer(accused)
    assert (record.jailed_until == tx.timestamp + JAIL) == (reason == Reason.TIMEOUT)
    assert record.open_causes == (reason == Reason.INVALID_EXECUTION)


def test_report_reelection_does_not_shorten_a_jail(court, pool, accused):
    court.report(court.offence(accused))
    until = pool.sequencer(accused).jailed_until
    court.time_out(accused)
    assert pool.sequencer(accused).jailed_until == until


@pytest.mark.parametrize("reason", [0, 3, 255])
def test_report_reelection__unknown_reason__reverts(court, accused, reason):
    with ape.reverts("Slasher: unknown reason"):
        court.time_out(accused, reason=reason)


# ages, to the second


@pytest.mark.parametrize("reason", Reason)
def test_report_reelection__in_the_future__reverts(court, accused, reason):
    now = court.now() + 100
    with isolated(court.chain):
        court.at(now)
        court.time_out(accused, lastBlockTimestamp=now, reason=reason)
    court.at(now)
    with ape.reverts("Slasher: in the future"):
        court.time_out(accused, lastBlockTimestamp=now + 1, reason=reason)


@pytest.mark.parametrize("reason", Reason)
def test_report_reelection__too_old__reverts(court, accused, reason):
    message = court.reelection(accused, reason=reason)
    with isolated(court.chain):
        court.at(message.lastBlockTimestamp + MAX_AGE)
        court.report(message)
    court.at(message.lastBlockTimestamp + MAX_AGE + 1)
    with ape.reverts("Slasher: too old"):
        court.report(message)


def test_report_reelection__too_old_by_more_than_a_stop__reverts(court, slasher, accused):
    message = court.reelection(accused)
    slasher.stop(sender=court.guardian)
    with isolated(court.chain):
        court.at(message.lastBlockTimestamp + MAX_AGE + STOP)
        court.report(message)
    court.at(message.lastBlockTimestamp + MAX_AGE + STOP + 1)
    with ape.reverts("Slasher: too old"):
        court.report(message)


# who and which committee


def test_report_reelection__old_committee__reverts(court, registry, accused):
    nonce, members = court.nonce, court.members
    court.convene()
    latest = registry.committee(nonce).superseded_at + COMMITTEE_AGE
    message = court.reelection(accused, committeeNonce=nonce, lastBlockTimestamp=latest)
    certificate = court.certify(message, members=members)
    with isolated(court.chain):
        court.at(latest)
        court.report(message, certificate)
    court.at(latest + 1)
    with ape.reverts("Slasher: old committee"):
        court.report(message, certificate)


def test_report_reelection__old_committee_after_a_stop__reverts(court, slasher, registry, accused):
    """Finding P3: its members may have left since, and claimed everything."""
    nonce, members = court.nonce, court.members
    court.convene()
    slasher.stop(sender=court.guardian)
    latest = registry.committee(nonce).superseded_at + COMMITTEE_AGE
    message = court.reelection(accused, committeeNonce=nonce, lastBlockTimestamp=latest)
    certificate = court.certify(message, members=members)
    with isolated(court.chain):
        court.at(latest)
        court.report(message, certificate)
    court.at(latest + 1)
    with ape.reverts("Slasher: old committee"):
        court.report(message, certificate)


@pytest.mark.parametrize("ahead", [None, 1])
def test_report_reelection__unknown_committee__reverts(court, accused, ahead):
    nonce = 0 if ahead is None else court.nonce + ahead
    with ape.reverts("Slasher: unknown committee"):
        court.time_out(accused, committeeNonce=nonce)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("failed", [ZERO, "owner"])
def test_report_reelection__unknown_signer__reverts(court, accused, failed, reason):
    """Not even an owner: who signs blocks is accused."""
    if failed == "owner":
        failed = court.owner_of(accused).address
    with ape.reverts("Slasher: unknown signer"):
        court.time_out(accused, failed=failed, reason=reason)


def test_report_reelection__stopped__reverts(court, slasher, accused):
    message = court.reelection(accused)
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    with isolated(court.chain):
        court.at(stopped_at + STOP)
        court.report(message)
    court.at(stopped_at + STOP - 1)
    with ape.reverts("Slasher: stopped"):
        court.report(message)
