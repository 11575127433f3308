"""Views of StakedMetis"""

import ape
import pytest
from eth_utils import keccak

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, ZERO

ERC165 = ["supportsInterface(bytes4)"]
OPERATORS = ["setOperator(address,bool)", "isOperator(address,address)"]
REDEEM = [
    "requestRedeem(uint256,address,address)",
    "pendingRedeemRequest(uint256,address)",
    "claimableRedeemRequest(uint256,address)",
]
ERC7575 = [
    "asset()",
    "share()",
    "convertToShares(uint256)",
    "convertToAssets(uint256)",
    "totalAssets()",
    "maxDeposit(address)",
    "previewDeposit(uint256)",
    "deposit(uint256,address)",
    "maxMint(address)",
    "previewMint(uint256)",
    "mint(uint256,address)",
    "maxWithdraw(address)",
    "previewWithdraw(uint256)",
    "withdraw(uint256,address,address)",
    "maxRedeem(address)",
    "previewRedeem(uint256)",
    "redeem(uint256,address,address)",
]


def interface_id(signatures) -> bytes:
    """ERC-165: all selectors, by exclusive or."""
    id = 0
    for signature in signatures:
        id ^= int.from_bytes(keccak(text=signature)[:4], "big")
    return id.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        (ERC165, "01ffc9a7"),
        (OPERATORS, "e3bc4e65"),
        (REDEEM, "620ee8e4"),
        (ERC7575, "2f0a18c5"),
        (["vault(address)"], "f815c03d"),
    ],
)
def test_supports_interface(staked, signatures, expected):
    id = interface_id(signatures)
    assert id.hex() == expected
    assert staked.supportsInterface(id)
    names = {method.selector for method in staked.contract_type.methods}
    assert set(signatures) <= names


@pytest.mark.parametrize("id", ["ffffffff", "00000000", "ce3bbe50"])
def test_supports_no_other_interface(staked, id):
    """The last is ERC-7540's for deposits."""
    assert not staked.supportsInterface(bytes.fromhex(id))


@pytest.mark.parametrize("amount", [0, 1, K, 2**256 - 1])
def test_preview_of_redemptions__reverts(staked, amount):
    with ape.reverts("StakedMetis: request first"):
        staked.previewRedeem(amount)
    with ape.reverts("StakedMetis: request first"):
        staked.previewWithdraw(amount)


def test_views_do_not_depend_on_who_asks(lst_system, staked, alice, bob):
    lst_system.staked_with(40 * K)
    for name in ("convertToShares", "convertToAssets", "previewDeposit", "previewMint"):
        function = getattr(staked, name)
        assert function(K, sender=alice) == function(K, sender=bob) == function(K)
    for name in ("maxDeposit", "maxMint"):
        function = getattr(staked, name)
        assert function(alice) == function(bob)


def test_views_of_an_empty_vault(staked, alice):
    assert staked.convertToShares(K) == staked.convertToAssets(K) == K
    assert staked.previewDeposit(K) == staked.previewMint(K) == K
    assert staked.maxDeposit(alice) == staked.maxMint(alice) == 2**84 - 1
    assert staked.maxRedeem(alice) == staked.maxWithdraw(alice) == 0
    assert staked.requests_of(alice) == staked.allocations() == []


def test_maxima_are_zero_where_the_call_would_revert(lst_system, staked, alice):
    """V12"""
    for receiver in (ZERO, staked):
        assert staked.maxDeposit(receiver) == staked.maxMint(receiver) == 0
    assert staked.maxDeposit(alice) > 0
    with ape.reverts("StakedMetis: bad receiver"):
        staked.deposit(K, staked, sender=alice)
    with ape.reverts("StakedMetis: bad receiver"):
        staked.mint(K, staked, sender=alice)
    lst_system.deposit(alice, K)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY)
    for name in ("redeem", "withdraw"):
        with ape.reverts("StakedMetis: bad receiver"):
            getattr(staked, name)(K, staked, alice, sender=alice)


def test_maximum_that_buys_no_share_is_zero(lst_system, staked, alice):
    """V12: above the first price, and a wei below the most METIS that fits."""
    lst_system.open_till()
    lst_system.deposit(alice, K)
    lst_system.harvest(2 * K)
    lst_system.wait(7 * DAY)
    most = staked.maxDeposit(alice)
    lst_system.give(alice, most)
    lst_system.deposit(alice, most - 2)
    assert staked.previewDeposit(2) == 0
    assert staked.maxDeposit(alice) == staked.maxMint(alice) == 0
    with ape.reverts("StakedMetis: zero shares"):
        staked.deposit(2, alice, sender=alice)


def test_vault_of_an_asset(staked, metis, alice):
    """ERC-7575"""
    assert staked.vault(metis) == staked
    assert staked.vault(alice) == staked.vault(ZERO) == ZERO


def test_views_of_requests(lst_system, staked, alice, bob):
    lst_system.deposit(alice, 10 * K)
    lst_system.request(alice, K)
    lst_system.request(alice, 2 * K)
    assert [staked.pendingRedeemRequest(x, alice) for x in (1, 2)] == [K, 2 * K]
    assert [staked.claimableRedeemRequest(x, alice) for x in (1, 2)] == [0, 0]
    lst_system.wait(EXIT_DELAY)
    assert [staked.pendingRedeemRequest(x, alice) for x in (1, 2)] == [0, 0]
    assert [staked.claimableRedeemRequest(x, alice) for x in (1, 2)] == [K, 2 * K]
    assert staked.maxRedeem(alice) == staked.maxWithdraw(alice) == 3 * K
    # of nobody else, and of no other request
    for view in (staked.pendingRedeemRequest, staked.claimableRedeemRequest):
        for id, controller in ((1, bob), (0, alice), (3, alice), (0, ZERO), (3, ZERO)):
            assert view(id, controller) == 0
    lst_system.redeem(alice, K // 2)
    assert staked.claimableRedeemRequest(1, alice) == K // 2
    lst_system.redeem(alice)
    assert [staked.claimableRedeemRequest(x, alice) for x in (1, 2)] == [0, 0]


def test_what_is_claimable_can_be_redeemed(lst_system, pool, staked, alice):
    """Also when a later request is ready before an earlier one."""
    pool.set_exit_delay(60 * DAY, sender=lst_system.governance)
    lst_system.deposit(alice, 10 * K)
    lst_system.request(alice, K)
    pool.set_exit_delay(21 * DAY, sender=lst_system.governance)
    lst_system.request(alice, 2 * K)
    lst_system.wait(21 * DAY)
    claimable = sum(staked.claimableRedeemRequest(x, alice) for x in (1, 2))
    assert claimable == staked.maxRedeem(alice)


def test_uncounted_cases(lst_system, staked):
    id = lst_system.staked_with(40 * K)
    for number in (1, 2):
        lst_system.slash(id, 100)
        assert staked.uncounted_cases() == number
    staked.count_losses(sender=lst_system.stranger)
    assert staked.uncounted_cases() == 0
