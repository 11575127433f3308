"""MockL1ERC20Bridge: keeps tokens and logs for whom they are, for a fee, as Metis' bridge does"""

import ape
import pytest

from tests.utils.system import ZERO

GAS_PRICE = 3
AMOUNT = 1_000


@pytest.fixture
def bridge(system):
    return system.deployer.deploy(system.project.MockL1ERC20Bridge, GAS_PRICE)


@pytest.fixture
def payer(system, metis, bridge):
    """Has 500,000 METIS, and has allowed AMOUNT."""
    payer = system.new_owner(approved=False)
    metis.approve(bridge, AMOUNT, sender=payer)
    return payer


@pytest.fixture
def deposit(metis, bridge, payer, stranger):
    def deposit(value, amount=AMOUNT, l2_gas=1_000, data=b"", token=metis):
        return bridge.depositERC20ToByChainId(
            *(1088, token, ZERO, stranger, amount, l2_gas, data), value=value, sender=payer
        )

    return deposit


@pytest.mark.parametrize("data", [b"", b"\x01\x02", 64 * b"\xff"], ids=len)
def test_deposit_takes_the_tokens_and_logs_for_whom(metis, bridge, payer, deposit, stranger, data):
    assert bridge.gas_price() == GAS_PRICE
    tx = deposit(1_000 * GAS_PRICE, data=data)
    assert tx.events == [
        bridge.ERC20DepositInitiated(
            _l1Token=metis, _l2Token=ZERO, _from=payer, _to=stranger, _amount=AMOUNT, _data=data
        ),
        metis.Transfer(sender=payer, receiver=bridge, value=AMOUNT),
        metis.Approval(owner=payer, spender=bridge, value=0),
    ]
    assert metis.balanceOf(bridge) == AMOUNT


def test_deposit_keeps_all_that_is_paid(bridge, deposit):
    deposit(1_000 * GAS_PRICE + 7)
    assert bridge.balance == 1_000 * GAS_PRICE + 7


def test_deposit_without_gas_is_free(bridge, deposit):
    deposit(0, l2_gas=0)
    assert bridge.balance == 0


def test_deposit_does_not_overflow(bridge, deposit):
    most = 2**32 - 1
    deposit(most * GAS_PRICE, l2_gas=most)
    assert bridge.balance == most * GAS_PRICE


@pytest.mark.parametrize("value", [0, 1_000 * GAS_PRICE - 1])
def test_deposit__fee_too_low__reverts(metis, bridge, deposit, value):
    with ape.reverts("MockL1ERC20Bridge: insufficient fee"):
        deposit(value)
    assert metis.balanceOf(bridge) == 0


def test_deposit__more_than_allowed__reverts(deposit):
    with ape.reverts("MockMETIS: amount exceeds allowance"):
        deposit(1_000 * GAS_PRICE, amount=AMOUNT + 1)


def test_deposit__token_that_says_no__reverts(system, deposit):
    # returns 0 to everything
    token = system.deploy_code("60206000f3")
    with ape.reverts("MockL1ERC20Bridge: transfer failed"):
        deposit(1_000 * GAS_PRICE, token=token)
