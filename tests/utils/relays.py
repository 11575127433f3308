"""The way from the CommitteeRegistry to a SequencerSet, over either kind of messenger."""

from dataclasses import dataclass
from typing import NamedTuple

import vyper
from ape.api import ReceiptAPI
from ape.contracts import ContractContainer, ContractInstance
from eth_abi import encode
from eth_utils import keccak
from ethpm_types import ContractType

from seqpool.protocol.addresses import create_address

# Launch values, but for epochs so short that tests see their ends.
TERMS = {"epoch_length": 20, "block_timeout": 60, "fallback_delay": 7_200}
# enough for any message to a SequencerSet
GAS_LIMIT = 500_000
# wei of ETH for each unit of gas on L2, where there are two chains
GAS_PRICE = 10**9


class Message(NamedTuple):
    """What a messenger carries: relayMessage's arguments."""

    target: str
    sender: str
    data: bytes
    nonce: int

    @property
    def hash(self) -> bytes:
        """By which it is known on the other chain."""
        return keccak(
            keccak(text="relayMessage(address,address,bytes,uint256)")[:4]
            + encode(["address", "address", "bytes", "uint256"], list(self))
        )


@dataclass
class Link:
    """A CommitteeRelay, the SequencerSet that it was deployed for, and what is between them."""

    system: object
    messenger: ContractInstance  # on L1
    l2_messenger: ContractInstance  # the same one if there is one chain
    relay: ContractInstance
    set: ContractInstance
    carrier: object  # brings messages from L1 to L2 if there are two chains

    # L1

    def send(self, value=0, sender=None, gas_limit=GAS_LIMIT) -> ReceiptAPI:
        """Relays the latest sealed committee."""
        return self.relay.relay(gas_limit, value=value, sender=sender or self.system.stranger)

    def store(self, name: str, value) -> bytes:
        """Governance stores a call of a setter; returns the call."""
        data = self.call(name, value)
        self.relay.set_l2(data, sender=self.system.governance)
        return data

    def send_call(self, number: int, value=0, sender=None) -> ReceiptAPI:
        return self.relay.relay_call(
            number, GAS_LIMIT, value=value, sender=sender or self.system.stranger
        )

    def call(self, name: str, value) -> bytes:
        """Calldata of one of the SequencerSet's setters."""
        return bytes(getattr(self.set, name).encode_input(value))

    # messages

    def install_data(self, nonce: int, committee_hash: bytes, seed: bytes) -> bytes:
        return bytes(self.set.install_committee.encode_input(nonce, committee_hash, seed))

    def apply_data(self, number: int, data: bytes) -> bytes:
        return bytes(self.set.apply_call.encode_input(number, data))

    def message(self, data: bytes, nonce=0, sender=None, target=None) -> Message:
        """By default from the relay to the SequencerSet."""
        target, sender = target or self.set, sender or self.relay
        return Message(target.address, sender.address, data, nonce)

    def sent(self, message: Message, gas_limit=GAS_LIMIT):
        """The event on L1."""
        return self.messenger.SentMessage(
            target=message.target,
            sender=message.sender,
            message=message.data,
            messageNonce=message.nonce,
            gasLimit=gas_limit,
            chainId=self.system.chain.chain_id,
        )

    def relayed(self, message: Message):
        """The event on L2."""
        return self.l2_messenger.RelayedMessage(msgHash=message.hash)

    def failed(self, message: Message):
        """The event on L2 if the target has reverted."""
        return self.l2_messenger.FailedRelayedMessage(msgHash=message.hash)

    # L2, of two chains

    def deliver(self, message: Message, again=False, sender=None) -> ReceiptAPI:
        """Brings a message; `again` as a bridge does that forgets what it has delivered."""
        function = self.l2_messenger.redeliver if again else self.l2_messenger.relayMessage
        return function(*message, sender=sender or self.carrier)

    def state(self) -> tuple:
        """All that can be set from L1."""
        return (
            self.set.committee(),
            self.set.previous_committee(),
            self.set.parameters(),
            self.set.call_count(),
        )


def message_of(receipt: ReceiptAPI) -> Message:
    """The one message that was sent."""
    (event,) = (x for x in receipt.events if x.event_name == "SentMessage")
    return Message(event.target, event.sender, bytes(event.message), event.messageNonce)


class Relays:
    """Deploys links of the system's pool."""

    def __init__(self, system, accounts):
        self.system = system
        # the last accounts, which the system reaches last
        count = accounts.number_of_accounts
        self.fallback_sequencer, self.carrier = accounts[count - 1], accounts[count - 2]

    def _deploy(self, name: str, *arguments):
        deployer = self.system.deployer
        return deployer.deploy(getattr(self.system.project, name), *arguments)

    def deploy_relay(self, **changes):
        """A CommitteeRelay alone; `changes` replace constructor arguments."""
        arguments = {
            "governance": self.system.governance,
            "registry": self.system.registry,
            "messenger": self.system.stranger,
            "l2_chain_id": self.system.chain.chain_id,
            "sequencer_set": self.system.stranger,
        } | changes
        return self._deploy("CommitteeRelay", *arguments.values())

    def _link(self, messenger, l2_messenger) -> Link:
        deployer = self.system.deployer
        # each end is told the other's address, and one of them has to be the first
        relay_address = create_address(deployer.address, deployer.nonce + 1)
        terms = (*TERMS.values(), self.fallback_sequencer)
        set = self._deploy("SequencerSet", l2_messenger, relay_address, terms)
        relay = self.deploy_relay(messenger=messenger, sequencer_set=set)
        assert relay.address == relay_address
        return Link(self.system, messenger, l2_messenger, relay, set, self.carrier)

    def deploy_local(self) -> Link:
        """On one chain."""
        messenger = self._deploy("LocalMessenger")
        return self._link(messenger, messenger)

    def deploy_pair(self, gas_price=0) -> Link:
        """On two, which for the test double may be one."""
        return self._link(
            self._deploy("MockL1Messenger", gas_price),
            self._deploy("MockL2Messenger", self.carrier),
        )


# Does as it is told by whoever calls it: to be the target of a message, or to call by itself.
PUPPET = """
# pragma version 0.4.3

interface Messenger:
    def xDomainMessageSender() -> address: view

seen: public(address)  # the sender that the messenger has named
gas: public(uint256)  # what was left when it was asked
count: public(uint256)  # how often it was asked
success: public(bool)
answer: public(Bytes[256])

@external
@payable
def remember(messenger: address):
    self.gas = msg.gas
    self.count += 1
    self.seen = staticcall Messenger(messenger).xDomainMessageSender()

@external
def do(target: address, data: Bytes[2048]):
    raw_call(target, data)

@external
def attempt(target: address, data: Bytes[2048]):
    self.success, self.answer = raw_call(target, data, max_outsize=256, revert_on_failure=False)

@external
def fail(reason: String[32]):
    raise reason
"""


def deploy_source(system, name: str, source: str, *arguments):
    """A contract of a test. Without Ape's compiler, which writes the source to a file that is the
    same for all workers of xdist."""
    output = vyper.compile_code(source, output_formats=["abi", "bytecode"])
    contract_type = ContractType(
        contractName=name,
        abi=output["abi"],
        deploymentBytecode={"bytecode": output["bytecode"]},
    )
    return system.deployer.deploy(ContractContainer(contract_type), *arguments)


def deploy_puppet(system):
    """See PUPPET."""
    return deploy_source(system, "Puppet", PUPPET)
