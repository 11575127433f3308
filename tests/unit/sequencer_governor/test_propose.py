"""SequencerGovernor.propose"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import (
    APPROVAL,
    CUSTODY,
    FORUM,
    GOVERNANCE,
    INFRASTRUCTURE,
    ORDINARY,
    PARAMETERS,
    QUORUM,
    THRESHOLD,
    WALLETS,
    Action,
    Delay,
    ProposalKind,
    State,
)
from tests.utils.system import ZERO

MOST_DATA = LIMITS["MAX_ACTION_DATA"]
MOST_ACTIONS = LIMITS["MAX_ACTIONS"]


def propose(parliament, actions, kind=INFRASTRUCTURE, uri=FORUM, sender=None):
    return parliament.governor.propose(kind, actions, uri, sender=sender or parliament.proposer)


@pytest.mark.parametrize("kind", ProposalKind)
def test_propose_records_all_and_emits(parliament, governor, kind):
    action = parliament.usual(kind)
    tx = propose(parliament, [action], kind)
    (event,) = tx.events
    # Ape cannot compare structs in an event
    assert (event.event_name, event.contract_address) == ("Proposed", governor.address)
    assert event.event_arguments == {
        "proposal_id": 1,
        "proposer": parliament.proposer,
        "kind": kind,
        "delay": ORDINARY,
        "actions_hash": parliament.hash_of([action]),
        "actions": [(action.target.lower(), action.data)],
        "forum_uri": FORUM,
    }
    assert tuple(governor.proposal(1)) == (
        *(parliament.proposer, kind, ORDINARY, tx.timestamp, (QUORUM, WALLETS, APPROVAL)),
        *(bytes(32), 0, 0, 0, 0, State.PROPOSED),
    )
    assert [tuple(x) for x in governor.actions_of(1)] == [action]
    assert governor.proposal_count() == 1


def test_propose_numbers_proposals_from_1(parliament, governor):
    assert [parliament.propose() for _ in range(3)] == [1, 2, 3]
    assert governor.proposal_count() == 3


@pytest.mark.parametrize(
    "names, delay",
    [
        (["record"], ORDINARY),
        (["change"], PARAMETERS),
        (["replace"], CUSTODY),
        (["record", "change"], PARAMETERS),
        (["change", "record"], PARAMETERS),
        (["replace", "record", "change"], CUSTODY),
        (["record", "change", "replace"], CUSTODY),
        (["record", "record"], ORDINARY),
    ],
)
def test_propose_takes_the_longest_delay_of_its_actions(
    parliament, governor, desk, names, delay: Delay
):
    id = parliament.propose(
        *(parliament.call(getattr(desk, name), 1) for name in names), kind=GOVERNANCE
    )
    assert governor.proposal(id).delay == delay


def test_propose_keeps_8_actions_of_1024_bytes(parliament, governor, desk):
    actions = [
        Action(desk.address, parliament.selector(desk.file) + bytes([i]) * (MOST_DATA - 4))
        for i in range(MOST_ACTIONS)
    ]
    tx = propose(parliament, actions)
    assert [tuple(x) for x in governor.actions_of(1)] == actions
    assert tx.events[0].actions_hash == parliament.hash_of(actions)
    # less than a transaction may cost on mainnet
    assert tx.gas_used < 2**24


@pytest.mark.parametrize("data", [b"", b"\x01", bytes(28), bytes(31), bytes(32), bytes(33)])
def test_propose_hashes_data_of_any_length(parliament, governor, desk, data):
    action = Action(desk.address, parliament.selector(desk.note) + data)
    id = parliament.propose(action)
    assert [tuple(x) for x in governor.actions_of(id)] == [action]
    assert governor.hash_actions([action]) == parliament.hash_of([action])


def test_propose_asks_nothing_of_the_arguments(parliament, governor, desk):
    """A call that cannot succeed is the voters' business."""
    parliament.propose(Action(desk.address, parliament.selector(desk.note)))


@pytest.mark.parametrize("length", [1, 256])
def test_propose_takes_any_forum_post(parliament, governor, length):
    tx = propose(parliament, [parliament.note()], uri="x" * length)
    assert tx.events[0].forum_uri == "x" * length


# who may


def test_propose_asks_for_the_threshold_to_the_wei(parliament, governor, metis):
    proposer = parliament.new_account()
    metis.mint(proposer, THRESHOLD - 1, sender=parliament.deployer)
    with ape.reverts("SequencerGovernor: below proposal threshold"):
        propose(parliament, [parliament.note()], sender=proposer)
    metis.mint(proposer, 1, sender=parliament.deployer)
    propose(parliament, [parliament.note()], sender=proposer)


def test_propose_without_threshold_is_open_to_all(parliament, governor):
    parliament.decide(parliament.call(governor.set_proposal_threshold, 0))
    propose(parliament, [parliament.note()], sender=parliament.stranger)


def test_propose__stranger__reverts(parliament):
    with ape.reverts("SequencerGovernor: below proposal threshold"):
        propose(parliament, [parliament.note()], sender=parliament.stranger)


# what may be proposed


def test_propose__no_actions__reverts(parliament):
    with ape.reverts("SequencerGovernor: no actions"):
        propose(parliament, [])


def test_propose__no_forum_post__reverts(parliament):
    with ape.reverts("SequencerGovernor: no forum post"):
        propose(parliament, [parliament.note()], uri="")


@pytest.mark.parametrize("length", range(4))
@pytest.mark.parametrize("place", [0, 1])
def test_propose__no_selector__reverts(parliament, desk, length, place):
    actions = [parliament.note()] * 2
    actions[place] = Action(desk.address, parliament.selector(desk.note)[:length])
    with ape.reverts("SequencerGovernor: no selector"):
        propose(parliament, actions)


def test_propose__off_the_allow_list__reverts(parliament, governor, desk, metis):
    """Another function, another contract, nobody, an account, and METIS itself."""
    selector = parliament.selector(desk.note)
    for action in (
        parliament.call(desk.damage, True),
        Action(desk.address, bytes(4)),
        Action(desk.address, selector[:3] + bytes(1)),
        Action(parliament.pool.address, selector),
        Action(ZERO, selector),
        Action(parliament.stranger.address, selector),
        parliament.call(metis.transfer, parliament.stranger, 1),
        parliament.call(governor.execute, 1),
        parliament.call(parliament.pool.accept_ownership),
        parliament.call(parliament.timelock.update_delay, 0),
        parliament.call(parliament.slash_vault.release, 1),
    ):
        for kind in ProposalKind:
            with ape.reverts("SequencerGovernor: action not allowed"):
                propose(parliament, [action], kind)


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize("place", [0, 1, 7])
def test_propose__action_of_another_kind__reverts(parliament, kind, place):
    other = GOVERNANCE if kind == INFRASTRUCTURE else INFRASTRUCTURE
    actions = [parliament.usual(kind)] * 8
    actions[place] = parliament.usual(other)
    with ape.reverts("SequencerGovernor: action of another kind"):
        propose(parliament, actions, kind)


@pytest.mark.parametrize("kind", [0, 3])
def test_propose__no_single_kind__reverts(parliament, kind):
    for action in (parliament.note(), parliament.record()):
        with ape.reverts("SequencerGovernor: action of another kind"):
            propose(parliament, [action], kind)


def test_propose__taken_off_the_allow_list__reverts(parliament, governor, desk):
    selector = parliament.selector(desk.note)
    parliament.decide(parliament.call(governor.set_permission, (desk.address, selector, 0, 0)))
    with ape.reverts("SequencerGovernor: action not allowed"):
        propose(parliament, [parliament.note()])
