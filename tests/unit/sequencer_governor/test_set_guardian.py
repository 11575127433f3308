"""SequencerGovernor.set_guardian"""

import ape

from tests.utils.parliament import GOVERNANCE, State
from tests.utils.system import ZERO


def test_set_guardian_names_another_and_emits(parliament, governor):
    tx = parliament.decide(parliament.call(governor.set_guardian, parliament.stranger))
    event = governor.GuardianSet(old=parliament.working_group, new=parliament.stranger)
    assert event in tx.events
    assert governor.guardian() == parliament.stranger


def test_set_guardian_cannot_be_vetoed_by_the_one_who_leaves(parliament, governor):
    action = parliament.call(governor.set_guardian, parliament.stranger)
    id = parliament.to(State.READY, action, kind=GOVERNANCE)
    with ape.reverts("SequencerGovernor: no veto of this kind"):
        parliament.veto(id)
    parliament.execute(id)


def test_set_guardian__zero__reverts(parliament, governor):
    with ape.reverts("guardian: zero guardian"):
        parliament.decide(parliament.call(governor.set_guardian, ZERO))


def test_set_guardian__anybody_else__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.deployer):
        with ape.reverts("roles: not governance"):
            governor.set_guardian(sender, sender=sender)
