"""What all scripts share: one clear line for each error, and the common options."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import ape
import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand
from ape.exceptions import ApeException, ContractLogicError
from ape.logging import LogLevel, logger
from requests.exceptions import RequestException
from rich.console import Console
from web3.exceptions import Web3Exception

from seqpool import deployment
from seqpool.accounts import load_account
from seqpool.deployment import Suite, load_suite
from seqpool.errors import UserError

console = Console(highlight=False)
# wide enough for a row with an address, wherever it goes
console.width = max(console.width, 120)


def one_line(error: Exception) -> str:
    """An error as one line for the user."""
    if isinstance(error, ContractLogicError):
        return f"the contract refuses: {error.revert_message}"
    text = error.format_message() if isinstance(error, click.ClickException) else str(error)
    lines = [line.strip(" \t-") for line in text.splitlines() if line.strip(" \t-")]
    if not lines:
        return type(error).__name__
    # a list: the first line alone would promise more
    return " ".join((lines[0], ", ".join(lines[1:]))) if lines[0].endswith(":") else lines[0]


class ScriptCommand(ConnectedProviderCommand):
    """A command on a connected chain whose errors are one line each, with a non-zero exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with clear_errors():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context):
        # ape's own lines (addresses, hashes, fees) are for its commands; warnings stay
        level = logger.level
        if level == LogLevel.INFO:
            logger.set_level(LogLevel.WARNING)
        try:
            with clear_errors():
                return super().invoke(ctx)
        finally:
            logger.set_level(level)


def say(line: str) -> None:
    """Prints a line, however long."""
    console.print(line, soft_wrap=True)


class clear_errors:
    """Turns what a user can cause into click's `Error: ...`, one line and without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, traceback) -> bool:
        expected = (UserError, ApeException, Web3Exception, RequestException, ConnectionError)
        if isinstance(error, (click.UsageError, *expected)) and not isinstance(error, click.Abort):
            raise click.ClickException(one_line(error)) from error
        return False


class Context:
    """The connected chain and, when asked for, the suite on it."""

    def __init__(self, path: Path | None = None):
        self.provider: ProviderAPI = ape.networks.provider
        self.project = ape.project
        self._path = path

    @property
    def network(self) -> str:
        return self.provider.network.name

    @cached_property
    def path(self) -> Path:
        """The deployment file to read."""
        if self._path is not None:
            return self._path
        return deployment.default_path(self.provider.network.ecosystem.name, self.network)

    @cached_property
    def suite(self) -> Suite:
        return load_suite(self.path, self.provider, self.project)

    def account(self, name: str | None) -> AccountAPI:
        if name is None:
            raise UserError("no account: name one with --account (an alias of ape's, or TEST::n)")
        return load_account(name, self.network)


def options(*decorators: Callable) -> Callable:
    """Several options as one decorator."""

    def decorate(function: Callable) -> Callable:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


deployment_option = click.option(
    "--deployment",
    "path",
    type=click.Path(path_type=Path),
    help="Deployment file; by default deployments/<ecosystem>-<network>.json.",
)
account_option = click.option(
    "--account", "account_name", help="Who sends: an alias of ape's, TEST::n, or a local name."
)
sending_options = options(
    account_option,
    click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing."),
    click.option("--yes", "-y", is_flag=True, help="Do not ask before sending."),
)


def confirm(question: str, yes: bool) -> None:
    """Asks unless told not to; stops without an answer."""
    if not yes and not click.confirm(question):
        raise UserError("nothing was sent")
