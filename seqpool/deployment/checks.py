"""Checks before a deployment: chains, journals, launch values and funds.

They send nothing. Each raises UserError, which says what to do.
"""

from contextlib import suppress
from dataclasses import asdict

from seqpool.chain.accounts import is_local
from seqpool.deployment.deployment_file import METIS, is_same_chain
from seqpool.deployment.params import ANY, MOCK, NEW
from seqpool.deployment.plan import Step
from seqpool.deployment.suite import at
from seqpool.deployment.target import Side, Target
from seqpool.errors import UserError, shown
from seqpool.protocol.addresses import ZERO


def check_target(target: Target) -> None:
    """UserError if the suite cannot be deployed there, or not with these launch values."""
    _check_chains(target)
    for side in target.sides:
        _check_journal(target, side)
    if not target.is_done:
        _check_values(target)


def _check_values(target: Target) -> None:
    for role, holder in asdict(target.params.addresses).items():
        _check_role(target, role, holder)
    for holder in target.params.governance.attesters:
        _check_role(target, "an attester", holder)
    _check_role(target, "fallback_sequencer", target.params.l2.fallback_sequencer)
    for name in ("slasher", "distributor"):
        holder = getattr(target.params.addresses, name)
        is_known = holder in (NEW, ZERO) or is_local(target.l1.provider.network.name)
        if not is_known and not target.l1.code(holder):
            raise UserError(f"{name}: there is no contract at {holder} on this chain")
    bridge = target.params.rewards.bridge
    if bridge != MOCK and not target.l1.code(bridge):
        raise UserError(f"bridge: there is no contract at {bridge} on this chain")
    metis = target.params.addresses.metis
    if metis != MOCK:
        if not target.l1.code(metis):
            raise UserError(f"metis: there is no contract at {metis} on this chain")
        decimals = None
        with suppress(Exception):
            decimals = at(target.containers[METIS], metis).decimals()
        if decimals != 18:
            raise UserError(f"metis: {metis} is no ERC-20 token with 18 decimals")
    if not target.is_single:
        for name, side in (("l1_messenger", target.l1), ("l2_messenger", target.l2)):
            address = getattr(target.params.l2, name)
            if address != MOCK and not side.code(address):
                raise UserError(
                    f"{name}: there is no contract at {address} on chain {side.provider.chain_id}"
                )


def _check_chains(target: Target) -> None:
    chain_id = target.l2.provider.chain_id
    if target.params.l2.chain_id not in (ANY, chain_id):
        hint = ": name it with --l2-network" if target.is_single else ""
        raise UserError(
            f"chain_id: the L2 is chain {target.params.l2.chain_id}, not {chain_id}{hint}"
        )
    if target.is_single:
        if target.params.l2.l1_messenger != MOCK or target.params.l2.l2_messenger != MOCK:
            raise UserError("messengers of a bridge want two chains: name --l2-network")
    elif is_same_chain(target.l1.journal.chain, target.l2.journal.chain):
        raise UserError("L1 and L2 are the same chain: leave out --l2-network")


def _check_journal(target: Target, side: Side) -> None:
    journal = side.journal
    if journal.params is not None:
        changed = [
            name
            for section, values in target.launch_values().items()
            for name, value in values.items()
            if journal.params.get(section, {}).get(name) != value
        ]
        if changed:
            raise UserError(
                f"{shown(journal.path)}: was begun with other launch values"
                f" ({', '.join(changed)}); move it away to deploy a new suite"
            )
        _check_other(target, side)
    for name, entry in journal.contracts.items():
        code = side.code(entry["address"])
        # what was sent may not have been mined
        if code or entry["code_hash"] is not None:
            journal.check_code(name, code, target.runtime_code(name))
        elif entry["deployer"] != target.account.address and (
            side.provider.get_nonce(entry["deployer"]) <= entry["nonce"]
        ):
            raise UserError(
                f"{shown(journal.path)}: {name} was sent by {entry['deployer']} and is not"
                " mined; wait, or go on with that account"
            )


def _check_other(target: Target, side: Side) -> None:
    found = side.journal.other
    wanted = None if target.is_single else target.far(side).journal.chain
    if (found is None) != (wanted is None) or (found and not is_same_chain(found, wanted)):
        there, here = (
            "a single chain" if x is None else f"chain {x['chain_id']}, genesis {x['genesis']}"
            for x in (found, wanted)
        )
        raise UserError(
            f"{shown(side.journal.path)}: wrong link: was begun for {there} at the other end,"
            f" not {here}; move it away to deploy a new suite"
        )


def _check_role(target: Target, role: str, holder: str) -> None:
    if holder == target.account.address:
        raise UserError(
            f"the deployer {holder} must not be {role}: it shall hold no role afterwards"
        )


def check_funds(target: Target, plan: list[Step]) -> None:
    """UserError if the account cannot pay for what is left of the plan."""
    for side in target.sides:
        chain_id = side.provider.chain_id
        steps = [x for x in plan if not x.is_done and x.chain_id == chain_id]
        gas = sum(step.gas for step in steps)
        price = 0
        with suppress(NotImplementedError):
            price = side.provider.base_fee + side.provider.priority_fee
        with side.connected():
            balance = target.account.balance
        if balance < gas * price:
            raise UserError(
                f"{target.account.address} has too little ETH: {balance / 10**18:.6f},"
                f" and the deployment costs about {gas * price / 10**18:.6f}"
            )
