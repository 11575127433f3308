"""Names of the test accounts of local chains, and accounts by any name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqpool.chain import ape
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO

if TYPE_CHECKING:
    from ape.api import AccountAPI

OWNERS = 12
DEPOSITORS = 3
ATTESTERS = 5
# Place in the list of test accounts. Signers have accounts too, so that scripts can sign for them.
NAMES = (
    "deployer",
    "governance",
    "guardian",
    "slasher",
    "distributor",
    "lst",
    "keeper",
    "stranger",
    *(f"owner{n}" for n in range(1, OWNERS + 1)),
    *(f"signer{n}" for n in range(1, OWNERS + 1)),
    "fallback",
    "carrier",
    "treasury",
    "allocator",
    *(f"depositor{n}" for n in range(1, DEPOSITORS + 1)),
    *(f"attester{n}" for n in range(1, ATTESTERS + 1)),
    "proposer",
)
# the last is the L2 of a devnet of two chains
LOCAL_NETWORKS = ("local", "devnet", "devnet2")


def is_local(network: str) -> bool:
    """Whether a network is a chain for trying things out, where test accounts have names."""
    return network in LOCAL_NETWORKS


def named_account(name: str) -> AccountAPI:
    """The test account with a name of NAMES."""
    return ape.accounts.test_accounts[NAMES.index(name)]


def load_account(name: str, network: str) -> AccountAPI:
    """An account by ape's alias, by TEST::n, or on a local chain by its name in NAMES."""
    manager = ape.accounts
    if name.upper().startswith("TEST::"):
        number = name[len("TEST::") :]
        if not number.isdecimal() or int(number) >= len(manager.test_accounts):
            last = len(manager.test_accounts) - 1
            raise UserError(f"no test account {name}: there are TEST::0 to TEST::{last}")
        if not is_local(network) and not network.endswith("-fork"):
            raise UserError(
                f"{name} is a test account, whose key everybody knows: not on {network}"
            )
        return manager.test_accounts[int(number)]
    if is_local(network) and name in NAMES:
        return named_account(name)
    if name in manager.aliases:
        return manager.load(name)
    hint = ", or a name as in `ape run devnet accounts`" if is_local(network) else ""
    raise UserError(f"no account {name!r}: `ape accounts list` shows those that there are{hint}")


def account_name(address: str, is_local: bool) -> str:
    """An address, with its name if it is a test account of a local chain."""
    if address == ZERO:
        return "nobody"
    if is_local:
        for name in NAMES:
            if named_account(name).address == address:
                return f"{name} {address}"
    return address
