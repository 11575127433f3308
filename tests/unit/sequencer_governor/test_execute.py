"""SequencerGovernor.execute"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.parliament import (
    CUSTODY,
    GOVERNANCE,
    INFRASTRUCTURE,
    ORDINARY,
    PARAMETERS,
    SECONDS,
    Action,
    ProposalKind,
    State,
)
from tests.utils.system import PARAMETERS as POOL_PARAMETERS
from tests.utils.system import Approval


@pytest.mark.parametrize("kind", ProposalKind)
def test_execute_makes_the_call_and_emits(parliament, governor, timelock, desk, kind):
    id = parliament.to(State.READY, kind=kind)
    ((target, data),) = governor.actions_of(id)
    tx = parliament.execute(id)
    assert tx.events == [
        governor.Executed(proposal_id=id),
        timelock.CallExecuted(
            id=parliament.operations(id)[0], index=0, target=target, amount=0, payload=data
        ),
    ]
    assert parliament.notes() == [1]
    # as the Timelock, which governs
    assert desk.senders(0) == timelock
    assert parliament.state(id) == State.EXECUTED


def test_execute_is_open_to_all(parliament):
    for sender in (parliament.stranger, parliament.proposer, parliament.working_group):
        parliament.execute(parliament.to(State.READY), sender=sender)


def test_execute_makes_8_calls_in_their_order(parliament, timelock):
    numbers = [5, 3, 8, 1, 5, 5, 9, 2]
    id = parliament.to(State.READY, *map(parliament.note, numbers))
    parliament.execute(id)
    assert parliament.notes() == numbers
    assert all(timelock.is_operation_done(x) for x in parliament.operations(id))


def test_execute_makes_8_calls_of_1024_bytes(parliament, desk):
    size = LIMITS["MAX_ACTION_DATA"]
    call = parliament.call(desk.file, bytes(size - 96)).data
    # the rest is ignored by whoever is called
    data = call.ljust(size, b"\xff")
    id = parliament.to(State.READY, *8 * [Action(desk.address, data)])
    parliament.execute(id)
    assert desk.size() == 8 * (size - 96)


def test_execute_makes_the_same_call_of_two_proposals(parliament):
    ids = [parliament.propose() for _ in range(2)]
    for step in (parliament.link, parliament.end_vote, parliament.attest, parliament.ready):
        for id in ids:
            step(id)
    # in any order
    for id in reversed(ids):
        parliament.execute(id)
    assert parliament.notes() == [1, 1]


def test_execute_before_an_earlier_proposal(parliament):
    """Proposals do not wait for each other."""
    early, late = (parliament.propose(parliament.note(i)) for i in (1, 2))
    for step in (parliament.link, parliament.end_vote, parliament.attest, parliament.ready):
        for id in (early, late):
            step(id)
    parliament.execute(late)
    parliament.execute(early)
    assert parliament.notes() == [2, 1]


def test_execute_governs_the_suite(parliament):
    """One call on each contract of the suite that the Timelock owns."""
    pool, owner = parliament.pool, parliament.stranger
    parliament.decide(parliament.call(pool.approve, owner), kind=INFRASTRUCTURE)
    assert pool.admission(owner)[1] == Approval.APPROVED
    parliament.decide(
        parliament.call(pool.set_cap, POOL_PARAMETERS["cap"] - 1),
        parliament.call(parliament.court.set_penalty, 3, 1),
        parliament.call(parliament.rewards.set_mrr, 1),
        parliament.call(parliament.slash_vault.announce_treasury, owner),
    )
    assert pool.parameters().cap == POOL_PARAMETERS["cap"] - 1
    assert parliament.court.penalty(3) == 1
    assert parliament.rewards.mrr() == 1


# when


@pytest.mark.parametrize(
    "name, delay", [("record", ORDINARY), ("change", PARAMETERS), ("replace", CUSTODY)]
)
def test_execute_begins_when_the_delay_is_over_and_lasts_14_days(parliament, desk, name, delay):
    id = parliament.to(State.ENDED, parliament.call(getattr(desk, name), 1), kind=GOVERNANCE)
    ready_at = parliament.attest(id).timestamp + SECONDS[delay]
    last = ready_at + LIMITS["EXECUTION_PERIOD"]
    for second, is_time in (
        (ready_at - 1, False),
        (ready_at, True),
        (last, True),
        (last + 1, False),
    ):
        with isolated(parliament.chain):
            parliament.at(second)
            if is_time:
                parliament.execute(id)
                assert parliament.notes() == [1]
            else:
                with ape.reverts("SequencerGovernor: not ready"):
                    parliament.execute(id)


def test_execute__in_the_block_of_the_tally__reverts(parliament):
    id = parliament.to(State.QUEUED)
    with ape.reverts("SequencerGovernor: not ready"):
        parliament.execute(id)


def test_execute__twice__reverts(parliament):
    id = parliament.to(State.EXECUTED)
    for _ in range(2):
        with ape.reverts("SequencerGovernor: not ready"):
            parliament.execute(id)
    assert parliament.notes() == [1]


@pytest.mark.parametrize("state", [state for state in State if state != State.READY])
def test_execute__any_other_state__reverts(parliament, state):
    id = parliament.to(state)
    done = parliament.notes()
    with ape.reverts("SequencerGovernor: not ready"):
        parliament.execute(id)
    assert parliament.notes() == done


@pytest.mark.parametrize("stage", [State.PROPOSED, State.ENDED, State.READY])
@pytest.mark.parametrize("kind", ProposalKind)
def test_execute__expired__reverts(parliament, stage, kind):
    id = parliament.expire(stage, kind)
    with ape.reverts("SequencerGovernor: not ready"):
        parliament.execute(id)


@pytest.mark.parametrize("id", [0, 2, 2**256 - 1])
def test_execute__unknown_proposal__reverts(parliament, id):
    parliament.propose()
    with ape.reverts("SequencerGovernor: unknown proposal"):
        parliament.execute(id)


# a call that fails


def test_execute__a_call_fails__reverts_all(parliament, desk, timelock):
    """And can be tried again, until the time is over."""
    metis = parliament.metis
    id = parliament.to(
        State.READY,
        parliament.note(1),
        parliament.call(desk.insist, desk, parliament.call(desk.damage, False).data),
        parliament.call(desk.insist, metis, parliament.call(metis.transfer, desk, 1).data),
        parliament.note(2),
    )
    with ape.reverts("MockMETIS: amount exceeds balance"):
        parliament.execute(id)
    assert parliament.notes() == []
    assert parliament.state(id) == State.READY
    assert all(timelock.is_operation_ready(x) for x in parliament.operations(id))
    metis.mint(desk, 1, sender=parliament.deployer)
    parliament.execute(id)
    assert parliament.notes() == [1, 2]


def test_execute__last_call_fails__reverts_all(parliament, desk):
    id = parliament.to(
        State.READY,
        parliament.note(1),
        parliament.call(desk.insist, desk, parliament.call(desk.damage, True).data),
        parliament.note(2),
    )
    with ape.reverts("Desk: broken"):
        parliament.execute(id)
    assert (parliament.notes(), desk.broken()) == ([], False)


def test_execute__call_of_a_contract_without_the_function__reverts(parliament, desk):
    """An approval that nobody can use up is not counted as done."""
    action = Action(desk.address, parliament.selector(desk.note) + bytes(31))
    id = parliament.to(State.READY, action)
    with ape.reverts("timelock_controller: underlying transaction reverted"):
        parliament.execute(id)
    assert parliament.state(id) == State.READY


def test_execute_sends_no_eth(parliament, governor, timelock):
    id = parliament.to(State.READY)
    with ape.reverts():
        governor.execute(id, value=1, sender=parliament.stranger)
    assert timelock.balance == governor.balance == 0
