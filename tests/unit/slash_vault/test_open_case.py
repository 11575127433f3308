"""SlashVault.open_case"""

import ape
import pytest

from tests.utils.system import DAY, METIS, ZERO

ID, KIND, EVIDENCE = 3, 255, b"\xee" * 32


@pytest.fixture
def pool_account(system):
    """An account that a vault takes for its pool."""
    account = system.new_account()
    system.metis.mint(account, 100 * METIS, sender=system.deployer)
    return account


@pytest.fixture
def escrow(system, metis, pool_account):
    """A SlashVault without the SequencerPool."""
    return system.deployer.deploy(system.project.SlashVault, metis, pool_account)


def open_case(escrow, sender, owner, vault, own, paired):
    return escrow.open_case(ID, owner, vault, own, paired, KIND, EVIDENCE, sender=sender)


def test_open_case_records_and_emits(metis, escrow, pool_account, owner, lst):
    metis.transfer(escrow, 5 * METIS, sender=pool_account)
    tx = open_case(escrow, pool_account, owner, lst, 2 * METIS, 3 * METIS)
    unlocks_at = tx.timestamp + 365 * DAY
    assert tx.events == [
        escrow.CaseOpened(
            case_id=1,
            id=ID,
            owner=owner,
            vault=lst,
            own=2 * METIS,
            paired=3 * METIS,
            kind=KIND,
            evidence=EVIDENCE,
            unlocks_at=unlocks_at,
        )
    ]
    assert escrow.case_of(1) == (
        *(ID, owner, lst, 2 * METIS, 3 * METIS, KIND, EVIDENCE, tx.timestamp, unlocks_at),
    )
    assert (escrow.case_count(), escrow.held()) == (1, 5 * METIS)


def test_open_case_counts(metis, escrow, pool_account, owner, lst):
    metis.transfer(escrow, 5 * METIS, sender=pool_account)
    for case_id in (1, 2, 3):
        tx = open_case(escrow, pool_account, owner, lst, METIS, 0)
        assert tx.events[0].case_id == case_id == escrow.case_count()
        assert escrow.held() == case_id * METIS
    assert escrow.case_of(1).own == METIS


@pytest.mark.parametrize("paired", [0, 1])
def test_open_case_names_a_vault_only_if_it_lost_something(
    metis, escrow, pool_account, owner, lst, paired
):
    metis.transfer(escrow, METIS + paired, sender=pool_account)
    tx = open_case(escrow, pool_account, owner, lst, METIS, paired)
    vault = lst if paired else ZERO
    assert escrow.case_of(1).vault == vault
    assert tx.events[0].vault == vault


def test_open_case_does_not_count_what_was_given(metis, escrow, pool_account, owner):
    """METIS that somebody sends on top belongs to no case."""
    metis.transfer(escrow, 5 * METIS, sender=pool_account)
    open_case(escrow, pool_account, owner, ZERO, METIS, 0)
    assert escrow.held() == METIS


@pytest.mark.parametrize("own, paired", [(METIS + 1, 0), (METIS, 1), (0, METIS + 1)])
def test_open_case__metis_is_missing__reverts(metis, escrow, pool_account, owner, own, paired):
    metis.transfer(escrow, METIS, sender=pool_account)
    with ape.reverts("SlashVault: metis is missing"):
        open_case(escrow, pool_account, owner, owner, own, paired)


def test_open_case__same_metis_twice__reverts(metis, escrow, pool_account, owner):
    metis.transfer(escrow, METIS, sender=pool_account)
    open_case(escrow, pool_account, owner, ZERO, METIS, 0)
    with ape.reverts("SlashVault: metis is missing"):
        open_case(escrow, pool_account, owner, ZERO, METIS, 0)


def test_open_case__not_pool__reverts(system, vault, owner):
    for sender in (system.slasher, system.governance, system.deployer, system.stranger):
        with ape.reverts("SlashVault: not pool"):
            open_case(vault, sender, owner, ZERO, 0, 0)
