"""How much the Slasher takes without a vote: of one sequencer, and of all stake."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import PENALTIES, STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

SHARE = LIMITS["SHARE"]
OF_ALL, OF_ONE = LIMITS["BRAKE_OF_ALL"], LIMITS["BRAKE_OF_ONE"]
TENTH = LIMITS["INVALID_EXECUTION_CEILING"]


def set_penalty(court, kind, bps):
    court.court.set_penalty(kind, bps, sender=court.governance)


def wrong_block(court, id, **changes):
    return court.time_out(id, reason=Reason.INVALID_EXECUTION, **changes)


# of one


@pytest.fixture
def tenth(court, accused):
    """A tenth of STAKE is gone; of 5 % more, as much as the brake lets pass, each wei counts."""
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    tx = wrong_block(court, accused)
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH // 2)
    return tx


@pytest.mark.parametrize("more, kept", [(-1, 0), (0, 0), (1, 1)])
def test_brake_of_one_to_the_wei(court, slasher, pool, vault, accused, tenth, more, kept):
    """5 % of STAKE is what is left of the 15 %."""
    surplus = STAKE // 10 if more == 0 else STAKE // 10 + (20 if more > 0 else -20)
    pool.relock(accused, surplus, sender=court.owner_of(accused))
    room = STAKE * 15 // 100 - STAKE // 10
    (event,) = court.punished(wrong_block(court, accused))
    assert event.amount == room + more
    assert vault.case_of(2).own == room + min(more, 0)
    assert slasher.pending_count() == event.pending_id == (1 if kept else 0)
    if kept:
        assert slasher.pending(1).amount == kept
        assert slasher.record_of(accused).taken == OF_ONE


def test_brake_of_one_acts_at_once_and_emits(court, slasher, pool, accused, tenth):
    """What goes beyond is held; everything else that the offence means happens at once."""
    tx = wrong_block(court, accused)
    # 5 % of 90 %, which is within
    assert court.punished(tx)[0].pending_id == 0
    message = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    locked = court.locked(accused)
    tx = court.report(message)
    amount = court.share(locked, TENTH // 2)
    taken = STAKE * 15 // 100 - (STAKE - locked)
    key = court.offence_key(Kind.BLOCK_TIMEOUT, accused, message.lastBlock)
    expires_at = tx.timestamp + LIMITS["MAX_HOLD"]
    evidence = court.slash_vault.evidence_of(key)
    cause = court.cause(message.epoch, message.lastBlock + 1)
    assert tx.events == [
        *court.taken(accused, taken, Kind.INVALID_EXECUTION, key, evidence, case_id=3),
        slasher.SlashPending(
            pending_id=1,
            id=accused,
            kind=Kind.INVALID_EXECUTION,
            amount=amount - taken,
            expires_at=expires_at,
        ),
        pool.Held(id=accused, amount=amount - taken, until=expires_at),
        slasher.OffencePunished(
            id=accused,
            kind=Kind.INVALID_EXECUTION,
            key=key,
            case_id=3,
            pending_id=1,
            amount=amount,
            strikes=0,
        ),
        pool.Suspended(
            id=accused, cause=cause, epoch=message.epoch, block_number=message.lastBlock + 1
        ),
    ]


def test_brake_of_one_keeps_all_when_nothing_is_left(court, slasher, pool, vault, pending):
    """No case, and the jail begins all the same. Holds add up."""
    count, locked = vault.case_count(), court.locked(pending.id)
    tx = court.report(court.offence(pending.id))
    (event,) = court.punished(tx)
    assert (event.case_id, event.pending_id) == (0, 2)
    assert slasher.pending(2).amount == event.amount == court.share(locked, 50)
    assert (vault.case_count(), court.locked(pending.id)) == (count, locked)
    record = pool.sequencer(pending.id)
    assert record.jailed_until == tx.timestamp + LIMITS["BACKLOG_JAIL"]
    assert record.held == pending.amount + event.amount
    assert record.held_until == tx.timestamp + LIMITS["MAX_HOLD"]


def test_brake_of_one_keeps_what_a_jail_goes_with(court, slasher, accused):
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    set_penalty(court, Kind.BACKLOG, LIMITS["BACKLOG_CEILING"])
    court.report(court.offence(accused, epoch=1))
    for epoch in range(2, 9):
        court.report(court.offence(accused, epoch=epoch))
    # eight times 2 % of what was left
    assert slasher.pending_count() == 0
    court.report(court.offence(accused, epoch=9))
    assert slasher.pending_count() == 1
    assert court.state_of(accused) == State.JAILED
    # each of nine parts is rounded up
    dust = court.locked(accused) - STAKE * 85 // 100
    assert 0 <= dust <= 9 * STAKE // SHARE


def test_brake_of_one_begins_anew_after_30_days_to_the_second(court, slasher, accused, pending):
    began_at = slasher.record_of(accused).period_began_at
    with isolated(court.chain):
        court.at(began_at + LIMITS["BRAKE_PERIOD"] - 1)
        tx = court.time_out(accused, lastBlockTimestamp=began_at + 29 * DAY)
        assert court.punished(tx)[0].case_id == 0
    locked = court.locked(accused)
    court.at(began_at + LIMITS["BRAKE_PERIOD"])
    tx = court.time_out(accused, lastBlockTimestamp=began_at + 29 * DAY)
    (event,) = court.punished(tx)
    assert (event.case_id, event.pending_id) == (3, 0)
    record = slasher.record_of(accused)
    assert (record.period_began_at, record.period_base) == (tx.timestamp, locked)
    assert record.taken == record.taken_in_all == -(-event.amount * SHARE // locked)


def test_brake_of_one_is_that_of_votes_when_they_have_taken_more(court, slasher, accused):
    """30 % in all, of which 25 % by vote: 5 % are left for certificates."""
    slasher.slash_by_governance(accused, 2_500, "ipfs://vote", sender=court.governance)
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    tx = wrong_block(court, accused)
    (event,) = court.punished(tx)
    assert event.amount == STAKE * 75 // 1_000
    assert court.case_of(tx).own == STAKE * 50 // 1_000
    assert slasher.pending(1).amount == STAKE * 25 // 1_000
    assert slasher.record_of(accused).taken_in_all == LIMITS["BRAKE_OF_VOTE"]


def test_brake_of_one_is_nobody_elses(court, slasher, seated, pending):
    tx = wrong_block(court, seated[1])
    assert court.punished(tx)[0].pending_id == 0


def test_brake_of_one_measures_by_what_was_locked_at_first(court, slasher, pool, accused, tenth):
    """Who locks more has not more to lose, and who withdraws not less."""
    pool.relock(accused, STAKE, sender=court.owner_of(accused))
    (event,) = court.punished(wrong_block(court, accused))
    assert event.amount == STAKE * 19 // 10 // 20
    assert slasher.pending(1).amount == event.amount - STAKE // 20
    assert slasher.record_of(accused).period_base == STAKE


# of all stake


@pytest.fixture
def heavy(court, pool):
    """One whose own brake is of five times its present stake, and who has most of all stake: 30
    days of its brake have just begun. The others are small."""
    pool.set_cap(LIMITS["CAP_CEILING"], sender=court.governance)
    id = court.seat(500_000 * METIS, *2 * [PARAMETERS["min_stake"]])[0]
    set_penalty(court, Kind.BACKLOG, 1)
    court.report(court.offence(id))
    owner = court.owner_of(id)
    pool.request_withdrawal(id, 400_000 * METIS, sender=owner)
    court.wait(PARAMETERS["exit_delay"])
    pool.claim(id, sender=owner)
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    assert court.court.braked() == 0
    return id


def room_of_all(court):
    all_stake = court.metis.balanceOf(court.pool)
    return all_stake * (OF_ALL - court.court.braked()) // SHARE


def test_brake_of_all_keeps_what_goes_beyond(court, slasher, pool, heavy):
    for _ in range(2):
        assert court.punished(wrong_block(court, heavy))[0].pending_id == 0
    room = room_of_all(court)
    tx = wrong_block(court, heavy)
    (event,) = court.punished(tx)
    assert 0 < room < event.amount
    assert court.case_of(tx).own == room
    assert slasher.pending(1).amount == event.amount - room
    assert pool.sequencer(heavy).held == event.amount - room
    # its own brake had room
    assert slasher.record_of(heavy).taken < OF_ONE
    assert slasher.braked() <= OF_ALL
    # rounding up has cost less than the dust of one part
    assert room_of_all(court) <= court.metis.balanceOf(pool) // SHARE


@pytest.mark.parametrize("short, kept", [(0, 0), (1, 1)])
def test_brake_of_all_to_the_wei(court, slasher, heavy, short, kept):
    """What the pool holds is made such that the room is the amount, or a wei less."""
    for _ in range(2):
        wrong_block(court, heavy)
    amount = court.share(court.locked(heavy), TENTH)
    left = OF_ALL - slasher.braked()
    wanted = -(-amount * SHARE // left) - short
    present = court.metis.balanceOf(court.pool)
    assert wanted > present
    court.metis.mint(court.pool, wanted - present, sender=court.deployer)
    assert room_of_all(court) == amount - short
    tx = wrong_block(court, heavy)
    assert court.case_of(tx).own == amount - short
    assert slasher.pending_count() == kept
    if kept:
        assert slasher.pending(1).amount == 1


def test_brake_of_all_holds_for_everybody(court, slasher, heavy):
    """When it is used up, others are not slashed without a vote either, but jailed."""
    for _ in range(3):
        wrong_block(court, heavy)
    other = next(x for x in (1, 2, 3) if x != heavy)
    message = court.reelection(other)
    tx = court.report(message)
    (event,) = court.punished(tx)
    # dust at most
    assert slasher.pending(event.pending_id).amount + 10**15 > event.amount
    assert court.state_of(other) == State.JAILED


def test_brake_of_all_forgets_after_seven_full_days(court, slasher, heavy):
    """The day and the seven after it, UTC, whenever in it the slash was."""
    # in the last second of a day
    midnight = (court.now() // DAY + 2) * DAY
    time = midnight - 1
    court.at(time)
    wrong_block(court, heavy, lastBlockTimestamp=time)
    used = slasher.braked()
    assert used > 0
    court.mine_at(midnight + 7 * DAY - 1)
    assert slasher.braked() == used
    court.mine_at(midnight + 7 * DAY)
    assert slasher.braked() == 0


def test_brake_of_all_adds_up_days(court, slasher, heavy):
    start = (court.now() // DAY + 2) * DAY
    shares = []
    for day in (0, 3, 7):
        time = start + day * DAY
        court.at(time)
        all_stake = court.metis.balanceOf(court.pool)
        message = court.offence(heavy, epoch=100 + day, observedAt=time)
        (event,) = court.punished(court.report(message))
        shares.append(-(-event.amount * SHARE // all_stake))
        assert slasher.braked() == sum(shares)
    court.mine_at(start + 8 * DAY)
    assert slasher.braked() == sum(shares[1:])
    court.mine_at(start + 11 * DAY)
    assert slasher.braked() == shares[2]
    court.mine_at(start + 15 * DAY)
    assert slasher.braked() == 0


def test_brake_of_all_has_room_again_when_days_have_passed(court, slasher, heavy):
    for _ in range(3):
        wrong_block(court, heavy)
    assert slasher.pending_count() == 1
    court.wait(8 * DAY)
    assert slasher.braked() == 0
    tx = court.report(court.offence(heavy, epoch=8))
    assert court.punished(tx)[0].pending_id == 0


# mass outages


def pending_of(slasher, receipt):
    return list(receipt.decode_logs(slasher.SlashPending))


def test_brake_of_one_keeps_a_part_of_a_top_up(court, slasher, pool, seated):
    """The report goes on for all others, and for the one it names."""
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    for id in seated[:2]:
        court.time_out(id)
    wrong_block(court, seated[0])
    court.report(court.offence(seated[0]))
    count, record = court.slash_vault.case_count(), slasher.record_of(seated[0])
    room = record.period_base * (OF_ONE - record.taken) // SHARE
    before = [court.locked(id) for id in seated]
    message = court.reelection(seated[2])
    tx = court.report(message)
    full, alone = (court.share(STAKE, PENALTIES[x]) for x in ("mass_outage", "timeout"))
    top_up, expires_at = full - alone, tx.timestamp + LIMITS["MAX_HOLD"]
    assert 0 < room < top_up
    assert pending_of(slasher, tx) == [
        slasher.SlashPending(
            pending_id=1,
            id=seated[0],
            kind=Kind.MASS_OUTAGE,
            amount=top_up - room,
            expires_at=expires_at,
        )
    ]
    assert pool.Held(id=seated[0], amount=top_up - room, until=expires_at) in tx.events
    key = court.offence_key(Kind.BLOCK_TIMEOUT, seated[2], message.lastBlock)
    assert slasher.pending(1)[:4] == (seated[0], top_up - room, Kind.MASS_OUTAGE, key)
    # the others pay all
    (event,) = court.punished(tx)
    assert (event.id, event.kind, event.amount) == (seated[2], Kind.MASS_OUTAGE, full)
    assert (event.case_id, event.pending_id) == (count + 3, 0)
    lost = [x - court.locked(id) for x, id in zip(before, seated, strict=True)]
    assert lost == [room, top_up, full, 0]
    # and governance may take the rest
    slasher.confirm(1, sender=court.governance)
    assert before[0] - court.locked(seated[0]) == top_up


def test_brake_of_all_keeps_top_ups(court, slasher, pool, heavy):
    """When it is used up, nobody pays without a vote, and an outage is one all the same."""
    small = [id for id in (1, 2, 3) if id != heavy]
    for id in small:
        court.time_out(id)
    for _ in range(3):
        wrong_block(court, heavy)
    assert slasher.pending_count() == 1
    tx = court.time_out(heavy)
    (event,) = court.punished(tx)
    assert (event.id, event.kind) == (heavy, Kind.MASS_OUTAGE)
    stake = PARAMETERS["min_stake"]
    top_up = court.share(stake, PENALTIES["mass_outage"]) - court.share(stake, PENALTIES["timeout"])
    expires_at = tx.timestamp + LIMITS["MAX_HOLD"]
    pending = pending_of(slasher, tx)
    assert [x.id for x in pending] == [*small, heavy]
    assert [x.pending_id for x in pending] == [2, 3, event.pending_id]
    for entry in pending:
        assert (entry.kind, entry.expires_at) == (Kind.MASS_OUTAGE, expires_at)
    for id, entry in zip(small, pending, strict=False):
        # dust at most was still to be had
        assert 0 <= top_up - entry.amount < 10**15
        record = pool.sequencer(id)
        assert (record.held, record.held_until) == (entry.amount, expires_at)
    assert pool.sequencer(heavy).jailed_until == tx.timestamp + LIMITS["TIMEOUT_JAIL"]


# holds


def test_hold_keeps_what_is_pending_for_30_days(court, slasher, pool, accused):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - 10 * DAY)
    court.overcharge(accused)
    pending = slasher.pending(1)
    left = court.locked(accused)
    court.at(left_at + PARAMETERS["exit_delay"])
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == left - pending.amount
    court.at(pending.expires_at - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(accused, sender=court.stranger)


def test_hold_that_lapses_lets_everything_go(court, slasher, pool, accused):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.overcharge(accused)
    pending = slasher.pending(1)
    court.at(pending.expires_at)
    left = pool.sequencer(accused).own.unbonding + pool.sequencer(accused).own.matured
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == left
    assert court.state_of(accused) == State.EXITED
    assert left_at < pending.expires_at
    court.at(pending.expires_at + 1)
    with ape.reverts("Slasher: expired"):
        slasher.confirm(1, sender=court.governance)
