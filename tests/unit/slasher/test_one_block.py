"""What is reported within one block; on titanoboa, where transactions can share it"""

import boa
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import PENALTIES, STAKE, Bench
from tests.utils.system import State

JAIL = LIMITS["TIMEOUT_JAIL"]


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.fixture
def slasher(bench):
    return bench.court


@pytest.fixture
def pool(bench):
    return bench.pool


@pytest.fixture
def vault(bench):
    return bench.slash_vault


@pytest.fixture
def seated(bench):
    """As on the other chain: four sequencers with STAKE, who are the latest committee."""
    return bench.seat(*4 * [STAKE])


@pytest.fixture(autouse=True)
def one_block(bench, seated):
    """Nothing here mines one."""
    boa.env.evm.patch.timestamp += 3_600
    boa.env.evm.patch.block_number += 1
    before = boa.env.evm.patch.block_number, bench.now()
    yield
    assert (boa.env.evm.patch.block_number, bench.now()) == before


def case_of(bench, case_id):
    """Whose, for what, and how much."""
    case = bench.slash_vault.case_of(case_id)
    return case.id, case.kind, case.own


def strikes(bench, id):
    return bench.court.record_of(id).strikes


# the same offence


def test_a_stall_is_punished_once(bench, vault, accused):
    message = bench.reelection(accused)
    assert bench.report(message) == 1
    with boa.reverts("SlashVault: offence is punished"):
        bench.report(message)
    assert (vault.case_count(), strikes(bench, accused)) == (1, 1)


@pytest.mark.parametrize("change", [{"round": 2}, {"epoch": 8}, {"reason": 2}], ids=str)
def test_a_stall_is_punished_once_whatever_else_differs(bench, vault, accused, change):
    message = bench.reelection(accused)
    bench.report(message)
    with boa.reverts("SlashVault: offence is punished"):
        bench.time_out(accused, lastBlock=message.lastBlock, **change)
    assert (vault.case_count(), strikes(bench, accused)) == (1, 1)


def test_a_backlog_is_punished_once(bench, vault, accused):
    bench.report(bench.offence(accused))
    with boa.reverts("SlashVault: offence is punished"):
        bench.report(bench.offence(accused, evidence=b"\x01" * 32))
    assert vault.case_count() == 1


def test_an_equivocation_is_punished_once(bench, pool, vault, accused):
    """Even if it is reinstated in the same block."""
    bench.equivocate(accused)
    with boa.reverts("Slasher: suspended already"):
        bench.equivocate(accused)
    pool.reinstate(accused, sender=bench.governance)
    with boa.reverts("SlashVault: offence is punished"):
        bench.equivocate(accused)
    assert vault.case_count() == 1


# several of one sequencer


@pytest.mark.parametrize("is_timeout_first", [True, False])
def test_a_timeout_and_a_wrong_block_are_two_offences(bench, pool, accused, is_timeout_first):
    """Each costs a share of what the one before has left; only the timeout is a strike."""
    kinds = [
        (Kind.BLOCK_TIMEOUT, Reason.TIMEOUT),
        (Kind.INVALID_EXECUTION, Reason.INVALID_EXECUTION),
    ]
    bps = {
        Kind.BLOCK_TIMEOUT: PENALTIES["timeout"],
        Kind.INVALID_EXECUTION: PENALTIES["invalid_execution"],
    }
    left = STAKE
    for kind, reason in kinds if is_timeout_first else kinds[::-1]:
        amount = bench.share(left, bps[kind])
        left -= amount
        assert case_of(bench, bench.time_out(accused, reason=reason)) == (accused, kind, amount)
    assert bench.locked(accused) == left
    assert strikes(bench, accused) == 1
    record = pool.sequencer(accused)
    assert (record.state, record.open_causes) == (State.SUSPENDED, 1)
    assert record.jailed_until == bench.now() + JAIL


def test_strikes_count_timeouts_of_one_block(bench, pool, accused):
    """Of which each costs and jails more than the one before."""
    left = STAKE
    for count in range(1, 4):
        amount = bench.share(left, count * PENALTIES["timeout"])
        left -= amount
        case_id = bench.time_out(accused)
        assert case_of(bench, case_id) == (accused, Kind.BLOCK_TIMEOUT, amount)
        assert strikes(bench, accused) == count
        assert pool.sequencer(accused).jailed_until == bench.now() + count * JAIL


def test_strikes_are_ones_own(bench, seated):
    bench.time_out(seated[0])
    bench.time_out(seated[0])
    bench.time_out(seated[1])
    assert [strikes(bench, id) for id in seated] == [2, 1, 0, 0]


@pytest.mark.parametrize("is_equivocation_first", [True, False])
def test_an_equivocation_and_a_report_are_two_offences(
    bench, slasher, pool, accused, is_equivocation_first
):
    """In whichever order; only the vote counts towards the brakes."""
    reports = [
        (Kind.EQUIVOCATION, "equivocation", lambda: bench.equivocate(accused)),
        (Kind.BACKLOG, "backlog", lambda: bench.report(bench.offence(accused))),
    ]
    left = STAKE
    for kind, name, report in reports if is_equivocation_first else reports[::-1]:
        amount = bench.share(left, PENALTIES[name])
        left -= amount
        assert case_of(bench, report()) == (accused, kind, amount)
    assert slasher.record_of(accused)[1:3] == (PENALTIES["backlog"], 0)
    assert strikes(bench, accused) == 0
    assert pool.sequencer(accused).state == State.SUSPENDED
    assert pool.sequencer(accused).jailed_until == bench.now() + LIMITS["BACKLOG_JAIL"]


# several sequencers


def test_three_timeouts_are_a_mass_outage(bench, pool, vault, seated):
    """Of four; the third report charges the third, and a page the first two, in its order."""
    for id in seated[:2]:
        bench.time_out(id)
    last = bench.time_out(seated[2])
    alone, full = (bench.share(STAKE, PENALTIES[name]) for name in ("timeout", "mass_outage"))
    assert [case_of(bench, x) for x in (1, 2)] == [
        (id, Kind.BLOCK_TIMEOUT, alone) for id in seated[:2]
    ]
    assert case_of(bench, last) == (seated[2], Kind.MASS_OUTAGE, full)
    assert bench.court.top_up(1, seated[2::-1]) == 2
    rest = bench.share(STAKE - alone, PENALTIES["mass_outage"] - PENALTIES["timeout"])
    assert [case_of(bench, x) for x in (4, 5)] == [
        (id, Kind.MASS_OUTAGE, rest) for id in seated[1::-1]
    ]
    assert vault.case_count() == 5
    assert [strikes(bench, id) for id in seated] == [1, 1, 1, 0]
    assert [pool.sequencer(id).jailed_until for id in seated] == [*3 * [bench.now() + JAIL], 0]


@pytest.mark.parametrize("by_page", [True, False])
def test_a_timeout_after_a_mass_outage_costs_nothing_more(bench, seated, by_page):
    """It is a strike all the same. Who was not topped up yet is charged by its own report."""
    for id in seated[:3]:
        bench.time_out(id)
    if by_page:
        bench.court.top_up(1, [seated[0]])
    assert (bench.time_out(seated[0]) == 0) == by_page
    assert bench.time_out(seated[0]) == bench.court.top_up(1, [seated[0]]) == 0
    assert bench.court.record_of(seated[0]).taken_bps == PENALTIES["mass_outage"]
    assert [strikes(bench, id) for id in seated] == [3, 1, 1, 0]


def test_timeouts_of_two_are_no_mass_outage(bench, vault, seated):
    """However many, in one block."""
    for id in (*seated[:2], *seated[:2]):
        bench.time_out(id)
    kinds = {vault.case_of(x + 1).kind for x in range(vault.case_count())}
    assert kinds == {Kind.BLOCK_TIMEOUT}
    assert [strikes(bench, id) for id in seated] == [2, 2, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("out", [2, 3])
def test_the_129th_timeout_of_a_day_costs_its_part_in_a_mass_outage(bench, seated, out):
    """Finding P6. Two of four, who have timed out before it, are no outage yet; three are one."""
    for place in range(128):
        bench.time_out(seated[place % out])
    assert bench.court.outage_count() == out - 2
    full = bench.share(STAKE, PENALTIES["mass_outage"])
    assert case_of(bench, bench.time_out(seated[out])) == (seated[out], Kind.MASS_OUTAGE, full)
