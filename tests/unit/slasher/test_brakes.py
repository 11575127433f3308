"""How much the Slasher takes without a vote: of one sequencer, and of all stake."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

SHARE, BPS = LIMITS["SHARE"], LIMITS["BPS"]
OF_ALL, OF_ONE, OF_VOTE = (LIMITS[f"BRAKE_OF_{x}"] for x in ("ALL", "ONE", "VOTE"))
BUCKET, BUCKETS = LIMITS["BRAKE_BUCKET"], LIMITS["BRAKE_BUCKETS"]
TENTH = LIMITS["INVALID_EXECUTION_CEILING"]


def set_penalty(court, kind, bps):
    court.court.set_penalty(kind, bps, sender=court.governance)


def wrong_block(court, id, **changes):
    return court.time_out(id, reason=Reason.INVALID_EXECUTION, **changes)


# of one


@pytest.fixture
def tenth(court, accused):
    """A tenth is gone; 5 % are left."""
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    return wrong_block(court, accused)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_brake_of_one_to_the_basis_point(court, slasher, vault, accused, tenth, more):
    """Of what is locked at that moment, rounded down."""
    set_penalty(court, Kind.INVALID_EXECUTION, 500 + more)
    locked = court.locked(accused)
    (event,) = court.punished(wrong_block(court, accused))
    taken = vault.case_of(2).own
    assert event.amount == court.share(locked, 500 + more)
    assert taken == court.share(locked, 500 + min(more, 0))
    assert slasher.pending_count() == event.pending_id == (more > 0)
    if more > 0:
        assert slasher.pending(1).amount == event.amount - taken
    assert slasher.record_of(accused).taken_bps == OF_ONE + min(more, 0)


def test_brake_of_one_acts_at_once_and_emits(court, slasher, pool, accused, tenth):
    """What goes beyond is held; everything else that the offence means happens at once."""
    message = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    locked = court.locked(accused)
    tx = court.report(message)
    amount, taken = court.share(locked, TENTH), court.share(locked, 500)
    key = court.offence_key(Kind.BLOCK_TIMEOUT, accused, message.lastBlock)
    expires_at = tx.timestamp + LIMITS["MAX_HOLD"]
    evidence = court.slash_vault.evidence_of(key)
    cause = court.cause(message.epoch, message.lastBlock + 1)
    assert tx.events == [
        *court.taken(accused, taken, Kind.INVALID_EXECUTION, key, evidence, case_id=2),
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
            case_id=2,
            pending_id=1,
            amount=amount,
            strikes=0,
        ),
        pool.Suspended(
            id=accused, cause=cause, epoch=message.epoch, block_number=message.lastBlock + 1
        ),
    ]


def test_brake_of_one_keeps_all_when_nothing_is_left(court, slasher, pool, vault, pending):
    """No case, and the jail begins all the same. What is held adds up."""
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
    set_penalty(court, Kind.BACKLOG, LIMITS["BACKLOG_CEILING"])
    for epoch in range(1, 8):
        court.report(court.offence(accused, epoch=epoch))
    # seven times 2 % of what was left
    assert (slasher.pending_count(), slasher.record_of(accused).taken_bps) == (0, 1_400)
    court.report(court.offence(accused, epoch=8))
    assert slasher.pending_count() == 1
    assert court.state_of(accused) == State.JAILED
    assert slasher.record_of(accused).taken_bps == OF_ONE


# two calls before it take a second each
@pytest.mark.parametrize("second", [0, BUCKET - 3])
def test_brake_of_one_forgets_after_16_buckets(court, slasher, accused, second):
    """Whenever in its two days the slash was: after 30 days at least, and 32 at most."""
    start = (court.now() // BUCKET + 1) * BUCKET
    court.at(start + second)
    court.overcharge(accused)
    assert slasher.record_of(accused).taken_bps == OF_ONE
    end = start + BUCKETS * BUCKET
    assert 30 * DAY < end - (start + second) <= 32 * DAY
    with isolated(court.chain):
        court.at(end - 1)
        (event,) = court.punished(court.report(court.offence(accused, observedAt=end - 1)))
        assert event.case_id == 0
    court.at(end)
    (event,) = court.punished(court.report(court.offence(accused, observedAt=end)))
    assert event.pending_id == 0
    assert slasher.record_of(accused).taken_bps == 50


def test_brake_of_one_has_no_boundary(court, slasher, accused):
    """Finding P1: 15 % just before a period ends, and 15 % just after it. When the first slash is
    forgotten, there is room for as much as that one has taken, and for no more."""
    start = (court.now() // BUCKET + 1) * BUCKET
    set_penalty(court, Kind.BACKLOG, 1)
    court.at(start)
    court.report(court.offence(accused))
    end = start + BUCKETS * BUCKET
    court.at(end - 3_600)
    court.overcharge(accused)
    assert slasher.record_of(accused).taken_bps == OF_ONE
    court.at(end)
    locked = court.locked(accused)
    wrong_block(court, accused)
    assert locked - court.locked(accused) == court.share(locked, 1)
    assert slasher.record_of(accused).taken_bps == OF_ONE


def test_brake_of_one_is_no_shield_after_a_deposit(court, slasher, pool, seated):
    """Finding P1: the first slash fixed what later ones were a share of, for 30 days."""
    accused = seated[0]
    court.time_out(accused)
    more = PARAMETERS["cap"] - court.locked(accused)
    pool.relock(accused, more, sender=court.owner_of(accused))
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    before = court.locked(accused)
    wrong_block(court, accused)
    assert before - court.locked(accused) == court.share(before, TENTH) > STAKE * 30 // 100


def test_brake_of_one_is_of_what_is_left_after_a_withdrawal(court, slasher, pool, accused, lst):
    """Finding P1: 80,000 METIS of a vault leave, and then 15 % are of what stays."""
    id = court.new_paired(20_000 * METIS, 80_000 * METIS)
    court.convene()
    set_penalty(court, Kind.BACKLOG, 1)
    left_at = pool.request_paired_withdrawal(id, 80_000 * METIS, sender=lst).timestamp
    court.at(left_at + PARAMETERS["exit_delay"] - 3_600)
    court.report(court.offence(id))
    court.at(left_at + PARAMETERS["exit_delay"])
    pool.claim_paired(id, sender=lst)
    locked = court.locked(id)
    court.overcharge(id)
    for _ in range(3):
        wrong_block(court, id)
    assert locked - court.locked(id) <= court.share(locked, OF_ONE)
    assert slasher.record_of(id).taken_bps == OF_ONE


def test_brake_of_one_is_that_of_votes_when_they_have_taken_more(court, slasher, accused):
    """30 % in all, of which 25 % by vote: 5 % are left for certificates, and nothing for a hold."""
    slasher.slash_by_governance(accused, 2_500, "ipfs://vote", sender=court.governance)
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    locked = court.locked(accused)
    tx = wrong_block(court, accused)
    (event,) = court.punished(tx)
    assert court.case_of(tx).own == court.share(locked, 500) == event.amount
    assert (event.pending_id, slasher.pending_count()) == (0, 0)
    record = slasher.record_of(accused)
    assert record.taken_bps + record.voted_bps == OF_VOTE


def test_brake_of_one_is_nobody_elses(court, slasher, seated, pending):
    tx = wrong_block(court, seated[1])
    assert court.punished(tx)[0].pending_id == 0


# of all stake


@pytest.fixture
def stayers(court, pool):
    """Four with the least stake, and a large one that was slashed by all of its 15 % and has left
    since: 15 % of three of the others are more than what the brake of all leaves."""
    pool.set_cap(2 * PARAMETERS["cap"], sender=court.governance)
    *ids, leaver = court.seat(*4 * [PARAMETERS["min_stake"]], 2 * PARAMETERS["cap"])
    set_penalty(court, Kind.INVALID_EXECUTION, TENTH)
    left_at = pool.unlock(leaver, sender=court.owner_of(leaver)).timestamp
    # at noon
    court.at((left_at + PARAMETERS["exit_delay"]) // DAY * DAY - DAY // 2)
    for _ in range(2):
        wrong_block(court, leaver)
    court.at(left_at + PARAMETERS["exit_delay"])
    pool.claim(leaver, sender=court.stranger)
    return ids


def room_of_all(court):
    all_stake = court.metis.balanceOf(court.pool)
    return all_stake * (OF_ALL - court.court.braked()) // SHARE


def use_up(court, ids):
    """Wrong blocks of each, until the brake of all leaves less than another takes."""
    for id in ids[:3]:
        for _ in range(2):
            if room_of_all(court) >= court.share(court.locked(id), TENTH):
                wrong_block(court, id)
    return ids[2]


def test_brake_of_all_keeps_what_goes_beyond(court, slasher, pool, stayers):
    last = use_up(court, stayers)
    room, locked = room_of_all(court), court.locked(last)
    before = slasher.record_of(last).taken_bps
    tx = wrong_block(court, last)
    (event,) = court.punished(tx)
    assert 0 < room < court.share(locked, OF_ONE - before)
    assert court.case_of(tx).own == room
    assert slasher.pending(event.pending_id).amount == court.share(locked, TENTH) - room
    # its own brake had room
    assert slasher.record_of(last).taken_bps == before + -(-room * BPS // locked) < OF_ONE
    assert slasher.braked() <= OF_ALL
    # rounding up has cost less than the dust of one part
    assert room_of_all(court) <= court.metis.balanceOf(pool) // SHARE


@pytest.mark.parametrize("short", [0, 1])
def test_brake_of_all_to_the_wei(court, slasher, stayers, short):
    """What the pool holds is made such that the room is the amount, or a wei less."""
    last = use_up(court, stayers)
    count, amount = slasher.pending_count(), court.share(court.locked(last), 500)
    set_penalty(court, Kind.INVALID_EXECUTION, 500)
    left = OF_ALL - slasher.braked()
    wanted = -(-amount * SHARE // left) - short
    present = court.metis.balanceOf(court.pool)
    assert wanted > present
    court.metis.mint(court.pool, wanted - present, sender=court.deployer)
    assert room_of_all(court) == amount - short
    tx = wrong_block(court, last)
    assert court.case_of(tx).own == amount - short
    assert slasher.pending_count() == count + short


def test_brake_of_all_holds_for_everybody(court, slasher, stayers):
    """When it is used up, others are not slashed without a vote either, but jailed."""
    wrong_block(court, use_up(court, stayers))
    (event,) = court.punished(court.time_out(stayers[3]))
    # dust at most
    assert slasher.pending(event.pending_id).amount + 10**15 > event.amount
    assert court.state_of(stayers[3]) == State.JAILED


def test_brake_of_all_forgets_after_seven_full_days(court, slasher, seated):
    """The day and the seven after it, UTC, whenever in it the slash was."""
    # in the last second of a day
    midnight = (court.now() // DAY + 2) * DAY
    court.at(midnight - 1)
    wrong_block(court, seated[0], lastBlockTimestamp=midnight - 1)
    used = slasher.braked()
    assert used > 0
    court.mine_at(midnight + 7 * DAY - 1)
    assert slasher.braked() == used
    court.mine_at(midnight + 7 * DAY)
    assert slasher.braked() == 0


def test_brake_of_all_adds_up_days(court, slasher, seated):
    start = (court.now() // DAY + 2) * DAY
    shares = []
    for day in (0, 3, 7):
        time = start + day * DAY
        court.at(time)
        all_stake = court.metis.balanceOf(court.pool)
        message = court.offence(seated[0], epoch=100 + day, observedAt=time)
        (event,) = court.punished(court.report(message))
        shares.append(-(-event.amount * SHARE // all_stake))
        assert slasher.braked() == sum(shares)
    for day, left in ((8, sum(shares[1:])), (11, shares[2]), (15, 0)):
        court.mine_at(start + day * DAY)
        assert slasher.braked() == left


def test_brake_of_all_has_room_again_when_days_have_passed(court, slasher, stayers):
    last = use_up(court, stayers)
    wrong_block(court, last)
    court.wait(8 * DAY)
    assert slasher.braked() == 0
    tx = court.report(court.offence(last, epoch=8))
    assert court.punished(tx)[0].pending_id == 0


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
