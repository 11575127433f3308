"""A local chain with the suite, for console and scripts: ape run devnet up [--port 8545]

Leaves anvil in the foreground until Ctrl-C. Meanwhile, in another terminal:

    ape console --network ethereum:devnet
    ape run status --network ethereum:devnet
    ape run devnet approve owner9 --network ethereum:devnet
    ape run devnet wait "21 days" --network ethereum:devnet

On another port the network is ethereum:devnet:http://127.0.0.1:PORT.
"""

import signal

import ape
import click
from ape.logging import LogLevel, logger
from rich.table import Table

from seqpool import params
from seqpool.accounts import NAMES, load_account, named_account
from seqpool.cli import Context, ScriptCommand, clear_errors, console, deployment_option, say
from seqpool.deployment import Deployer, compile_anew
from seqpool.errors import UserError
from seqpool.journal import Journal, default_path
from seqpool.local import APPROVED, SEQUENCERS, mine, populate
from seqpool.local import wait as wait_seconds
from seqpool.nodes import check_port, running_node
from seqpool.units import format_date, format_metis, parse_duration

# as ape-config.yaml has it
CHAIN_ID = 31337


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
            with running_node(port, CHAIN_ID) as node:
                journal = fill(port)
                say(f"Stop it with Ctrl-C. Anvil listens on 127.0.0.1:{port}.")
                try:
                    node.wait()
                    raise UserError("anvil has ended by itself")
                finally:
                    forget(journal)
        except KeyboardInterrupt:
            say("Stopped.")


def fill(port: int) -> Journal:
    """Deploys and populates; the suite's file is that of this chain from now on."""
    with ape.networks.parse_network_choice(f"ethereum:devnet:http://127.0.0.1:{port}") as provider:
        path = default_path("ethereum", "devnet", to_write=True)
        # of a devnet that has ended
        path.unlink(missing_ok=True)
        values = params.load_params(params.default_path("ethereum", "devnet"), "devnet")
        compile_anew(ape.project)
        journal = Journal.open(path, provider)
        suite = Deployer(values, named_account("deployer"), journal, provider, ape.project).run()
        populate(suite, provider)
        console.print(*people(Context(path)), sep="\n")
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


def people(context: Context) -> list[Table]:
    suite = context.suite
    contracts = Table("contract", "address", title="Contracts", title_justify="left")
    contracts.add_row("metis", suite.metis.address)
    contracts.add_row("vault (SlashVault)", suite.slash_vault.address)
    contracts.add_row("pool (SequencerPool)", suite.pool.address)
    contracts.add_row("relay (CommitteeRelay)", suite.relay.address)
    contracts.add_row("messenger (LocalMessenger)", suite.messenger.address)
    contracts.add_row("sequencer_set (SequencerSet)", suite.set_address)
    table = Table("name", "account", "address", "METIS", "sequencer", title_justify="left")
    table.title = "Accounts"
    for number, name in enumerate(NAMES):
        address = named_account(name).address
        id = suite.pool.admission(address)[0] or suite.pool.signer_of_record(address)[0]
        balance = suite.metis.balanceOf(address)
        table.add_row(
            name,
            f"TEST::{number}",
            address,
            format_metis(balance) if balance else "",
            str(id) if id else "",
        )
    return [contracts, table]


def devnet_context(path=None) -> Context:
    context = Context(path)
    if context.network != "devnet":
        raise UserError(f"{context.network} is no devnet: name one with --network ethereum:devnet")
    return context


@cli.command(cls=ScriptCommand)
@deployment_option
def accounts(path):
    """Show names, addresses and METIS of the test accounts."""
    console.print(*people(devnet_context(path)), sep="\n")


@cli.command(cls=ScriptCommand)
@click.argument("owner")
@deployment_option
def approve(owner, path):
    """Approve OWNER as governance."""
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


@cli.command("mine", cls=ScriptCommand)
@click.argument("blocks", type=click.IntRange(1, 100_000))
def mine_blocks(blocks):
    """Add BLOCKS empty blocks."""
    provider = devnet_context().provider
    mine(provider, blocks)
    say(f"This is block {provider.get_block('latest').number}.")
