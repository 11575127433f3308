"""Takes proposals from a forum post to their effect: ape run governance list

1. `draft` writes the post, Snapshot's message and the call.
2. `sign` signs the message, `propose` makes the call, `link` says which vote decides the proposal.
3. Attesters count the vote and sign the result with `attest`; anyone counts it with `tally`.
4. `queue` sends what attesters have signed. After the delay, `execute` makes the calls.

`powers` lists who can do what. docs/governance.md walks through all of it.
"""

from pathlib import Path

import click

from seqpool.chain.accounts import is_local
from seqpool.chain.archive import node_of
from seqpool.cli.context import (
    Context,
    ScriptCommand,
    account_option,
    carry_out,
    deployment_option,
    file_option,
    options,
    safe_option,
    sending_options,
)
from seqpool.console import console, say
from seqpool.deployment.deployment_file import Journal, is_ephemeral
from seqpool.errors import UserError, shown
from seqpool.files.strict_json import bytes32, write_file
from seqpool.governance.actions import Governing
from seqpool.governance.attestations import Attestation, make_attestation, save_tally
from seqpool.governance.case_calls import Desk
from seqpool.governance.case_values import LISTS
from seqpool.governance.drafts import (
    ENVELOPE,
    MESSAGE,
    Draft,
    Poll,
    read_message,
    read_poll,
    write_draft,
)
from seqpool.governance.forum_post import VotingPeriod
from seqpool.governance.model import Proposal
from seqpool.governance.power_tables import namer, powers_table
from seqpool.governance.powers import deviations, l2_privileges, l2_roles_of, privileges, roles_of
from seqpool.governance.proposals import CASES, make_acts, read_proposal
from seqpool.governance.snapshot.envelopes import sign_envelope
from seqpool.governance.snapshot.export import Export
from seqpool.governance.snapshot.tables import count_shown, print_result
from seqpool.governance.snapshot.types import PROPOSAL
from seqpool.governance.tables import ProposalTables, draft_table
from seqpool.governance.view import GovernorView
from seqpool.units import DAY
from tools.powers_page import PATH, powers_page

space_option = click.option(
    "--space", help="The community's space on Snapshot; by default that of the deployment."
)
cache_option = file_option(
    "--cache", "Folder that keeps balances, so that an interrupted run goes on."
)
id_argument = click.argument("id", metavar="PROPOSAL", type=int)
poll_options = options(
    file_option("--vote vote_path", "Snapshot's message: the folder of a draft, or a file."),
    click.option("--snapshot-id", help="Snapshot's id of the vote, if there is no such file."),
    click.option("--ends-at", type=int, help="The end of that vote, in unix seconds."),
)
draft_options = options(
    file_option("--out", "Folder for the draft.", required=True),
    click.option("--author", required=True, help="Account that signs the message on Snapshot."),
    click.option(
        "--days",
        type=click.IntRange(1, 7),
        default=5,
        show_default=True,
        help="Length of the vote.",
    ),
    click.option("--block", type=int, help="Block whose balances count; by default the latest."),
    space_option,
    deployment_option,
)


@click.group()
def cli():
    """Take a proposal from the forum to its effect."""


def governing_of(context: Context, sender=None) -> Governing:
    view = GovernorView(context.suite, context.provider)
    return Governing(view, sender, is_local(context.network))


def space_of(context: Context, space: str | None) -> str:
    return space or Journal.read(context.path).params["governance"]["space"]


def send(make, path, account_name, dry_run, yes, safe) -> None:
    context = Context(path)
    sender = context.sender(account_name, safe)
    action = make(governing_of(context, sender))
    if isinstance(action, tuple):
        action, dropped = action
        for name, why in dropped:
            say(f"{name} does not count: {why}")
    carry_out(action, context, sender, dry_run, yes, safe)


sending = options(deployment_option, sending_options, safe_option)


# ---------------------------------------------------------------- drafts


@cli.group()
def draft():
    """Write a proposal into a folder: the post, Snapshot's message, the call."""


def write(make, out, author, days, block, space, path) -> None:
    """Writes a draft into the folder `out`. `make` takes a Desk and returns the proposal."""
    context = Context(path)
    governing = governing_of(context)
    view = governing.view
    proposal = make(Desk(view, context.address, is_local(context.network)))
    assessed = governing.assess(proposal.acts)
    if block is not None and not 0 <= block <= view.block_number:
        raise UserError(f"there is no block {block}: the latest is {view.block_number}")
    vote = VotingPeriod(
        view.now, view.now + days * DAY, view.block_number if block is None else block
    )
    console.print(draft_table(proposal, assessed, governing))
    author = context.address(author)
    paths = write_draft(out, proposal, assessed, view, vote, author, space_of(context, space))
    say(f"{', '.join(map(shown, paths))}: to post, to sign, to propose")


@draft.command("file", cls=ScriptCommand)
@click.argument("proposal_path", metavar="FILE", type=click.Path(path_type=Path))
@draft_options
def draft_file(proposal_path, **options):
    """Draft the proposal in a YAML FILE, which may have several calls."""
    write(lambda desk: read_proposal(proposal_path, desk), **options)


def add_case(name: str) -> None:
    case = CASES[name]

    @click.option("--title", required=True, help="One line.")
    @click.option("--forum", required=True, help="Address of the thread: https://...")
    @click.option("--summary", required=True, help="Why: a paragraph.")
    @draft_options
    def command(title, forum, summary, out, author, days, block, space, path, **values):
        values = {k: [*v] if isinstance(v, tuple) else v for k, v in values.items()}

        def make(desk: Desk) -> Proposal:
            return Proposal(title, forum, summary, tuple(make_acts(desk, name, values)))

        write(make, out, author, days, block, space, path)

    for field in reversed(case.fields):
        count = -1 if field in LISTS else 1
        command = click.argument(field, nargs=count, required=True)(command)
    draft.command(name.replace("_", "-"), cls=ScriptCommand, help=case.help)(command)


for _name in CASES:
    add_case(_name)


@cli.command(cls=ScriptCommand)
@click.argument("folder", metavar="DRAFT", type=click.Path(path_type=Path))
@options(account_option, deployment_option)
def sign(folder, path, account_name):
    """Sign the message of a DRAFT, to be posted to Snapshot's sequencer. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    Draft.read(folder).check(governing_of(context).view)
    message = read_message(folder)
    if message["from"] != account.address:
        raise UserError(f"the message is of {message['from']}, not of {account.address}")
    envelope = sign_envelope(account, PROPOSAL, message)
    write_file(folder / ENVELOPE, envelope.pinned)
    say(f"{shown(folder / ENVELOPE)}: Snapshot's id will be {envelope.id}")


# ---------------------------------------------------------------- the proposer


@cli.command(cls=ScriptCommand)
@click.argument("folder", metavar="DRAFT", type=click.Path(path_type=Path))
@click.option("--again", is_flag=True, help="Propose even if an open proposal does the same.")
@sending
def propose(folder, again, **options):
    """Propose on chain the calls of a DRAFT."""
    send(lambda governing: governing.propose(Draft.read(folder), again), **options)


def poll_of(vote_path: Path | None, snapshot_id: str | None, ends_at: int | None) -> Poll:
    if vote_path is not None and snapshot_id is None and ends_at is None:
        return read_poll(vote_path / MESSAGE if vote_path.is_dir() else vote_path)
    if vote_path is None and snapshot_id is not None and ends_at is not None:
        try:
            return Poll(bytes32(snapshot_id), ends_at, None)
        except (ValueError, TypeError):
            raise UserError(f"bad id {snapshot_id!r}: wanted are 32 bytes in hex") from None
    raise UserError("name the vote with --vote, or with --snapshot-id and --ends-at")


@cli.command(cls=ScriptCommand)
@id_argument
@options(poll_options, sending)
def link(id, vote_path, snapshot_id, ends_at, **options):
    """As the proposer, say which Snapshot vote decides PROPOSAL."""
    poll = poll_of(vote_path, snapshot_id, ends_at)
    send(lambda governing: governing.link(id, poll), **options)


@cli.command(cls=ScriptCommand)
@id_argument
@sending
def cancel(id, **options):
    """As the proposer, cancel PROPOSAL before its vote is linked."""
    send(lambda governing: governing.cancel(id), **options)


# ---------------------------------------------------------------- attesters


def count(governing: Governing, context: Context, id: int, export_path, space, cache):
    """Counts an export, and prints the result."""
    expected = governing.expected(id, space_of(context, space))
    criteria = governing.view.criteria(id)
    export = Export.read(export_path)
    result = count_shown(export, expected, criteria, node_of(context.provider), cache)
    print_result(result)
    return result


@cli.command(cls=ScriptCommand)
@id_argument
@click.argument("export_path", metavar="EXPORT", type=click.Path(path_type=Path))
@file_option("--out", "File for the tally.")
@options(space_option, cache_option, deployment_option)
def tally(id, export_path, out, space, cache, path):
    """Count the vote on PROPOSAL again, from a Snapshot EXPORT."""
    context = Context(path)
    governing = governing_of(context)
    result = count(governing, context, id, export_path, space, cache)
    if out is not None:
        save_tally(governing.tally(id, result), out)
        say(f"{shown(out)}: the tally of proposal {id}, signed by nobody")


@cli.command(cls=ScriptCommand)
@id_argument
@click.argument("export_path", metavar="EXPORT", type=click.Path(path_type=Path))
@file_option("--out", "File for the attestation.", required=True)
@options(space_option, cache_option, account_option, deployment_option)
def attest(id, export_path, out, space, cache, path, account_name):
    """As an attester, count the vote and sign the tally. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    governing = governing_of(context)
    governing.check_attester(account.address)
    governing.check_ended(id)
    result = count(governing, context, id, export_path, space, cache)
    make_attestation(governing.tally(id, result), account).save(out)
    say(f"{shown(out)}: attested by {account.address}")


@cli.command("attest-link", cls=ScriptCommand)
@id_argument
@file_option("--out", "File for the attestation.", required=True)
@options(poll_options, account_option, deployment_option)
def attest_link(id, out, vote_path, snapshot_id, ends_at, path, account_name):
    """As an attester, sign which Snapshot vote decides PROPOSAL. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    governing = governing_of(context)
    governing.check_attester(account.address)
    message = governing.vote_link(id, poll_of(vote_path, snapshot_id, ends_at))
    make_attestation(message, account).save(out)
    say(f"{shown(out)}: attested by {account.address}")


attestation_arguments = options(
    id_argument,
    click.argument("paths", metavar="FILES...", nargs=-1, type=click.Path(path_type=Path)),
)


def read_attestations(paths) -> list[tuple[str, Attestation]]:
    return [(shown(path), Attestation.read(path)) for path in paths]


@cli.command(cls=ScriptCommand)
@options(attestation_arguments, sending)
def relink(id, paths, **options):
    """Link PROPOSAL to its vote, with FILES of `attest-link`."""
    send(lambda governing: governing.relink(id, read_attestations(paths)), **options)


@cli.command(cls=ScriptCommand)
@options(attestation_arguments, sending)
def queue(id, paths, **options):
    """Queue PROPOSAL with FILES of `attest`: if it has passed, its delay begins."""
    send(lambda governing: governing.queue(id, read_attestations(paths)), **options)


# ---------------------------------------------------------------- veto and execution


@cli.command(cls=ScriptCommand)
@id_argument
@click.option("--reason", required=True, help="The reason, or where it is given.")
@sending
def veto(id, reason, **options):
    """As the Working Group, veto an Infrastructure PROPOSAL."""
    send(lambda governing: governing.veto(id, reason), **options)


@cli.command(cls=ScriptCommand)
@id_argument
@sending
def execute(id, **options):
    """Make the calls of PROPOSAL when its delay is over."""
    send(lambda governing: governing.execute(id), **options)


# ---------------------------------------------------------------- looking


@cli.command(cls=ScriptCommand)
@id_argument
@deployment_option
def show(id, path):
    """Show what PROPOSAL does, how far it is, and who can act now."""
    console.print(*ProposalTables(governing_of(Context(path))).show(id), sep="\n")


@cli.command("list", cls=ScriptCommand)
@deployment_option
def list_all(path):
    """List all proposals."""
    console.print(ProposalTables(governing_of(Context(path))).all())


@cli.command(cls=ScriptCommand)
@click.option("--nobody", help="Fail unless this address holds no role.")
@click.option(
    "--write", "to_write", is_flag=True, help=f"Write docs/{PATH.name}, and do nothing else."
)
@deployment_option
def powers(nobody, to_write, path):
    """List every privileged function with its holder and delay, and compare with the plan."""
    context = Context(path)
    if to_write:
        if not is_ephemeral(context.provider):
            raise UserError("it is written from a chain of its own: --network ethereum:local:test")
        PATH.write_text(powers_page(context.provider, context.project))
        say(f"{shown(PATH)} is written.")
        return
    suite = None if context.is_l2 else context.suite
    found = l2_privileges(context.registry) if suite is None else privileges(suite)
    console.print(powers_table(found, namer(suite, is_local(context.network))))
    if nobody is not None:
        address = context.address(nobody)
        roles = (
            l2_roles_of(context.registry, address) if suite is None else roles_of(suite, address)
        )
        if roles:
            raise UserError(f"{address} holds: {', '.join(roles)}")
        say(f"{address} holds no role.")
    if suite is not None and (wrong := deviations(suite)):
        raise UserError(f"not as planned: {'; '.join(wrong)}")
    say("All is held as planned.")
