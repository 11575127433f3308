"""Mass outages: what Slasher.report_reelection does when many time out within a day."""

from itertools import permutations

import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import PENALTIES
from tests.utils.isolation import isolated
from tests.utils.system import HOUR, METIS, State

pytestmark = pytest.mark.slow

WINDOW = LIMITS["OUTAGE_WINDOW"]
JAIL = LIMITS["TIMEOUT_JAIL"]
# a share of it is no whole number
STAKE = 30_000 * METIS + 7
SMALL, LARGE = 20_000 * METIS, 60_000 * METIS


def full(court):
    """What a part in a mass outage costs in all."""
    return court.share(STAKE, PENALTIES["mass_outage"])


def alone(court):
    """What a first timeout costs."""
    return court.share(STAKE, PENALTIES["timeout"])


def lost(court, ids):
    return [STAKE - court.locked(id) for id in ids]


@pytest.fixture
def nine(court):
    """A third of them are three."""
    return court.seat(*9 * [STAKE])


def time_out_all(court, ids, start, apart=0):
    """Each so long after the one before; the last receipt."""
    for i, id in enumerate(ids):
        receipt = court.time_out(id, lastBlockTimestamp=start + i * apart)
    return receipt


def kind_of(court, receipt):
    return court.punished(receipt)[-1].kind


def test_outage_charges_the_last_tops_up_the_others_and_emits(court, slasher, pool, vault, nine):
    for id in nine[:2]:
        assert court.punished(court.time_out(id))[0].amount == alone(court)
    message = court.reelection(nine[2])
    tx = court.report(message)
    key = court.offence_key(Kind.BLOCK_TIMEOUT, nine[2], message.lastBlock)
    evidence = vault.evidence_of(key)
    top_up = full(court) - alone(court)
    assert tx.events == [
        # in the order of their reports
        *court.taken(nine[0], top_up, Kind.MASS_OUTAGE, key, evidence, case_id=3),
        *court.taken(nine[1], top_up, Kind.MASS_OUTAGE, key, evidence, case_id=4),
        *court.taken(nine[2], full(court), Kind.MASS_OUTAGE, key, evidence, case_id=5),
        slasher.OffencePunished(
            id=nine[2],
            kind=Kind.MASS_OUTAGE,
            key=key,
            case_id=5,
            pending_id=0,
            amount=full(court),
            strikes=1,
        ),
        pool.Jailed(id=nine[2], until=tx.timestamp + JAIL),
        pool.StateChanged(id=nine[2], old=State.ACTIVE, new=State.JAILED),
    ]
    assert lost(court, nine[:4]) == [*3 * [full(court)], 0]


def test_outage_charges_those_that_come_later_at_once(court, nine):
    time_out_all(court, nine[:3], court.now() - HOUR)
    (event,) = court.punished(court.time_out(nine[3]))
    assert (event.kind, event.amount) == (Kind.MASS_OUTAGE, full(court))
    # and the others no more
    assert lost(court, nine[:5]) == [*4 * [full(court)], 0]


# thresholds


@pytest.mark.parametrize("size, needed", [(9, 3), (10, 4)])
def test_outage_takes_a_third_by_number(court, size, needed):
    ids = court.seat(*size * [STAKE])
    assert 3 * needed >= size > 3 * (needed - 1) or needed == LIMITS["MIN_OUTAGE"]
    for id in ids[: needed - 1]:
        assert kind_of(court, court.time_out(id)) == Kind.BLOCK_TIMEOUT
    assert kind_of(court, court.time_out(ids[needed - 1])) == Kind.MASS_OUTAGE
    assert lost(court, ids[:needed]) == needed * [full(court)]


@pytest.mark.parametrize("more, kind", [(0, Kind.MASS_OUTAGE), (1, Kind.BLOCK_TIMEOUT)])
def test_outage_takes_a_third_by_power_to_the_wei(court, more, kind):
    ids = court.seat(*3 * [SMALL], LARGE, LARGE + more)
    assert (court.registry.committee(court.nonce).power > 9 * SMALL) == (more > 0)
    assert kind_of(court, time_out_all(court, ids[:3], court.now() - 60)) == kind


def test_outage_takes_three(court):
    """Two of four are more than a third, and no outage."""
    ids = court.seat(*4 * [STAKE])
    assert kind_of(court, time_out_all(court, ids[:2], court.now() - 60)) == Kind.BLOCK_TIMEOUT
    assert lost(court, ids[:2]) == 2 * [alone(court)]


def test_outage_counts_sequencers_and_not_timeouts(court, nine):
    start = court.now() - HOUR
    time_out_all(court, nine[:2], start)
    assert kind_of(court, time_out_all(court, nine[:2], start + 60)) == Kind.BLOCK_TIMEOUT


def test_outage_counts_no_wrong_blocks(court, nine):
    time_out_all(court, nine[:2], court.now() - 60)
    tx = court.time_out(nine[2], reason=Reason.INVALID_EXECUTION)
    assert kind_of(court, tx) == Kind.INVALID_EXECUTION
    assert lost(court, nine[:2]) == 2 * [alone(court)]


def test_outage_counts_who_is_not_in_the_committee_by_number_only(court, pool):
    """A signer that was rotated out in between has no power there."""
    ids = court.seat(*3 * [SMALL], LARGE, LARGE)
    owner = court.owner_of(ids[2])
    old, new = court.signer_of(ids[2]), court.consent(owner)
    pool.rotate_signer(ids[2], new.signer, new.pubkey, new.signature, sender=owner)
    court.convene()
    time_out_all(court, ids[:2], court.now() - 60)
    with isolated(court.chain):
        assert kind_of(court, court.time_out(ids[2])) == Kind.MASS_OUTAGE
    assert kind_of(court, court.time_out(ids[2], failed=old)) == Kind.BLOCK_TIMEOUT


@pytest.mark.parametrize("is_old_first", [True, False])
def test_outage_counts_the_larger_power_of_a_signer_that_was_rotated_out(court, pool, is_old_first):
    """It timed out with both keys; whichever is reported first, its power is what it has."""
    ids = court.seat(*3 * [SMALL], LARGE, LARGE)
    owner = court.owner_of(ids[2])
    old, new = court.signer_of(ids[2]), court.consent(owner)
    pool.rotate_signer(ids[2], new.signer, new.pubkey, new.signature, sender=owner)
    court.convene()
    start = court.now() - 60
    stalls = [
        court.reelection(ids[2], failed=x, lastBlockTimestamp=start) for x in (old, new.signer)
    ]
    for message in stalls if is_old_first else stalls[::-1]:
        court.report(message)
    assert kind_of(court, time_out_all(court, ids[:2], start)) == Kind.MASS_OUTAGE


# the window


@pytest.mark.parametrize(
    "apart, kind", [(WINDOW - 1, Kind.MASS_OUTAGE), (WINDOW, Kind.BLOCK_TIMEOUT)]
)
@pytest.mark.parametrize("middle", [0, 1, WINDOW - 1])
def test_outage_is_within_24_hours_to_the_second(court, nine, middle, apart, kind):
    start = court.now()
    court.mine_at(start + WINDOW)
    time_out_all(court, nine[:1], start)
    time_out_all(court, nine[1:2], start + middle)
    assert kind_of(court, time_out_all(court, nine[2:3], start + apart)) == kind


@pytest.mark.parametrize("offset", [0, 1, WINDOW // 2, WINDOW - 1])
def test_outage_may_cross_midnight(court, nine, offset):
    start = (court.now() // WINDOW + 1) * WINDOW + offset
    court.mine_at(start + WINDOW)
    for id, time in zip(nine[:3], (0, WINDOW // 2, WINDOW - 1), strict=True):
        tx = court.time_out(id, lastBlockTimestamp=start + time)
    assert kind_of(court, tx) == Kind.MASS_OUTAGE


# in which order they are reported


def test_outage_costs_the_same_in_every_order(court, nine):
    """Three timeouts, and a second one of the first in the outage's middle."""
    start = court.now()
    court.mine_at(start + WINDOW)
    stalls = [(nine[0], 0), (nine[1], 10 * HOUR), (nine[2], WINDOW - 1)]
    messages = [court.reelection(id, lastBlockTimestamp=start + at) for id, at in stalls]
    for order in permutations(messages):
        with isolated(court.chain):
            for message in order:
                tx = court.report(message)
            assert kind_of(court, tx) == Kind.MASS_OUTAGE
            assert lost(court, nine[:3]) == 3 * [full(court)]
            assert [court.court.record_of(id).strikes for id in nine[:3]] == [1, 1, 1]


def test_outage_counts_two_timeouts_of_one_in_every_order(court, nine):
    """Their cost is part of what is charged, whichever came first."""
    start = court.now()
    court.mine_at(start + WINDOW)
    stalls = [(nine[0], 0), (nine[0], HOUR), (nine[1], 2 * HOUR), (nine[2], 3 * HOUR)]
    messages = [court.reelection(id, lastBlockTimestamp=start + at) for id, at in stalls]
    for order in permutations(messages):
        with isolated(court.chain):
            for message in order:
                court.report(message)
            assert lost(court, nine[:3]) == 3 * [full(court)]
            assert court.court.record_of(nine[0]).strikes == 2


def test_outage_is_found_by_a_late_report_in_the_middle(court, nine):
    """No window that ends with it has three; one that ends later has."""
    start = court.now()
    court.mine_at(start + 2 * WINDOW)
    ends = [(nine[0], start), (nine[1], start + WINDOW), (nine[2], start + WINDOW + HOUR)]
    for id, time in ends:
        assert kind_of(court, court.time_out(id, lastBlockTimestamp=time)) == Kind.BLOCK_TIMEOUT
    tx = court.time_out(nine[3], lastBlockTimestamp=start + 2 * HOUR)
    assert kind_of(court, tx) == Kind.MASS_OUTAGE
    # the first is not in any such window
    assert lost(court, nine[:4]) == [alone(court), *3 * [full(court)]]


# once in 24 hours


@pytest.mark.parametrize("later, times", [(WINDOW - 1, 1), (WINDOW, 2)])
def test_outage_is_charged_once_in_24_hours(court, nine, later, times):
    start = court.now()
    court.mine_at(start + 2 * WINDOW)
    time_out_all(court, nine[:3], start)
    left = court.locked(nine[0])
    tx = time_out_all(court, nine[:3], start + later)
    again = court.share(left, PENALTIES["mass_outage"]) if times == 2 else 0
    assert lost(court, nine[:3]) == 3 * [full(court) + again]
    (event,) = court.punished(tx)
    assert (event.kind, event.amount, event.strikes) == (Kind.MASS_OUTAGE, again, 2)


@pytest.mark.parametrize("later, bps", [(WINDOW - 1, 0), (WINDOW, 2 * PENALTIES["timeout"])])
def test_outage_covers_other_timeouts_within_24_hours(court, pool, nine, later, bps):
    """They cost nothing, though they are no part of it. Strike and jail remain."""
    start = court.now()
    court.mine_at(start + 2 * WINDOW)
    time_out_all(court, nine[1:3], start)
    time_out_all(court, nine[:1], start + 20 * HOUR)
    left = court.locked(nine[0])
    tx = court.time_out(nine[0], lastBlockTimestamp=start + 20 * HOUR + later)
    (event,) = court.punished(tx)
    assert (event.kind, event.strikes) == (Kind.BLOCK_TIMEOUT, 2)
    assert event.amount == court.share(left, bps)
    assert pool.sequencer(nine[0]).jailed_until == tx.timestamp + 2 * JAIL


# committees


def test_outage_is_measured_by_the_largest_committee(court):
    """Those who time out leave it: that does not lower the bar for the next."""
    ids = court.seat(*11 * [STAKE])
    time_out_all(court, ids[:2], court.now())
    court.wait(HOUR)
    court.convene()
    assert len(court.members) == 9
    assert kind_of(court, court.time_out(ids[2])) == Kind.BLOCK_TIMEOUT
    assert kind_of(court, court.time_out(ids[3])) == Kind.MASS_OUTAGE
    assert lost(court, ids[:5]) == [*4 * [full(court)], 0]


@pytest.mark.parametrize("more, kind", [(0, Kind.MASS_OUTAGE), (1, Kind.BLOCK_TIMEOUT)])
def test_outage_is_measured_by_the_power_of_the_largest_committee(court, pool, more, kind):
    """Of which the three had a third. Of the later one the last of them alone has a third."""
    ids = court.seat(*5 * [SMALL], 4 * SMALL + more)
    time_out_all(court, ids[:2], court.now())
    pool.unlock(ids[5], sender=court.owner_of(ids[5]))
    court.wait(HOUR)
    court.convene()
    assert len(court.members) == 3
    assert kind_of(court, court.time_out(ids[2])) == kind
