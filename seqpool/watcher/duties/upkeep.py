"""Upkeep: what keeps the suite going. It is done in rounds, by the watcher of the first rank.

Each task can be switched off. Each room of tasks has its own module: epochs, committees, seats,
reports of re-elections, mass outages, rewards, and the LST vault.
"""

import logging

from seqpool.chain.jsonrpc import RpcError
from seqpool.errors import UserError
from seqpool.watcher.base.clock import Clock
from seqpool.watcher.base.config import Config
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L1Reader, L2Reader
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.duties.committee_upkeep import CommitteeUpkeep
from seqpool.watcher.duties.duty import Duty
from seqpool.watcher.duties.epoch_upkeep import EpochUpkeep
from seqpool.watcher.duties.needs import Memory
from seqpool.watcher.duties.outage_upkeep import OutageUpkeep
from seqpool.watcher.duties.reelection_reports import ReelectionReports
from seqpool.watcher.duties.reward_upkeep import RewardUpkeep
from seqpool.watcher.duties.seat_upkeep import SeatUpkeep
from seqpool.watcher.duties.vault_upkeep import VaultUpkeep

log = logging.getLogger(__name__)

# Some tasks are looked at only once in so many rounds: what they wait for changes by the day.
SELDOM = 10


class Upkeep:
    """All tasks of one watcher."""

    def __init__(
        self,
        l1: L1Reader,
        l2: L2Reader,
        calls: Calls,
        duty: Duty,
        memory: Memory,
        config: Config,
        clock: Clock,
    ):
        self._tasks = config.tasks
        self._rounds = 0
        self.epochs = EpochUpkeep(l2, calls, duty, config, clock)
        self.committees = CommitteeUpkeep(l1, l2, calls, duty, config, clock)
        self.seats = SeatUpkeep(l1, calls, duty)
        self.reports = ReelectionReports(l1, l2, duty, memory, config.l2.confirmations, clock)
        self.outages = OutageUpkeep(l1, calls, duty, config)
        self.rewards = RewardUpkeep(l1, l2, calls, duty, config.upkeep, clock)
        self.vault = VaultUpkeep(l1, calls, duty, config, clock)

    async def look_at_l2(self, registry: RegistryState) -> None:
        """What the SequencerSet wants at each block."""
        await self.epochs.look_at_block(registry)

    async def look_at_time(self, registry: RegistryState) -> None:
        """What the fallback sequencer owes the chain, though no block comes."""
        await self.epochs.look_at_time(registry)

    async def look_at_l1(self) -> None:
        """All other tasks; one that fails does not keep the others from being done."""
        self._rounds += 1
        tasks, is_seldom = self._tasks, self._rounds % SELDOM == 1
        for name, is_on, task in (
            ("committee", tasks.seal or tasks.checkpoint, self.committees.checkpoint_and_seal),
            ("relay", tasks.relay, self.committees.relay),
            ("reports", tasks.report, self.reports.look),
            # alerts tell of outages, whoever charges for them
            ("outages", True, self.outages.look),
            ("rewards", tasks.rewards, self.rewards.look),
            ("activate", tasks.activate, self.seats.activate),
            ("eject", tasks.eject and is_seldom, self.seats.eject),
            ("release", tasks.release and is_seldom, self.seats.release),
            # alerts tell of its cases, whoever closes them
            ("vault", is_seldom, self.vault.look),
        ):
            if is_on:
                try:
                    await task()
                except (RpcError, RpcUnavailable, UserError) as error:
                    log.warning("upkeep: %s: %s", name, error)
