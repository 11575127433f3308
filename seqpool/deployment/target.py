"""The target of a deployment: launch values, the account that deploys, and the chains."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from seqpool.deployment.deployment_file import CONTRACTS, Journal, code_at
from seqpool.deployment.params import Params

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from ape.contracts import ContractContainer
    from ape.managers.project import ProjectManager


@dataclass(frozen=True, eq=False)
class Side:
    """A chain to deploy on."""

    provider: ProviderAPI
    journal: Journal
    # connects Ape to this chain: Ape sends to the chain that is connected
    connected: Callable[[], AbstractContextManager] = nullcontext

    def code(self, address: str) -> bytes:
        return code_at(self.provider, address)

    def is_there(self, name: str) -> bool:
        entry = self.journal.contracts.get(name)
        return entry is not None and bool(self.code(entry["address"]))


@dataclass
class Target:
    """What is deployed, by whom and where. A single chain is its own L2."""

    params: Params
    account: AccountAPI
    project: ProjectManager
    l1: Side
    l2: Side

    def __post_init__(self) -> None:
        self.containers: dict[str, ContractContainer] = {
            name: self.project.get_contract(name) for name in CONTRACTS
        }

    @property
    def is_single(self) -> bool:
        """Whether everything goes to one chain."""
        return self.l1 is self.l2

    @property
    def sides(self) -> list[Side]:
        """The chains, each once."""
        return [self.l1] if self.is_single else [self.l1, self.l2]

    @property
    def is_done(self) -> bool:
        """Whether the suite is there, and was verified."""
        return all(side.journal.verified for side in self.sides)

    def far(self, side: Side) -> Side:
        """The chain at the other end of the link."""
        return self.l2 if side is self.l1 else self.l1

    def creation_code(self, name: str) -> bytes:
        """The code that creates a contract, without its arguments."""
        return _bytes(self.containers[name].contract_type.deployment_bytecode.bytecode)

    def runtime_code(self, name: str) -> bytes:
        """The code that a contract has once it is there, without its immutables."""
        return _bytes(self.containers[name].contract_type.runtime_bytecode.bytecode)

    def launch_values(self) -> dict[str, dict[str, str]]:
        """Launch values as the journal holds them: numbers as text, which no reader rounds."""
        return {
            section: {name: str(value) for name, value in values.items()}
            for section, values in asdict(self.params).items()
        }


def _bytes(bytecode: str) -> bytes:
    return bytes.fromhex(bytecode.removeprefix("0x"))
