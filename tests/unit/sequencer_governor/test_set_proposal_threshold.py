"""SequencerGovernor.set_proposal_threshold"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import THRESHOLD

CEILING = LIMITS["PROPOSAL_THRESHOLD_CEILING"]


def decide(parliament, value):
    return parliament.decide(parliament.call(parliament.governor.set_proposal_threshold, value))


@pytest.mark.parametrize("value", [0, 1, CEILING])
def test_set_proposal_threshold_sets_and_emits(parliament, governor, value):
    tx = decide(parliament, value)
    event = governor.ParameterSet(name="proposal_threshold", old=THRESHOLD, new=value)
    assert list(tx.decode_logs(governor.ParameterSet)) == [event]
    assert governor.proposal_threshold() == value


def test_set_proposal_threshold_counts_at_once(parliament, metis):
    decide(parliament, THRESHOLD + 1)
    with ape.reverts("SequencerGovernor: below proposal threshold"):
        parliament.propose()
    metis.mint(parliament.proposer, 1, sender=parliament.deployer)
    parliament.propose()


@pytest.mark.parametrize("value", [CEILING + 1, 2**256 - 1])
def test_set_proposal_threshold__above_the_ceiling__reverts(parliament, value):
    with ape.reverts("SequencerGovernor: bad proposal_threshold"):
        decide(parliament, value)


def test_set_proposal_threshold__stranger__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.proposer):
        with ape.reverts("roles: not governance"):
            governor.set_proposal_threshold(0, sender=sender)
