"""StakedMetis as a token"""

import time

import ape
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.unit.staked_metis.conftest import K
from tests.utils.system import ZERO


@pytest.fixture
def holder(lst_system, alice):
    lst_system.deposit(alice, K)
    return alice


def test_transfer_emits(staked, holder, bob):
    tx = staked.transfer(bob, 1, sender=holder)
    assert tx.events == [staked.Transfer(sender=holder, receiver=bob, value=1)]
    assert (staked.balanceOf(holder), staked.balanceOf(bob)) == (K - 1, 1)


def test_transfer_from_uses_up_the_allowance(staked, holder, bob, carol):
    staked.approve(bob, 3, sender=holder)
    staked.transferFrom(holder, carol, 2, sender=bob)
    assert (staked.balanceOf(carol), staked.allowance(holder, bob)) == (2, 1)
    with ape.reverts("erc20: insufficient allowance"):
        staked.transferFrom(holder, carol, 2, sender=bob)


def test_shares_can_be_redeemed_by_who_has_them(lst_system, staked, holder, bob):
    staked.transfer(bob, K, sender=holder)
    lst_system.request(bob)
    lst_system.wait(21 * 86_400)
    assert lst_system.redeem(bob) == K


def test_shares_that_wait_cannot_be_transferred(lst_system, staked, holder, bob):
    lst_system.request(holder)
    with ape.reverts("erc20: transfer amount exceeds balance"):
        staked.transfer(bob, 1, sender=holder)


def test_permit(lst_system, staked, holder, bob):
    owner = Account.from_key(holder.private_key)
    deadline = int(time.time()) + 10 * 365 * 86_400
    domain = dict(
        zip(
            ("fields", "name", "version", "chainId", "verifyingContract"),
            staked.eip712Domain()[:5],
            strict=True,
        )
    )
    domain.pop("fields")
    assert (domain["name"], domain["version"]) == ("Staked METIS", "1")
    kinds = {
        "owner": "address",
        "spender": "address",
        "value": "uint256",
        "nonce": "uint256",
        "deadline": "uint256",
    }
    values = (holder.address, bob.address, K, staked.nonces(holder), deadline)
    message = encode_typed_data(
        domain_data=domain,
        message_types={"Permit": [{"name": x, "type": kind} for x, kind in kinds.items()]},
        message_data=dict(zip(kinds, values, strict=True)),
    )
    signed = owner.sign_message(message)
    signature = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
    staked.permit(holder, bob, K, deadline, *signature, sender=lst_system.stranger)
    assert staked.allowance(holder, bob) == K
    with ape.reverts("erc20: invalid signature"):
        staked.permit(holder, bob, K, deadline, *signature, sender=bob)


def test_nobody_can_mint_or_burn(staked):
    names = {method.name for method in staked.contract_type.mutable_methods}
    assert names == {
        *("deposit", "mint", "requestRedeem", "redeem", "withdraw", "setOperator"),
        *("count_losses", "collect", "harvest", "collect_refund"),
        *("fund", "claim_refund"),
        *("allocate", "deallocate", "appeal", "set_allocator"),
        *("transfer_ownership", "accept_ownership"),
        *("transfer", "transferFrom", "approve", "permit"),
    }


def test_approval_of_the_zero_address__reverts(staked, holder):
    with ape.reverts("erc20: approve to the zero address"):
        staked.approve(ZERO, 1, sender=holder)
