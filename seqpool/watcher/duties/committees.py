"""The members of committees, by nonce."""

import json
import logging

from seqpool.chain.jsonrpc import RpcError
from seqpool.errors import UserError
from seqpool.protocol.committee import committee_hash, member
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.duties.needs import Contracts, Memory

log = logging.getLogger(__name__)


class Committees:
    """Reads each committee from L1 once and stores it, so that votes on L2 work without L1."""

    def __init__(self, contracts: Contracts, memory: Memory):
        self._contracts, self._memory = contracts, memory
        self._known: dict[int, list[int]] = {}

    def known(self, nonce: int) -> list[int] | None:
        """The words of a committee that was learned; None for any other."""
        return self._known.get(nonce)

    def signers(self) -> set[str]:
        """The signers of all committees that were learned."""
        return {member(word).signer for words in self._known.values() for word in words}

    async def learn(self, nonce: int, hash_: bytes) -> list[int] | None:
        """The members whose hash a contract has; None if they cannot be found now."""
        words = self._known.get(nonce)
        if words is None and (text := self._memory.get(f"members:{nonce}")) is not None:
            words = [int(word, 16) for word in json.loads(text)]
        if words is None or committee_hash(nonce, words) != hash_:
            try:
                words = await self._contracts.members_of(nonce)
            except (UserError, RpcError, RpcUnavailable) as error:
                log.warning("the members of committee %s are not known: %s", nonce, error)
                return None
            if committee_hash(nonce, words) != hash_:
                return None
            self._memory.put(f"members:{nonce}", json.dumps([hex(word) for word in words]))
        self._known[nonce] = words
        return words

    async def last_nonce(self) -> int:
        """The nonce of the committee that signs what is for L1; 0 if there is none yet."""
        return await self._contracts.last_nonce()

    async def of_l1(self, nonce: int) -> list[int] | None:
        """The words of a committee of L1; None if there is none, or they are not known."""
        if nonce == 0:
            return None
        return await self.learn(nonce, await self._contracts.committee_of(nonce))
