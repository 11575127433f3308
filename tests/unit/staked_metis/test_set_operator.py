"""StakedMetis.setOperator"""

import pytest


@pytest.mark.parametrize("approved", [True, False])
def test_set_operator_emits(staked, alice, bob, approved):
    tx = staked.setOperator(bob, approved, sender=alice)
    assert tx.events == [staked.OperatorSet(controller=alice, operator=bob, approved=approved)]
    assert staked.isOperator(alice, bob) == approved


def test_set_operator_returns_true(staked, alice, bob):
    assert staked.setOperator.call(bob, False, sender=alice) is True


def test_set_operator_is_taken_back(staked, alice, bob):
    staked.setOperator(bob, True, sender=alice)
    staked.setOperator(bob, False, sender=alice)
    assert not staked.isOperator(alice, bob)


def test_set_operator_is_for_the_caller_alone(staked, alice, bob, carol):
    staked.setOperator(bob, True, sender=alice)
    assert not staked.isOperator(bob, alice)
    assert not staked.isOperator(alice, carol)
    assert not staked.isOperator(carol, bob)
    assert not staked.isOperator(alice, alice)
