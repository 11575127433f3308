# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title CommitteeRelay
@custom:contract-name CommitteeRelay
@license AGPL-3.0-only
@notice Tells the SequencerSet on L2 what L1 has decided: the latest sealed
        committee, and calls by which governance sets parameters there. Anyone
        carries a message by paying the bridge's fee.
@dev Trusts the CommitteeRegistry for committees, governance for parameters and Metis'
     messenger for delivery. A message that the bridge loses, or that runs out
     of gas on L2, is simply sent again: the SequencerSet takes each committee
     and each call once, in order, so it does no harm to send one twice.
     All ETH goes on to the bridge: none can be stuck here.
@custom:kill There is nothing to stop: it holds nothing, and L2 lives on with the
             committee it has.
@custom:source docs/design.md section 3.2
"""

from interfaces import ICommitteeRegistry
from interfaces import ICommitteeRelay
from interfaces import ICrossDomainMessenger

implements: ICommitteeRelay

from contracts.modules import l2_call
from contracts.modules.access import roles

initializes: roles

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
)


# ---------------------------------------------------------------- immutables

registry: public(immutable(address))
messenger: public(immutable(address))
l2_chain_id: public(immutable(uint256))
# On L2, where it was told this contract's address.
sequencer_set: public(immutable(address))


# ---------------------------------------------------------------- storage

call_count: public(uint256)
_calls: HashMap[uint256, Bytes[l2_call.SIZE]]  # number, from 1 =>


# ---------------------------------------------------------------- constructor


@deploy
def __init__(
    governance: address,
    registry_: address,
    messenger_: address,
    l2_chain_id_: uint256,
    sequencer_set_: address,
):
    """
    @notice Fixes both ends of the way to L2.
    @param governance The Timelock; not zero.
    @param registry_ The CommitteeRegistry whose committees are sent; not zero.
    @param messenger_ Metis' messenger on this chain; not zero.
    @param l2_chain_id_ Chain id of the L2; not 0.
    @param sequencer_set_ The SequencerSet there, which was deployed for this very address; not
                          zero.
    """
    roles.__init__(governance)
    assert registry_ != empty(address), "CommitteeRelay: zero registry"
    assert messenger_ != empty(address), "CommitteeRelay: zero messenger"
    assert l2_chain_id_ != 0, "CommitteeRelay: zero chain id"
    assert sequencer_set_ != empty(address), "CommitteeRelay: zero sequencer set"
    registry = registry_
    messenger = messenger_
    l2_chain_id = l2_chain_id_
    sequencer_set = sequencer_set_


# ---------------------------------------------------------------- anyone


@external
@payable
def relay(gas_limit: uint32):
    """
    @notice Sends the latest sealed committee to L2. All ETH sent along is the bridge's fee.
    @param gas_limit Gas that the message may use on L2.
    @custom:reverts "no sealed committee"; what the messenger says of fee and gas limit
    @custom:emits CommitteeSent
    @custom:source docs/design.md section 3.2
    """
    nonce: uint256 = 0
    committee_hash: bytes32 = empty(bytes32)
    seed: bytes32 = empty(bytes32)
    nonce, committee_hash, seed = staticcall ICommitteeRegistry(registry).sealed_committee()
    assert nonce != 0, "CommitteeRelay: no sealed committee"
    log ICommitteeRelay.CommitteeSent(nonce=nonce, committee_hash=committee_hash, seed=seed)
    self._send(
        abi_encode(
            nonce,
            committee_hash,
            seed,
            method_id=method_id("install_committee(uint256,bytes32,bytes32)"),
        ),
        gas_limit,
    )


@external
@payable
def relay_call(number: uint256, gas_limit: uint32):
    """
    @notice Sends a stored call to L2. All ETH sent along is the bridge's fee.
    @param number From 1 to call_count(); L2 takes calls in order, without a gap.
    @param gas_limit Gas that the message may use on L2.
    @custom:reverts "unknown call"; what the messenger says of fee and gas limit
    @custom:emits CallSent
    @custom:source docs/design.md section 3.2
    """
    data: Bytes[l2_call.SIZE] = self._calls[number]
    assert len(data) != 0, "CommitteeRelay: unknown call"
    log ICommitteeRelay.CallSent(number=number)
    self._send(
        abi_encode(number, data, method_id=method_id("apply_call(uint256,bytes)")), gas_limit
    )


# ---------------------------------------------------------------- governance


@external
def set_l2(data: Bytes[l2_call.SIZE]) -> uint256:
    """
    @notice Stores a call of one of the SequencerSet's setters, for anyone to send.
    @param data Selector and argument, 36 bytes; within the setter's bounds.
    @return The call's number: one more than the last.
    @custom:reverts "roles: not governance"; "l2_call: bad length"; "l2_call: unknown setter";
                    "l2_call: bad epoch length"; "l2_call: bad block timeout"; "l2_call: bad
                    fallback delay"; "l2_call: bad address"; "l2_call: zero sequencer"
    @custom:emits CallStored
    @custom:source docs/design.md section 3.2
    """
    roles._check_governance()
    l2_call._check(data)
    number: uint256 = self.call_count + 1
    self.call_count = number
    self._calls[number] = data
    log ICommitteeRelay.CallStored(number=number, data=data)
    return number


# ---------------------------------------------------------------- views


@external
@view
def call_of(number: uint256) -> Bytes[l2_call.SIZE]:
    """
    @notice A stored call.
    @param number From 1 to call_count().
    @return Selector and argument; empty if there is no such call.
    """
    return self._calls[number]


# ---------------------------------------------------------------- internal


@internal
@payable
def _send(message: Bytes[260], gas_limit: uint32):
    extcall ICrossDomainMessenger(messenger).sendMessageViaChainId(
        l2_chain_id, sequencer_set, message, gas_limit, value=msg.value
    )
