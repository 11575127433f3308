"""contracts/modules/vault/refunds.vy: whose the refund of a slash is, against exact fractions"""

from dataclasses import dataclass, field
from fractions import Fraction

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.modules.words.fields import end_of

SOURCE = """
# pragma version 0.4.3
from contracts.modules.vault import refunds

initializes: refunds

@external
def open(case_id: uint256, loss: uint256):
    refunds._open(case_id, loss)

@external
def keep(request_id: uint256, shares: uint256, supply: uint256, most: uint256):
    refunds._keep(request_id, shares, supply, most)

@external
def close(case_id: uint256, loss: uint256, refund: uint256) -> (uint256, bool):
    return refunds._close(case_id, loss, refund)

@external
def claim(request_id: uint256, case_id: uint256) -> uint256:
    return refunds._claim(request_id, case_id)

@external
@view
def of_request(request_id: uint256, case_id: uint256) -> uint256:
    return refunds._of_request(request_id, case_id)

@external
@view
def of_shares() -> uint256:
    return refunds._of_shares()

@external
@view
def state() -> refunds.State:
    return refunds._load_state()

@external
def save_state(state: refunds.State):
    refunds._save_state(state)
"""

# of the table in the module: bit, width
STATE = {
    "index": (0, 88),
    "of_shares": (88, 84),
    "number": (172, 32),
    "anew_at": (204, 32),
    "open": (236, 20),
}
CASE = {
    "index": (0, 88),
    "number": (88, 32),
    "closed_at": (120, 32),
    "refund": (152, 84),
    "is_closed": (236, 1),
}
PART = {"part": (0, 88), "number": (88, 32), "anew_at": (120, 32)}
ONE = 2**87
LEAST = 2**44
METIS = 10**18
ALL = 2**256 - 1
MOST = 2**84 - 1


@pytest.fixture(scope="module")
def deployed():
    return boa.loads(SOURCE)


@pytest.fixture
def refunds(deployed):
    with boa.env.anchor():
        yield deployed


@pytest.mark.parametrize("fields", [STATE, CASE, PART])
def test_fields_lie_side_by_side(fields):
    end_of(fields)


@given(st.tuples(*(st.sampled_from([0, 1, 2**width - 1]) for _, width in STATE.values())))
@settings(max_examples=50)
def test_state_round_trip(deployed, values):
    with boa.env.anchor():
        deployed.save_state(values)
        assert tuple(deployed.state()) == values


def test_case_is_open_until_it_is_closed(refunds):
    refunds.open(7, 10 * METIS)
    assert tuple(refunds.state()) == (ONE, 10 * METIS, 0, 0, 1)
    assert tuple(refunds.close(7, 10 * METIS, 4 * METIS)) == (4 * METIS, False)
    assert refunds.of_shares() == 0
    for case_id in (7, 8):
        with boa.reverts("refunds: no open case"):
            refunds.close(case_id, 10 * METIS, 4 * METIS)


def test_request_keeps_its_part(refunds):
    """A quarter; and of the rest, a third."""
    refunds.open(1, 12 * METIS)
    refunds.keep(1, 25, 100, ALL)
    refunds.keep(2, 25, 75, ALL)
    assert refunds.of_shares() == 6 * METIS
    assert [refunds.of_request(x, 1) for x in (1, 2)] == [0, 0]
    of_shares, is_open = refunds.close(1, 12 * METIS, 6 * METIS)
    parts = [refunds.of_request(x, 1) for x in (1, 2)]
    for paid, due in zip((*parts, of_shares), (1.5, 1.5, 3), strict=True):
        assert int(due * METIS) - 1 <= paid <= int(due * METIS)
    assert not is_open


def test_request_keeps_no_more_than_its_loss(refunds):
    refunds.open(1, 12 * METIS)
    refunds.keep(1, 50, 100, METIS)
    refunds.keep(2, 25, 50, 0)
    assert 0 <= refunds.of_shares() - 11 * METIS <= 1
    assert refunds.state().number == 1
    refunds.close(1, 12 * METIS, 12 * METIS)
    assert METIS - 1 <= refunds.of_request(1, 1) <= METIS
    assert refunds.of_request(2, 1) == 0


def test_request_has_a_part_in_cases_that_were_open_when_it_left_alone(refunds):
    refunds.open(1, 8 * METIS)
    refunds.open(2, 4 * METIS)
    assert tuple(refunds.close(1, 8 * METIS, 8 * METIS)) == (8 * METIS, True)
    refunds.keep(1, 1, 2, ALL)
    refunds.open(3, 16 * METIS)
    assert refunds.of_shares() == 18 * METIS
    for case_id, loss in ((2, 4), (3, 16)):
        refunds.close(case_id, loss * METIS, loss * METIS)
    assert [refunds.of_request(1, x) for x in (1, 2, 3)] == [0, 2 * METIS, 0]


def test_cases_of_different_times_lose_the_same_part(refunds):
    refunds.open(1, 8 * METIS)
    refunds.keep(1, 1, 2, ALL)
    refunds.open(2, 8 * METIS)
    refunds.keep(2, 1, 2, ALL)
    # of 4 and of 8
    assert refunds.of_shares() == 6 * METIS
    paid = [refunds.close(x, 8 * METIS, 8 * METIS)[0] for x in (1, 2)]
    assert paid == [2 * METIS, 4 * METIS]
    assert [refunds.of_request(2, x) for x in (1, 2)] == [2 * METIS, 4 * METIS]


def test_last_to_leave_keeps_all_and_the_index_begins_anew(refunds):
    refunds.open(1, 8 * METIS)
    refunds.keep(1, 5, 5, ALL)
    assert tuple(refunds.state()) == (ONE, 0, 1, 1, 1)
    # nobody who comes, and leaves, has any of it
    refunds.open(2, 4 * METIS)
    refunds.keep(2, 1, 2, ALL)
    assert tuple(refunds.close(1, 8 * METIS, 8 * METIS)) == (0, True)
    assert refunds.of_shares() == 2 * METIS
    assert refunds.close(2, 4 * METIS, 4 * METIS)[0] == 2 * METIS
    assert [refunds.of_request(1, x) for x in (1, 2)] == [8 * METIS, 0]
    assert [refunds.of_request(2, x) for x in (1, 2)] == [0, 2 * METIS]


@pytest.mark.parametrize("left", [LEAST - 1, LEAST])
def test_index_begins_anew_below_the_least(refunds, left):
    refunds.open(1, left + 10)
    refunds.save_state((left + 10, left + 10, 0, 0, 1))
    refunds.keep(1, 10, left + 10, ALL)
    state = refunds.state()
    anew = left < LEAST
    assert (state.index, state.anew_at) == ((ONE, 1) if anew else (left, 0))
    assert (state.of_shares == 0) == anew


def test_index_begins_anew_with_the_first_of_all_open_cases(refunds):
    refunds.open(1, 8 * METIS)
    refunds.keep(1, 1, 2, ALL)
    refunds.close(1, 8 * METIS, 0)
    assert refunds.state().index == ONE // 2
    refunds.open(2, 8 * METIS)
    assert tuple(refunds.state()) == (ONE, 8 * METIS, 1, 0, 1)
    refunds.close(2, 8 * METIS, 8 * METIS)
    assert refunds.of_request(1, 2) == 0


def test_claim_is_paid_once(refunds):
    refunds.open(1, 8 * METIS)
    refunds.keep(1, 1, 2, ALL)
    with boa.reverts("refunds: nothing to claim"):
        refunds.claim(1, 1)
    refunds.close(1, 8 * METIS, 8 * METIS)
    assert refunds.claim(1, 1) == refunds.of_shares() + 4 * METIS
    assert refunds.of_request(1, 1) == 0
    for request_id, case_id in ((1, 1), (2, 1), (1, 2), (0, 0)):
        with boa.reverts("refunds: nothing to claim"):
            refunds.claim(request_id, case_id)


def test_amounts_of_all_metis_there_is(refunds):
    refunds.open(1, MOST)
    refunds.keep(1, 2**85 - 1, 2**85 + 10**12, ALL)
    of_shares, _ = refunds.close(1, MOST, MOST)
    assert of_shares == 0
    # the index began anew: what the shares still had is nobody's
    assert MOST - 2**41 <= refunds.of_request(1, 1) <= MOST


# against fractions


@dataclass
class Model:
    """The part of each case that shares and requests have, exactly."""

    losses: dict[int, int] = field(default_factory=dict)
    of_shares: dict[int, Fraction] = field(default_factory=dict)  # of open cases
    of_requests: dict[tuple[int, int], Fraction] = field(default_factory=dict)

    def whole(self) -> Fraction:
        return sum((self.losses[x] * part for x, part in self.of_shares.items()), Fraction(0))

    def keep(self, request_id: int, amount: int):
        whole = self.whole()
        for case_id, part in self.of_shares.items():
            gone = part * amount / whole
            self.of_requests[request_id, case_id] = gone
            self.of_shares[case_id] = part - gone


STEPS = st.lists(
    st.tuples(st.just("open"), st.integers(1, 10**6 * METIS))
    | st.tuples(st.just("keep"), st.integers(1, 1_000), st.sampled_from([ALL, 5, 10**22]))
    | st.tuples(st.just("close"), st.integers(0, 10_000)),
    min_size=1,
    max_size=14,
)


@given(STEPS)
@settings(max_examples=60)
def test_everybody_gets_its_part_but_for_a_wei(deployed, steps):
    """Never more than all together; what the shares may still get is never too low."""
    model, requests = Model(), 0
    with boa.env.anchor():
        for name, *values in steps:
            if name == "open":
                case_id = len(model.losses) + 1
                deployed.open(case_id, values[0])
                model.losses[case_id], model.of_shares[case_id] = values[0], Fraction(1)
            elif name == "keep":
                requests += 1
                before = deployed.of_shares()
                amount = min(before * values[0] // 1_001, values[1])
                deployed.keep(requests, values[0], 1_001, values[1])
                if amount:
                    model.keep(requests, amount)
            elif model.of_shares:
                case_id = min(model.of_shares)
                close(deployed, model, case_id, values[0], requests)
            # each keep and each close rounds it up, by less than a wei
            assert 0 <= deployed.of_shares() - model.whole() <= len(steps)


def close(deployed, model, case_id, bps, requests):
    """Governance gives so much back: each gets its part, rounded down."""
    loss = model.losses[case_id]
    refund = loss * bps // 10_000
    of_shares, is_open = deployed.close(case_id, loss, refund)
    due = refund * model.of_shares.pop(case_id)
    # one of the index, which may have fallen by 2**43
    slack = 2 + requests * refund // 2**44
    assert abs(of_shares - due) <= slack
    paid = of_shares
    for request_id in range(1, requests + 1):
        part = deployed.of_request(request_id, case_id)
        assert abs(part - refund * model.of_requests.get((request_id, case_id), 0)) <= slack
        paid += part
    assert paid <= refund
    assert is_open == bool(model.of_shares)
