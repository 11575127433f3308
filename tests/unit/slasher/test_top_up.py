"""Slasher.top_up"""

from itertools import permutations

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import PENALTIES, STAKE
from tests.utils.isolation import isolated
from tests.utils.system import DAY, HOUR

pytestmark = pytest.mark.slow

PERIOD, STOP = LIMITS["TOP_UP_PERIOD"], LIMITS["SLASHER_STOP"]
QUARTER = LIMITS["QUARTER"]
FULL, ALONE = PENALTIES["mass_outage"], PENALTIES["timeout"]


def top_up(court, *ids, outage=1, sender=None):
    return court.court.top_up(outage, ids, sender=sender or court.stranger)


def topped_up(court, receipt):
    return list(receipt.decode_logs(court.court.ToppedUp))


def lost(court, id):
    return STAKE - court.locked(id)


def after(court, *shares):
    """What is lost when these shares were taken, one after another."""
    left = STAKE
    for bps in shares:
        left -= court.share(left, bps)
    return STAKE - left


@pytest.fixture
def three(court, seated):
    """They have timed out together; the last report has found the outage."""
    for id in seated[:3]:
        court.time_out(id)
    return seated[:3]


def test_top_up_charges_less_what_timeouts_have_cost_and_emits(court, slasher, pool, vault, three):
    id, locked, braked = three[0], court.locked(three[0]), slasher.braked()
    key = slasher.outage(1).key
    assert slasher.due_in(1, id) == FULL - ALONE
    all_stake = court.metis.balanceOf(pool)
    tx = top_up(court, id)
    amount = court.share(locked, FULL - ALONE)
    assert tx.events == [
        *court.taken(id, amount, Kind.MASS_OUTAGE, key, vault.evidence_of(key), case_id=4),
        slasher.ToppedUp(outage=1, id=id, case_id=4, pending_id=0, amount=amount),
    ]
    assert slasher.due_in(1, id) == 0
    assert slasher.record_of(id)[:2] == (1, FULL)
    # it counts for both brakes
    assert slasher.braked() == braked + -(-amount * LIMITS["SHARE"] // all_stake)


def test_top_up_in_pages_in_any_order(court, slasher, three):
    """A front-runner cannot make a page fail: who was charged is passed over."""
    for order in permutations(three):
        with isolated(court.chain):
            top_up(court, order[0])
            tx = top_up(court, *order)
            assert {x.id for x in topped_up(court, tx)} == {*three[:2]} - {order[0]}
            assert [lost(court, id) for id in three] == [
                *2 * [after(court, ALONE, FULL - ALONE)],
                after(court, FULL),
            ]
            assert top_up(court, *order).events == []


def test_top_up_returns_how_many_were_charged(court, slasher, three):
    assert slasher.top_up.call(1, three, sender=court.stranger) == 2
    assert slasher.top_up.call(1, three[2:], sender=court.stranger) == 0


def test_top_up_of_one_that_a_report_has_charged_since(court, slasher, three):
    court.time_out(three[0])
    assert slasher.due_in(1, three[0]) == 0
    assert top_up(court, three[0]).events == []


def test_top_up_of_late_reports_costs_the_same_in_every_order(court, seated):
    """Also two timeouts of one: it is charged once, less what both have cost."""
    start = (court.now() // DAY + 1) * DAY
    court.mine_at(start + DAY)
    stalls = [(0, 0), (0, HOUR), (1, 10 * HOUR), (2, 23 * HOUR)]
    messages = [
        court.reelection(seated[place], lastBlockTimestamp=start + at) for place, at in stalls
    ]
    for order in permutations(messages):
        with isolated(court.chain):
            for message in order:
                court.report(message)
            top_up(court, *seated[:3])
            taken = [court.court.record_of(id).taken_bps for id in seated]
            assert taken == [FULL, FULL, FULL, 0]


def test_top_up_takes_a_share_of_what_is_locked_now(court, pool, three):
    pool.relock(three[0], STAKE, sender=court.owner_of(three[0]))
    locked = court.locked(three[0])
    (event,) = topped_up(court, top_up(court, three[0]))
    assert event.amount == court.share(locked, FULL - ALONE)


def test_top_up_of_one_that_has_left_takes_nothing(court, pool, seated):
    """And the page goes on."""
    id = seated[0]
    left_at = pool.unlock(id, sender=court.owner_of(id)).timestamp
    court.at(left_at + 21 * DAY)
    pool.claim(id, sender=court.stranger)
    for id in seated[:3]:
        court.time_out(id)
    events = topped_up(court, top_up(court, *seated[:2]))
    assert [(x.id, x.case_id > 0, x.pending_id) for x in events] == [
        (seated[0], False, 0),
        (seated[1], True, 0),
    ]


def test_top_up_keeps_what_the_brake_of_one_does_not_allow(court, slasher, pool, three):
    """The page goes on for all others, and governance may take the rest."""
    court.overcharge(three[0])
    held, locked = pool.sequencer(three[0]).held, court.locked(three[0])
    assert slasher.record_of(three[0]).taken_bps == LIMITS["BRAKE_OF_ONE"]
    tx = top_up(court, *three[:2])
    one, other = topped_up(court, tx)
    amount = court.share(locked, FULL - ALONE)
    assert (one.case_id, one.pending_id, one.amount) == (0, 2, amount)
    assert (other.case_id > 0, other.pending_id) == (True, 0)
    assert slasher.pending(2)[:3] == (three[0], amount, Kind.MASS_OUTAGE)
    assert pool.sequencer(three[0]).held == held + amount
    slasher.confirm(2, sender=court.governance)
    assert locked - court.locked(three[0]) == amount


# two outages


def test_top_up_of_two_outages(court, slasher, seated):
    """A day apart each is charged; of one that is nearer only the first."""
    start = (court.now() // DAY + 1) * DAY
    court.mine_at(start + 5 * DAY)
    for days in (0, 3):
        for id in seated[:3]:
            court.time_out(id, lastBlockTimestamp=start + days * DAY)
    assert slasher.outage_count() == 2
    assert [slasher.due_in(x, seated[0]) for x in (1, 2)] == [FULL - ALONE, FULL - 2 * ALONE]
    for outage in (2, 1):
        top_up(court, *seated[:3], outage=outage)
    assert slasher.record_of(seated[0]).taken_bps == 2 * FULL


@pytest.mark.parametrize("place", [0, 1])
def test_top_up_by_page_of_a_long_outage_charges_each_24_hours_once(court, slasher, seated, place):
    """It grows from window to window, two days long."""
    start = (court.now() // DAY + 1) * DAY
    court.mine_at(start + 4 * DAY)
    for quarter in (0, 2, 4, 6):
        for id in seated[:3]:
            court.time_out(id, lastBlockTimestamp=start + quarter * QUARTER)
    assert slasher.outage_count() == 1
    top_up(court, *seated[:3])
    assert [slasher.record_of(id).taken_bps for id in seated[:3]] == 3 * [2 * FULL]


# reasons


def test_top_up__empty_page__reverts(court, three):
    with ape.reverts("Slasher: empty page"):
        top_up(court)


@pytest.mark.parametrize("outage", [0, 2, 2**255])
def test_top_up__unknown_outage__reverts(court, three, outage):
    with ape.reverts("Slasher: unknown outage"):
        top_up(court, three[0], outage=outage)


@pytest.mark.parametrize("place", [0, 1])
def test_top_up__id_twice__reverts(court, slasher, three, place):
    page = [three[place], three[2], three[place]]
    before = [slasher.record_of(id) for id in three]
    with ape.reverts("Slasher: id twice"):
        top_up(court, *page)
    assert [slasher.record_of(id) for id in three] == before


@pytest.mark.parametrize("is_known", [True, False])
def test_top_up__not_in_the_outage__reverts(court, slasher, seated, three, is_known):
    """A sequencer that did not time out, or none at all: nobody of the page is charged."""
    before = [slasher.record_of(id) for id in three]
    with ape.reverts("Slasher: not in the outage"):
        top_up(court, *three, seated[3] if is_known else 2**255)
    assert [slasher.record_of(id) for id in three] == before


def test_top_up__timeout_before_or_after_the_outage__reverts(court, seated):
    start = (court.now() // DAY + 1) * DAY
    court.mine_at(start + 5 * DAY)
    for id in seated[:3]:
        court.time_out(id, lastBlockTimestamp=start + 2 * DAY)
    for quarters in (-4, 4):
        with isolated(court.chain):
            time = start + 2 * DAY + quarters * QUARTER
            court.time_out(seated[3], lastBlockTimestamp=time)
            with ape.reverts("Slasher: not in the outage"):
                top_up(court, seated[3])


def test_top_up__too_late__reverts(court, slasher, three):
    found_at = slasher.outage(1).found_at
    with isolated(court.chain):
        court.at(found_at + PERIOD)
        top_up(court, *three)
    court.at(found_at + PERIOD + 1)
    with ape.reverts("Slasher: too late"):
        top_up(court, *three)


def test_top_up__too_late_by_more_than_a_stop__reverts(court, slasher, three):
    found_at = slasher.outage(1).found_at
    slasher.stop(sender=court.guardian)
    with isolated(court.chain):
        court.at(found_at + PERIOD + STOP)
        top_up(court, *three)
    court.at(found_at + PERIOD + STOP + 1)
    with ape.reverts("Slasher: too late"):
        top_up(court, *three)


def test_top_up__stopped__reverts(court, slasher, three):
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    with isolated(court.chain):
        court.at(stopped_at + STOP)
        top_up(court, *three)
    court.at(stopped_at + STOP - 1)
    with ape.reverts("Slasher: stopped"):
        top_up(court, *three)


# views


@pytest.mark.parametrize("number", [0, 1])
def test_outage__unknown_outage__reverts(slasher, seated, number):
    for view in (slasher.outage, lambda x: slasher.due_in(x, 1)):
        with ape.reverts("Slasher: unknown outage"):
            view(number)


def test_due_in__not_in_the_outage__reverts(slasher, seated, three):
    with ape.reverts("Slasher: not in the outage"):
        slasher.due_in(1, seated[3])
