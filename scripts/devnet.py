"""Runs a local chain with the suite, for console and scripts: ape run devnet up [--port 8545]

Anvil runs in the foreground until Ctrl-C. Meanwhile, in another terminal:

    ape console --network ethereum:devnet
    ape run status --network ethereum:devnet
    ape run devnet approve owner9 --network ethereum:devnet
    ape run devnet wait "21 days" --network ethereum:devnet
    ape run devnet work "6 hours" --network ethereum:devnet

With another port, the network is ethereum:devnet:http://127.0.0.1:PORT.
"""

import signal
from dataclasses import replace

import ape
import click
from ape.logging import LogLevel, logger

from seqpool.chain.accounts import load_account, named_account
from seqpool.chain.anvil import own_chain, running_node
from seqpool.chain.ports import check_port
from seqpool.cli.context import Context, ScriptCommand, clear_errors, deployment_option
from seqpool.cli.l2 import counter_shown, l2_of
from seqpool.console import console, progress, say
from seqpool.deployment import params
from seqpool.deployment.compiler import compile_anew
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal, default_path
from seqpool.devnet.cast import APPROVED, SEQUENCERS, Cast, mine, populate
from seqpool.devnet.cast import wait as wait_seconds
from seqpool.devnet.tables import people_tables
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.rewards.actions import RewardActions
from seqpool.rewards.tables import blocks_table
from seqpool.units import DAY, HOUR, METIS, format_date, parse_duration
from seqpool.upkeep.actions import JOBS
from tools import fast_ape

# the one of ape-config.yaml
CHAIN_ID = 31337
# blocks; short, so that each sequencer has its turn soon: anvil takes milliseconds for a block
EPOCH_LENGTH = 100
LONGEST_WORK = 1 * DAY
PACE = 2  # seconds between two blocks
# added to the reserve if it holds less
RESERVE = 100_000 * METIS


@click.group()
def cli():
    """Run a local chain, and use it."""


# ---------------------------------------------------------------- up


@cli.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8545, show_default=True)
def up(port):
    """Start anvil with the suite deployed and funded; stop it with Ctrl-C."""
    logger.set_level(LogLevel.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with clear_errors():
        check_port(port)
        try:
            with running_node(*own_chain(CHAIN_ID), port=port) as node:
                journal = fill(port)
                say(f"Stop it with Ctrl-C. Anvil listens on 127.0.0.1:{port}.")
                try:
                    node.process.wait()
                    raise UserError("anvil has ended by itself")
                finally:
                    forget(journal)
        except KeyboardInterrupt:
            say("Stopped.")


def fill(port: int) -> Journal:
    """Deploys and populates the suite. Its deployment file is that of this chain from now on."""
    with ape.networks.parse_network_choice(f"ethereum:devnet:http://127.0.0.1:{port}") as provider:
        path = default_path("ethereum", "devnet", to_write=True)
        # the file of a devnet that has ended
        path.unlink(missing_ok=True)
        values = params.load_params(params.default_path("ethereum", "devnet"), "devnet")
        values = replace(values, l2=replace(values.l2, epoch_length=EPOCH_LENGTH))
        compile_anew(ape.project)
        journal = Journal.open(path, provider)
        suite = Deployer(values, named_account("deployer"), journal, provider, ape.project).run()
        populate(suite, provider)
        console.print(*people_tables(Context(path).suite), sep="\n")
    say(
        f"{SEQUENCERS} sequencers are active, their committee is sealed and installed, and epoch 1"
        f" runs; owner{SEQUENCERS + 1} to owner{APPROVED} are approved."
    )
    where = "" if port == 8545 else f":http://127.0.0.1:{port}"
    say(f"Use it with --network ethereum:devnet{where}")
    return journal


def forget(journal: Journal) -> None:
    """Removes the file, unless another devnet has made it its own."""
    if journal.path.exists() and journal.chain["genesis"] in journal.path.read_text():
        journal.path.unlink()


# ---------------------------------------------------------------- helpers


def devnet_context(path=None) -> Context:
    context = Context(path)
    if context.network != "devnet":
        raise UserError(f"{context.network} is no devnet: name one with --network ethereum:devnet")
    return context


@cli.command(cls=ScriptCommand)
@deployment_option
def accounts(path):
    """Show names, addresses and METIS of the test accounts."""
    console.print(*people_tables(devnet_context(path).suite), sep="\n")


@cli.command(cls=ScriptCommand)
@click.argument("owner")
@deployment_option
def approve(owner, path):
    """Approve OWNER, in the name of governance."""
    context = devnet_context(path)
    account = load_account(owner, context.network)
    context.suite.pool.approve(account, sender=named_account("governance"))
    say(f"{owner} {account.address} is approved.")


@cli.command(cls=ScriptCommand)
@click.argument("duration")
def wait(duration):
    """Let DURATION pass, as in "21 days"."""
    provider = devnet_context().provider
    wait_seconds(provider, parse_duration(duration))
    now = provider.get_block("latest").timestamp
    say(f"On this chain it is {format_date(now, now)}.")


@cli.command(cls=ScriptCommand)
@click.argument("duration")
@deployment_option
def work(duration, path):
    """Let all sequencers produce for DURATION, as in "6 hours"; do the upkeep; pay the rewards."""
    seconds = parse_duration(duration)
    if not 0 < seconds <= LONGEST_WORK:
        raise UserError(f"not {duration}: more than none, and at most {LONGEST_WORK // DAY} day")
    fast_ape.install()
    context = devnet_context(path)
    provider, distributor = context.provider, context.suite.distributor
    cast = Cast(context.suite, provider)
    total = seconds // PACE
    with progress("blocks", total) as advance:
        for done in range(0, total, EPOCH_LENGTH):
            # all jobs together take long; the others are due at most once an hour
            is_hour = done % (HOUR // PACE) < EPOCH_LENGTH
            cast.keep_up(*(JOBS if is_hour else ("seal", "relay", "commit")))
            blocks = min(EPOCH_LENGTH, total - done)
            provider.make_request("anvil_mine", [hex(blocks), hex(PACE)])
            advance(blocks)
    if distributor.reserve() < RESERVE:
        cast.fund(distributor, amount=RESERVE)
    say(f"This is block {provider.get_block('latest').number}.")
    until = provider.get_block("latest").timestamp
    while distributor.last_batch().end_timestamp < until:
        actions = RewardActions(View(context.suite, provider), cast.keeper, is_local=True)
        batch = actions.batch(actions.rewards.count(l2_of(context), counter=counter_shown()))
        actions.submit(batch, cast.ballot(batch.message)).send(cast.keeper)
        console.print(blocks_table(f"Batch {batch.message.batch}", batch.blocks))


@cli.command("mine", cls=ScriptCommand)
@click.argument("blocks", type=click.IntRange(1, 100_000))
def mine_blocks(blocks):
    """Add BLOCKS empty blocks."""
    provider = devnet_context().provider
    mine(provider, blocks)
    say(f"This is block {provider.get_block('latest').number}.")
