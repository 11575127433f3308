"""Mass outages: what Slasher.report_reelection does when many time out within a day; see also
test_top_up."""

import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import PENALTIES
from tests.utils.isolation import isolated
from tests.utils.system import DAY, HOUR, METIS, State

pytestmark = pytest.mark.slow

QUARTER = LIMITS["QUARTER"]
WINDOW = 4 * QUARTER
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


def topped_up(court):
    """What it costs who was topped up: the rest, of what the timeout has left."""
    left = STAKE - alone(court)
    return alone(court) + court.share(left, PENALTIES["mass_outage"] - PENALTIES["timeout"])


def lost(court, ids):
    return [STAKE - court.locked(id) for id in ids]


@pytest.fixture
def nine(court):
    """A third of them are three."""
    return court.seat(*9 * [STAKE])


@pytest.fixture
def midnight(court, nine):
    """Of a day that has passed, and so has the one after it."""
    start = (court.now() // DAY + 1) * DAY
    court.mine_at(start + 2 * DAY)
    return start


def top_up(court, *ids, outage=1):
    return court.court.top_up(outage, ids, sender=court.stranger)


def time_out_all(court, ids, start, apart=0):
    """Each so long after the one before; the last receipt."""
    for i, id in enumerate(ids):
        receipt = court.time_out(id, lastBlockTimestamp=start + i * apart)
    return receipt


def kind_of(court, receipt):
    return court.punished(receipt)[-1].kind


def test_outage_is_found_charges_whom_it_names_and_emits(court, slasher, pool, vault, nine):
    """Nobody else is touched, so no report ever fails because of others."""
    for id in nine[:2]:
        assert court.punished(court.time_out(id))[0].amount == alone(court)
    message = court.reelection(nine[2])
    tx = court.report(message)
    key = court.offence_key(Kind.BLOCK_TIMEOUT, nine[2], message.lastBlock)
    quarter = message.lastBlockTimestamp // QUARTER
    assert tx.events == [
        slasher.OutageFound(
            outage=1, starts_at=(quarter - 3) * QUARTER, ends_at=(quarter + 4) * QUARTER
        ),
        *court.taken(
            nine[2], full(court), Kind.MASS_OUTAGE, key, vault.evidence_of(key), case_id=3
        ),
        slasher.OffencePunished(
            id=nine[2],
            kind=Kind.MASS_OUTAGE,
            key=key,
            case_id=3,
            pending_id=0,
            amount=full(court),
            strikes=1,
        ),
        pool.Jailed(id=nine[2], until=tx.timestamp + JAIL),
        pool.StateChanged(id=nine[2], old=State.ACTIVE, new=State.JAILED),
    ]
    assert lost(court, nine[:4]) == [alone(court), alone(court), full(court), 0]
    assert slasher.outage_count() == 1
    assert slasher.outage(1) == (
        *((quarter - 3) * QUARTER, (quarter + 4) * QUARTER, tx.timestamp, key),
    )


def test_outage_charges_those_that_come_later_at_once(court, nine):
    time_out_all(court, nine[:3], court.now() - HOUR)
    (event,) = court.punished(court.time_out(nine[3]))
    assert (event.kind, event.amount) == (Kind.MASS_OUTAGE, full(court))


# thresholds


@pytest.mark.parametrize("size, needed", [(9, 3), (10, 4)])
def test_outage_takes_a_third_by_number(court, size, needed):
    ids = court.seat(*size * [STAKE])
    assert 3 * needed >= size > 3 * (needed - 1) or needed == LIMITS["MIN_OUTAGE"]
    for id in ids[: needed - 1]:
        assert kind_of(court, court.time_out(id)) == Kind.BLOCK_TIMEOUT
    assert kind_of(court, court.time_out(ids[needed - 1])) == Kind.MASS_OUTAGE
    top_up(court, *ids[: needed - 1])
    assert lost(court, ids[:needed]) == [*(needed - 1) * [topped_up(court)], full(court)]


def test_outage_takes_a_third_by_number_whatever_the_power(court):
    """Finding P10: three large and seven small. Three large time out, then one of them again."""
    large = court.seat(*3 * [100_000 * METIS], *7 * [SMALL])[:3]
    for id in (*large, large[0]):
        assert kind_of(court, court.time_out(id)) == Kind.BLOCK_TIMEOUT
    assert court.court.outage_count() == 0


# a thousandth of METIS is what power is counted in
@pytest.mark.parametrize(
    "more, kind", [(METIS // 1_000 - 1, Kind.MASS_OUTAGE), (METIS // 1_000, Kind.BLOCK_TIMEOUT)]
)
def test_outage_takes_a_third_by_power_to_the_thousandth(court, more, kind):
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
    assert court.court.outage_count() == 0


def test_outage_counts_who_is_not_in_the_committee_with_what_it_has_locked(court, pool):
    """A signer that was rotated out in between has no power there, but its sequencer has."""
    ids = court.seat(*3 * [SMALL], LARGE, LARGE)
    owner = court.owner_of(ids[2])
    old, new = court.signer_of(ids[2]), court.consent(owner)
    pool.rotate_signer(ids[2], new.signer, new.pubkey, new.signature, sender=owner)
    court.convene()
    time_out_all(court, ids[:2], court.now() - 60)
    with isolated(court.chain):
        assert kind_of(court, court.time_out(ids[2])) == Kind.MASS_OUTAGE
    assert kind_of(court, court.time_out(ids[2], failed=old)) == Kind.MASS_OUTAGE


# the window


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize(
    "apart, kind", [(WINDOW - 1, Kind.MASS_OUTAGE), (WINDOW, Kind.BLOCK_TIMEOUT)]
)
@pytest.mark.parametrize("middle", [0, WINDOW - 1])
def test_outage_is_within_four_quarters_to_the_second(
    court, nine, midnight, offset, middle, apart, kind
):
    """Whichever quarter of a day is the first."""
    start = midnight + offset * QUARTER
    time_out_all(court, nine[:1], start)
    time_out_all(court, nine[1:2], start + middle)
    assert kind_of(court, time_out_all(court, nine[2:3], start + apart)) == kind


def test_outage_of_less_than_24_hours_may_be_in_five_quarters(court, nine, midnight):
    """Then it is none: a window begins with a quarter."""
    start = midnight + QUARTER - 1
    assert kind_of(court, time_out_all(court, nine[:3], start, WINDOW // 2)) == Kind.BLOCK_TIMEOUT


def test_outage_is_found_by_a_late_report_in_the_middle(court, nine, midnight):
    """No window that ends with it has three; one that ends later has."""
    for id, days in zip(nine[:2], (0, 1), strict=True):
        court.time_out(id, lastBlockTimestamp=midnight + days * DAY)
    court.time_out(nine[2], lastBlockTimestamp=midnight + DAY + HOUR)
    assert court.court.outage_count() == 0
    tx = court.time_out(nine[3], lastBlockTimestamp=midnight + DAY - 1)
    assert kind_of(court, tx) == Kind.MASS_OUTAGE
    # the first is not in any such window
    assert court.court.outage(1)[:2] == (midnight + QUARTER, midnight + DAY + 3 * QUARTER)


# once in 24 hours


@pytest.mark.parametrize("later, times", [(WINDOW - 1, 1), (WINDOW, 2)])
def test_outage_is_charged_once_in_four_quarters(court, nine, midnight, later, times):
    time_out_all(court, nine[:3], midnight)
    left = court.locked(nine[2])
    tx = time_out_all(court, nine[:3], midnight + later)
    (event,) = court.punished(tx)
    again = court.share(left, PENALTIES["mass_outage"]) if times == 2 else 0
    assert (event.kind, event.amount, event.strikes) == (Kind.MASS_OUTAGE, again, 2)


@pytest.mark.parametrize("later, bps", [(WINDOW - 1, 0), (WINDOW, 2 * PENALTIES["timeout"])])
def test_outage_covers_other_timeouts_within_four_quarters(court, pool, nine, midnight, later, bps):
    """They cost nothing, though they are no part of it. Strike and jail remain."""
    time_out_all(court, nine[1:3], midnight)
    time_out_all(court, nine[:1], midnight + 3 * QUARTER)
    left = court.locked(nine[0])
    tx = court.time_out(nine[0], lastBlockTimestamp=midnight + 3 * QUARTER + later)
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
    top_up(court, *ids[:3])
    assert lost(court, ids[:5]) == [*3 * [topped_up(court)], full(court), 0]


@pytest.mark.parametrize(
    "more, kind", [(0, Kind.MASS_OUTAGE), (METIS // 1_000, Kind.BLOCK_TIMEOUT)]
)
def test_outage_is_measured_by_the_power_of_the_largest_committee(court, pool, more, kind):
    """Of which the three had a third. Of the later one the last of them alone has a third."""
    ids = court.seat(*5 * [SMALL], 4 * SMALL + more)
    time_out_all(court, ids[:2], court.now())
    pool.unlock(ids[5], sender=court.owner_of(ids[5]))
    court.wait(HOUR)
    court.convene()
    assert len(court.members) == 3
    assert kind_of(court, court.time_out(ids[2])) == kind
