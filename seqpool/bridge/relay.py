"""What L1 tells L2: committees and calls of governance."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from eth_abi import decode, encode
from eth_utils import function_signature_to_4byte_selector

from seqpool.chain import ape
from seqpool.chain.transactions import Action, Call
from seqpool.deployment.deployment_file import LOCAL_MESSENGER
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.units import format_ether

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

# Gas on L2: an installation costs 130,000 there, and Metis' bridge takes no less than 200,000.
GAS_LIMIT = 300_000
SETTERS = {
    name: (function_signature_to_4byte_selector(f"{name}({kind})"), kind)
    for name, kind in {
        "set_epoch_length": "uint256",
        "set_block_timeout": "uint256",
        "set_fallback_delay": "uint256",
        "set_fallback_sequencer": "address",
    }.items()
}


def l2_call(setter: str, value: int | str) -> bytes:
    """The data of CommitteeRelay.set_l2."""
    selector, kind = SETTERS[setter]
    return selector + encode([kind], [value])


def shown_call(data: bytes) -> str:
    """A stored call as people read it."""
    for name, (selector, kind) in SETTERS.items():
        if data[:4] == selector:
            return f"{name}({decode([kind], data[4:])[0]})"
    return "0x" + data.hex()


def bridge_fee(bridge: ContractInstance, gas_limit: int) -> int:
    """Wei that a mock of the bridge wants, or UserError if it cannot be asked."""
    with suppress(ape.ApeException):
        return bridge.gas_price() * gas_limit
    raise UserError("the bridge's fee is not known: name it with --fee, in ETH")


class RelayActions:
    """What anyone may send to L2, for the bridge's fee."""

    def __init__(self, view: View, sender: AccountAPI):
        self.view, self.suite, self.sender = view, view.suite, sender

    def _action(self, title: str, method: str, *arguments, gas_limit: int, fee: int | None, rows):
        fee = self.fee(gas_limit) if fee is None else fee
        rows = [
            ("sender", self.sender.address),
            *rows,
            ("to", f"{self.suite.set_address} on chain {self.suite.l2_chain_id}"),
            ("gas on L2, at most", f"{gas_limit:,}"),
            ("fee of the bridge", f"{format_ether(fee)} ETH"),
        ]
        relay, block = self.suite.relay, self.view.block
        call = Call(title, relay, method, (*arguments, gas_limit), block, fee)
        return Action(title, rows, [call])

    def fee(self, gas_limit: int) -> int:
        """Wei that the messenger wants, or UserError if it cannot be asked."""
        messenger = self.suite.messenger
        if messenger.contract_type.name == LOCAL_MESSENGER:
            return 0
        return bridge_fee(messenger, gas_limit)

    def committee(self, gas_limit: int = GAS_LIMIT, fee: int | None = None) -> Action:
        nonce, hash_, seed = self.view.read("sealed_committee")
        if nonce == 0:
            raise UserError("no committee is sealed yet: `ape run upkeep all` makes one")
        registry = self.suite.registry
        if registry is not None and registry.sequencer_set.committee().nonce >= nonce:
            raise UserError(f"committee {nonce} is installed already")
        rows = [
            ("committee", str(nonce)),
            ("hash", "0x" + bytes(hash_).hex()),
            ("seed", "0x" + bytes(seed).hex()),
        ]
        title = f"send committee {nonce} to L2"
        return self._action(title, "relay", gas_limit=gas_limit, fee=fee, rows=rows)

    def call(self, number: int, gas_limit: int = GAS_LIMIT, fee: int | None = None) -> Action:
        count = self.suite.relay.call_count()
        if not 0 < number <= count:
            raise UserError(f"there is no call {number}: the latest is {count}")
        registry = self.suite.registry
        if registry is not None:
            wanted = registry.sequencer_set.call_count() + 1
            if number != wanted:
                raise UserError(f"L2 takes calls in order: the next is {wanted}, not {number}")
        rows = [("call", shown_call(bytes(self.suite.relay.call_of(number))))]
        title = f"send call {number} to L2"
        return self._action(title, "relay_call", number, gas_limit=gas_limit, fee=fee, rows=rows)
