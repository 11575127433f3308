"""SequencerGovernor.set_wallets: the wallets that have to vote"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import GOVERNANCE, WALLETS, State

FLOOR, CEILING = LIMITS["WALLETS_FLOOR"], LIMITS["WALLETS_CEILING"]


def decide(parliament, value):
    return parliament.decide(parliament.call(parliament.governor.set_wallets, value))


@pytest.mark.parametrize("value", [FLOOR, CEILING, WALLETS + 1])
def test_set_wallets_sets_within_bounds_nothing_else_and_emits(parliament, governor, value):
    before = dict(governor.criteria().items())
    tx = decide(parliament, value)
    assert governor.ParameterSet(name="wallets", old=WALLETS, new=value) in tx.events
    assert len(list(tx.decode_logs(governor.ParameterSet))) == 1
    assert dict(governor.criteria().items()) == before | {"wallets": value}


def test_set_wallets_to_what_it_is_says_nothing(parliament, governor):
    tx = decide(parliament, WALLETS)
    assert list(tx.decode_logs(governor.ParameterSet)) == []


def test_set_wallets_counts_for_later_proposals(parliament, governor):
    action = parliament.call(governor.set_wallets, FLOOR)
    change = parliament.to(State.READY, action, kind=GOVERNANCE)
    earlier = parliament.propose()
    parliament.execute(change)
    assert governor.proposal(earlier).criteria.wallets == WALLETS
    assert governor.proposal(parliament.propose()).criteria.wallets == FLOOR


@pytest.mark.parametrize("value", [0, FLOOR - 1, CEILING + 1, 2**256 - 1])
def test_set_wallets__out_of_bounds__reverts(parliament, value):
    with ape.reverts("SequencerGovernor: bad wallets"):
        decide(parliament, value)


def test_set_wallets__stranger__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.proposer):
        with ape.reverts("roles: not governance"):
            governor.set_wallets(WALLETS, sender=sender)
