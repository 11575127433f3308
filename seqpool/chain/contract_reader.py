"""Reads a contract as the next transaction finds it."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from seqpool.chain import accounts, ape

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape.contracts import ContractInstance


class Reader:
    """A contract at one moment, as far as the chain can tell."""

    def __init__(self, contract: ContractInstance, provider: ProviderAPI):
        self._contract, self.provider = contract, provider
        # A local chain is asleep between transactions: what counts is the time it will have next.
        self._is_asleep = accounts.is_local(provider.network.name)
        is_pending_known = self._is_asleep and not isinstance(provider, ape.LocalProvider)
        self.block = "pending" if is_pending_known else "latest"
        self.now: int = provider.get_block(self.block).timestamp
        latest = provider.get_block("latest")
        self.block_number: int = latest.number
        self.last_block_at: int = latest.timestamp

    @property
    def next_at(self) -> int:
        """The time of a block that is made now."""
        if self._is_asleep:
            return int(self.provider.get_block("pending").timestamp)
        return max(int(time()), self.last_block_at)

    def read(self, name: str, *arguments: Any) -> Any:
        """The answer of a view of the contract."""
        return self.read_of(self._contract, name, *arguments)

    def read_of(self, contract: ContractInstance, name: str, *arguments: Any) -> Any:
        """The answer of a view of another contract, at the same moment."""
        return getattr(contract, name)(*arguments, block_identifier=self.block)

    def block_by(self, at: int) -> int:
        """The last block no later than a time: bisection, since no chain promises a block time."""
        low, high = 0, self.block_number
        while low < high:
            middle = (low + high + 1) // 2
            if self.provider.get_block(middle).timestamp > at:
                high = middle - 1
            else:
                low = middle
        return low
