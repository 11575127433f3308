"""Upkeep of epochs on L2: the next epoch, the heartbeat, and the fallback sequencer."""

from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L2Reader
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.chain.sender import IsWanted, Transaction
from seqpool.watcher.duties.duty import Duty


class EpochUpkeep:
    """The tasks of one watcher on L2."""

    def __init__(self, l2: L2Reader, calls: Calls, duty: Duty, config: Config, clock: Clock):
        self._l2, self._calls, self._duty, self._clock = l2, calls, duty, clock
        self._tasks, self._left_percent = config.tasks, config.upkeep.commit_left_percent

    # ---------------------------------------------------------------- at each block

    async def look_at_block(self, registry: RegistryState) -> None:
        """Commits the next epoch when it is due; sends a heartbeat otherwise."""
        committee = registry.committee
        if not committee.can_vote:
            return
        members = await self._duty.committees.learn(committee.nonce, committee.committee_hash)
        if members is None:
            return
        is_due = self._is_commit_due(registry)
        if is_due and self._tasks.commit_epoch:
            await self._commit(registry, members)
        elif not is_due and self._tasks.heartbeat:
            self._beat(registry, members)

    def _is_commit_due(self, registry: RegistryState) -> bool:
        if registry.is_scheduled:
            return False
        id, epoch = registry.present
        if epoch is None or id == 0:
            return True
        left = epoch.end_block - registry.head.number
        length = epoch.end_block + 1 - epoch.start_block
        return left * 100 <= length * self._left_percent

    async def _commit(self, registry: RegistryState, members: list[int]) -> None:
        next_id = registry.last_epoch + 1
        order = self._order(registry, members, f"commit {next_id}")
        if registry.present[1] is None:
            # rule 3: in a gap only the drawn signer produces, and begins with this
            barred = await self._l2.barred(members, registry.head.number)
            if registry.in_charge(members, barred) != self._duty.me:
                return
            order = 0
        end = registry.last.end_block

        async def is_wanted() -> bool:
            now = await self._l2.registry()
            return (now.last_epoch, now.last.end_block) == (next_id - 1, end)

        key = f"commit:{next_id}:{end}"
        self._add(key, self._calls.commit_epoch(members, next_id), is_wanted, order)

    def _beat(self, registry: RegistryState, members: list[int]) -> None:
        """Rule 15."""
        alive_at, delay = registry.alive_at, registry.parameters.fallback_delay
        if registry.head.timestamp < alive_at + delay // 2:
            return

        async def is_wanted() -> bool:
            return bool(await self._l2.sequencer_set.read("alive_at") == alive_at)

        order = self._order(registry, members, f"heartbeat {alive_at}")
        self._add(f"heartbeat:{alive_at}", self._calls.heartbeat(), is_wanted, order)

    def _order(self, registry: RegistryState, members: list[int], subject: str) -> int:
        """The producer of the next block is first: its own node takes the transaction."""
        epoch = registry.present[1]
        if epoch is not None and epoch.signer == self._duty.me:
            return 0
        return 1 + self._duty.scheduler.rank_among(members, subject)

    # ---------------------------------------------------------------- when no block comes

    async def look_at_time(self, registry: RegistryState) -> None:
        """Takes over as the fallback sequencer, if this watcher's key is that and it is time."""
        me, parameters, now = self._duty.me, registry.parameters, self._clock.now()
        if parameters.fallback_sequencer != me or not self._tasks.fallback:
            return
        epoch = registry.present[1]
        if epoch is not None and epoch.signer == me:
            return
        # client rule 6: not from a chain that produces
        if now < registry.head.timestamp + parameters.block_timeout:
            return
        members: list[int] = []
        if now < registry.alive_at + parameters.fallback_delay:
            found = await self._nobody_eligible(registry)
            if found is None:
                return
            members = found

        async def is_wanted() -> bool:
            later = await self._l2.registry()
            return (later.head.hash, later.alive_at) == (registry.head.hash, registry.alive_at)

        key = f"fallback:{registry.head.number}:{registry.alive_at}"
        self._add(key, self._calls.fallback(members), is_wanted, 0)

    async def _nobody_eligible(self, registry: RegistryState) -> list[int] | None:
        """What shows the contract that nobody can be drawn in a gap; None if somebody can."""
        committee = registry.committee
        if registry.present[1] is not None:
            return None
        if not committee.can_vote:
            return []
        members = await self._duty.committees.learn(committee.nonce, committee.committee_hash)
        if members is None:
            return None
        barred = await self._l2.barred(members, registry.head.number)
        return members if len(barred) == len(members) else None

    def _add(self, key: str, call: Transaction, is_wanted: IsWanted, order: int) -> None:
        scheduler = self._duty.scheduler
        scheduler.add_for_a_day(key, scheduler.l2, call, is_wanted, order)
