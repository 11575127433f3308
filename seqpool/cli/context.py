"""What all scripts share: one clear line for each error, and the common options."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from eth_utils import is_address, to_checksum_address
from requests.exceptions import RequestException
from rich.markup import escape
from rich.table import Table

from seqpool.chain import ape
from seqpool.chain.accounts import is_local, load_account
from seqpool.chain.safe import Multisig, write_batch
from seqpool.chain.transactions import Action
from seqpool.console import console, say
from seqpool.deployment.deployment_file import POOL, SET, Journal, default_path
from seqpool.deployment.suite import Registry, Suite, load_registry, load_suite
from seqpool.errors import UserError, shown

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI


def one_line(error: Exception) -> str:
    """An error as one line for the user."""
    if isinstance(error, ape.ContractLogicError):
        return f"the contract refuses: {error.revert_message}"
    text = error.format_message() if isinstance(error, click.ClickException) else str(error)
    lines = [line.strip(" \t-") for line in text.splitlines() if line.strip(" \t-")]
    if not lines:
        return type(error).__name__
    # a list: the first line alone would promise more
    return " ".join((lines[0], ", ".join(lines[1:]))) if lines[0].endswith(":") else lines[0]


class _ClearErrors(click.Command):
    """Errors are one line each, with a non-zero exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with clear_errors():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context):
        # ape's own lines (addresses, hashes, fees) are for its commands; warnings stay
        level = ape.logger.level
        if level == ape.LogLevel.INFO:
            ape.logger.set_level(ape.LogLevel.WARNING)
        try:
            with clear_errors():
                return super().invoke(ctx)
        finally:
            ape.logger.set_level(level)


class FreeCommand(_ClearErrors):
    """A command that connects by itself."""


def __getattr__(name: str) -> Any:
    """ScriptCommand, made when a script asks for it: what it extends is of ape."""
    if name != "ScriptCommand":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _script_command()


@cache
def _script_command() -> type[click.Command]:
    class ScriptCommand(_ClearErrors, ape.ConnectedProviderCommand):
        """A command on a connected chain."""

    return ScriptCommand


class clear_errors:
    """Turns what a user can cause into click's `Error: ...`, one line and without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, traceback) -> bool:
        # here: web3 comes with ape
        from web3.exceptions import Web3Exception

        expected = (UserError, ape.ApeException, Web3Exception, RequestException, ConnectionError)
        if isinstance(error, (click.UsageError, *expected)) and not isinstance(error, click.Abort):
            raise click.ClickException(one_line(error)) from error
        return False


class Context:
    """The connected chain and, when asked for, what is deployed on it."""

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
        return default_path(self.provider.network.ecosystem.name, self.network)

    @cached_property
    def suite(self) -> Suite:
        """The L1 side; on a single chain, everything."""
        return load_suite(self.path, self.provider, self.project)

    @cached_property
    def registry(self) -> Registry:
        """The L2 side."""
        return load_registry(self.path, self.provider, self.project)

    @property
    def is_l2(self) -> bool:
        """Whether only the L2 side is here."""
        return self.path.exists() and set(Journal.read(self.path).contracts) & {POOL, SET} == {SET}

    def account(self, name: str | None) -> AccountAPI:
        if name is None:
            raise UserError("no account: name one with --account (an alias of ape's, or TEST::n)")
        return load_account(name, self.network)

    def sender(self, name: str | None, safe: Path | None) -> AccountAPI | Multisig:
        """Who sends: of a Safe the address is enough."""
        if safe is None or name is None:
            return self.account(name)
        return Multisig(self.address(name))

    def address(self, text: str) -> str:
        """An address, or that of an account known by name."""
        if is_address(text):
            checksummed = to_checksum_address(text)
            if text not in (checksummed, text.lower()):
                raise UserError(f"{text} has a wrong checksum")
            return checksummed
        return load_account(text, self.network).address


def options(*decorators: Callable) -> Callable:
    """Several options as one decorator."""

    def decorate(function: Callable) -> Callable:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def file_option(name: str, help: str, **settings) -> Callable:
    """An option for a file's path, without looking whether it is there: we say that better."""
    return click.option(*name.split(), type=click.Path(path_type=Path), help=help, **settings)


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


safe_option = file_option(
    "--safe", "Send nothing: write this file for the Safe that --account names by its address."
)


def carry_out(
    action: Action,
    context: Context,
    account: AccountAPI | Multisig,
    dry_run: bool,
    yes: bool,
    safe: Path | None = None,
) -> None:
    """Shows an action, and sends it, or writes it into a file for a Safe."""
    table = Table(title=escape(action.title), show_header=False)
    for row in action.rows:
        table.add_row(*map(escape, row))
    for number, call in enumerate(action.calls if len(action.calls) > 1 else (), 1):
        table.add_row(f"transaction {number}", call.what)
    console.print(table)
    if dry_run or safe is not None:
        action.calls[0].simulate(account.address if safe is not None else account)
    if dry_run:
        say("Dry run: nothing was sent.")
        return
    if safe is not None:
        now = context.provider.get_block("latest").timestamp
        write_batch(action, context.provider.chain_id, account.address, now, safe)
        say(f"{shown(safe)}: for the Transaction Builder of the Safe {account.address}")
        return
    confirm("Send?", yes or is_local(context.network))
    action.send(account, say)


def confirm(question: str, yes: bool) -> None:
    """Asks unless told not to; stops without an answer."""
    if not yes and not click.confirm(question):
        raise UserError("nothing was sent")
