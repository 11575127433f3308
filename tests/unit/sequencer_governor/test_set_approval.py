"""SequencerGovernor.set_approval: the share that has to be for it"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import APPROVAL, GOVERNANCE, State

FLOOR, CEILING = LIMITS["APPROVAL_FLOOR"], LIMITS["APPROVAL_CEILING"]


def decide(parliament, value):
    return parliament.decide(parliament.call(parliament.governor.set_approval, value))


@pytest.mark.parametrize("value", [FLOOR, CEILING, APPROVAL + 1])
def test_set_approval_sets_within_bounds_nothing_else_and_emits(parliament, governor, value):
    before = dict(governor.criteria().items())
    tx = decide(parliament, value)
    assert governor.ParameterSet(name="approval", old=APPROVAL, new=value) in tx.events
    assert len(list(tx.decode_logs(governor.ParameterSet))) == 1
    assert dict(governor.criteria().items()) == before | {"approval_bps": value}


def test_set_approval_to_what_it_is_says_nothing(parliament, governor):
    tx = decide(parliament, APPROVAL)
    assert list(tx.decode_logs(governor.ParameterSet)) == []


def test_set_approval_counts_for_later_proposals(parliament, governor):
    action = parliament.call(governor.set_approval, FLOOR)
    change = parliament.to(State.READY, action, kind=GOVERNANCE)
    earlier = parliament.propose()
    parliament.execute(change)
    assert governor.proposal(earlier).criteria.approval_bps == APPROVAL
    assert governor.proposal(parliament.propose()).criteria.approval_bps == FLOOR


@pytest.mark.parametrize("value", [0, FLOOR - 1, CEILING + 1, 2**256 - 1])
def test_set_approval__out_of_bounds__reverts(parliament, value):
    with ape.reverts("SequencerGovernor: bad approval"):
        decide(parliament, value)


def test_set_approval__stranger__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.proposer):
        with ape.reverts("roles: not governance"):
            governor.set_approval(APPROVAL, sender=sender)
