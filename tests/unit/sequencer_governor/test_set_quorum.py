"""SequencerGovernor.set_quorum: the METIS that have to vote"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import GOVERNANCE, QUORUM, State

FLOOR, CEILING = LIMITS["QUORUM_FLOOR"], LIMITS["QUORUM_CEILING"]


def decide(parliament, value):
    return parliament.decide(parliament.call(parliament.governor.set_quorum, value))


@pytest.mark.parametrize("value", [FLOOR, CEILING, QUORUM + 1])
def test_set_quorum_sets_within_bounds_nothing_else_and_emits(parliament, governor, value):
    before = dict(governor.criteria().items())
    tx = decide(parliament, value)
    assert governor.ParameterSet(name="quorum", old=QUORUM, new=value) in tx.events
    assert len(list(tx.decode_logs(governor.ParameterSet))) == 1
    assert dict(governor.criteria().items()) == before | {"quorum": value}


def test_set_quorum_to_what_it_is_says_nothing(parliament, governor):
    tx = decide(parliament, QUORUM)
    assert list(tx.decode_logs(governor.ParameterSet)) == []


def test_set_quorum_counts_for_later_proposals(parliament, governor):
    action = parliament.call(governor.set_quorum, FLOOR)
    change = parliament.to(State.READY, action, kind=GOVERNANCE)
    earlier = parliament.propose()
    parliament.execute(change)
    assert governor.proposal(earlier).criteria.quorum == QUORUM
    assert governor.proposal(parliament.propose()).criteria.quorum == FLOOR


@pytest.mark.parametrize("value", [0, FLOOR - 1, CEILING + 1, 2**256 - 1])
def test_set_quorum__out_of_bounds__reverts(parliament, value):
    with ape.reverts("SequencerGovernor: bad quorum"):
        decide(parliament, value)


def test_set_quorum__stranger__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.proposer):
        with ape.reverts("roles: not governance"):
            governor.set_quorum(QUORUM, sender=sender)
