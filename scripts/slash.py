"""Offences, cases and appeals: ape run slash cases

`sign` and `combine` make a certificate of an evidence file; `report` sends it, or that of a
re-election; `appeal`, `collect` and `release` are about a case. docs/slashing.md is for operators,
docs/evidence.md says what an evidence file has.
"""

from pathlib import Path

import click
from rich.table import Table

from seqpool.accounts import is_local
from seqpool.cli import (
    Context,
    ScriptCommand,
    account_option,
    carry_out,
    console,
    deployment_option,
    file_option,
    options,
    say,
    sending_options,
)
from seqpool.errors import UserError, shown
from seqpool.evidence import Evidence
from seqpool.pool import View
from seqpool.slashing import Appeal, Slashing
from seqpool.units import format_metis
from seqpool.votes import (
    Ballot,
    Vote,
    check_complete,
    check_domain,
    combine,
    fields_of,
    file_names,
    make_vote,
)


@click.group()
def cli():
    """Report offences, and follow cases."""


def slashing_of(context: Context, account) -> Slashing:
    view = View(context.suite, context.provider)
    return Slashing(view, account, is_local(context.network))


def send(make, path, account_name, dry_run, yes) -> None:
    context = Context(path)
    account = context.account(account_name)
    carry_out(make(slashing_of(context, account)), context, account, dry_run, yes)


# ---------------------------------------------------------------- offences


@cli.command(cls=ScriptCommand)
@click.argument("evidence_path", metavar="EVIDENCE", type=click.Path(path_type=Path))
@file_option("--out", "Where the vote goes.", required=True)
@options(account_option, deployment_option)
def sign(evidence_path, out, path, account_name):
    """Sign, as a member of the committee, the offence of an EVIDENCE file. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    slashing = slashing_of(context, account)
    message = slashing.offence(Evidence.read(evidence_path))
    nonce = message.committeeNonce
    slashing.check_voter(slashing.voters(nonce), account.address, nonce)
    make_vote(message, account).save(out)
    table = Table(title=type(message).__name__, show_header=False)
    for name, value in fields_of(message).items():
        table.add_row(name, str(value))
    console.print(table)
    say(f"{shown(out)}: signed by {account.address}")


@cli.command("combine", cls=ScriptCommand)
@click.argument("vote_paths", metavar="FILES...", nargs=-1, type=click.Path(path_type=Path))
@file_option("--out", "Where the certificate goes.", required=True)
@deployment_option
def combine_votes(vote_paths, out, path):
    """Make a certificate of vote FILES, where they are good; the first says what is voted on."""
    if not vote_paths:
        raise UserError("no votes: name the files that `ape run slash sign` wrote")
    votes = file_names(vote_paths, [Vote.read(vote_path) for vote_path in vote_paths])
    name, first = votes[0]
    context = Context(path)
    slashing = slashing_of(context, None)
    suite = context.suite
    check_domain(first.message, suite.l2_chain_id, suite.set_address, name)
    members = slashing.voters(first.message.committeeNonce)
    found, dropped = combine(first.message, members, votes)
    for name, why in dropped:
        say(f"{name} does not count: {why}")
    check_complete(found.signed, found.power)
    Ballot(first.message, found.certificate).save(out)
    say(
        f"{shown(out)}: {len(found.certificate.signatures)} signatures of"
        f" {format_metis(found.signed)} of {format_metis(found.power)} METIS"
    )


@cli.command(cls=ScriptCommand)
@click.argument("certificate", type=click.Path(path_type=Path))
@options(deployment_option, sending_options)
def report(certificate, **options):
    """Report what a CERTIFICATE proves: of `slash combine`, or of a re-election."""
    send(lambda slashing: slashing.report(Ballot.read(certificate)), **options)


# ---------------------------------------------------------------- cases


@cli.command(cls=ScriptCommand)
@click.option("--id", type=int, help="Of a sequencer: only its cases.")
@deployment_option
def cases(id, path):
    """List cases with their state, amount and time to release."""
    console.print(slashing_of(Context(path), None).table(id))


@cli.command(cls=ScriptCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--case", "number", type=int, required=True, help="Number of the case.")
@deployment_option
def evidence(file, number, path):
    """Check that FILE is the evidence on which a case rests."""
    if not slashing_of(Context(path), None).evidence_of(number, file):
        raise UserError(f"{shown(file)} is not the evidence of case {number}")
    say(f"{shown(file)} is the evidence of case {number}")


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@file_option("--statement", "The statement, which is hashed.", required=True)
@click.option("--uri", required=True, help="Where all can read the statement.")
@options(deployment_option, sending_options)
def appeal(number, statement, uri, **options):
    """Ask for a refund in a CASE, as its owner or vault."""
    send(lambda slashing: slashing.appeal(number, Appeal(uri, statement)), **options)


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@options(deployment_option, sending_options)
def collect(number, **options):
    """Collect the refund of a resolved CASE, as its owner or vault."""
    send(lambda slashing: slashing.collect(number), **options)


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@options(deployment_option, sending_options)
def release(number, **options):
    """Send the rest of a year-old CASE to the treasury."""
    send(lambda slashing: slashing.release(number), **options)
