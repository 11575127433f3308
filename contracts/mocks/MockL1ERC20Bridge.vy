# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title MockL1ERC20Bridge
@custom:contract-name MockL1ERC20Bridge
@license AGPL-3.0-only
@notice Stands for Metis' ERC-20 bridge on L1 where there is none: it keeps the
        tokens, and logs for whom they are.
@dev Calls, event and fee as in the real one: the fee is a price for each unit
     of L2 gas, all that is paid is kept, and too little is refused.
@custom:kill Not for value.
@custom:source docs/design.md section 3.5
"""

from ethereum.ercs import IERC20

from interfaces import IL1ERC20Bridge

implements: IL1ERC20Bridge


# Wei of ETH for each unit of gas on L2.
gas_price: public(immutable(uint256))


@deploy
def __init__(gas_price_: uint256):
    """
    @notice Fixes the fee.
    @param gas_price_ Wei of ETH for each unit of gas on L2.
    """
    gas_price = gas_price_


@external
@payable
def depositERC20ToByChainId(
    chain_id: uint256,
    l1_token: address,
    l2_token: address,
    to: address,
    amount: uint256,
    l2_gas: uint32,
    data: Bytes[64],
):
    """
    @notice Takes tokens from the caller.
    @param chain_id Of the L2.
    @param l1_token The token here.
    @param l2_token The token there.
    @param to Whose they are there.
    @param amount Units of the token.
    @param l2_gas Gas for the call there.
    @param data Passed on.
    @custom:reverts "insufficient fee" if less than l2_gas * gas_price is paid; "transfer failed"
    @custom:emits ERC20DepositInitiated
    """
    assert (
        msg.value >= convert(l2_gas, uint256) * gas_price
    ), "MockL1ERC20Bridge: insufficient fee"
    log IL1ERC20Bridge.ERC20DepositInitiated(
        _l1Token=l1_token, _l2Token=l2_token, _from=msg.sender, _to=to, _amount=amount, _data=data
    )
    assert extcall IERC20(l1_token).transferFrom(
        msg.sender, self, amount
    ), "MockL1ERC20Bridge: transfer failed"
