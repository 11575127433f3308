"""Puts jobs on a watcher's agenda, each due when it is this watcher's turn to send it."""

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from seqpool.protocol.committee import member
from seqpool.units import DAY
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import AllFeesConfig, FeesConfig
from seqpool.watcher.chain.sender import IsWanted, Transaction
from seqpool.watcher.duties.agenda import Agenda, Job, Sends, rank
from seqpool.watcher.duties.committees import Committees


class Scheduler:
    """The agenda of one watcher, with its rank among all watchers."""

    def __init__(
        self,
        me: str,
        committees: Committees,
        agenda: Agenda,
        senders: tuple[Sends, Sends],
        fees: AllFeesConfig,
        clock: Clock,
    ):
        self.l1, self.l2 = senders
        self._me, self._committees, self._agenda = me, committees, agenda
        self._fees, self._clock = fees, clock

    def fees(self, sender: Sends) -> FeesConfig:
        """What may be paid on the sender's chain."""
        return self._fees.l1 if sender is self.l1 else self._fees.l2

    def rank_among(self, members: list[int], subject: str) -> int:
        """This watcher's rank among the signers of a committee, for a named subject."""
        signers = (member(word).signer for word in members)
        return rank(self._me, signers, keccak(encode(["string"], [subject])))

    async def rank_on_l1(self, subject: bytes) -> int:
        """This watcher's rank in the latest committee of L1, for a message's digest."""
        nonce = await self._committees.last_nonce()
        members = await self._committees.of_l1(nonce) or []
        return rank(self._me, (member(word).signer for word in members), subject)

    def add(
        self,
        key: str,
        sender: Sends,
        call: Transaction,
        is_wanted: IsWanted,
        *,
        order: int,
        expires_at: float,
        retry_after: float | None = None,
        is_urgent: bool = False,
    ) -> None:
        """Adds a job that is due after `order` times the stagger of the sender's chain.

        `expires_at` is in unix seconds. `retry_after` is in seconds, by default twice the stagger.
        """
        stagger = self.fees(sender).stagger
        self._agenda.add(
            Job(
                key=key,
                sender=sender,
                call=call,
                is_wanted=is_wanted,
                due_at=self._clock.now() + order * stagger,
                expires_at=expires_at,
                retry_after=2 * stagger if retry_after is None else retry_after,
                is_urgent=is_urgent,
            )
        )

    def add_for_a_day(
        self, key: str, sender: Sends, call: Transaction, is_wanted: IsWanted, order: int
    ) -> None:
        """Adds a job that expires after a day: if it is still due then, it is added again."""
        expires_at = self._clock.now() + DAY
        self.add(key, sender, call, is_wanted, order=order, expires_at=expires_at)

    async def add_on_l1(self, key: str, call: Transaction, is_wanted: IsWanted) -> None:
        """Adds a job on L1 by this watcher's rank in the latest committee, for a day."""
        nonce = await self._committees.last_nonce()
        members = await self._committees.of_l1(nonce) or []
        self.add_for_a_day(key, self.l1, call, is_wanted, self.rank_among(members, key))

    async def try_on_l1(self, key: str, call: Transaction, is_wanted: IsWanted) -> None:
        """The same, unless the contract would refuse it now."""
        if not self._agenda.has(key) and await self.l1.refusal(call) is None:
            await self.add_on_l1(key, call, is_wanted)
