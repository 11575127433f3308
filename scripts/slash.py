"""Reports offences, and follows cases and appeals: ape run slash cases

`sign` and `combine` make a certificate of an evidence file. `report` sends it, or the certificate
of a re-election. `equivocation` sends two signed blocks of one height. `lift` sends the certificate
of a correction. `outages` lists mass outages, and `top-up` charges their sequencers. `appeal`,
`collect` and `release` are about a case.

docs/slashing.md is for operators, docs/evidence.md describes the files.
"""

from pathlib import Path

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
from seqpool.cli.sign_votes import read_votes, write_ballot, write_signed, write_vote
from seqpool.console import console, say
from seqpool.documents.evidence import Evidence
from seqpool.documents.votes import Ballot, Vote, check_domain, file_names
from seqpool.errors import UserError, shown
from seqpool.files.strict_json import bytes32
from seqpool.pool.view import View
from seqpool.slashing.actions import Appeal, SlashingActions
from seqpool.slashing.tables import cases_table, outages_table
from seqpool.slashing.view import SlashingView


@click.group()
def cli():
    """Report offences, and follow cases."""


def slashing_of(context: Context, account) -> SlashingActions:
    view = View(context.suite, context.provider)
    return SlashingActions(view, account, is_local(context.network))


def send(make, path, account_name, dry_run, yes) -> None:
    context = Context(path)
    account = context.account(account_name)
    carry_out(make(slashing_of(context, account)), context, account, dry_run, yes)


# ---------------------------------------------------------------- offences


@cli.command(cls=ScriptCommand)
@click.argument("evidence_path", metavar="EVIDENCE", type=click.Path(path_type=Path))
@file_option("--out", "File for the vote.", required=True)
@options(account_option, deployment_option)
def sign(evidence_path, out, path, account_name):
    """As a member of the committee, sign the offence in an EVIDENCE file. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    slashing = slashing_of(context, account)
    message = slashing.offence(Evidence.read(evidence_path))
    write_vote(message, slashing.voters(message), account, out)


@cli.command("combine", cls=ScriptCommand)
@click.argument("vote_paths", metavar="FILES...", nargs=-1, type=click.Path(path_type=Path))
@file_option("--out", "File for the certificate.", required=True)
@deployment_option
def combine_votes(vote_paths, out, path):
    """Make a certificate of the good votes in FILES. The first file says what the vote is on."""
    votes = read_votes(vote_paths, "ape run slash sign")
    name, first = votes[0]
    context = Context(path)
    slashing, suite = slashing_of(context, None), context.suite
    check_domain(first.message, suite.l2_chain_id, suite.set_address, name)
    write_ballot(first.message, slashing.voters(first.message), votes, out)


@cli.command(cls=ScriptCommand)
@click.argument("certificate", type=click.Path(path_type=Path))
@options(deployment_option, sending_options)
def report(certificate, **options):
    """Report what a CERTIFICATE proves: of `slash combine`, or of a re-election."""
    send(lambda slashing: slashing.report(Ballot.read(certificate)), **options)


@cli.command(cls=ScriptCommand)
@click.option("--epoch", type=click.IntRange(0, 2**64 - 1), required=True, help="Its epoch.")
@click.option("--block", type=click.IntRange(0, 2**64 - 1), required=True, help="Its number.")
@click.option("--hash", "block_hash", type=bytes32, required=True, help="Its hash: 0x...")
@file_option("--out", "File for the signed commitment.", required=True)
@options(account_option, deployment_option)
def commit(epoch, block, block_hash, out, path, account_name):
    """Sign a block, as a sequencer's node does for each that it produces. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    message = slashing_of(context, account).commitment(epoch, block, block_hash)
    write_signed(message, account, out)


@cli.command(cls=ScriptCommand)
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@options(deployment_option, sending_options)
def equivocation(one, other, **options):
    """Report the signer of two blocks of one height: the commitments in files ONE and OTHER."""
    paths = (one, other)
    pair = file_names(paths, [Vote.read_commitment(path) for path in paths])
    send(lambda slashing: slashing.equivocation(*pair), **options)


@cli.command(cls=ScriptCommand)
@click.argument("certificate", type=click.Path(path_type=Path))
@options(deployment_option, sending_options)
def lift(certificate, **options):
    """Lift a suspension for a wrong block, with a correction's CERTIFICATE of `vote combine`."""
    send(lambda slashing: slashing.lift(Ballot.read(certificate)), **options)


# ---------------------------------------------------------------- mass outages


@cli.command(cls=ScriptCommand)
@deployment_option
def outages(path):
    """List mass outages: from when to when, who timed out, and what is still due."""
    context = Context(path)
    console.print(outages_table(SlashingView(View(context.suite, context.provider))))


@cli.command("top-up", cls=ScriptCommand)
@click.argument("number", metavar="OUTAGE", type=int)
@click.argument("ids", metavar="[IDS]...", nargs=-1, type=int)
@options(deployment_option, sending_options)
def top_up(number, ids, **options):
    """Charge sequencers for their parts in a mass OUTAGE: these IDS, or all that had one.

    Anyone may call it, and call it again: who was charged is left out."""
    send(lambda slashing: slashing.top_up(number, ids), **options)


# ---------------------------------------------------------------- cases


@cli.command(cls=ScriptCommand)
@click.option("--id", type=int, help="Sequencer whose cases are listed; by default all.")
@deployment_option
def cases(id, path):
    """List cases with their state, amount and time to release."""
    context = Context(path)
    slashing = SlashingView(View(context.suite, context.provider))
    console.print(cases_table(slashing, id))


@cli.command(cls=ScriptCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--case", "number", type=int, required=True, help="Number of the case.")
@deployment_option
def evidence(file, number, path):
    """Check that FILE is the evidence on which a case rests."""
    context = Context(path)
    slashing = SlashingView(View(context.suite, context.provider))
    if not slashing.evidence_of(number, file):
        raise UserError(f"{shown(file)} is not the evidence of case {number}")
    say(f"{shown(file)} is the evidence of case {number}")


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@file_option("--statement", "File with the statement; its hash is sent along.", required=True)
@click.option("--uri", required=True, help="Where all can read the statement.")
@options(deployment_option, sending_options)
def appeal(number, statement, uri, **options):
    """As the owner or vault of a CASE, ask for a refund."""
    send(lambda slashing: slashing.appeal(number, Appeal(uri, statement)), **options)


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@options(deployment_option, sending_options)
def collect(number, **options):
    """As the owner or vault of a resolved CASE, collect the refund."""
    send(lambda slashing: slashing.collect(number), **options)


@cli.command(cls=ScriptCommand)
@click.argument("number", metavar="CASE", type=int)
@options(deployment_option, sending_options)
def release(number, **options):
    """Send the rest of a CASE to the treasury, after a year. Anyone may call it."""
    send(lambda slashing: slashing.release(number), **options)
