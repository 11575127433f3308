"""The calls of each case of a proposal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from eth_utils import function_signature_to_4byte_selector

from seqpool.bridge.calls import l2_call
from seqpool.deployment.allow_list import Delay, ProposalKind, rows, selector_of
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    GOVERNOR,
    LST,
    POOL,
    RELAY,
    SLASHER,
    VAULT,
)
from seqpool.errors import UserError
from seqpool.governance.case_values import (
    ReadValue,
    blocks,
    duration,
    metis,
    percent,
    read_value,
    somebody,
    whole,
)
from seqpool.governance.describe_calls import Wording
from seqpool.governance.view import Act, GovernorView
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.messages import PENALTY_KINDS

if TYPE_CHECKING:
    from ape.contracts import ContractInstance

# parameter => contract that has it (RELAY: on L2), how its value is read
PARAMETERS: dict[str, tuple[str, ReadValue]] = {
    "min_stake": (POOL, metis),
    "cap": (POOL, metis),
    "max_sequencers": (POOL, whole),
    "exit_delay": (POOL, duration),
    "cure_period": (POOL, duration),
    "rotation_period": (POOL, duration),
    "epoch_length": (RELAY, blocks),
    "block_timeout": (RELAY, duration),
    "fallback_delay": (RELAY, duration),
    "fallback_sequencer": (RELAY, somebody),
    "mrr": (DISTRIBUTOR, percent),
    "quorum": (GOVERNOR, metis),
    "wallets": (GOVERNOR, whole),
    "approval": (GOVERNOR, percent),
    "proposal_threshold": (GOVERNOR, metis),
}
MODULES = ("slasher", "distributor", "guardian", "allocator", "treasury", "governor")
_ROLES = ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE")


class Desk:
    """Makes the calls of each case."""

    def __init__(self, view: GovernorView, address: Callable[[str], str], is_local: bool = False):
        self.view, self.suite, self.address = view, view.suite, address
        self.wording = Wording(view, is_local)

    def contract(self, name: str) -> ContractInstance:
        contracts = dict(self.view.contracts.values())
        if name not in contracts:
            raise UserError(f"this suite has no {name} of ours")
        return contracts[name]

    def call(self, name: str, function: str, *arguments) -> Act:
        contract = self.contract(name)
        return Act(contract.address, bytes(getattr(contract, function).encode_input(*arguments)))

    # a list of calls each

    def onboard(self, owner: str) -> list[Act]:
        return [self.call(POOL, "approve", owner)]

    def offboard(self, id: int) -> list[Act]:
        return [self.call(POOL, "offboard", id)]

    def disapprove(self, owner: str) -> list[Act]:
        return [self.call(POOL, "disapprove", owner)]

    def pair(self, owner: str, vault: str, commission: int) -> list[Act]:
        return [self.call(POOL, "set_pairing", owner, vault, commission)]

    def unpair(self, owner: str) -> list[Act]:
        pool = self.view.pool
        id = pool.read("admission", owner)[0]
        # what the vault has earned before is shared as it was
        commission = pool.sequencer(id).commission_bps if id else 0
        return [self.call(POOL, "set_pairing", owner, ZERO, commission)]

    def parameter(self, name: str, value: str) -> list[Act]:
        contract, read = PARAMETERS[name]
        found = read_value(self.address, name, read, value)
        if contract == RELAY:
            return [self.call(RELAY, "set_l2", l2_call(f"set_{name}", found))]
        return [self.call(contract, f"set_{name}", found)]

    def penalty(self, kind: str, share: int) -> list[Act]:
        return [self.call(SLASHER, "set_penalty", PENALTY_KINDS[kind], share)]

    def slash(self, id: int, share: int, reason: str) -> list[Act]:
        return [self.call(SLASHER, "slash_by_governance", id, share, reason)]

    def confirm(self, pending: int) -> list[Act]:
        return [self.call(SLASHER, "confirm", pending)]

    def drop(self, pending: int) -> list[Act]:
        return [self.call(SLASHER, "drop", pending)]

    def resolve(self, case: int, refund: int) -> list[Act]:
        return [self.call(VAULT, "resolve", case, refund)]

    def reinstate(self, id: int) -> list[Act]:
        return [self.call(POOL, "reinstate", id)]

    def reimburse(self, id: int, amount: int, reason: str) -> list[Act]:
        return [self.call(DISTRIBUTOR, "reimburse", id, amount, reason)]

    def reimburse_vault(self, id: int, vault: str, amount: int, reason: str) -> list[Act]:
        return [self.call(DISTRIBUTOR, "reimburse_vault", id, vault, amount, reason)]

    def replace(self, module: str, address: str) -> list[Act]:
        if address == ZERO and module != "allocator":
            raise UserError("address: wanted an address, not the zero address")
        return getattr(self, f"_replace_{module}")(address)

    def _replace_slasher(self, address: str) -> list[Act]:
        return [self.call(POOL, "announce_slasher", address), *self._permit_all(SLASHER, address)]

    def _replace_distributor(self, address: str) -> list[Act]:
        permissions = self._permit_all(DISTRIBUTOR, address)
        return [self.call(POOL, "set_distributor", address), *permissions]

    def _permit_all(self, name: str, address: str) -> list[Act]:
        """For the new contract what the list has of the one that is there."""
        contract = self.contract(name)
        if address == contract.address:
            return []
        acts = []
        for _, function, kind, delay in (row for row in rows() if row[0] == name):
            acts.append(self._permit(address, _selector(contract, function), kind, delay))
        return acts

    def _permit(self, target: str, selector: bytes, kind: int, delay: int) -> Act:
        return self.call(GOVERNOR, "set_permission", (target, selector, kind, delay))

    def _replace_guardian(self, address: str) -> list[Act]:
        names = (POOL, SLASHER, GOVERNOR) if self.suite.slasher else (POOL, GOVERNOR)
        return [self.call(name, "set_guardian", address) for name in names]

    def _replace_allocator(self, address: str) -> list[Act]:
        return [self.call(LST, "set_allocator", address)]

    def _replace_treasury(self, address: str) -> list[Act]:
        return [self.call(VAULT, "announce_treasury", address)]

    def _replace_governor(self, address: str) -> list[Act]:
        """The Timelock stays the owner of all; who may use it changes."""
        timelock, old = self.view.timelock, self.view.governor.address
        roles = [bytes(getattr(timelock, role)()) for role in _ROLES]
        return [
            Act(timelock.address, bytes(getattr(timelock, function).encode_input(role, holder)))
            for function, holder in (("grantRole", address), ("revokeRole", old))
            for role in roles
        ]

    def hand_over(self, contract: str, to: str) -> list[Act]:
        return [self.call(contract, "transfer_ownership", to)]

    def attesters(self, members: list[str], threshold: int) -> list[Act]:
        return [self.call(GOVERNOR, "set_attesters", members, threshold)]

    def allow(self, contract: str, function: str, kind: str, delay: str) -> list[Act]:
        target, selector = self._target(contract, function)
        return [self._permit(target, selector, ProposalKind[kind], Delay[delay])]

    def forbid(self, contract: str, function: str) -> list[Act]:
        return [self._permit(*self._target(contract, function), 0, 0)]

    def _target(self, contract: str, function: str) -> tuple[str, bytes]:
        """By our names, or by an address and a signature such as set_x(uint256)."""
        contracts = dict(self.view.contracts.values())
        if contract in contracts:
            return contracts[contract].address, _selector(contracts[contract], function)
        if not re.fullmatch(r"\w+\([\w,()\[\]]*\)", function):
            raise UserError(f"function: wanted a signature such as set_x(uint256): {function!r}")
        return self.address(contract), function_signature_to_4byte_selector(function)


def _selector(contract: ContractInstance, function: str) -> bytes:
    contract_type = contract.contract_type
    for method in contract_type.mutable_methods:
        if function in (method.name, method.selector):
            return selector_of(method)
    raise UserError(f"function: {contract_type.name} has no {function!r}")
