"""The deployed suite, found by its deployment files, and whether its two ends are linked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqpool.chain import ape
from seqpool.deployment.deployment_file import (
    BRIDGE,
    DISTRIBUTOR,
    GOVERNOR,
    L1_MESSENGER,
    L2_MESSENGER,
    LOCAL_MESSENGER,
    LST,
    METIS,
    POOL,
    REGISTRY,
    RELAY,
    SET,
    SLASHER,
    TIMELOCK,
    VAULT,
    Journal,
    code_at,
)
from seqpool.deployment.params import MOCK
from seqpool.errors import UserError, shown

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape.contracts import ContractContainer, ContractInstance
    from ape.managers.project import ProjectManager


@dataclass(frozen=True)
class Registry:
    """What is on L2."""

    sequencer_set: ContractInstance
    messenger: ContractInstance
    relay_address: str  # on L1
    from_block: int = 0  # nothing of it is older


@dataclass(frozen=True)
class Suite:
    """What is on L1; on a single chain it holds the rest as well."""

    metis: ContractInstance
    slash_vault: ContractInstance
    slasher: ContractInstance | None  # None: none of ours
    distributor: ContractInstance | None  # None: none of ours
    bridge: ContractInstance  # for ERC-20 tokens
    lst: ContractInstance
    pool: ContractInstance
    committee_registry: ContractInstance
    messenger: ContractInstance
    relay: ContractInstance
    set_address: str  # on L2
    l2_chain_id: int
    timelock: ContractInstance | None = None  # None: an account stands for it, or none of ours
    governor: ContractInstance | None = None
    registry: Registry | None = None  # None: on another chain
    from_block: int = 0  # nothing of it is older


def contracts_of(suite: Suite) -> dict[str, ContractInstance]:
    """Those of the connected chain that are ours and do what somebody asks, by their names."""
    registry = suite.registry
    found = {
        POOL: suite.pool,
        REGISTRY: suite.committee_registry,
        VAULT: suite.slash_vault,
        SLASHER: suite.slasher,
        DISTRIBUTOR: suite.distributor,
        LST: suite.lst,
        RELAY: suite.relay,
        SET: None if registry is None else registry.sequencer_set,
        GOVERNOR: suite.governor,
        TIMELOCK: suite.timelock,
    }
    return {name: contract for name, contract in found.items() if contract is not None}


def at(container: ContractContainer, address: str) -> ContractInstance:
    """A contract of our own types: nothing is asked of an explorer, nor merged with what another
    contract at this address once was. Nor are the marks of a proxy looked for in its code."""
    return ape.chain.contracts.instance_at(
        address,
        container.contract_type,
        fetch_from_explorer=False,
        fetch_from_disk=False,
        detect_proxy=False,
        replace=True,
    )


def load_suite(path: Path, provider: ProviderAPI, project: ProjectManager) -> Suite:
    """The L1 side that a file describes, or UserError if it is not there."""
    journal = _finished(path, provider)
    if POOL not in journal.contracts:
        raise UserError(
            f"{shown(path)}: only the L2 side is here; the pool is on {_other(journal)}"
        )
    suite = suite_of(journal, project)
    if suite.registry is not None:
        check_l2_end(suite.registry)
        check_link(suite, suite.registry, provider.chain_id)
    else:
        check_l1_end(suite, journal.other["chain_id"], journal.other["address"])
    return suite


def load_registry(path: Path, provider: ProviderAPI, project: ProjectManager) -> Registry:
    """The L2 side that a file describes, or UserError if it is not there."""
    journal = _finished(path, provider)
    if SET not in journal.contracts:
        raise UserError(
            f"{shown(path)}: only the L1 side is here; the SequencerSet is on {_other(journal)}"
        )
    registry = registry_of(journal, project)
    check_l2_end(registry)
    return registry


def _finished(path: Path, provider: ProviderAPI) -> Journal:
    if not path.exists():
        raise UserError(
            f"no deployment file {shown(path)}: deploy with `ape run deploy suite`, or name one"
            " with --deployment"
        )
    journal = Journal.open(path, provider)
    if not journal.verified:
        raise UserError(
            f"{shown(path)}: the deployment is unfinished; run `ape run deploy suite` again"
        )
    for name, entry in journal.contracts.items():
        journal.check_code(name, code_at(provider, entry["address"]))
    return journal


def _other(journal: Journal) -> str:
    return f"{journal.other['ecosystem']}:{journal.other['network']}"


def suite_of(journal: Journal, project: ProjectManager) -> Suite:
    """The contracts in a journal of L1, or of a single chain."""
    metis = journal.params["addresses"]["metis"]
    if metis == MOCK:
        metis = journal.address(METIS)
    bridge = journal.params["rewards"]["bridge"]
    if bridge == MOCK:
        bridge = journal.address(BRIDGE)
    is_single = journal.other is None
    return Suite(
        metis=at(project.MockMETIS, metis),
        slash_vault=at(project.SlashVault, journal.address(VAULT)),
        slasher=_if_there(journal, project, SLASHER),
        distributor=_if_there(journal, project, DISTRIBUTOR),
        bridge=at(project.MockL1ERC20Bridge, bridge),
        lst=at(project.StakedMetis, journal.address(LST)),
        pool=at(project.SequencerPool, journal.address(POOL)),
        committee_registry=at(project.CommitteeRegistry, journal.address(REGISTRY)),
        messenger=_messenger(journal, project, L1_MESSENGER),
        relay=at(project.CommitteeRelay, journal.address(RELAY)),
        set_address=journal.address(SET) if is_single else journal.other["address"],
        l2_chain_id=journal.chain["chain_id"] if is_single else journal.other["chain_id"],
        timelock=_if_there(journal, project, TIMELOCK),
        governor=_if_there(journal, project, GOVERNOR),
        registry=registry_of(journal, project) if is_single else None,
        from_block=min(
            journal.contracts[name]["block"] or 0
            for name in (POOL, TIMELOCK)
            if name in journal.contracts
        ),
    )


def _if_there(journal: Journal, project: ProjectManager, name: str) -> ContractInstance | None:
    if name not in journal.contracts:
        return None
    return at(project.get_contract(name), journal.address(name))


def registry_of(journal: Journal, project: ProjectManager) -> Registry:
    """The contracts in a journal of L2, or of a single chain."""
    is_single = journal.other is None
    return Registry(
        sequencer_set=at(project.SequencerSet, journal.address(SET)),
        messenger=_messenger(journal, project, L2_MESSENGER),
        relay_address=journal.address(RELAY) if is_single else journal.other["address"],
        from_block=journal.contracts[SET]["block"] or 0,
    )


def _messenger(journal: Journal, project: ProjectManager, mock: str) -> ContractInstance:
    """LocalMessenger, the mock of one side, or the bridge's own, which has the same calls."""
    for name in (LOCAL_MESSENGER, mock):
        if name in journal.contracts:
            return at(project.get_contract(name), journal.address(name))
    key = {L1_MESSENGER: "l1_messenger", L2_MESSENGER: "l2_messenger"}[mock]
    return at(project.get_contract(mock), journal.params["l2"][key])


# ---------------------------------------------------------------- the link


def check_l1_end(suite: Suite, l2_chain_id: int, set_address: str) -> None:
    """UserError if the CommitteeRelay sends elsewhere."""
    found = (suite.relay.sequencer_set(), suite.relay.l2_chain_id())
    if found != (set_address, l2_chain_id):
        raise UserError(
            f"wrong link: this CommitteeRelay sends to SequencerSet {found[0]} on chain"
            f" {found[1]}, not to {set_address} on chain {l2_chain_id}"
        )


def check_l2_end(registry: Registry) -> None:
    """UserError if the SequencerSet listens to another relay."""
    found = registry.sequencer_set.relay()
    if found != registry.relay_address:
        raise UserError(
            f"wrong link: this SequencerSet listens to relay {found}, not to"
            f" {registry.relay_address}"
        )


def check_link(suite: Suite, registry: Registry, l2_chain_id: int) -> None:
    """UserError if two sides are not each other's; L1 is connected, L2's end is known to hold."""
    check_l1_end(suite, l2_chain_id, registry.sequencer_set.address)
    if registry.relay_address != suite.relay.address:
        raise UserError(
            f"wrong link: this SequencerSet listens to relay {registry.relay_address}, not to"
            f" {suite.relay.address}"
        )
