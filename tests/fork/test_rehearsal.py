"""seqpool/governance/rehearsal.py: the last proof of a deployment, on a fork of its chain."""

import json
import runpy
from dataclasses import replace

import ape
import pytest
from click.testing import CliRunner

from seqpool.chain.accounts import named_account
from seqpool.chain.anvil import own_chain, running_node
from seqpool.deployment import params
from seqpool.deployment.allow_list import Delay, ProposalKind, selector
from seqpool.deployment.deployer import deploy_suite
from seqpool.errors import UserError
from seqpool.governance.rehearsal import rehearse

CHAIN_ID = 31_337


@pytest.fixture(scope="module")
def url():
    """A node that ends with these tests."""
    with running_node(*own_chain(CHAIN_ID)) as node:
        yield node.url


@pytest.fixture(scope="module")
def provider(url):
    with ape.networks.parse_network_choice(f"ethereum:devnet:{url}") as provider:
        yield provider


@pytest.fixture(scope="module")
def suite(provider, project):
    """With a Governor of its own."""
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    values = replace(values, addresses=replace(values.addresses, governance=params.NEW))
    return deploy_suite(values, named_account("deployer"), provider, project)


def test_proposal_comes_to_its_effect_on_the_fork_alone(suite, url, provider):
    before = provider.get_block("latest").number
    assert 50_000 < rehearse(suite, url) < 200_000
    assert provider.get_block("latest").number == before
    assert suite.governor.proposal_count() == 0


def test_call_that_is_not_on_the_list__fails(suite, url, provider):
    """As it would if the Governor had been deployed with another list."""
    provider.make_request("anvil_impersonateAccount", [suite.timelock.address])
    provider.make_request("anvil_setBalance", [suite.timelock.address, hex(10**20)])

    def permit(kind: int, delay: int) -> None:
        approve = selector(suite.pool, "approve")
        permission = (suite.pool.address, approve, kind, delay)
        data = suite.governor.set_permission.encode_input(permission)
        fields = {"from": suite.timelock.address, "to": suite.governor.address, "data": data.hex()}
        provider.make_request("eth_sendTransaction", [fields])
        assert suite.governor.permission(suite.pool, approve).kind == kind

    permit(0, 0)
    try:
        with pytest.raises(UserError, match=r"the rehearsal failed: propose: .*not allowed"):
            rehearse(suite, url)
    finally:
        permit(ProposalKind.INFRASTRUCTURE, Delay.ORDINARY)


def test_script_proves_that_the_deployer_is_nobody_and_rehearses(url, provider, tmp_path):
    data = json.loads(params.default_path("ethereum", "local").read_text())
    data["addresses"]["governance"] = params.NEW
    values = tmp_path / "params.json"
    values.write_text(json.dumps(data))
    command = runpy.run_path("scripts/deploy.py")["cli"]
    options = ["--params", str(values), "--deployment", str(tmp_path / "deployment.json")]
    network = ["--network", f"ethereum:devnet:{url}"]
    result = CliRunner().invoke(command, ["suite", *options, *network])
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "holds no role in any contract" in said
    assert "Rehearsed on a fork: a proposal, its vote and its execution" in said
