"""SlashVault.loss_of"""

import pytest

from tests.unit.slash_vault.conftest import ID, KIND, OWN, PAIRED
from tests.utils.system import ZERO


def test_loss_of_a_vault(escrow, slashed_at, lst):
    case = escrow.case_of(1)
    assert escrow.loss_of(1) == (lst, PAIRED) == (case.vault, case.paired)


def test_loss_of_keeps_cases_apart(system, escrow, open_case, owner, lst):
    open_case(owner, lst, OWN, PAIRED)
    open_case(owner)
    open_case(owner, system.other_lst, 0, 1)
    losses = [escrow.loss_of(case_id) for case_id in (1, 2, 3)]
    assert losses == [(lst, PAIRED), (ZERO, 0), (system.other_lst, 1)]


def test_loss_of_stays_after_a_refund(system, escrow, resolved, lst):
    """It is what was taken, and not what is missing."""
    resolved(10_000)
    escrow.collect_refund(1, sender=lst)
    assert escrow.loss_of(1) == (lst, PAIRED)


def test_loss_of_the_largest_amount(escrow, pool_account, owner, lst):
    amount = 2**96 - 1
    key = b"\xff" * 32
    escrow.open_case(ID, owner, lst, amount, amount, KIND, key, sender=pool_account)
    assert escrow.loss_of(1) == (lst, amount)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_loss_of_an_unknown_case_is_nobodys(escrow, slashed_at, case_id):
    assert escrow.loss_of(case_id) == (ZERO, 0)
