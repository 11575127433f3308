"""What an executed call can do with the SequencerGovernor and the Timelock while it runs"""

import pytest
from eth_abi import decode

from seqpool.protocol.messages import as_struct
from tests.utils.parliament import FORUM, GOVERNANCE, INFRASTRUCTURE, THRESHOLD, State
from tests.utils.system import DAY


@pytest.fixture
def rich_desk(desk, metis, parliament):
    """A malicious target: on the allow-list, may propose, and calls whom it is told to."""
    metis.mint(desk, THRESHOLD, sender=parliament.deployer)
    return desk


def reason(desk) -> str:
    """Why the attempt of the executed call was refused; empty if nothing was said."""
    assert not desk.success()
    answer = bytes(desk.answer())
    return decode(["string"], answer[4:])[0] if answer else ""


def attempt(parliament, desk, call, *others):
    """Executes a proposal whose call makes another one."""
    id = parliament.to(State.READY, parliament.call(desk.attempt, *call), *others)
    parliament.execute(id)
    return id


def test_execute_cannot_be_entered_again(parliament, governor, rich_desk):
    """With another proposal, that is ready as well."""
    other = parliament.to(State.QUEUED, parliament.note(7))
    attempt(parliament, rich_desk, parliament.call(governor.execute, other))
    assert reason(rich_desk) == ""
    assert (parliament.notes(), parliament.state(other)) == ([], State.READY)
    parliament.execute(other)
    assert parliament.notes() == [7]


def test_execute_of_itself_runs_nothing_twice(parliament, governor, rich_desk):
    id = governor.proposal_count() + 1
    attempt(
        *(parliament, rich_desk, parliament.call(governor.execute, id)),
        parliament.note(1),
    )
    assert reason(rich_desk) == ""
    assert parliament.notes() == [1]


@pytest.mark.parametrize("name", ["propose", "link_vote", "cancel", "attest", "relink_vote"])
def test_nothing_can_be_done_meanwhile(parliament, governor, rich_desk, name):
    """Who votes and signs knows what is there before and after, and nothing in between."""
    own = parliament.propose()
    waiting = parliament.to(State.ENDED)
    ends_at = parliament.now() + 12 * DAY
    link = parliament.vote_link(own, endsAt=ends_at)
    tally = parliament.tally(waiting)
    arguments = {
        "propose": (INFRASTRUCTURE, [parliament.note()], FORUM),
        "link_vote": (own, 32 * b"v", ends_at),
        "cancel": (own,),
        "attest": (waiting, as_struct(tally), parliament.sign(tally)),
        "relink_vote": (*as_struct(link)[:3], parliament.sign(link)),
    }[name]
    before = governor.proposal_count(), parliament.state(own)
    attempt(parliament, rich_desk, parliament.call(getattr(governor, name), *arguments))
    assert reason(rich_desk) == ""
    assert (governor.proposal_count(), parliament.state(own)) == (before[0] + 1, before[1])


@pytest.mark.parametrize("name", ["state", "proposal", "operations_of", "proposal_count"])
def test_views_are_locked_meanwhile(parliament, governor, rich_desk, name):
    """Nobody is told a state that is half changed."""
    arguments = () if name == "proposal_count" else (parliament.propose(),)
    attempt(parliament, rich_desk, parliament.call(getattr(governor, name), *arguments))
    assert reason(rich_desk) == ""


@pytest.mark.parametrize("name", ["schedule", "execute", "cancel", "update_delay", "grantRole"])
def test_the_timelock_hears_nobody_else_meanwhile(parliament, timelock, rich_desk, name):
    id = parliament.propose()
    ((target, data),) = parliament.governor.actions_of(id)
    where = (target, 0, data, bytes(32), bytes(32))
    arguments = {
        "schedule": (*where, 30 * DAY),
        "execute": where,
        "cancel": (32 * b"o",),
        "update_delay": (0,),
        "grantRole": (timelock.PROPOSER_ROLE(), rich_desk),
    }[name]
    attempt(parliament, rich_desk, parliament.call(getattr(timelock, name), *arguments))
    expected = {"update_delay": "timelock_controller: caller must be timelock"}.get(
        name, "access_control: account is missing role"
    )
    assert reason(rich_desk) == expected


def test_setters_hear_nobody_but_the_timelock_meanwhile(parliament, governor, rich_desk):
    """They are not locked, for the Timelock calls them then."""
    for call in (
        parliament.call(governor.set_quorum, 1),
        parliament.call(governor.set_permission, (rich_desk, bytes(4), INFRASTRUCTURE, 1)),
        parliament.call(governor.set_attesters, parliament.attesters(3), 2),
        parliament.call(governor.set_guardian, rich_desk),
    ):
        attempt(parliament, rich_desk, call)
        assert reason(rich_desk) == "roles: not governance"


def test_setters_work_in_any_place_of_a_proposal(parliament, governor):
    id = parliament.to(
        State.READY,
        parliament.record(1),
        parliament.call(governor.set_wallets, 100),
        parliament.record(2),
        parliament.call(governor.set_guardian, parliament.stranger),
        parliament.call(governor.set_attesters, parliament.attesters(3), 2),
        parliament.record(3),
        kind=GOVERNANCE,
    )
    parliament.execute(id)
    assert parliament.notes() == [1, 2, 3]
    assert governor.criteria().wallets == 100
    assert governor.guardian() == parliament.stranger
    assert governor.attestation_threshold() == 2
