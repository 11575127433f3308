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
from tests.utils.worlds import Worlds
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
def worlds(project, accounts, chain):
    return Worlds(project, accounts, chain)


@pytest.fixture(scope="session")
def everything(worlds):
    """All worlds, before the first test."""
    worlds.make_all()


def _world(name):
    """The fixture of a world: a test asks for it by its name."""

    @pytest.fixture(scope="session", name=name)
    def world(worlds):
        return worlds[name]

    return world


system, lst_system, parliament = map(_world, ("system", "lst_system", "parliament"))
epochs, relays, link, pair = map(_world, ("epochs", "relays", "link", "pair"))
puppet = _world("puppet")


@pytest.fixture
def court(worlds, request):
    """To seat a committee takes a second: tests that ask for `seated` share one that has it."""
    return worlds["seated_court" if "seated" in request.fixturenames else "empty_court"]


@pytest.fixture
def payroll(worlds, request):
    return worlds["seated_payroll" if "poor" in request.fixturenames else "empty_payroll"]


WITH_PEOPLE = ("system", "court", "payroll", "lst_system", "parliament")


@pytest.fixture(autouse=True)
def _anew(request):
    """Each test begins with the same people, whichever came before."""
    for name in WITH_PEOPLE:
        if name in request.fixturenames:
            request.getfixturevalue(name).start_anew()


@pytest.fixture(scope="session")
def pool(system):
    return system.pool


@pytest.fixture(scope="session")
def registry(system):
    """The CommitteeRegistry."""
    return system.registry


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
