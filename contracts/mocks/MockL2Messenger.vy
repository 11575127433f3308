# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title MockL2Messenger
@custom:contract-name MockL2Messenger
@license AGPL-3.0-only
@notice Stands for Metis' messenger on L2: delivers what the carrier brings,
        late, in any order, and twice when told to.
@dev As in the real one, a call that fails does not revert: it is logged, and
     may be delivered again; one that succeeded may not, unless the carrier
     says `redeliver`. The real one knows its carrier as the alias of the
     messenger on L1.
@custom:kill Not for value.
@custom:source docs/design.md section 3.2
"""

from interfaces import ICrossDomainMessenger

carrier: public(immutable(address))
# Hash of relayMessage's calldata => delivered.
successfulMessages: public(HashMap[bytes32, bool])
_sender: address


@deploy
def __init__(carrier_: address):
    """
    @notice Fixes who brings messages.
    @param carrier_ Stands for the messenger on L1.
    """
    carrier = carrier_


@external
def relayMessage(target: address, sender: address, message: Bytes[1024], nonce: uint256):
    """
    @notice Delivers a message.
    @param target Whom to call.
    @param sender Who sent it on L1.
    @param message Calldata.
    @param nonce Its number on L1.
    @custom:reverts "not carrier"; "delivered already"; "no contract"
    @custom:emits RelayedMessage, or FailedRelayedMessage
    """
    self._deliver(target, sender, message, nonce, False)


@external
def redeliver(target: address, sender: address, message: Bytes[1024], nonce: uint256):
    """
    @notice Delivers a message even if it was delivered already, as a faulty bridge would.
    @param target Whom to call.
    @param sender Who sent it on L1.
    @param message Calldata.
    @param nonce Its number on L1.
    @custom:reverts "not carrier"; "no contract"
    @custom:emits RelayedMessage, or FailedRelayedMessage
    """
    self._deliver(target, sender, message, nonce, True)


@external
@view
def xDomainMessageSender() -> address:
    """
    @notice Who sent the message that is being delivered.
    @return Its address on L1.
    @custom:reverts "no message" when none is being delivered
    """
    assert self._sender != empty(address), "MockL2Messenger: no message"
    return self._sender


@internal
def _deliver(target: address, sender: address, message: Bytes[1024], nonce: uint256, again: bool):
    assert msg.sender == carrier, "MockL2Messenger: not carrier"
    assert target.is_contract, "MockL2Messenger: no contract"
    message_hash: bytes32 = keccak256(
        abi_encode(
            target,
            sender,
            message,
            nonce,
            method_id=method_id("relayMessage(address,address,bytes,uint256)"),
        )
    )
    assert again or not self.successfulMessages[message_hash], "MockL2Messenger: delivered already"
    self._sender = sender
    success: bool = raw_call(target, message, revert_on_failure=False)
    self._sender = empty(address)
    if success:
        self.successfulMessages[message_hash] = True
        log ICrossDomainMessenger.RelayedMessage(msgHash=message_hash)
    else:
        log ICrossDomainMessenger.FailedRelayedMessage(msgHash=message_hash)
