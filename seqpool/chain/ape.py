"""What runs of Ape, loaded when it is first used: most of seqpool does without Ape.

    from seqpool.chain import ape
    ape.networks.provider

A module that only names Ape's types imports them under TYPE_CHECKING.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqpool.errors import UserError

if TYPE_CHECKING:
    from ape import accounts, chain, config, networks, project
    from ape.api import SubprocessProvider
    from ape.cli import ConnectedProviderCommand
    from ape.exceptions import ApeException, BlockNotFoundError, ContractLogicError
    from ape.logging import LogLevel, logger
    from ape_test.provider import LocalProvider

__all__ = [
    "ApeException",
    "BlockNotFoundError",
    "ConnectedProviderCommand",
    "ContractLogicError",
    "LocalProvider",
    "LogLevel",
    "SubprocessProvider",
    "accounts",
    "chain",
    "config",
    "logger",
    "networks",
    "project",
]

# name => where Ape has it; what is not here is in its own first module
_MODULES = {
    "ApeException": "ape.exceptions",
    "BlockNotFoundError": "ape.exceptions",
    "ConnectedProviderCommand": "ape.cli",
    "ContractLogicError": "ape.exceptions",
    "LocalProvider": "ape_test.provider",
    "LogLevel": "ape.logging",
    "SubprocessProvider": "ape.api",
    "logger": "ape.logging",
}


def __getattr__(name: str) -> Any:
    """Loads Ape; UserError if it is not installed."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_MODULES.get(name, "ape"))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("ape", "ape_test"):
            raise
        raise UserError("this needs Ape: pip install 'seqpool[ape]'") from None
    return getattr(module, name)
