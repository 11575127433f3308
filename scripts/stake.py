"""Stakes METIS through the LST vault: ape run stake deposit 1000 --account me

For depositors: `deposit`, `request`, `redeem`, `claim-refund`, and `operator`, which lets another
account act for them. To look: `show` for a position, `vault` for the whole, `export` for the books.
For the allocator: `allocate`, `appeal`, `deallocate`. For anyone: `collect`, `harvest`, `refund`,
`fund`, `count`, and `deallocate` when redemptions lack METIS.

Each command checks first, shows the numbers, and asks before it sends. If it is interrupted, run it
again: what is done already is left out or refused. Amounts are METIS, as in 1500.25; shares are
stMTS.
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
from seqpool.console import console, say
from seqpool.errors import shown
from seqpool.pool.view import View
from seqpool.slashing.actions import Appeal
from seqpool.staking.actions import StakingActions
from seqpool.staking.statement import HolderStatement
from seqpool.staking.tables import StakeTables
from seqpool.units import in_metis, parse_metis

amount_argument = click.argument("amount")
id_argument = click.argument("id", type=int)


@click.group()
def cli():
    """Stake METIS for shares, redeem them, and keep the vault going."""


def staking_of(context: Context, account=None) -> StakingActions:
    view = View(context.suite, context.provider)
    return StakingActions(view, account, is_local(context.network))


def parse_some(text: str) -> int | None:
    """An amount in wei of METIS; None stands for all."""
    return None if text == "all" else parse_metis(text)


def send(make, path, account_name, dry_run, yes) -> None:
    context = Context(path)
    account = context.account(account_name)
    carry_out(make(context, staking_of(context, account)), context, account, dry_run, yes)


def command(name: str, *decorators):
    """Registers a subcommand. The decorated function makes its action."""

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
    """Deposit AMOUNT of METIS, and get shares for it."""
    return staking.deposit(parse_metis(amount))


@command(
    "request",
    amount_argument,
    click.option("--shares", "is_shares", is_flag=True, help="AMOUNT is of shares, not of METIS."),
)
def request(staking, amount, is_shares):
    """Ask to redeem AMOUNT of METIS, or `all`. It is paid after the exit delay."""
    return staking.request(parse_some(amount), is_shares)


@command("redeem", click.argument("amount", default="all"))
def redeem(staking, amount):
    """Take AMOUNT of METIS that is claimable, by default all of it."""
    return staking.redeem(parse_some(amount))


@command("claim-refund", click.argument("number", metavar="[REQUEST]", type=int, required=False))
def claim_refund(staking, number):
    """Take what a REQUEST that has left kept of refunds; by default what all of yours did."""
    return staking.claim_refunds(number)


@cli.command(cls=ScriptCommand)
@click.argument("operator")
@click.option("--on/--off", "approved", required=True, default=None, help="Whether it may act.")
@options(deployment_option, sending_options)
def operator(operator, approved, **options):
    """Let OPERATOR request and redeem for the sender (--on), or no longer (--off)."""

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
    """Take AMOUNT back from sequencer ID, by default what redemptions lack: anyone may."""
    return staking.deallocate(id, None if amount is None else parse_metis(amount))


@command("collect", id_argument)
def collect(staking, id):
    """Bring the vault its matured stake with sequencer ID. Anyone may call it."""
    return staking.collect(id)


@cli.command(cls=ScriptCommand)
@id_argument
@click.option("--distributor", help="Who owes them; by default the pool's present distributor.")
@options(deployment_option, sending_options)
def harvest(id, distributor, **options):
    """Bring the vault its rewards of sequencer ID. Anyone may call it."""

    def make(context, staking):
        source = None if distributor is None else context.address(distributor)
        return staking.harvest(id, source)

    send(make, **options)


@command(
    "appeal",
    click.argument("number", metavar="CASE", type=int),
    file_option("--statement", "File with the statement; its hash is sent along.", required=True),
    click.option("--uri", required=True, help="Where all can read the statement."),
)
def appeal(staking, number, statement, uri):
    """As the allocator, or as a holder if there is none, appeal against a CASE of the vault."""
    return staking.appeal(number, Appeal(uri, statement))


@command("refund", click.argument("number", metavar="CASE", type=int))
def refund(staking, number):
    """Close a decided CASE, and bring the vault its refund. Anyone may call it."""
    return staking.refund(number)


@command("fund", click.argument("number", metavar="REQUEST", type=int))
def fund(staking, number):
    """Set METIS aside for a claimable REQUEST, which fixes what it is paid. Anyone may call it."""
    return staking.fund(number)


@command("count")
def count(staking):
    """Count losses, when there are too many new cases for other calls. Anyone may call it."""
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


@cli.command(cls=ScriptCommand)
@click.argument("who", metavar="[ACCOUNT]", required=False)
@file_option("--out", "CSV file for the table.", required=True)
@options(account_option, deployment_option)
def export(who, out, path, account_name):
    """Write all that happened to the METIS and shares of ACCOUNT into a table."""
    context = Context(path)
    address = context.account(account_name).address if who is None else context.address(who)
    statement = HolderStatement(staking_of(context).staking, address)
    statement.save(out)
    say(f"{shown(out)}: {len(statement.lines)} rows of {address}")
    for name, amount in statement.sums().items():
        say(f"{name}: {in_metis(amount)}")
    say("The shares are as many as the contract has.")
