"""Sends to L2 what L1 has decided: ape run relay committee --account me [--fee 0.01]

`committee` sends the latest sealed committee, `call` sends a call of governance by its number.
Anyone may send either, and pays the bridge's fee. On chains for development there is no bridge;
there, messages arrive only by

    ape run relay carry --l1 ethereum:devnet --l2 ethereum:devnet2 [--follow]
"""

import time

import click

from seqpool.bridge.actions import RelayActions
from seqpool.bridge.calls import GAS_LIMIT
from seqpool.cli.context import (
    Context,
    FreeCommand,
    ScriptCommand,
    carry_out,
    deployment_option,
    file_option,
    options,
    sending_options,
)
from seqpool.console import say
from seqpool.devnet.message_carrier import open_carrier
from seqpool.pool.view import View
from seqpool.units import parse_ether

POLL_SECONDS = 1
bridge_options = options(
    click.option(
        "--gas-limit",
        type=click.IntRange(1, 2**32 - 1),
        default=GAS_LIMIT,
        show_default=True,
        help="Gas that the message may use on L2.",
    ),
    click.option("--fee", help="The bridge's fee in ETH; without it, mocks are asked for theirs."),
)


@click.group()
def cli():
    """Send messages to L2, and carry them on chains for development."""


def send(make, path, account_name, dry_run, yes, gas_limit, fee) -> None:
    context = Context(path)
    account = context.account(account_name)
    actions = RelayActions(View(context.suite, context.provider), account)
    action = make(actions, gas_limit, None if fee is None else parse_ether(fee))
    carry_out(action, context, account, dry_run, yes)


@cli.command(cls=ScriptCommand)
@options(bridge_options, deployment_option, sending_options)
def committee(**options):
    """Send the latest sealed committee."""
    send(lambda actions, *bridge: actions.committee(*bridge), **options)


@cli.command(cls=ScriptCommand)
@click.argument("number", type=int)
@options(bridge_options, deployment_option, sending_options)
def call(number, **options):
    """Send governance's call NUMBER."""
    send(lambda actions, *bridge: actions.call(number, *bridge), **options)


# ---------------------------------------------------------------- carrying


@cli.command(cls=FreeCommand)
@click.option("--l1", required=True, help="The network of the pool.")
@click.option("--l2", required=True, help="The network of the SequencerSet.")
@click.option(
    "--once/--follow", default=True, help="Stop when all is carried (default), or wait for more."
)
@file_option("--l1-deployment l1_path", "Deployment file of L1.")
@file_option("--l2-deployment l2_path", "Deployment file of L2.")
def carry(l1, l2, once, l1_path, l2_path):
    """On chains for development, carry to L2 all messages of L1 that have not arrived."""
    carrier = open_carrier(l1, l2, l1_path, l2_path)
    carrier.check()
    block = carrier.carry(carrier.suite.from_block, say)
    if once:
        say("All is carried that was sent.")
        return
    say("Waiting for more; stop with Ctrl-C.")
    try:
        while True:
            time.sleep(POLL_SECONDS)
            block = carrier.carry(block, say)
    except KeyboardInterrupt:
        say("Stopped.")
