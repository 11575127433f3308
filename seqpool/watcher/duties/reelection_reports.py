"""Reports of re-elections: what L2 has decided costs stake on L1.

A report names the signer that failed in a stall which another signer has ended. The votes of each
round prove it. In a later round a successor has failed. It is to blame only if its certificate was
there in time: without two thirds of the votes nobody could have taken over.
"""

import json

from seqpool.documents.votes import read_message
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, Reelection
from seqpool.protocol.signatures import CompactSignature
from seqpool.units import DAY
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.chain.abi import Event
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.duties.duty import Duty, certified_key
from seqpool.watcher.duties.needs import Memory

# Reports of older re-elections would come too late.
OLDEST_REPORT = LIMITS["CERTIFICATE_MAX_AGE"] - DAY


class ReelectionReports:
    """Follows the re-elections of L2, and reports them by one watcher's duty."""

    def __init__(
        self,
        l1: L1Reader,
        l2: L2Reader,
        duty: Duty,
        memory: Memory,
        confirmations: int,
        clock: Clock,
    ):
        self._l1, self._l2, self._duty, self._memory = l1, l2, duty, memory
        self._confirmations, self._clock = confirmations, clock
        self._reported_to: int | None = None  # block of L2

    async def look(self) -> None:
        """Reports the re-elections in the blocks since the last look."""
        if self._l1.slasher is None:
            return
        head = (await self._l2.present_block()).number - self._confirmations
        if self._reported_to is None:
            oldest = await self._l2.block_by(int(self._clock.now()) - OLDEST_REPORT)
            self._reported_to = max(self._l2.places.l2_from, oldest.number)
        first = self._reported_to + 1
        if head < first:
            return
        timeout = (await self._l2.sequencer_set.read("parameters")).block_timeout
        for name in ("EpochReelected", "FallbackTaken"):
            for event in await self._l2.sequencer_set.events(name, first, head):
                await self.report(event, timeout)
        self._reported_to = head

    async def report(self, event: Event, timeout: int) -> None:
        """Reports whoever is to blame for a re-election or a fallback; `timeout` in seconds."""
        last_block = event.fields["start_block"] - 1
        decided = event.fields.get("round", LIMITS["MAX_ROUND"])
        sent = await self.of_transaction(event) if event.name == "EpochReelected" else None
        for round in range(1, decided + 1):
            certificate: Certificate | None
            if sent is not None and sent[0].round == round:
                message, certificate = sent
            elif (known := self._certified(last_block, round)) is not None:
                message, certificate = known[0], self._duty.certificate_of(known[0])
            else:
                continue
            if certificate is not None and self.is_to_blame(message, timeout):
                await self._duty.report_reelection(message, certificate)

    def is_to_blame(self, message: Reelection, timeout: int) -> bool:
        """Whether whoever has failed could have done better."""
        if message.failed == ZERO:
            return False
        if message.round == 1 or message.reason == Reason.INVALID_EXECUTION:
            return True
        before = self._certified(message.lastBlock, message.round - 1)
        if before is None:
            return False
        turn_began_at = message.lastBlockTimestamp + (message.round - 1) * timeout
        return bool(before[1] <= turn_began_at + timeout // 2)

    def _certified(self, last_block: int, round: int) -> tuple[Reelection, float] | None:
        """What enough have signed as far as is known here, and when."""
        text = self._memory.get(certified_key(last_block, round))
        if text is None:
            return None
        data = json.loads(text)
        message = read_message({k: v for k, v in data.items() if k != "at"})
        assert isinstance(message, Reelection)
        return message, data["at"]

    async def of_transaction(self, event: Event) -> tuple[Reelection, Certificate] | None:
        """Message and certificate from the calldata; None if a contract has called."""
        data = await self._l2.rpc.call("eth_getTransactionByHash", event.transaction)
        if data is None:
            return None
        calldata = bytes.fromhex(data["input"][2:])
        found = self._l2.sequencer_set.abi.arguments("reelect", 2, calldata)
        if found is None:
            return None
        values, (members, signers, signatures) = found
        names = [name for name in Reelection.model_fields if name != "eip712_domain"]
        fields = dict(zip(names, values, strict=True))
        message = Reelection(eip712_domain=self._l2.domain, **fields)
        signed = [CompactSignature(*signature) for signature in signatures]
        return message, Certificate(list(members), signers, signed)
