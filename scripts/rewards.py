"""Counts blocks, and pays rewards for them: ape run rewards show

`count` shows who has produced how many blocks. `build` writes the next batch, and members of the
committee `sign` it. `combine` makes a certificate of their votes, and `submit` sends both. `claim`,
`restake` and `claim-to-l2` pay what was earned. `forecast` is for planning, `export` for the books.

Blocks are counted on L2: on this chain, where the deployment file says, or on --l2-network.
docs/rewards.md is for operators.
"""

from pathlib import Path

import click

from seqpool.bridge.calls import GAS_LIMIT
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
from seqpool.cli.l2 import cache_option, counter_shown, l2_of, l2_options
from seqpool.cli.sign_votes import read_votes, write_ballot, write_vote
from seqpool.console import console, say
from seqpool.documents.reward_batch import Batch
from seqpool.documents.votes import Ballot, check_domain
from seqpool.errors import UserError, shown
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch
from seqpool.rewards.actions import RewardActions
from seqpool.rewards.statement import Statement
from seqpool.rewards.tables import RewardTables, blocks_table
from seqpool.units import (
    format_date,
    format_duration,
    in_metis,
    parse_ether,
    parse_metis,
    parse_percent,
)

own_id_option = click.option("--id", "id", type=int, help="Sequencer; by default the sender's own.")
batch_argument = click.argument("batch_path", metavar="BATCH", type=click.Path(path_type=Path))
block_type = click.IntRange(0, 2**64 - 1)
end_option = click.option(
    "--end", type=block_type, help="Last block; by default the latest possible."
)


@click.group()
def cli():
    """Count, pay and claim rewards."""


def actions_of(context: Context, account=None) -> RewardActions:
    view = View(context.suite, context.provider)
    return RewardActions(view, account, is_local(context.network))


def blocks_of(batch: Batch) -> str:
    message = batch.message
    if not batch.count:
        return "no blocks"
    return f"blocks {message.startBlock} to {message.endBlock}"


# ---------------------------------------------------------------- from blocks to a batch


@cli.command("count", cls=ScriptCommand)
@click.option("--start", type=block_type, help="First block; by default that of the next batch.")
@click.option("--end", type=block_type, help="Last block; by default the latest.")
@options(l2_options, cache_option, deployment_option)
def count_range(start, end, cache, path, **where):
    """Count who has produced how many blocks of L2."""
    context = Context(path)
    actions = actions_of(context)
    with l2_of(context, **where) as l2:
        start = actions.rewards.start(l2) if start is None else start
        end = l2.block_number if end is None else end
        if end < start:
            raise UserError(f"no blocks: {start} is after {end}")
        production = counter_shown(cache)(l2, start, end)
    date = format_date(production.end_timestamp, actions.view.now)
    covered = format_duration(production.covered_time)
    title = f"Blocks {start} to {end} of L2, until {date}; they cover {covered}"
    console.print(blocks_table(title, production.by_sequencer(actions.view)))


@cli.command(cls=ScriptCommand)
@file_option("--out", "File for the batch.", required=True)
@options(end_option, l2_options, cache_option, deployment_option)
def build(out, end, cache, path, **where):
    """Count the blocks since the last batch, and write the next one. Nothing is sent."""
    context = Context(path)
    actions = actions_of(context)
    batch = actions.batch(actions.rewards.count(l2_of(context, **where), end, counter_shown(cache)))
    batch.save(out)
    number = batch.message.batch
    console.print(blocks_table(f"Batch {number}: {blocks_of(batch)} of L2", batch.blocks))
    date = format_date(batch.message.endTimestamp, actions.view.now)
    covered = format_duration(batch.message.coveredTime)
    say(f"{shown(out)}: batch {number}, {blocks_of(batch)}, until {date}; {covered} are covered")


@cli.command(cls=ScriptCommand)
@batch_argument
@file_option("--out", "File for the vote.", required=True)
@options(account_option, l2_options, cache_option, deployment_option)
def sign(batch_path, out, cache, path, account_name, **where):
    """As a member of the committee, count again and sign a BATCH. Nothing is sent."""
    context = Context(path)
    account = context.account(account_name)
    actions, batch = actions_of(context, account), Batch.read(batch_path)
    actions.check_batch(batch)
    members = actions.voters(batch.message)
    end = batch.message.endBlock if batch.count else None
    counted = actions.rewards.count(l2_of(context, **where), end, counter_shown(cache))
    actions.check_count(batch, counted)
    write_vote(batch.message, members, account, out)


@cli.command("combine", cls=ScriptCommand)
@click.argument("vote_paths", metavar="FILES...", nargs=-1, type=click.Path(path_type=Path))
@file_option("--out", "File for the certificate.", required=True)
@deployment_option
def combine_votes(vote_paths, out, path):
    """Make a certificate of the good votes in FILES. The first file says what the vote is on."""
    votes = read_votes(vote_paths, "ape run rewards sign")
    name, first = votes[0]
    if not isinstance(first.message, RewardBatch):
        raise UserError(f"{name}: the vote is of a {type(first.message).__name__}")
    context = Context(path)
    actions, suite = actions_of(context), context.suite
    check_domain(first.message, suite.l2_chain_id, suite.set_address, name)
    write_ballot(first.message, actions.voters(first.message), votes, out)


# ---------------------------------------------------------------- sending


def command(name: str, *decorators):
    """Registers a subcommand. The decorated function makes its action."""

    def decorate(function):
        def run(path, account_name, dry_run, yes, **arguments):
            context = Context(path)
            account = context.account(account_name)
            action = function(actions_of(context, account), **arguments)
            carry_out(action, context, account, dry_run, yes)

        run.__doc__ = function.__doc__
        decorated = options(*decorators, deployment_option, sending_options)(run)
        return cli.command(name, cls=ScriptCommand)(decorated)

    return decorate


@command("submit", batch_argument, click.argument("certificate", type=click.Path(path_type=Path)))
def submit(actions, batch_path, certificate):
    """Submit a BATCH with its CERTIFICATE, so that it is paid."""
    return actions.submit(Batch.read(batch_path), Ballot.read(certificate))


@command("claim", own_id_option)
def claim(actions, id):
    """Pay the operator's rewards to the reward recipient. Anyone may call it."""
    return actions.claim(id)


@command("restake", own_id_option)
def restake(actions, id):
    """As the owner, add the operator's rewards to the stake, up to the cap."""
    return actions.restake(id)


@command(
    "claim-to-l2",
    own_id_option,
    click.option(
        "--gas",
        type=click.IntRange(1, 2**32 - 1),
        default=GAS_LIMIT,
        show_default=True,
        help="Gas that the transfer may use on L2.",
    ),
    click.option("--fee", help="The bridge's fee in ETH; without it, mocks are asked for theirs."),
)
def claim_to_l2(actions, id, gas, fee):
    """As the reward recipient, take the operator's rewards on L2."""
    return actions.claim_to_l2(id, gas, None if fee is None else parse_ether(fee))


@command(
    "close-claims",
    own_id_option,
    click.option("--open", "is_open", is_flag=True, help="Let everybody claim again."),
)
def close_claims(actions, id, is_open):
    """As the owner, let nobody else claim for the sequencer but its reward recipient."""
    return actions.close_claims(id, not is_open)


@command("sync", own_id_option)
def sync(actions, id):
    """Take over pairing, commission and stakes, from now on. Anyone may call it."""
    return actions.sync(id)


@command("begin")
def begin(actions):
    """Start the file's distributor, once the pool names it. Anyone may call it."""
    return actions.begin()


@command("give-notice")
def give_notice(actions):
    """Say that the pool names another than the file's distributor. Anyone may call it."""
    return actions.give_notice()


@command("retire")
def retire(actions):
    """End the file's distributor for good, 7 days after notice. Anyone may call it."""
    return actions.retire()


@command("fund", click.argument("amount"))
def fund(actions, amount):
    """Add AMOUNT of METIS to the reserve. Anyone may call it."""
    return actions.fund(parse_metis(amount))


# ---------------------------------------------------------------- looking


@cli.command(cls=ScriptCommand)
@click.argument("amount")
@click.option("--paired", default="0", help="METIS of a paired vault beside that stake.")
@click.option("--commission", default="0", help="% of the vault's rewards that the operator keeps.")
@deployment_option
def forecast(amount, paired, commission, path):
    """Show what a stake of AMOUNT of METIS earns, as things stand."""
    bps = parse_percent(f"{commission} %")
    if bps > LIMITS["COMMISSION_CEILING"]:
        raise UserError(f"a commission is at most {LIMITS['COMMISSION_CEILING'] / 100:g} %")
    tables = RewardTables(actions_of(Context(path)).rewards)
    console.print(*tables.forecast(parse_metis(amount), parse_metis(paired), bps), sep="\n")


@cli.command(cls=ScriptCommand)
@click.option("--id", "id", type=int, required=True, help="Sequencer.")
@file_option("--out", "CSV file for the table.", required=True)
@deployment_option
def export(id, out, path):
    """Write all that a sequencer has earned and been paid into a table."""
    statement = Statement(actions_of(Context(path)).rewards, id)
    statement.save(out)
    say(f"{shown(out)}: {len(statement.lines)} rows of sequencer {id}")
    for name, (operator, vault) in statement.sums().items():
        say(f"{name}: operator {in_metis(operator)}, vaults {in_metis(vault)}")
    say("What is left to claim is what the contract has.")


@cli.command(cls=ScriptCommand)
@click.option(
    "--last",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many batches to show.",
)
@deployment_option
def show(last, path):
    """Show the reserve, the rate, the next batch and the last ones."""
    tables = RewardTables(actions_of(Context(path)).rewards)
    console.print(tables.summary(), tables.batches(last), sep="\n")
