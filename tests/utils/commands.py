"""What the tests of scripts share: commands run in this process, on this chain."""

import runpy
from dataclasses import replace
from pathlib import Path

import ape
import pytest
from click.testing import CliRunner

from seqpool.chain.accounts import named_account
from seqpool.deployment import compiler, params
from seqpool.deployment.allow_list import ProposalKind
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal
from seqpool.devnet.cast import Cast
from seqpool.units import METIS
from tests.utils.governed import Community, deploy_governed
from tests.utils.isolation import remembered

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def compiled_once():
    """The session has compiled everything already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "compile_anew", lambda project: None)
        yield


@pytest.fixture(scope="session")
def values():
    """Launch values of a local chain."""
    return params.load_params(params.default_path("ethereum", "local"), "local")


@pytest.fixture(scope="session")
def deployed(project, values, tmp_path_factory):
    """A suite, and the file that says where it is."""
    path = tmp_path_factory.mktemp("deployments") / "deployment.json"
    provider = ape.networks.provider
    journal = Journal.open(path, provider)
    # an account stands for the Slasher, so that tests reach every state of a sequencer at once
    addresses = replace(values.addresses, slasher=named_account("slasher").address)
    values = replace(values, addresses=addresses)
    suite = Deployer(values, named_account("deployer"), journal, provider, project).run()
    return suite, path


@pytest.fixture(scope="session")
def suite(deployed):
    return deployed[0]


@pytest.fixture(scope="session")
def path(deployed):
    """The deployment file."""
    return deployed[1]


@pytest.fixture(scope="session")
def cast(suite):
    """Short cuts on the suite; not the people of the other tests, who have a suite of their own."""
    return Cast(suite, ape.networks.provider)


class Script:
    """Runs a script as `ape run` does."""

    def __init__(self, path: Path):
        self._path = path

    def run(self, name: str, *arguments: str, suite: bool = True, network=None, typed=None):
        """The result; on the suite of the deployment file unless told not to."""
        command = runpy.run_path(str(ROOT / "scripts" / f"{name}.py"))["cli"]
        network = network or ape.networks.provider.network_choice
        options = ["--network", network]
        if suite:
            options += ["--deployment", str(self._path)]
        # to use a network that is in use already, ape connects to it and disconnects at once, and
        # so forgets its snapshots
        with remembered(ape.chain):
            return CliRunner().invoke(command, [*map(str, arguments), *options], typed)

    def ok(self, name: str, *arguments: str, **options) -> str:
        """What it printed, in one line; it has to succeed."""
        result = self.run(name, *arguments, **options)
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    def fails(self, name: str, *arguments: str, **options) -> str:
        """Its one line of error; nothing may have been sent."""
        provider = ape.networks.provider
        before = provider.get_block("latest").number
        result = self.run(name, *arguments, **options)
        assert result.exit_code not in (0, None)
        assert isinstance(result.exception, SystemExit), result.exception
        assert provider.get_block("latest").number == before
        (line,) = [x for x in result.output.splitlines() if x.startswith("Error: ")]
        assert result.output.rstrip().endswith(line)
        return line.removeprefix("Error: ")


@pytest.fixture(scope="session")
def script(path):
    return Script(path)


# ---------------------------------------------------------------- a suite with a Governor


@pytest.fixture(scope="session")
def governed_path(tmp_path_factory):
    """Its deployment file."""
    return tmp_path_factory.mktemp("governed") / "deployment.json"


@pytest.fixture(scope="session")
def community(project, values, governed_path):
    """Those who decide in it; three sequencers are active, and owner4 has METIS."""
    provider = ape.networks.provider
    suite = deploy_governed(values, provider, project, governed_path)
    community = Community(suite, provider)
    cast = community.cast
    owners = [named_account(f"owner{n}") for n in range(1, 5)]
    cast.fund(*owners, named_account("lst"))
    approvals = [community.act(suite.pool, "approve", owner) for owner in owners[:3]]
    community.decide(approvals, ProposalKind.INFRASTRUCTURE)
    for n, owner in enumerate(owners[:3], 1):
        cast.lock(owner, named_account(f"signer{n}"), n * 20_000 * METIS)
    return community


@pytest.fixture(scope="session")
def governed_script(community, governed_path):
    """Runs `ape run governance`."""
    return Script(governed_path)
