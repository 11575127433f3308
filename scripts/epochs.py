"""Shows who produces blocks and when, and changes it: ape run epochs show [--last 20]

Anyone may commit the next epoch, or show a sign of life. With a certificate of `ape run vote
combine`, anyone may replace a signer that has stalled, or lift a bar. The fallback sequencer may
take over. Each command checks first, shows the numbers, and asks before it sends.

The list of the committee's members is read from the pool: on this chain, or on the L1 that the
deployment file names. Without access to L1, name a file that `epochs members --out` wrote.
"""

import click

from seqpool.chain.accounts import is_local
from seqpool.cli.context import (
    Context,
    ScriptCommand,
    carry_out,
    deployment_option,
    file_option,
    options,
    sending_options,
)
from seqpool.cli.members import installed_members, members_options
from seqpool.console import console, say
from seqpool.documents.members import Members
from seqpool.documents.votes import Ballot
from seqpool.epochs.actions import EpochActions
from seqpool.epochs.tables import EpochTables
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError, shown

certificate_option = file_option(
    "--file ballot_path", "Certificate that `ape run vote combine` wrote.", required=True
)


@click.group()
def cli():
    """See and change who produces blocks."""


# ---------------------------------------------------------------- looking


@cli.command(cls=ScriptCommand)
@click.option(
    "--last",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many epochs to show.",
)
@deployment_option
def show(last, path):
    """Show epochs past, present and scheduled, and who was replaced and why."""
    context = Context(path)
    view = EpochView(context.registry, context.provider)
    tables = EpochTables(view, context.network)
    entries = view.history(last)
    console.print(tables.summary(), tables.history(entries), sep="\n")
    for line in tables.timeline(entries):
        say(line)


@cli.command(cls=ScriptCommand)
@file_option("--out", "Write the list to this file, for those who cannot read L1.")
@members_options
@deployment_option
def members(out, path, **source):
    """Show the installed committee, in its order."""
    context = Context(path)
    view = EpochView(context.registry, context.provider)
    words = installed_members(view, context, **source)
    console.print(EpochTables(view, context.network).members(words))
    if out is not None:
        Members(view.committee.nonce, words).save(out)
        say(f"{shown(out)}: {len(words)} members of committee {view.committee.nonce}")


# ---------------------------------------------------------------- sending


def command(name: str, *decorators):
    """Registers a subcommand. The decorated function makes its action."""

    def decorate(function):
        def run(path, account_name, dry_run, yes, **arguments):
            context = Context(path)
            account = context.account(account_name)
            view = EpochView(context.registry, context.provider)
            actions = EpochActions(view, account, is_local(context.network))
            action = function(actions, context, **arguments)
            carry_out(action, context, account, dry_run, yes)

        run.__doc__ = function.__doc__
        decorated = options(*decorators, deployment_option, sending_options)(run)
        return cli.command(name, cls=ScriptCommand)(decorated)

    return decorate


@command("commit", members_options)
def commit(actions, context, **source):
    """Schedule the next epoch; its signer is drawn by weight."""
    return actions.commit(installed_members(actions.view, context, **source))


@command("reelect", certificate_option)
def reelect(actions, context, ballot_path):
    """Replace a signer that has stalled, with a certificate."""
    return actions.reelect(Ballot.read(ballot_path))


@command("correct", certificate_option)
def correct(actions, context, ballot_path):
    """Lift a bar, with a certificate."""
    return actions.correct(Ballot.read(ballot_path))


@command("heartbeat")
def heartbeat(actions, context):
    """Show a sign of life, so that the fallback sequencer does not take over."""
    return actions.heartbeat()


@command(
    "fallback",
    click.option("--all-barred", is_flag=True, help="Before the delay: prove that all are barred."),
    members_options,
)
def fallback(actions, context, all_barred, **source):
    """As the fallback sequencer, take over for an epoch."""
    if not all_barred:
        if any(source.values()):
            raise UserError("members are wanted with --all-barred only")
        return actions.fallback()
    return actions.fallback(installed_members(actions.view, context, **source))
