"""Liquid staking of METIS: ape run stake deposit 1000 --account me

`deposit`, `request` and `redeem` are for depositors, `operator` lets another act for one; `show` is
a position, `vault` the whole. `allocate` and `appeal` are for the allocator; `deallocate` for it,
and for anyone when redemptions lack METIS; `collect`, `harvest`, `refund` and `count` for anyone.
Each command checks first and shows the numbers, and asks before it sends. Amounts are METIS, as in
1500.25; shares are stMTS.
"""

import click

from seqpool.chain.accounts import is_local
from seqpool.cli.context import (
    Context,
    ScriptCommand,
    account_option,
    carry_out,
    deployment_option,
    file_option,
    options,
    sending_options,
)
from seqpool.console import console
from seqpool.pool.view import View
from seqpool.slashing.actions import Appeal
from seqpool.staking.actions import StakingActions
from seqpool.staking.tables import StakeTables
from seqpool.units import parse_metis

amount_argument = click.argument("amount")
id_argument = click.argument("id", type=int)


@click.group()
def cli():
    """Stake METIS for shares, redeem them, and keep the vault going."""


def staking_of(context: Context, account=None) -> StakingActions:
    view = View(context.suite, context.provider)
    return StakingActions(view, account, is_local(context.network))


def parse_some(text: str) -> int | None:
    """An amount; None: all."""
    return None if text == "all" else parse_metis(text)


def send(make, path, account_name, dry_run, yes) -> None:
    context = Context(path)
    account = context.account(account_name)
    carry_out(make(context, staking_of(context, account)), context, account, dry_run, yes)


def command(name: str, *decorators):
    """A subcommand; its function makes the action."""

    def decorate(function):
        def run(path, account_name, dry_run, yes, **arguments):
            def make(context, staking):
                return function(staking, **arguments)

            send(make, path, account_name, dry_run, yes)

        run.__doc__ = function.__doc__
        decorated = options(*decorators, deployment_option, sending_options)(run)
        return cli.command(name, cls=ScriptCommand)(decorated)

    return decorate


# ---------------------------------------------------------------- depositors


@command("deposit", amount_argument)
def deposit(staking, amount):
    """Give AMOUNT of METIS for shares."""
    return staking.deposit(parse_metis(amount))


@command(
    "request",
    amount_argument,
    click.option("--shares", "is_shares", is_flag=True, help="AMOUNT is of shares, not of METIS."),
)
def request(staking, amount, is_shares):
    """Begin to redeem AMOUNT of METIS, or `all`: it is paid after the exit delay."""
    return staking.request(parse_some(amount), is_shares)


@command("redeem", click.argument("amount", default="all"))
def redeem(staking, amount):
    """Take AMOUNT of METIS of what is claimable, by default all."""
    return staking.redeem(parse_some(amount))


@cli.command(cls=ScriptCommand)
@click.argument("operator")
@click.option("--on/--off", "approved", required=True, default=None, help="Whether it may.")
@options(deployment_option, sending_options)
def operator(operator, approved, **options):
    """Let OPERATOR request and redeem for the sender, or not any more."""

    def make(context, staking):
        return staking.set_operator(context.address(operator), approved)

    send(make, **options)


# ---------------------------------------------------------------- stake


@command("allocate", id_argument, amount_argument)
def allocate(staking, id, amount):
    """As the allocator, stake AMOUNT of idle METIS with sequencer ID."""
    return staking.allocate(id, parse_metis(amount))


@command("deallocate", id_argument, click.argument("amount", required=False))
def deallocate(staking, id, amount):
    """Take back AMOUNT from sequencer ID, by default what redemptions lack. That, anyone may."""
    return staking.deallocate(id, None if amount is None else parse_metis(amount))


@command("collect", id_argument)
def collect(staking, id):
    """Bring to the vault what has matured of its stake with sequencer ID. Anyone may."""
    return staking.collect(id)


@command("harvest", id_argument)
def harvest(staking, id):
    """Bring to the vault its rewards of sequencer ID. Anyone may."""
    return staking.harvest(id)


@command(
    "appeal",
    click.argument("number", metavar="CASE", type=int),
    file_option("--statement", "The statement, which is hashed.", required=True),
    click.option("--uri", required=True, help="Where all can read the statement."),
)
def appeal(staking, number, statement, uri):
    """As the allocator, appeal against a CASE in which the vault has lost."""
    return staking.appeal(number, Appeal(uri, statement))


@command("refund", click.argument("number", metavar="CASE", type=int))
def refund(staking, number):
    """Bring to the vault its refund of a resolved CASE. Anyone may."""
    return staking.refund(number)


@command("count")
def count(staking):
    """Count the vault's losses, when there are too many cases to do so in passing. Anyone may."""
    return staking.count()


# ---------------------------------------------------------------- looking


@cli.command(cls=ScriptCommand)
@click.argument("who", metavar="[ACCOUNT]", required=False)
@options(account_option, deployment_option)
def show(who, path, account_name):
    """Show the position of ACCOUNT, by default of --account."""
    context = Context(path)
    address = context.account(account_name).address if who is None else context.address(who)
    console.print(*StakeTables(staking_of(context).staking).position(address), sep="\n")


@cli.command(cls=ScriptCommand)
@deployment_option
def vault(path):
    """Show where the vault's METIS is, its price, and its stake."""
    console.print(*StakeTables(staking_of(Context(path)).staking).vault(), sep="\n")
