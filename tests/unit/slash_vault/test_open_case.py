"""SlashVault.open_case"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import ID, KEY, KIND, Status
from tests.utils.system import METIS, ZERO


def test_open_case_records_and_emits(escrow, open_case, owner, lst):
    tx = open_case(owner, lst, 2 * METIS, 3 * METIS)
    unlocks_at = tx.timestamp + LIMITS["SLASH_LOCK"]
    assert tx.events == [
        escrow.CaseOpened(
            case_id=1,
            id=ID,
            owner=owner,
            vault=lst,
            own=2 * METIS,
            paired=3 * METIS,
            kind=KIND,
            evidence=bytes(32),
        )
    ]
    assert escrow.case_of(1) == (
        *(ID, owner, lst, 2 * METIS, 3 * METIS, KIND, KEY, bytes(32)),
        *(tx.timestamp, unlocks_at, Status.LOCKED, 0, 0, 0, 0, unlocks_at),
    )
    assert (escrow.case_count(), escrow.held()) == (1, 5 * METIS)


def test_open_case_takes_the_first_half_of_the_key(escrow, pool_account, owner):
    key = bytes(range(1, 33))
    escrow.open_case(ID, owner, ZERO, 1, 0, KIND, key, sender=pool_account)
    case = escrow.case_of(1)
    assert (case.key, case.status, case.appealed_at, case.refund_bps) == (
        *(key[:16], Status.LOCKED, 0, 0),
    )


def test_open_case_counts(escrow, open_case, owner, lst):
    for case_id in (1, 2, 3):
        tx = open_case(owner, lst, METIS, 0)
        assert tx.events[0].case_id == case_id == escrow.case_count()
        assert escrow.held() == case_id * METIS
    assert escrow.case_of(1).own == METIS


@pytest.mark.parametrize("paired", [0, 1])
def test_open_case_names_a_vault_only_if_it_lost_something(escrow, open_case, owner, lst, paired):
    tx = open_case(owner, lst, METIS, paired)
    vault = lst if paired else ZERO
    assert escrow.case_of(1).vault == vault
    assert tx.events[0].vault == vault


def test_open_case_does_not_count_what_was_given(metis, escrow, open_case, pool_account, owner):
    """METIS that somebody sends on top belongs to no case."""
    metis.transfer(escrow, 4 * METIS, sender=pool_account)
    open_case(owner, own=METIS)
    assert escrow.held() == METIS


@pytest.mark.parametrize("role", ["slasher", "governance", "deployer", "treasury", "stranger"])
def test_open_case__not_pool__reverts(system, vault, owner, role):
    with ape.reverts("SlashVault: not pool"):
        vault.open_case(ID, owner, ZERO, 0, 0, KIND, KEY, sender=getattr(system, role))
