"""The suite, deployed once, and the people who use it. Each test starts from this state."""

import gc

import ape
import pytest

from seqpool.deployment.compiler import compile_anew
from tests.utils import clock, fast_boa, fast_chain
from tests.utils.commands import (
    cast,
    community,
    compiled_once,
    deployed,
    governed_path,
    governed_script,
    path,
    script,
    suite,
    values,
)
from tests.utils.court import Court
from tests.utils.epochs import Epochs
from tests.utils.lst import Lst
from tests.utils.parliament import Parliament
from tests.utils.payroll import Payroll
from tests.utils.relays import GAS_PRICE, Relays, deploy_puppet
from tests.utils.system import System
from tools import fast_ape

# The fixtures of tests.utils.commands are for all tests: two sets of them would deploy twice, and
# what is deployed after the first test spoils its isolation.
__all__ = [
    "cast",
    "community",
    "compiled_once",
    "deployed",
    "governed_path",
    "governed_script",
    "path",
    "script",
    "suite",
    "values",
]


def pytest_sessionstart(session):
    fast_ape.install()
    clock.install()
    fast_chain.install()
    fast_boa.install()
    # Ape misses a changed module or interface. Workers of xdist share what the controller compiled.
    if not hasattr(session.config, "workerinput"):
        compile_anew(ape.project)


def pytest_collection_finish(session):
    """What there is now, Ape with all its models, stays to the end. Python looked all of it through
    for garbage whenever a test had made some hundred objects; to load what titanoboa has compiled
    took three times as long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(scope="session")
def system(project, accounts, chain):
    return System(project, accounts, chain)


@pytest.fixture(scope="session")
def empty_court(project, accounts, chain):
    """A pool of its own, whose Slasher is the contract."""
    return Court(project, accounts, chain)


@pytest.fixture(scope="session")
def seated_court(project, accounts, chain):
    """The same, with the sequencers of SEATED, who are the latest committee."""
    return Court(project, accounts, chain).seat_all()


@pytest.fixture
def court(request, empty_court, seated_court):
    """Most tests of the Slasher want a committee, and to seat one takes a second."""
    # by the name of their fixture: `everything` asks for `seated_court` in the name of all
    return seated_court if "seated" in request.fixturenames else empty_court


@pytest.fixture(scope="session")
def empty_payroll(project, accounts, chain):
    """A pool of its own, whose Slasher and RewardDistributor are the contracts."""
    return Payroll(project, accounts, chain)


@pytest.fixture(scope="session")
def seated_payroll(project, accounts, chain):
    """The same, with the sequencers of SEATED, who are the latest committee."""
    return Payroll(project, accounts, chain).seat_all()


@pytest.fixture
def payroll(request, empty_payroll, seated_payroll):
    return seated_payroll if "poor" in request.fixturenames else empty_payroll


@pytest.fixture(scope="session")
def lst_system(project, accounts, chain):
    """A pool of its own, with a StakedMetis; Slasher and RewardDistributor are the contracts."""
    return Lst(project, accounts, chain)


@pytest.fixture(scope="session")
def parliament(project, accounts, chain):
    """A pool of its own, with Slasher and RewardDistributor, governed by votes."""
    return Parliament(project, accounts, chain)


@pytest.fixture(scope="session")
def epochs(project, accounts, chain):
    """A SequencerSet whose relay is an ordinary account."""
    return Epochs(project, accounts, chain)


@pytest.fixture(scope="session")
def relays(system, accounts):
    return Relays(system, accounts)


@pytest.fixture(scope="session")
def link(relays):
    """The way from the pool to a SequencerSet on one chain: what is sent arrives at once."""
    return relays.deploy_local()


@pytest.fixture(scope="session")
def pair(relays):
    """The same on two chains: what is sent on L1 is brought to L2 by a carrier, for GAS_PRICE."""
    return relays.deploy_pair(GAS_PRICE)


@pytest.fixture(scope="session")
def puppet(system):
    """A contract that does as it is told."""
    return deploy_puppet(system)


@pytest.fixture(scope="session")
def everything(
    system,
    empty_court,
    seated_court,
    empty_payroll,
    seated_payroll,
    lst_system,
    parliament,
    epochs,
    relays,
    link,
    pair,
    puppet,
):
    """Deployed before the first test: Ape's isolation forgets what a later one deploys for all."""


@pytest.fixture(autouse=True)
def _anew(request):
    for name in ("system", "court", "payroll", "lst_system", "parliament"):
        if name in request.fixturenames:
            request.getfixturevalue(name).start_anew()


@pytest.fixture(scope="session")
def pool(system):
    return system.pool


@pytest.fixture(scope="session")
def vault(system):
    """The SlashVault."""
    return system.slash_vault


@pytest.fixture(scope="session")
def metis(system):
    return system.metis


@pytest.fixture(scope="session")
def governance(system):
    """An account that stands for the Timelock."""
    return system.governance


@pytest.fixture(scope="session")
def guardian(system):
    return system.guardian


@pytest.fixture(scope="session")
def slasher(system):
    """An account that stands for the Slasher."""
    return system.slasher


@pytest.fixture(scope="session")
def distributor(system):
    """An account that stands for the RewardDistributor."""
    return system.distributor


@pytest.fixture(scope="session")
def lst(system):
    """An account that stands for an LST protocol's vault."""
    return system.lst


@pytest.fixture(scope="session")
def stranger(system):
    return system.stranger


@pytest.fixture
def owner(system):
    """An approved owner with METIS and allowance, and no sequencer yet."""
    return system.new_owner()


@pytest.fixture
def sequencer(system):
    """The id of an active sequencer with min_stake."""
    return system.new_sequencer()
