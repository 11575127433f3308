"""Signs votes of sequencers: ape run vote sign reelection --account node --out vote.json

`sign` reads from the chain what is to be signed, and writes the message and the signature into a
file. Nothing is sent. `combine` makes a certificate of such files, for `ape run epochs reelect` or
`ape run epochs correct`.
"""

from pathlib import Path

import click

from seqpool.cli.context import (
    Context,
    ScriptCommand,
    account_option,
    deployment_option,
    file_option,
    options,
)
from seqpool.cli.members import installed_members, members_of, members_options
from seqpool.cli.sign_votes import read_votes, write_ballot, write_vote
from seqpool.documents.votes import check_domain
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.protocol.messages import Reason

REASONS = {reason.name.lower().replace("_", "-"): reason for reason in Reason}
sign_options = options(
    account_option,
    file_option("--out", "File for the vote.", required=True),
    members_options,
    deployment_option,
)


@click.group()
def cli():
    """Vote as a sequencer."""


@cli.group()
def sign():
    """Sign a vote into a file."""


class Voter:
    """The SequencerSet as it is now, its committee, and who signs."""

    def __init__(self, path, account_name, **source):
        self.context = Context(path)
        self.account = self.context.account(account_name)
        self.view = EpochView(self.context.registry, self.context.provider)
        self.members = installed_members(self.view, self.context, **source)


@sign.command(cls=ScriptCommand)
@click.option(
    "--reason",
    type=click.Choice(list(REASONS)),
    default="timeout",
    show_default=True,
    help="Why the signer is to be replaced.",
)
@click.option("--round", "round", type=int, help="Round of the vote; by default the present one.")
@sign_options
def reelection(reason, round, out, **voter):
    """Vote to replace a signer that produces no block, or whose block is wrong."""
    me = Voter(**voter)
    message = me.view.reelection(me.members, REASONS[reason], round)
    write_vote(message, me.members, me.account, out)


@sign.command(cls=ScriptCommand)
@click.argument("signer")
@click.option("--block-hash", help="Hash of the right block; by default that on this chain.")
@sign_options
def correction(signer, block_hash, out, **voter):
    """Vote that the barred SIGNER has produced the right block."""
    me = Voter(**voter)
    message = me.view.correction(me.context.address(signer), parse_hash(block_hash))
    write_vote(message, me.members, me.account, out)


def parse_hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise UserError(f"bad block hash: {text!r} (wanted: 32 bytes in hex)")
    return found


@cli.command("combine", cls=ScriptCommand)
@click.argument("vote_paths", metavar="FILES...", nargs=-1, type=click.Path(path_type=Path))
@file_option("--out", "File for the certificate.", required=True)
@members_options
@deployment_option
def combine_votes(vote_paths, out, path, **source):
    """Make a certificate of the good votes in FILES. The first file says what the vote is on."""
    votes = read_votes(vote_paths, "ape run vote sign")
    name, first = votes[0]
    message = first.message
    context = Context(path)
    view = EpochView(context.registry, context.provider)
    check_domain(message, context.provider.chain_id, view.sequencer_set.address, name)
    words = members_of(message.committeeNonce, view, context, **source)
    write_ballot(message, words, votes, out)
