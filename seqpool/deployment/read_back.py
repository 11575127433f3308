"""Reads every value of a deployed suite back from the chains, each beside its launch value.

Some values were fixed for good. The others may be changed by governance later.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from seqpool.deployment.allow_list import Delay, ProposalKind, rows, selector
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    LST,
    POOL,
    RELAY,
    SLASHER,
    TIMELOCK,
    VAULT,
)
from seqpool.deployment.params import MOCK, Params, format_parameter
from seqpool.deployment.suite import Registry, Suite
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.messages import PENALTY_KINDS, domain_separator, set_domain

if TYPE_CHECKING:
    from ape.contracts import ContractInstance

# (name, wanted, found) of values that are fixed, and of values that may change
Row = tuple[str, str, str]
Values = tuple[list[Row], list[Row]]


def read_back(suite: Suite, params: Params) -> Values:
    """(name, wanted, found) of L1: all that was fixed for good, and all that may change later."""
    pool, vault, relay, a = suite.pool, suite.slash_vault, suite.relay, params.addresses
    registry = suite.committee_registry
    metis = suite.metis.address if a.metis == MOCK else a.metis
    fixed = [
        ("pool.metis", metis, pool.metis()),
        ("pool.slash_vault", vault.address, pool.slash_vault()),
        ("vault.metis", metis, vault.metis()),
        ("vault.pool", pool.address, vault.pool()),
        ("registry.pool", pool.address, registry.pool()),
        ("relay.registry", registry.address, relay.registry()),
        ("relay.messenger", suite.messenger.address, relay.messenger()),
        ("relay.l2_chain_id", str(suite.l2_chain_id), str(relay.l2_chain_id())),
        ("relay.sequencer_set", suite.set_address, relay.sequencer_set()),
    ]
    slasher, distributor, lst = suite.slasher, suite.distributor, suite.lst
    domain = domain_separator(set_domain(suite.l2_chain_id, suite.set_address)).hex()
    if slasher is not None:
        fixed += [
            ("slasher.pool", pool.address, slasher.pool()),
            ("slasher.registry", registry.address, slasher.registry()),
            ("slasher.slash_vault", vault.address, slasher.slash_vault()),
            ("slasher.metis", metis, slasher.metis()),
            ("slasher.domain_separator", domain, bytes(slasher.domain_separator()).hex()),
        ]
    if distributor is not None:
        fixed += [
            ("distributor.pool", pool.address, distributor.pool()),
            ("distributor.registry", registry.address, distributor.registry()),
            ("distributor.metis", metis, distributor.metis()),
            ("distributor.domain_separator", domain, bytes(distributor.domain_separator()).hex()),
            ("distributor.bridge", suite.bridge.address, distributor.bridge()),
            ("distributor.l2_chain_id", str(suite.l2_chain_id), str(distributor.l2_chain_id())),
            ("distributor.l2_metis", params.rewards.l2_metis, distributor.l2_metis()),
        ]
    fixed += [
        ("lst.pool", pool.address, lst.pool()),
        ("lst.asset", metis, lst.asset()),
        ("lst.slash_vault", vault.address, lst.slash_vault()),
    ]
    governance = a.governance if suite.timelock is None else suite.timelock.address
    announced, announced_at = pool.announced_slasher()
    new_treasury, new_treasury_at = vault.announced_treasury()
    changeable = [
        ("governance", governance, pool.owner()),
        ("pending governance", ZERO, pool.pending_owner()),
        ("governance of the relay", governance, relay.owner()),
        ("pending governance of the relay", ZERO, relay.pending_owner()),
        ("guardian", a.guardian, pool.guardian()),
        ("governance of the vault", governance, vault.owner()),
        ("pending governance of the vault", ZERO, vault.pending_owner()),
        ("treasury", a.treasury, vault.treasury()),
        ("announced treasury", f"{ZERO} at 0", f"{new_treasury} at {new_treasury_at}"),
        ("slasher", a.slasher if slasher is None else slasher.address, pool.slasher()),
        ("announced slasher", f"{ZERO} at 0", f"{announced} at {announced_at}"),
        (
            "distributor",
            a.distributor if distributor is None else distributor.address,
            pool.distributor(),
        ),
        ("governance of the LST vault", governance, lst.owner()),
        ("pending governance of the LST vault", ZERO, lst.pending_owner()),
        ("allocator", a.allocator, lst.allocator()),
    ]
    found = pool.parameters()
    for name, value in asdict(params.parameters).items():
        shown = (format_parameter(name, x) for x in (value, getattr(found, name)))
        changeable.append((name, *shown))
    if slasher is not None:
        changeable += [
            ("governance of the slasher", governance, slasher.owner()),
            ("pending governance of the slasher", ZERO, slasher.pending_owner()),
            ("guardian of the slasher", a.guardian, slasher.guardian()),
        ]
        for name, value in asdict(params.penalties).items():
            shown = (
                format_parameter(name, x) for x in (value, slasher.penalty(PENALTY_KINDS[name]))
            )
            changeable.append((f"penalty {name}", *shown))
    if distributor is not None:
        changeable += [
            ("governance of the distributor", governance, distributor.owner()),
            ("pending governance of the distributor", ZERO, distributor.pending_owner()),
        ]
        rates = (format_parameter("mrr", x) for x in (params.rewards.mrr, distributor.mrr()))
        changeable.append(("mrr", *rates))
    if suite.governor is not None:
        more_fixed, more_changeable = _read_back_votes(suite, params)
        fixed += more_fixed
        changeable += more_changeable
    return fixed, changeable


def _read_back_votes(suite: Suite, params: Params) -> Values:
    """The same of Governor and Timelock: who decides, by what criteria, and what may be called."""
    governor, timelock, votes = suite.governor, suite.timelock, params.governance
    fixed = [
        ("governor.metis", suite.metis.address, governor.metis()),
        ("governor.timelock", timelock.address, governor.timelock()),
    ]
    changeable = [
        ("owner of the governor", timelock.address, governor.owner()),
        ("guardian of the governor", params.addresses.guardian, governor.guardian()),
        ("attesters", ", ".join(votes.attesters), ", ".join(governor.attesters())),
        (
            "attestation_threshold",
            str(votes.attestation_threshold),
            str(governor.attestation_threshold()),
        ),
    ]
    found = (*governor.criteria(), governor.proposal_threshold())
    names = ("quorum", "wallets", "approval", "proposal_threshold")
    for name, value in zip(names, found, strict=True):
        shown = (format_parameter(name, x) for x in (getattr(votes, name), value))
        changeable.append((name, *shown))
    for role in ("PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"):
        holds = timelock.hasRole(getattr(timelock, role)(), governor)
        changeable.append((f"the governor has {role}", "True", str(holds)))
    holds = timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), timelock)
    changeable.append(("the timelock administers itself", "True", str(holds)))
    governed = _governed(suite)
    for name, function, kind, delay in rows():
        if name not in governed:
            continue
        allowed = governor.permission(governed[name], selector(governed[name], function))
        found = (ProposalKind(allowed.kind), Delay(allowed.delay)) if allowed.kind else ()
        shown = (", ".join(x.name for x in pair) for pair in ((kind, delay), found))
        changeable.append((f"{name}.{function}", *shown))
    return fixed, changeable


def _governed(suite: Suite) -> dict[str, ContractInstance]:
    """Contracts on a new allow-list, by name."""
    found = {
        POOL: suite.pool,
        VAULT: suite.slash_vault,
        SLASHER: suite.slasher,
        DISTRIBUTOR: suite.distributor,
        LST: suite.lst,
        RELAY: suite.relay,
        TIMELOCK: suite.timelock,
    }
    return {name: contract for name, contract in found.items() if contract is not None}


def read_back_l2(registry: Registry, params: Params) -> Values:
    """The same of L2."""
    sequencer_set = registry.sequencer_set
    fixed = [
        ("set.messenger", registry.messenger.address, sequencer_set.messenger()),
        ("set.relay", registry.relay_address, sequencer_set.relay()),
    ]
    found = sequencer_set.parameters()
    changeable = [
        ("fallback_sequencer", params.l2.fallback_sequencer, found.fallback_sequencer),
    ]
    for name in ("epoch_length", "block_timeout", "fallback_delay"):
        shown = (format_parameter(name, getattr(x, name)) for x in (params.l2, found))
        changeable.append((name, *shown))
    return fixed, changeable
