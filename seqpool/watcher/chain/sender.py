"""Sends transactions of one account on one chain, and sees each through.

It sends one transaction at a time. Only an urgent one does not wait: it takes the place of the one
on its way. A transaction that stays out of blocks is sent again with a higher fee, up to the limit
of the configuration. If a reorganisation has undone it, it is sent again as it was. It is over when
enough blocks have come after it. Each transaction is written down before it is sent, so after a
restart the sender outbids it, and does not queue behind it.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from eth_utils import keccak

from seqpool.chain.jsonrpc import RpcError
from seqpool.units import DAY, format_ether
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import FeesConfig
from seqpool.watcher.chain.rpc import Rpc

log = logging.getLogger(__name__)

GWEI = 10**9
# Nodes replace a transaction only for a price that is a tenth higher. In percent.
BUMP = 113
# on top of an estimate, in percent
GAS_MARGIN = 130
TRANSFER_GAS = 21_000

IsWanted = Callable[[], Awaitable[bool]]


class TransactionSigner(Protocol):
    """keys.Signer, as far as it is needed here."""

    address: str

    async def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed transaction."""


class Book(Protocol):
    """store.Store, as far as it is needed here."""

    def put(self, key: str, value: str) -> None: ...
    def get(self, key: str) -> str | None: ...


class WouldRevert(Exception):
    """The contract would revert, for the reason given."""


class Unaffordable(Exception):
    """The day's budget, the balance or the limit of fees does not allow it now."""


class Superseded(Exception):
    """Another transaction of this account took its place."""


@dataclass(frozen=True)
class Transaction:
    """What a transaction does."""

    to: str
    data: bytes
    what: str  # for logs
    value: int = 0  # wei
    # where no estimate is possible, because it depends on the block in which it will be
    gas: int | None = None


@dataclass(frozen=True)
class Sent:
    """A transaction that is settled."""

    hash: str
    block: int
    succeeded: bool
    paid: int  # wei


@dataclass
class _Attempt:
    """A transaction on its way, with all its prices."""

    call: Transaction
    nonce: int
    gas: int
    price: tuple[int, int]  # most a gas in all, and of it the producer's
    sent_at: float = 0
    reserved: int = 0  # wei of the budget
    hashes: list[str] = field(default_factory=list)
    raw: bytes = b""
    is_cancelled: bool = False


class Sender:
    """An account on a chain."""

    def __init__(
        self,
        name: str,
        rpc: Rpc,
        signer: TransactionSigner,
        chain_id: int,
        fees: FeesConfig,
        confirmations: int,
        book: Book,
        clock: Clock,
        poll: float = 1,
    ):
        self.name, self.address = name, signer.address
        self._rpc, self._signer, self._chain_id = rpc, signer, chain_id
        self._fees, self._confirmations, self._book = fees, confirmations, book
        self._clock, self._poll = clock, poll
        self._turn = asyncio.Lock()
        self._signing = asyncio.Lock()
        # nonce => the attempt that has it
        self._holders: dict[int, _Attempt] = {}
        self.sent = 0  # transactions, for the metrics

    # what is asked for

    async def send(
        self, call: Transaction, is_wanted: IsWanted, is_urgent: bool = False
    ) -> Sent | None:
        """Sees a call through; None if it is not wanted any more.

        It raises WouldRevert, Unaffordable, Superseded or RpcUnavailable.
        """
        if is_urgent:
            attempt = await self._begin(call, is_wanted)
            if attempt is None or not await self._mine(attempt, is_wanted):
                return None
        else:
            async with self._turn:
                attempt = await self._begin(call, is_wanted)
                if attempt is None or not await self._mine(attempt, is_wanted):
                    return None
        return await self._settle(attempt, is_wanted)

    async def refusal(self, call: Transaction) -> str | None:
        """Why a call would revert in the next block; None if it would not."""
        try:
            await self._rpc.call("eth_estimateGas", self._request(call), "pending")
        except RpcError as error:
            return error.message
        return None

    async def balance(self) -> int:
        """Wei."""
        return int(await self._rpc.call("eth_getBalance", self.address, "latest"), 16)

    def _request(self, call: Transaction) -> dict[str, Any]:
        return {
            "from": self.address,
            "to": call.to,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
        }

    # steps

    async def _begin(self, call: Transaction, is_wanted: IsWanted) -> _Attempt | None:
        if not await is_wanted():
            return None
        gas = call.gas
        if gas is None:
            try:
                estimate = await self._rpc.call("eth_estimateGas", self._request(call), "pending")
            except RpcError as error:
                raise WouldRevert(error.message) from None
            gas = int(estimate, 16) * GAS_MARGIN // 100
        async with self._signing:
            nonce = await self._nonce()
            price = await self._price()
            before = self._pending()
            if before is not None and before[0] == nonce:
                price = self._above(before[1], price)
            attempt = _Attempt(call, nonce, gas, price)
            await self._broadcast(attempt)
            self._holders = {nonce: attempt}
        self.sent += 1
        log.info("%s: sent %s (%s)", self.name, call.what, attempt.hashes[-1])
        return attempt

    async def _mine(self, attempt: _Attempt, is_wanted: IsWanted) -> bool:
        """Waits for a block with it; False if it was cancelled."""
        while await self._receipt(attempt) is None:
            is_taken = self._holders.get(attempt.nonce) is not attempt
            if is_taken or await self._nonce() > attempt.nonce:
                # looks once more: the block may have come in between
                if await self._receipt(attempt) is not None:
                    break
                self._pay(attempt, 0)
                raise Superseded(attempt.call.what)
            if self._clock.now() - attempt.sent_at >= self._fees.bump_after:
                if not attempt.is_cancelled and not await is_wanted():
                    await self._cancel(attempt)
                else:
                    await self._bump(attempt)
            await self._clock.sleep(self._poll)
        return not attempt.is_cancelled

    async def _settle(self, attempt: _Attempt, is_wanted: IsWanted) -> Sent | None:
        """Waits until enough blocks have come after it."""
        while True:
            receipt = await self._receipt(attempt)
            if receipt is None:
                log.warning("%s: a reorganisation undid %s", self.name, attempt.call.what)
                await self._rebroadcast(attempt)
                if not await self._mine(attempt, is_wanted):
                    return None
                continue
            block = int(receipt["blockNumber"], 16)
            head = int(await self._rpc.call("eth_blockNumber"), 16)
            if head >= block + self._confirmations:
                paid = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
                paid += attempt.call.value
                self._pay(attempt, paid)
                succeeded = int(receipt["status"], 16) == 1
                return Sent(receipt["transactionHash"], block, succeeded, paid)
            await self._clock.sleep(self._poll)

    async def _receipt(self, attempt: _Attempt) -> dict[str, Any] | None:
        answers = await self._rpc.batch(
            [("eth_getTransactionReceipt", [hash_]) for hash_ in attempt.hashes]
        )
        return next((x for x in answers if isinstance(x, dict)), None)

    async def _nonce(self) -> int:
        return int(await self._rpc.call("eth_getTransactionCount", self.address, "latest"), 16)

    # prices

    async def _price(self) -> tuple[int, int]:
        fees = self._fees
        if fees.legacy:
            price = min(fees.max_fee, int(await self._rpc.call("eth_gasPrice"), 16))
            return price, price
        head = await self._rpc.call("eth_getBlockByNumber", "latest", False)
        base = int(head["baseFeePerGas"], 16)
        try:
            tip = int(await self._rpc.call("eth_maxPriorityFeePerGas"), 16)
        except RpcError:
            tip = GWEI
        tip = min(tip, fees.max_priority_fee)
        if base + tip > fees.max_fee:
            raise Unaffordable(f"gas costs {base / GWEI:.1f} gwei, more than max_fee")
        return min(fees.max_fee, 2 * base + tip), tip

    def _above(self, before: tuple[int, int], price: tuple[int, int]) -> tuple[int, int]:
        """A price that replaces another, at most the limit."""
        fee, tip = (max(-(-x * BUMP // 100), y) for x, y in zip(before, price, strict=True))
        return min(fee, self._fees.max_fee), min(tip, fee, self._fees.max_fee)

    async def _bump(self, attempt: _Attempt) -> None:
        async with self._signing:
            is_taken = self._holders.get(attempt.nonce) is not attempt
            if is_taken or await self._nonce() > attempt.nonce:
                return
            higher = self._above(attempt.price, attempt.price)
            if higher[0] * 100 < attempt.price[0] * 110:
                # at the limit it is only sent again, so that nodes do not forget it
                await self._rebroadcast(attempt)
                return
            attempt.price = higher
            await self._broadcast(attempt)
        log.info("%s: bumped %s to %.2f gwei", self.name, attempt.call.what, higher[0] / GWEI)

    async def _cancel(self, attempt: _Attempt) -> None:
        """Replaces a transaction that somebody else has made useless by an empty one: that costs
        less than one that reverts."""
        log.info("%s: cancels %s", self.name, attempt.call.what)
        attempt.call, attempt.gas = (
            Transaction(self.address, b"", "a transfer of nothing"),
            TRANSFER_GAS,
        )
        attempt.is_cancelled = True
        await self._bump(attempt)

    # sending

    async def _broadcast(self, attempt: _Attempt) -> None:
        """Signs and sends at its price."""
        while True:
            fields = self._fields(attempt)
            self._reserve(attempt)
            raw = await self._signer.sign_transaction(fields)
            # before it is sent: else a crash in between would forget it
            pending = {"nonce": attempt.nonce, "price": attempt.price}
            self._book.put(f"pending:{self.name}", json.dumps(pending))
            attempt.raw = raw
            attempt.hashes.append("0x" + keccak(raw).hex())
            attempt.sent_at = self._clock.now()
            try:
                await self._rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
                return
            except RpcError as error:
                higher = self._above(attempt.price, attempt.price)
                if not self._is_too_low(error) or higher == attempt.price:
                    if self._is_there(error):
                        return
                    self._pay(attempt, 0)
                    raise Unaffordable(error.message) from None
                # something is in its place that is not known here
                attempt.price = higher

    async def _rebroadcast(self, attempt: _Attempt) -> None:
        attempt.sent_at = self._clock.now()
        try:
            await self._rpc.call("eth_sendRawTransaction", "0x" + attempt.raw.hex())
        except RpcError as error:
            if not self._is_there(error):
                log.info("%s: %s", self.name, error)

    @staticmethod
    def _is_too_low(error: RpcError) -> bool:
        return "underpriced" in error.message.lower()

    @staticmethod
    def _is_there(error: RpcError) -> bool:
        text = error.message.lower()
        return any(x in text for x in ("already known", "already imported", "nonce too low"))

    def _fields(self, attempt: _Attempt) -> dict[str, Any]:
        fields = {
            "chainId": self._chain_id,
            "nonce": attempt.nonce,
            "to": attempt.call.to,
            "value": attempt.call.value,
            "data": "0x" + attempt.call.data.hex(),
            "gas": attempt.gas,
        }
        fee, tip = attempt.price
        if self._fees.legacy:
            return fields | {"gasPrice": fee}
        return fields | {"type": 2, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip}

    def _pending(self) -> tuple[int, tuple[int, int]] | None:
        """Nonce and price of what was sent last."""
        text = self._book.get(f"pending:{self.name}")
        if text is None:
            return None
        data = json.loads(text)
        return data["nonce"], (data["price"][0], data["price"][1])

    # the budget

    @property
    def spent(self) -> int:
        """Wei that this day (UTC) has cost, or may still cost."""
        data = json.loads(self._book.get(f"spent:{self.name}") or "{}")
        return data["wei"] if data.get("day") == self._day else 0

    @property
    def _day(self) -> int:
        return int(self._clock.now()) // DAY

    def _spend(self, wei: int) -> None:
        data = {"day": self._day, "wei": max(0, self.spent + wei)}
        self._book.put(f"spent:{self.name}", json.dumps(data))

    def _reserve(self, attempt: _Attempt) -> None:
        """Reserves the most that it may cost; Unaffordable if the day's budget has less left."""
        worst = attempt.gas * attempt.price[0] + attempt.call.value
        left = self._fees.daily_budget - self.spent + attempt.reserved
        if worst > left:
            raise Unaffordable(
                f"{attempt.call.what} may cost {format_ether(worst)}, and the day's budget has"
                f" {format_ether(max(0, left))} left"
            )
        self._spend(worst - attempt.reserved)
        attempt.reserved = worst

    def _pay(self, attempt: _Attempt, paid: int) -> None:
        """Counts what it has cost, in place of what was reserved for it."""
        self._spend(paid - attempt.reserved)
        attempt.reserved = paid
