# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title LocalMessenger
@custom:contract-name LocalMessenger
@license AGPL-3.0-only
@notice Metis' two messengers in one, for a suite on a single chain: what is
        sent is delivered at once.
@dev Anyone may send anything to anyone, as over the real bridge: receivers ask
     `xDomainMessageSender`, which is who called here. A message that fails
     reverts the sending. Takes no fee, so no ETH can be stuck here.
     nonreentrancy is off so that receivers may ask; sending is locked.
@custom:kill There is nothing to stop.
@custom:source docs/design.md section 3.2
"""

from interfaces import ICrossDomainMessenger

implements: ICrossDomainMessenger


# ---------------------------------------------------------------- storage

# Messages ever sent: the nonce of the next.
message_count: public(uint256)
_sender: address


# ---------------------------------------------------------------- constructor


@deploy
def __init__():
    """
    @notice Both ends are here: there is nothing to set.
    """
    pass


# ---------------------------------------------------------------- anyone


@external
@payable
@nonreentrant
def sendMessageViaChainId(
    chain_id: uint256, target: address, message: Bytes[1024], gas_limit: uint32
):
    """
    @notice Calls the target with the message, at once.
    @param chain_id The chain's own id.
    @param target Whom to call; a contract.
    @param message Calldata.
    @param gas_limit Gas for the call.
    @custom:reverts "other chain"; "no fee is taken"; "no contract"; "too little gas" if less than
                    gas_limit is left; whatever the target says
    @custom:emits SentMessage, RelayedMessage
    @custom:source docs/design.md section 3.2
    """
    assert chain_id == chain.id, "LocalMessenger: other chain"
    assert msg.value == 0, "LocalMessenger: no fee is taken"
    assert target.is_contract, "LocalMessenger: no contract"
    nonce: uint256 = self.message_count
    self.message_count = nonce + 1
    log ICrossDomainMessenger.SentMessage(
        target=target,
        sender=msg.sender,
        message=message,
        messageNonce=nonce,
        gasLimit=convert(gas_limit, uint256),
        chainId=chain_id,
    )
    self._sender = msg.sender
    assert msg.gas - msg.gas // 64 >= convert(gas_limit, uint256), "LocalMessenger: too little gas"
    raw_call(target, message, gas=convert(gas_limit, uint256))
    self._sender = empty(address)
    log ICrossDomainMessenger.RelayedMessage(
        msgHash=keccak256(
            abi_encode(
                target,
                msg.sender,
                message,
                nonce,
                method_id=method_id("relayMessage(address,address,bytes,uint256)"),
            )
        )
    )


# ---------------------------------------------------------------- views


@external
@view
def xDomainMessageSender() -> address:
    """
    @notice Who sent the message that is being delivered.
    @return Its address.
    @custom:reverts "no message" when none is being delivered
    """
    assert self._sender != empty(address), "LocalMessenger: no message"
    return self._sender
