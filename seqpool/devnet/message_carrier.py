"""Carries messages from a MockL1Messenger to a MockL2Messenger, where no bridge does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eth_utils import keccak

from seqpool.chain import ape
from seqpool.chain.accounts import is_local, named_account
from seqpool.deployment.deployment_file import CARRIER, default_path
from seqpool.deployment.suite import Registry, Suite, check_link, load_registry, load_suite
from seqpool.errors import UserError

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

REFUSED = "refused by its target; it may be carried again"


@dataclass(frozen=True)
class Message:
    """A SentMessage of a MockL1Messenger."""

    target: str
    sender: str
    data: bytes
    number: int
    block: int  # on L1

    @property
    def arguments(self) -> tuple:
        """Of relayMessage."""
        return (self.target, self.sender, self.data, self.number)


@dataclass(frozen=True)
class Carrier:
    """Brings messages from one mock to the other, each once.

    What was delivered is remembered on L2, so it may be run again at any time.
    """

    suite: Suite
    registry: Registry
    on_l1: Callable[[], AbstractContextManager]
    on_l2: Callable[[], AbstractContextManager]
    account: AccountAPI

    def check(self) -> None:
        """UserError unless there is a mock at the other end, and this is its carrier."""
        messenger = self.registry.messenger
        with self.on_l2():
            carrier = None
            with suppress(ape.ApeException):
                carrier = messenger.carrier()
        if carrier is None:
            raise UserError(f"{messenger.address} is no MockL2Messenger: its bridge carries itself")
        if carrier != self.account.address:
            raise UserError(f"the carrier of {messenger.address} is {carrier}")

    def sent(self, first_block: int) -> tuple[list[Message], int]:
        """Messages of L1 from a block on, and the block to go on with."""
        with self.on_l1() as provider:
            stop = provider.get_block("latest").number + 1
            if first_block >= stop:
                return [], first_block
            events = list(self.suite.messenger.SentMessage.range(first_block, stop))
        messages = [
            Message(x.target, x.sender, bytes(x.message), x.messageNonce, x.block_number)
            for x in events
            if x.chainId == self.suite.l2_chain_id
        ]
        return sorted(messages, key=lambda message: message.number), stop

    def deliver(self, message: Message) -> str:
        """Brings a message, unless it was delivered; what came of it."""
        messenger: ContractInstance = self.registry.messenger
        with self.on_l2():
            hash_ = keccak(messenger.relayMessage.encode_input(*message.arguments))
            if messenger.successfulMessages(hash_):
                return "delivered before"
            receipt = messenger.relayMessage(*message.arguments, sender=self.account)
            if messenger.RelayedMessage.from_receipt(receipt):
                return f"delivered in block {receipt.block_number}"
            return REFUSED

    def carry(self, first_block: int, say: Callable[[str], None]) -> int:
        """Brings what was sent from a block of L1 on; the block to go on with."""
        messages, block = self.sent(first_block)
        for message in messages:
            outcome = self.deliver(message)
            say(f"message {message.number}, sent in block {message.block}: {outcome}")
        return block


def open_carrier(
    l1: str, l2: str, l1_path: Path | None = None, l2_path: Path | None = None
) -> Carrier:
    """Both sides, linked; UserError if they are not."""

    def on_l1():
        return ape.networks.parse_network_choice(l1)

    def on_l2():
        return ape.networks.parse_network_choice(l2)

    with on_l2() as provider:
        network = provider.network
        if not is_local(network.name):
            raise UserError(f"{network.name} is not for development: its bridge carries itself")
        path = l2_path or default_path(network.ecosystem.name, network.name)
        registry = load_registry(path, provider, ape.project)
        l2_chain_id = provider.chain_id
    with on_l1() as provider:
        network = provider.network
        path = l1_path or default_path(network.ecosystem.name, network.name)
        suite = load_suite(path, provider, ape.project)
        check_link(suite, registry, l2_chain_id)
    if suite.registry is not None:
        raise UserError("the suite is on a single chain: it delivers at once")
    return Carrier(suite, registry, on_l1, on_l2, named_account(CARRIER))
