"""The deployment file of a chain: which contracts are there, and which chain is at the other end.

A contract is written down before its transaction is sent and again when it is mined, so whatever
happens in between, the next run sees it, and sends nothing twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from eth_utils import keccak
from pydantic import StrictBool, StrictInt

from seqpool.chain import ape
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.files.strict_json import U64, Address, Word
from seqpool.files.strict_model import BadValue, read_as, reader, strict, wanted

if TYPE_CHECKING:
    from ape.api import ProviderAPI

# of the folder in which a command runs, unless the user names another
FOLDER = Path(os.environ.get("SEQPOOL_DEPLOYMENTS") or "deployments")
FORMAT = 6
METIS, VAULT, POOL, RELAY = "MockMETIS", "SlashVault", "SequencerPool", "CommitteeRelay"
SET = "SequencerSet"
REGISTRY = "CommitteeRegistry"
SLASHER = "Slasher"
DISTRIBUTOR, LST = "RewardDistributor", "StakedMetis"
TIMELOCK, GOVERNOR = "Timelock", "SequencerGovernor"
BRIDGE = "MockL1ERC20Bridge"
LOCAL_MESSENGER = "LocalMessenger"
L1_MESSENGER, L2_MESSENGER = "MockL1Messenger", "MockL2Messenger"
CONTRACTS = (
    *(METIS, BRIDGE, TIMELOCK, VAULT, POOL, REGISTRY, SLASHER, DISTRIBUTOR, LST),
    *(LOCAL_MESSENGER, L1_MESSENGER, L2_MESSENGER, SET, RELAY, GOVERNOR),
)


def is_ephemeral(provider: ProviderAPI) -> bool:
    """Whether the chain ends together with this process."""
    if isinstance(provider, ape.SubprocessProvider):
        return provider.process is not None
    return isinstance(provider, ape.LocalProvider)


def default_path(ecosystem: str, network: str, to_write: bool = False) -> Path:
    """The deployment file of a network; a fork may read that of the network it was forked from."""
    path = FOLDER / f"{ecosystem}-{network}.json"
    if not to_write and not path.exists():
        return FOLDER / f"{ecosystem}-{network.removesuffix('-fork')}.json"
    return path


def this_chain(provider: ProviderAPI) -> dict[str, str | int]:
    """What tells the connected chain from all others."""
    return {
        "ecosystem": provider.network.ecosystem.name,
        "network": provider.network.name,
        "chain_id": provider.chain_id,
        "genesis": "0x" + bytes(provider.get_block(0).hash).hex(),
    }


def is_same_chain(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two descriptions are of one chain, under whatever names."""
    return all(one[key] == other[key] for key in ("chain_id", "genesis"))


def code_at(provider: ProviderAPI, address: str) -> bytes:
    return bytes(provider.get_code(address))


def hash_of(code: bytes) -> str:
    return "0x" + keccak(code).hex()


def _contract(value: object) -> str:
    if not isinstance(value, str) or value not in CONTRACTS:
        raise wanted("a contract of the suite", value)
    return value


@strict
class ChainData:
    """What tells a chain from all others."""

    ecosystem: str
    network: str
    chain_id: U64
    genesis: Word


@strict
class OtherChainData(ChainData):
    """The other chain of a suite, and what the contracts there know of this one."""

    contract: str
    address: Address | None


@strict
class ContractData:
    """A contract, before its transaction is sent or after it is mined."""

    address: Address
    deployer: Address
    nonce: U64
    transaction: str | None
    block: StrictInt | None
    code_hash: str | None
    told: list[str]


@strict
class JournalData:
    """The content of a deployment file."""

    chain: ChainData
    other: OtherChainData | None
    params: dict[str, dict[str, str]] | None
    contracts: dict[Annotated[str, reader(_contract)], ContractData]
    abandoned: list[dict[str, object]]
    verified: StrictBool


@dataclass
class Journal:
    """A deployment file, and its content. Without a path it is kept in memory only."""

    path: Path | None
    chain: dict[str, str | int]
    # Of a suite on two chains: the other chain, which side is there, and its end of the link.
    other: dict[str, str | int | None] | None = None
    params: dict[str, dict[str, str]] | None = None
    contracts: dict[str, dict[str, Any]] = field(default_factory=dict)
    abandoned: list[dict[str, Any]] = field(default_factory=list)
    verified: bool = False

    @classmethod
    def open(cls, path: Path | None, provider: ProviderAPI) -> Journal:
        """The file of a path, or a new journal; UserError if it is not of the connected chain."""
        chain = this_chain(provider)
        if path is None or not path.exists():
            return cls(path, chain)
        journal = cls.read(path)
        for key in ("chain_id", "genesis"):
            if journal.chain[key] != chain[key]:
                raise UserError(
                    f"{shown(path)}: does not match this chain ({key} there {journal.chain[key]},"
                    f" here {chain[key]}); move it away, or name another with --deployment"
                )
        return journal

    @classmethod
    def read(cls, path: Path) -> Journal:
        """The content of a file, of whatever chain."""
        try:
            data = strict_json.parse(path.read_text())
            format_ = data.pop("format")
            if format_ == FORMAT:
                read_as(JournalData, data)
        except BadValue as error:
            raise UserError(f"{shown(path)}: this is no deployment file: {error}") from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise UserError(f"{shown(path)}: this is no deployment file") from None
        if format_ != FORMAT:
            raise UserError(f"{shown(path)}: written in format {format_}, this is format {FORMAT}")
        return cls(path, **data)

    def save(self) -> None:
        """Writes the file; after a crash there is the old one or the new one, never a half."""
        if self.path is None:
            return
        data = {"format": FORMAT} | asdict(self)
        del data["path"]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(self.path.name + ".new")
        with temporary.open("w") as file:
            json.dump(data, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    def address(self, name: str) -> str:
        """Where a contract is."""
        found: str = self.contracts[name]["address"]
        return found

    def check_code(self, name: str, code: bytes, expected: bytes | None = None) -> None:
        """UserError if the code at a contract's address is not what was written, or expected."""
        entry = self.contracts[name]
        where = f"{shown(self.path)}: does not match this chain: {name} at {entry['address']} has"
        if not code:
            raise UserError(f"{where} no code")
        recorded = entry["code_hash"]
        if (expected is not None and not code.startswith(expected)) or (
            recorded is not None and recorded != hash_of(code)
        ):
            raise UserError(f"{where} other code")


CARRIER = "carrier"
