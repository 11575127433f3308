"""The allow-list of a new SequencerGovernor: which proposals may call what, after which delay.

Admission and pairing are Infrastructure, which the Working Group may veto; all else is Governance,
which nobody may. The Governor's own setters are on its list from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from eth_utils import keccak

from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    LST,
    POOL,
    RELAY,
    SLASHER,
    TIMELOCK,
    VAULT,
)

if TYPE_CHECKING:
    from ape.contracts import ContractContainer, ContractInstance
    from ethpm_types.abi import MethodABI


class ProposalKind(IntEnum):
    """ISequencerGovernor.Kind."""

    INFRASTRUCTURE = 1
    GOVERNANCE = 2


class Delay(IntEnum):
    """ISequencerGovernor.Delay."""

    ORDINARY = 1
    PARAMETERS = 2
    CUSTODY = 4


class Permission(NamedTuple):
    """ISequencerGovernor.Permission."""

    target: str
    selector: bytes
    kind: ProposalKind
    delay: Delay


# contract => class => functions
INFRASTRUCTURE = {
    POOL: {Delay.ORDINARY: ("approve", "set_pairing")},
}
GOVERNANCE = {
    POOL: {
        Delay.ORDINARY: ("disapprove", "offboard", "reinstate"),
        Delay.PARAMETERS: (
            *("set_min_stake", "set_cap", "set_max_sequencers", "set_exit_delay"),
            *("set_cure_period", "set_rotation_period"),
        ),
        Delay.CUSTODY: (
            *("announce_slasher", "set_distributor", "set_guardian", "transfer_ownership"),
        ),
    },
    VAULT: {
        Delay.ORDINARY: ("resolve",),
        Delay.PARAMETERS: ("announce_treasury",),
        Delay.CUSTODY: ("transfer_ownership",),
    },
    SLASHER: {
        Delay.ORDINARY: ("slash_by_governance", "confirm", "drop"),
        Delay.PARAMETERS: ("set_penalty",),
        Delay.CUSTODY: ("set_guardian", "transfer_ownership"),
    },
    DISTRIBUTOR: {
        Delay.PARAMETERS: ("reimburse", "reimburse_vault", "set_mrr"),
        Delay.CUSTODY: ("transfer_ownership",),
    },
    LST: {
        Delay.PARAMETERS: ("set_allocator",),
        Delay.CUSTODY: ("transfer_ownership",),
    },
    RELAY: {
        Delay.PARAMETERS: ("set_l2",),
        Delay.CUSTODY: ("transfer_ownership",),
    },
    # Its delay is a class's at least, whatever update_delay says: nothing wants to change it.
    TIMELOCK: {
        Delay.CUSTODY: ("grantRole", "revokeRole"),
    },
}


def rows() -> Iterator[tuple[str, str, ProposalKind, Delay]]:
    """(contract, function, kind, class of delay) of all calls."""
    for kind, contracts in (
        (ProposalKind.INFRASTRUCTURE, INFRASTRUCTURE),
        (ProposalKind.GOVERNANCE, GOVERNANCE),
    ):
        for contract, classes in contracts.items():
            for delay, functions in classes.items():
                for function in functions:
                    yield contract, function, kind, delay


def permissions(
    addresses: dict[str, str], container: Callable[[str], ContractContainer]
) -> list[Permission]:
    """The list for contracts by name; those without an address are left out."""
    return [
        Permission(addresses[contract], selector(container(contract), function), kind, delay)
        for contract, function, kind, delay in rows()
        if contract in addresses
    ]


def selector(container: ContractContainer | ContractInstance, function: str) -> bytes:
    """The first four bytes of a call."""
    return selector_of(container.contract_type.mutable_methods[function])


def selector_of(method: MethodABI) -> bytes:
    """The same, of a function's ABI."""
    return keccak(text=method.selector)[:4]
