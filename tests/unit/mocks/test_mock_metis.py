"""MockMETIS: behaves as the METIS token on Ethereum does"""

import ape
import pytest

from tests.utils.system import METIS, ZERO

MAX = 2**256 - 1


@pytest.fixture
def holder(system):
    """An account with 10 METIS."""
    account = system.new_account()
    system.metis.mint(account, 10 * METIS, sender=system.deployer)
    return account


def test_metadata(metis):
    assert (metis.name(), metis.symbol(), metis.decimals()) == ("Metis Token", "Metis", 18)


def test_mint_creates_and_emits(system, metis, stranger):
    supply = metis.totalSupply()
    tx = metis.mint(stranger, METIS, sender=system.deployer)
    assert tx.events == [metis.Transfer(sender=ZERO, receiver=stranger, value=METIS)]
    assert metis.balanceOf(stranger) == METIS
    assert metis.totalSupply() == supply + METIS


def test_mint_many_creates_and_emits_for_each(system, metis, stranger, holder):
    supply, before = metis.totalSupply(), metis.balanceOf(holder)
    tx = metis.mint_many([stranger, holder, stranger], METIS, sender=system.deployer)
    assert tx.events == [
        metis.Transfer(sender=ZERO, receiver=receiver, value=METIS)
        for receiver in (stranger, holder, stranger)
    ]
    assert metis.balanceOf(stranger) == 2 * METIS
    assert metis.balanceOf(holder) == before + METIS
    assert metis.totalSupply() == supply + 3 * METIS


def test_mint_many__not_owner_or_to_zero__reverts(system, metis, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        metis.mint_many([stranger], METIS, sender=stranger)
    with ape.reverts("MockMETIS: mint to zero address"):
        metis.mint_many([stranger, ZERO], METIS, sender=system.deployer)


def test_mint__not_owner__reverts(metis, stranger):
    with ape.reverts("ownable: caller is not the owner"):
        metis.mint(stranger, METIS, sender=stranger)


def test_mint__zero_address__reverts(system, metis):
    with ape.reverts("MockMETIS: mint to zero address"):
        metis.mint(ZERO, METIS, sender=system.deployer)


def test_transfer_moves_and_emits(metis, holder, stranger):
    tx = metis.transfer(stranger, 4 * METIS, sender=holder)
    assert tx.events == [metis.Transfer(sender=holder, receiver=stranger, value=4 * METIS)]
    assert (metis.balanceOf(holder), metis.balanceOf(stranger)) == (6 * METIS, 4 * METIS)
    assert metis.transfer.call(stranger, 6 * METIS, sender=holder) is True


def test_transfer_to_oneself_changes_nothing(metis, holder):
    metis.transfer(holder, 10 * METIS, sender=holder)
    assert metis.balanceOf(holder) == 10 * METIS


def test_transfer__more_than_balance__reverts(metis, holder, stranger):
    with ape.reverts("MockMETIS: amount exceeds balance"):
        metis.transfer(stranger, 10 * METIS + 1, sender=holder)


def test_transfer__zero_address__reverts(metis, holder):
    with ape.reverts("MockMETIS: transfer to zero address"):
        metis.transfer(ZERO, METIS, sender=holder)


def test_approve_replaces_and_emits(metis, holder, stranger):
    for amount in (5 * METIS, METIS, 0):
        tx = metis.approve(stranger, amount, sender=holder)
        assert tx.events == [metis.Approval(owner=holder, spender=stranger, value=amount)]
        assert metis.allowance(holder, stranger) == amount


def test_approve__zero_address__reverts(metis, holder):
    with ape.reverts("MockMETIS: approve to zero address"):
        metis.approve(ZERO, METIS, sender=holder)


@pytest.mark.parametrize("allowed", [4 * METIS, MAX])
def test_transfer_from_lowers_every_allowance_and_emits(metis, holder, stranger, owner, allowed):
    metis.approve(stranger, allowed, sender=holder)
    tx = metis.transferFrom(holder, owner, 3 * METIS, sender=stranger)
    # in this order, and also of the largest allowance: as METIS does it
    assert tx.events == [
        metis.Transfer(sender=holder, receiver=owner, value=3 * METIS),
        metis.Approval(owner=holder, spender=stranger, value=allowed - 3 * METIS),
    ]
    assert metis.allowance(holder, stranger) == allowed - 3 * METIS


def test_transfer_from__more_than_allowed__reverts(metis, holder, stranger):
    metis.approve(stranger, METIS - 1, sender=holder)
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        metis.transferFrom(holder, stranger, METIS, sender=stranger)


def test_transfer_from__more_than_balance__reverts(metis, holder, stranger):
    metis.approve(stranger, MAX, sender=holder)
    with ape.reverts("MockMETIS: amount exceeds balance"):
        metis.transferFrom(holder, stranger, 10 * METIS + 1, sender=stranger)


def test_transfer_from__zero_address__reverts(metis, holder, stranger):
    metis.approve(stranger, METIS, sender=holder)
    with ape.reverts("MockMETIS: transfer to zero address"):
        metis.transferFrom(holder, ZERO, METIS, sender=stranger)


def test_increase_allowance_adds_and_emits(metis, holder, stranger):
    metis.approve(stranger, METIS, sender=holder)
    tx = metis.increaseAllowance(stranger, 2 * METIS, sender=holder)
    assert tx.events == [metis.Approval(owner=holder, spender=stranger, value=3 * METIS)]
    assert metis.allowance(holder, stranger) == 3 * METIS


def test_decrease_allowance_takes_and_emits(metis, holder, stranger):
    metis.approve(stranger, 3 * METIS, sender=holder)
    tx = metis.decreaseAllowance(stranger, METIS, sender=holder)
    assert tx.events == [metis.Approval(owner=holder, spender=stranger, value=2 * METIS)]
    assert metis.allowance(holder, stranger) == 2 * METIS


def test_decrease_allowance__below_zero__reverts(metis, holder, stranger):
    metis.approve(stranger, METIS, sender=holder)
    with ape.reverts("MockMETIS: allowance below zero"):
        metis.decreaseAllowance(stranger, METIS + 1, sender=holder)


def test_ownership_moves_the_right_to_mint(system, metis, stranger):
    metis.transfer_ownership(stranger, sender=system.deployer)
    metis.mint(stranger, METIS, sender=stranger)
    with ape.reverts("ownable: caller is not the owner"):
        metis.mint(stranger, METIS, sender=system.deployer)


def test_ownership_cannot_be_renounced(metis):
    """A local chain needs a minter."""
    assert "renounce_ownership" not in metis.contract_type.mutable_methods
