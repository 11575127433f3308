"""The worlds that tests begin in, by their names. A new world is one entry here.

A test asks for a world by a fixture of its name. What all tests of a folder share has to be there
before the first of them (`everything`): Ape's isolation forgets what a later one deploys for all.
"""

from collections.abc import Callable

from ape.managers.accounts import TestAccountManager
from ape.managers.chain import ChainManager
from ape.managers.project import ProjectManager

from tests.utils.court import Court
from tests.utils.epochs import Epochs
from tests.utils.lst import Lst
from tests.utils.parliament import Parliament
from tests.utils.payroll import Payroll
from tests.utils.relays import GAS_PRICE, Relays, deploy_puppet
from tests.utils.system import System


class Worlds:
    """Those that were asked for; each is deployed once for a process."""

    def __init__(self, project: ProjectManager, accounts: TestAccountManager, chain: ChainManager):
        self.managers = project, accounts, chain
        self.accounts = accounts
        self._made: dict[str, object] = {}

    def __getitem__(self, name: str):
        if name not in self._made:
            self._made[name] = WORLDS[name](self)
        return self._made[name]

    def make_all(self) -> None:
        for name in WORLDS:
            self[name]


WORLDS: dict[str, Callable[[Worlds], object]] = {
    "system": lambda worlds: System(*worlds.managers),
    # a pool whose Slasher is the contract; seated: with the sequencers of SEATED, who are the
    # latest committee
    "empty_court": lambda worlds: Court(*worlds.managers),
    "seated_court": lambda worlds: Court(*worlds.managers).seat_all(),
    # a pool whose Slasher and RewardDistributor are the contracts
    "empty_payroll": lambda worlds: Payroll(*worlds.managers),
    "seated_payroll": lambda worlds: Payroll(*worlds.managers).seat_all(),
    # with a StakedMetis too
    "lst_system": lambda worlds: Lst(*worlds.managers),
    # governed by votes
    "parliament": lambda worlds: Parliament(*worlds.managers),
    # a SequencerSet whose relay is an ordinary account
    "epochs": lambda worlds: Epochs(*worlds.managers),
    "relays": lambda worlds: Relays(worlds["system"], worlds.accounts),
    # from the pool to a SequencerSet on one chain: what is sent arrives at once
    "link": lambda worlds: worlds["relays"].deploy_local(),
    # on two chains: a carrier brings to L2 what is sent on L1, for GAS_PRICE
    "pair": lambda worlds: worlds["relays"].deploy_pair(GAS_PRICE),
    # a contract that does as it is told
    "puppet": lambda worlds: deploy_puppet(worlds["system"]),
}
