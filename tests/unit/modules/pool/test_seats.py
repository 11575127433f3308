"""contracts/modules/pool/seats.vy, against a list of members and a list of places"""

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import limits
from contracts.modules.pool import seats

initializes: seats

answer: public(uint256)
id: public(uint256)

@external
def take(power: uint256, signer: address):
    self.answer = seats._take(power, signer)

@external
def give_up(seat: uint256):
    self.answer = seats._give_up(seat)

@external
def set_power(seat: uint256, power: uint256):
    seats._set_power(seat, power)

@external
def set_signer(seat: uint256, signer: address):
    seats._set_signer(seat, signer)

@external
def join_queue(id: uint256):
    self.answer = seats._join_queue(id)

@external
def leave_queue():
    seats._leave_queue()

@external
def next_in_queue():
    self.answer, self.id = seats._next_in_queue()

@external
@view
def members() -> (uint256, uint256[limits.MAX_SEQUENCERS]):
    return seats._seated(), seats.members

@external
@view
def queue_at(place: uint256) -> uint256:
    return seats.queue[place]

@external
@view
def queue() -> (uint256, uint256, uint256):
    return seats.queue_head, seats.queue_tail, seats.queued
"""

MOST = LIMITS["MAX_SEQUENCERS"]
powers = st.sampled_from([0, 1, LIMITS["CAP_CEILING"]]) | st.integers(0, LIMITS["CAP_CEILING"])


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def seats(template):
    return template.deploy()


def signer(n):
    return to_checksum_address(n.to_bytes(20, "big"))


def word(member):
    power, n = member
    return (power << 160) | n


def assert_members(contract, members):
    seated, words = contract.members()
    assert seated == len(members)
    assert words == [word(member) for member in members] + (MOST - seated) * [0]


def fill(contract, count):
    members = [(10 + n, n) for n in range(1, count + 1)]
    for power, n in members:
        contract.take(power, signer(n))
    return members


def test_nobody_sits_and_nobody_waits(seats):
    assert_members(seats, [])
    assert tuple(seats.queue()) == (0, 0, 0)
    assert seats.queue_at(0) == 0


def test_all_seats_can_be_taken(seats):
    members = fill(seats, MOST)
    assert seats.answer() == MOST - 1
    assert_members(seats, members)


@pytest.mark.parametrize("seat", [0, 1, 2])
def test_the_last_member_fills_a_seat_that_is_given_up(seats, seat):
    members = fill(seats, 3)
    seats.give_up(seat)
    last = members.pop()
    if seat < 2:
        members[seat] = last
    assert seats.answer() == (word(last) if seat < 2 else 0)
    assert_members(seats, members)


takes = st.tuples(st.just("take"), powers)
others = st.tuples(st.sampled_from(["give_up", "set_power", "set_signer"]), powers)
steps = st.lists(takes | others, min_size=5, max_size=30)


@given(steps, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_seats_have_no_gaps(template, steps, chance):
    contract, members = template.deploy(), []
    for n, (name, power) in enumerate(steps, 1):
        seat = chance.randrange(len(members)) if members else 0
        if name == "take":
            contract.take(power, signer(n))
            assert contract.answer() == len(members)
            members.append((power, n))
        elif not members:
            continue
        elif name == "give_up":
            contract.give_up(seat)
            last = members.pop()
            if seat == len(members):
                assert contract.answer() == 0
            else:
                assert contract.answer() == word(last)
                members[seat] = last
        elif name == "set_power":
            contract.set_power(seat, power)
            members[seat] = (power, members[seat][1])
        else:
            contract.set_signer(seat, signer(n))
            members[seat] = (members[seat][0], n)
        assert_members(contract, members)


@given(st.lists(st.sampled_from(["join", "join", "leave", "next"]), max_size=30))
@settings(max_examples=30)
def test_places_of_the_queue_only_rise(template, steps):
    """Who leaves early stays in the list, and is not counted."""
    contract, ids, head, queued = template.deploy(), [], 0, 0
    for n, name in enumerate(steps, 1):
        if name == "join":
            contract.join_queue(n)
            assert contract.answer() == len(ids)
            ids.append(n)
            queued += 1
        elif name == "leave" and queued > 0:
            contract.leave_queue()
            queued -= 1
        elif name == "next" and head < len(ids):
            contract.next_in_queue()
            assert (contract.answer(), contract.id()) == (head, ids[head])
            head += 1
        assert tuple(contract.queue()) == (head, len(ids), queued)
    assert [contract.queue_at(place) for place in range(len(ids) + 1)] == [*ids, 0]
