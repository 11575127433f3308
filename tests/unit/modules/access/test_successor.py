"""contracts/modules/access/successor.vy: an address that is replaced only with notice"""

import boa
import pytest

SOURCE = """
# pragma version 0.4.3
from contracts.modules.access import successor

initializes: successor

effective_at: public(uint256)

@external
def appoint(holder: address):
    successor._appoint(holder)

@external
def announce(holder: address, notice: uint256):
    self.effective_at = successor._announce(holder, notice)

@external
@view
def present() -> address:
    return successor._present()

@external
@view
def latest() -> (address, uint256):
    return successor.announced, successor.announced_at
"""

ZERO = "0x" + 40 * "0"
NOTICE = 1_000


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture
def successor(template):
    return template.deploy()


@pytest.fixture(scope="module")
def people():
    return [boa.env.generate_address() for _ in range(3)]


def test_nobody_holds_it_before_the_first(successor):
    assert successor.present() == ZERO
    assert successor.latest() == (ZERO, 0)


def test_the_first_is_appointed_without_notice(successor, people):
    successor.appoint(people[0])
    assert successor.present() == people[0]
    assert successor.latest() == (ZERO, 0)


def test_announced_takes_over_in_the_second_in_which_the_notice_has_run_out(successor, people):
    old, new, _ = people
    successor.appoint(old)
    successor.announce(new, NOTICE)
    at = boa.env.timestamp + NOTICE
    assert successor.effective_at() == at
    assert successor.latest() == (new, at)
    boa.env.time_travel(seconds=NOTICE - 1)
    assert successor.present() == old
    boa.env.time_travel(seconds=1)
    assert successor.present() == new
    boa.env.time_travel(seconds=100 * NOTICE)
    assert successor.present() == new
    assert successor.latest() == (new, at)


def test_nobodys_successor_waits_too(successor, people):
    successor.announce(people[0], NOTICE)
    assert successor.present() == ZERO
    boa.env.time_travel(seconds=NOTICE)
    assert successor.present() == people[0]


def test_another_announcement_replaces_one_that_has_not_taken_effect(successor, people):
    old, never, new = people
    successor.appoint(old)
    successor.announce(never, NOTICE)
    boa.env.time_travel(seconds=NOTICE - 1)
    successor.announce(new, NOTICE)
    boa.env.time_travel(seconds=NOTICE - 1)
    # the notice began anew
    assert successor.present() == old
    boa.env.time_travel(seconds=1)
    assert successor.present() == new


def test_another_announcement_comes_after_one_that_has_taken_effect(successor, people):
    old, second, third = people
    successor.appoint(old)
    successor.announce(second, NOTICE)
    boa.env.time_travel(seconds=NOTICE)
    successor.announce(third, NOTICE)
    assert successor.present() == second
    boa.env.time_travel(seconds=NOTICE)
    assert successor.present() == third


def test_to_announce_the_present_holder_withdraws_an_announcement(successor, people):
    old, never, _ = people
    successor.appoint(old)
    successor.announce(never, NOTICE)
    successor.announce(old, NOTICE)
    boa.env.time_travel(seconds=NOTICE)
    assert successor.present() == old
