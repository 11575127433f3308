"""Upkeep of committees: the checkpoint and its seal on L1, and the message to L2."""

from typing import Any

from eth_utils.crypto import keccak

from seqpool.chain.jsonrpc import RpcError
from seqpool.errors import UserError
from seqpool.protocol.limits import LIMITS
from seqpool.units import HOUR
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.abi import Event
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.duties.duty import Duty

# A message to L2 that has not arrived after so many seconds is sent again.
RELAY_AGAIN = 6 * HOUR


class CommitteeUpkeep:
    """The tasks of one watcher between a change of members on L1 and their committee on L2."""

    def __init__(
        self, l1: L1Reader, l2: L2Reader, calls: Calls, duty: Duty, config: Config, clock: Clock
    ):
        self._l1, self._l2, self._calls, self._clock = l1, l2, calls, clock
        self._scheduler = duty.scheduler
        self._tasks, self._fees = config.tasks, config.fees

    async def checkpoint_and_seal(self) -> None:
        """A checkpoint when members have changed or a day has passed, and its seal."""
        last = await self._last_checkpoint()
        if last.nonce and not last.is_sealed:
            next_block = (await self._l1.present_block()).number + 1
            if self._tasks.seal and next_block >= last.block_number + LIMITS["SEAL_DELAY"]:

                async def is_unsealed() -> bool:
                    now = await self._last_checkpoint()
                    return (now.nonce, now.is_sealed, now.block_number) == (
                        last.nonce,
                        False,
                        last.block_number,
                    )

                key = f"seal:{last.nonce}:{last.block_number}"
                await self._scheduler.add_on_l1(key, self._calls.seal(), is_unsealed)
            return
        if not self._tasks.checkpoint:
            return

        async def is_last() -> bool:
            return bool((await self._last_checkpoint()).nonce == last.nonce)

        key = f"checkpoint:{last.nonce + 1}"
        await self._scheduler.try_on_l1(key, self._calls.checkpoint(), is_last)

    async def relay(self) -> None:
        """The latest sealed committee to L2, unless it is on its way."""
        nonce, _, _ = await self._l1.registry.read("sealed_committee")
        installed = (await self._l2.sequencer_set.read("committee")).nonce
        if nonce <= installed:
            return
        first = (await self._last_checkpoint()).block_number
        sent = await self._sent(nonce, first)
        if sent:
            at = (await self._l1.present_block(sent[-1].block)).timestamp
            if self._clock.now() < at + RELAY_AGAIN:
                return

        async def is_wanted() -> bool:
            return len(await self._sent(nonce, first)) == len(sent)

        gas_limit, fee = self._fees.relay_gas_limit, self._fees.relay_fee
        if fee is None:
            fee = await self._relay_fee(gas_limit)
        call = self._calls.relay(nonce, gas_limit, fee)
        await self._scheduler.add_on_l1(f"relay:{nonce}:{len(sent)}", call, is_wanted)

    async def _last_checkpoint(self) -> Any:
        return await self._l1.registry.read("last_checkpoint")

    async def _sent(self, nonce: int, first: int) -> list[Event]:
        # a committee is sealed after its checkpoint, and sent after its seal
        last = (await self._l1.present_block()).number
        return await self._l1.relay.events("CommitteeSent", first, last, [nonce])

    async def _relay_fee(self, gas_limit: int) -> int:
        """Wei that the messenger wants; UserError if it cannot tell."""
        if self._l1.places.is_single:
            return 0
        messenger = await self._l1.relay.read("messenger")
        data = "0x" + keccak(text="gas_price()")[:4].hex()
        try:
            answer = await self._l1.rpc.call("eth_call", {"to": messenger, "data": data}, "latest")
            return int(answer, 16) * gas_limit
        except (RpcError, ValueError):
            raise UserError("the bridge's fee is not known: set fees.relay_fee") from None
