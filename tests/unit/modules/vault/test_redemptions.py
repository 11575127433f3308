"""contracts/modules/vault/redemptions.vy: who has asked for how much, and who comes first"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules.vault import redemptions

initializes: redemptions

@external
def add(controller: address, shares: uint256, worth: uint256, ready_at: uint256) -> uint256:
    return redemptions._add(controller, shares, worth, ready_at)

@external
def pay(shares: uint256):
    redemptions._pay(shares)

@external
def save_request(id: uint256, request: redemptions.Request):
    redemptions._save_request(id, request)

@external
def save_list(controller: address, list: redemptions.Requests):
    redemptions._save_list(controller, list)

@external
@view
def queue() -> redemptions.Queue:
    return redemptions._load_queue()

@external
@view
def open() -> uint256:
    return redemptions._open()

@external
@view
def request(id: uint256) -> redemptions.Request:
    return redemptions._request(id)

@external
@view
def list(controller: address) -> redemptions.Requests:
    return redemptions._list(controller)

@external
@view
def controller(id: uint256) -> address:
    return redemptions._controller(id)

@external
@view
def ahead(id: uint256, shares: uint256) -> uint256:
    return redemptions._ahead(id, shares)

@external
@view
def max_shares() -> uint256:
    return redemptions.MAX_SHARES
"""

# of the table in the module: bit, width
QUEUE = {"requested": (0, 96), "paid": (96, 96), "count": (192, 40)}
REQUEST = {"shares": (0, 96), "worth": (96, 84), "ready_at": (180, 36), "next": (216, 40)}
ENDS = {"requested": (0, 96), "controller": (96, 160)}
LIST = {"first": (0, 40), "last": (40, 40), "count": (80, 16)}
MOST = LIMITS["MAX_REQUESTS"]
METIS = 10**18
SOON = 10**6


def numbers(width):
    """Often 0 or all ones: those show a bleed at once."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


def words(fields):
    return st.tuples(*(numbers(width) for _, width in fields.values()))


@pytest.fixture(scope="module")
def deployed():
    return boa.loads(SOURCE)


@pytest.fixture
def module(deployed):
    with boa.env.anchor():
        yield deployed


@pytest.fixture(scope="module")
def people():
    return [boa.env.generate_address() for _ in range(3)]


@pytest.mark.parametrize("fields", [QUEUE, REQUEST, ENDS, LIST])
def test_fields_lie_side_by_side(fields):
    end = 0
    for at, width in fields.values():
        assert at == end
        end += width
    assert end <= 256


@given(words(REQUEST))
@settings(max_examples=100)
def test_request_round_trip(deployed, values):
    with boa.env.anchor():
        deployed.save_request(7, values)
        assert tuple(deployed.request(7)) == values


@given(words(LIST))
@settings(max_examples=100)
def test_list_round_trip(deployed, people, values):
    with boa.env.anchor():
        deployed.save_list(people[0], values)
        assert tuple(deployed.list(people[0])) == values


def test_nothing_was_asked_for(module, people):
    assert tuple(module.queue()) == (0, 0, 0)
    assert module.open() == 0
    assert tuple(module.list(people[0])) == (0, 0, 0)
    assert tuple(module.request(1)) == (0, 0, 0, 0)


def test_add_counts_from_one_and_chains_a_controllers_own(module, people):
    one, other, _ = people
    ids = [module.add(x, 10, 5, SOON) for x in (one, other, one, one)]
    assert ids == [1, 2, 3, 4]
    assert [module.request(x).next for x in ids] == [3, 0, 4, 0]
    assert tuple(module.list(one)) == (1, 4, 3)
    assert tuple(module.list(other)) == (2, 2, 1)
    assert [module.controller(x) for x in ids] == [one, other, one, one]
    assert tuple(module.queue()) == (40, 0, 4)
    assert module.open() == 40


def test_add_of_the_largest_fits(module, people):
    """So much is asked for, and paid, in all."""
    most, worth, ready_at = 2**96 - 1, 2**84 - 1, 2**36 - 1
    assert module.max_shares() == most
    module.add(people[0], most - 1, worth, ready_at)
    module.add(people[0], 1, worth, ready_at)
    assert tuple(module.request(1)) == (most - 1, worth, ready_at, 2)
    assert tuple(module.request(2)) == (1, worth, ready_at, 0)
    assert module.open() == module.ahead(2, 1) == most
    assert module.controller(2) == people[0]
    module.pay(most)
    assert tuple(module.queue()) == (most, most, 2)
    assert module.open() == 0


def test_add_to_an_emptied_list_begins_it_again(module, people):
    module.add(people[0], 1, 1, SOON)
    # as the importer does when the only request was redeemed
    module.save_list(people[0], (0, 1, 0))
    assert module.add(people[0], 1, 1, SOON) == 2
    assert tuple(module.list(people[0])) == (2, 2, 1)
    assert module.request(1).next == 0


def test_add__too_many__reverts(module, people):
    for _ in range(MOST):
        module.add(people[0], 1, 1, SOON)
    with boa.reverts("redemptions: too many"):
        module.add(people[0], 1, 1, SOON)
    # of one controller
    assert module.add(people[1], 1, 1, SOON) == MOST + 1


def test_add_is_never_ready_before_the_controllers_last(module, people):
    """The exit delay may be lowered meanwhile."""
    dates = [100, 50, 101, 7]
    ids = [module.add(people[0], 1, 1, SOON + x) for x in dates]
    assert [module.request(x).ready_at - SOON for x in ids] == [100, 100, 101, 101]
    # another's is its own affair
    assert module.request(module.add(people[1], 1, 1, SOON)).ready_at == SOON
    # and so is one that comes when all are gone
    module.save_list(people[0], (0, ids[-1], 0))
    assert module.request(module.add(people[0], 1, 1, SOON)).ready_at == SOON


@pytest.mark.slow
@given(
    st.lists(st.integers(1, METIS), min_size=1, max_size=MOST),
    st.lists(st.integers(0, METIS), max_size=8),
)
@settings(max_examples=50)
def test_first_come_first_served(deployed, people, amounts, parts):
    """Paid in order: before a request come those before it, less what they were paid."""
    with boa.env.anchor():
        left = {deployed.add(people[0], x, 1, SOON): x for x in amounts}
        for part in [0, *parts]:
            for id in left:
                taken = min(part, left[id])
                deployed.pay(taken)
                left[id] -= taken
                part -= taken
            assert deployed.open() == sum(left.values())
            for id in left:
                ahead = sum(x for other, x in left.items() if other <= id)
                assert deployed.ahead(id, left[id]) == ahead


def test_ahead_of_a_request_is_what_came_before_it_and_itself(module, people):
    ids = [module.add(people[x], METIS + x, 1, SOON) for x in (0, 1)]
    assert [module.ahead(x, METIS + x - 1) for x in ids] == [METIS, 2 * METIS + 1]
    # one that comes later does not change that
    module.add(people[2], METIS, 1, SOON)
    assert [module.ahead(x, METIS + x - 1) for x in ids] == [METIS, 2 * METIS + 1]
    assert module.ahead(3, METIS) == 3 * METIS + 1


def test_ahead_when_a_later_request_was_paid_first(module, people):
    """There was METIS for those before it too, and it is still there: they need their own."""
    for person in people:
        module.add(person, METIS, 1, SOON)
    module.pay(METIS)
    # the last one, by its controller
    assert [module.ahead(x, METIS) for x in (1, 2)] == [METIS, METIS]
    assert module.open() == 2 * METIS
    later = module.add(people[2], METIS, 1, SOON)
    assert module.ahead(later, METIS) == 3 * METIS


def test_ahead_of_what_nobody_has_asked_for_is_nothing(module, people):
    module.add(people[0], METIS, 1, SOON)
    assert [module.ahead(x, 0) for x in (0, 2)] == [0, 0]
