# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title MockL1Messenger
@custom:contract-name MockL1Messenger
@license AGPL-3.0-only
@notice Stands for Metis' messenger on L1 where there are two chains without a
        bridge: what is sent is only logged, and somebody carries it to the
        MockL2Messenger (`ape run relay`, or a test).
@dev Calls, events and fee as in the real one: the fee is a price for each unit
     of L2 gas, all that is paid is kept, and too little is refused.
@custom:kill Not for value.
@custom:source docs/design.md section 3.2
"""

from interfaces import ICrossDomainMessenger

implements: ICrossDomainMessenger


# Wei of ETH for each unit of gas on L2.
gas_price: public(immutable(uint256))
# Messages ever sent: the nonce of the next.
message_count: public(uint256)


@deploy
def __init__(gas_price_: uint256):
    """
    @notice Fixes the fee.
    @param gas_price_ Wei of ETH for each unit of gas on L2.
    """
    gas_price = gas_price_


@external
@payable
def sendMessageViaChainId(
    chain_id: uint256, target: address, message: Bytes[1024], gas_limit: uint32
):
    """
    @notice Logs a message, for somebody to carry.
    @param chain_id Of the L2.
    @param target Whom to call there.
    @param message Calldata.
    @param gas_limit Gas for the call there.
    @custom:reverts "insufficient fee" if less than gas_limit * gas_price is paid
    @custom:emits SentMessage
    """
    limit: uint256 = convert(gas_limit, uint256)
    assert msg.value >= limit * gas_price, "MockL1Messenger: insufficient fee"
    nonce: uint256 = self.message_count
    self.message_count = nonce + 1
    log ICrossDomainMessenger.SentMessage(
        target=target,
        sender=msg.sender,
        message=message,
        messageNonce=nonce,
        gasLimit=limit,
        chainId=chain_id,
    )


@external
@view
def xDomainMessageSender() -> address:
    """
    @notice Nothing is ever carried from L2 to L1 here.
    @return Nothing.
    @custom:reverts "no message"
    """
    raise "MockL1Messenger: no message"
