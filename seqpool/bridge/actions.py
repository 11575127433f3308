"""What anyone may send to L2: checked, explained, and ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqpool.bridge.calls import GAS_LIMIT, shown_call
from seqpool.bridge.view import messenger_fee
from seqpool.chain.transactions import Action, Call
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.units import format_ether

if TYPE_CHECKING:
    from ape.api import AccountAPI


class RelayActions:
    """What anyone may send to L2, for the bridge's fee."""

    def __init__(self, view: View, sender: AccountAPI):
        self.view, self.suite, self.sender = view, view.suite, sender

    def _action(
        self, title: str, method: str, *arguments, gas_limit: int, fee: int | None, rows
    ) -> Action:
        fee = messenger_fee(self.suite, gas_limit) if fee is None else fee
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

    def committee(self, gas_limit: int = GAS_LIMIT, fee: int | None = None) -> Action:
        nonce, hash_, seed = self.view.read_registry("sealed_committee")
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
