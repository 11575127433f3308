"""The suite on a fork of a local node that stands in for mainnet: it has mainnet's chain id."""

from dataclasses import replace

import ape
import pytest
from eth_account import Account
from eth_utils import keccak, to_checksum_address

from seqpool.chain.accounts import named_account
from seqpool.chain.anvil import running_node
from seqpool.deployment import params
from seqpool.deployment.deployer import Deployer, Journal
from seqpool.deployment.suite import load_suite
from seqpool.documents.consent import make_consent
from tests.utils.system import PARAMETERS, State

MAINNET = 1
STAKE = PARAMETERS["min_stake"]


def address_of(name: str) -> str:
    """An address whose key nobody has: it can only act where it is impersonated."""
    return to_checksum_address(keccak(text=name)[-20:])


ROLES = {name: address_of(name) for name in ("governance", "guardian", "treasury", "allocator")}
OWNERS = [address_of(f"owner {n}") for n in range(3)]


@pytest.fixture(scope="module")
def upstream():
    """Address of a node with mainnet's chain id, which ends with these tests."""
    with running_node("--chain-id", MAINNET) as node:
        yield node.url


@pytest.fixture(scope="module")
def mainnet(upstream, project):
    """ape's settings for a mainnet that is this node, where nobody else makes blocks."""
    settings = {
        "node": {"ethereum": {"mainnet": {"uri": upstream}}},
        "ethereum": {"mainnet": {"required_confirmations": 0}},
    }
    with project.temp_config(**settings):
        yield f"ethereum:mainnet:{upstream}"


@pytest.fixture(scope="module")
def path(mainnet, project, tmp_path_factory):
    """The deployment file of the suite on mainnet, where three owners were given METIS."""
    path = tmp_path_factory.mktemp("deployments") / "ethereum-mainnet.json"
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    values = replace(values, addresses=replace(values.addresses, **ROLES))
    deployer = named_account("deployer")
    with ape.networks.parse_network_choice(mainnet) as provider:
        assert provider.chain_id == MAINNET
        journal = Journal.open(path, provider)
        suite = Deployer(values, deployer, journal, provider, project).run()
        for owner in OWNERS:
            suite.metis.mint(owner, 2 * STAKE, sender=deployer)
    return path


@pytest.fixture(scope="module")
def fork(mainnet, path):
    network = ape.networks.ethereum.mainnet_fork
    with network.use_provider("foundry", provider_settings={"host": "auto"}) as provider:
        yield provider


@pytest.fixture(scope="module")
def suite(fork, path, project):
    """The suite as the file of mainnet describes it, found on the fork."""
    return load_suite(path, fork, project)


def impersonate(address: str):
    account = ape.accounts[address]
    account.balance = "10 ether"
    return account


def height(choice: str) -> int:
    with ape.networks.parse_network_choice(choice) as provider:
        return provider.get_block("latest").number


def test_whole_life_on_a_fork(suite, fork, mainnet, chain):
    pool, metis, registry = suite.pool, suite.metis, suite.committee_registry
    before = height(mainnet)
    governance = impersonate(ROLES["governance"])
    owners = [impersonate(owner) for owner in OWNERS]
    for n, owner in enumerate(owners):
        pool.approve(owner, sender=governance)
        metis.approve(pool, STAKE, sender=owner)
        key = Account.from_key(keccak(text=f"signer {n}"))
        consent = make_consent(key, fork.chain_id, pool.address, owner.address, 0)
        arguments = (consent.pubkey_words, tuple(consent.signature))
        pool.lock(key.address, STAKE, owner, *arguments, sender=owner)
        assert pool.sequencer(n + 1).state == State.ACTIVE
    assert metis.balanceOf(pool) == 3 * STAKE

    registry.checkpoint(sender=owners[0])
    chain.mine(5)
    registry.seal(sender=owners[0])
    assert registry.sealed_committee()[0] == 1
    assert (registry.committee(1).size, registry.committee(1).power) == (3, 3 * STAKE)

    pool.unlock(1, sender=owners[0])
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(1, sender=owners[0])
    chain.pending_timestamp += PARAMETERS["exit_delay"]
    pool.claim(1, sender=owners[1])
    assert pool.sequencer(1).state == State.EXITED
    assert metis.balanceOf(owners[0]) == 2 * STAKE
    assert metis.balanceOf(pool) == 2 * STAKE

    # all of it happened on the fork alone
    assert height(mainnet) == before
    with ape.networks.parse_network_choice(mainnet) as upstream:
        assert pool.roster().count == 0
        assert upstream.get_balance(OWNERS[0]) == 0
        assert metis.balanceOf(OWNERS[0]) == 2 * STAKE
