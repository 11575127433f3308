"""Tells the story of a suite, with numbers: ape run demo [--network ethereum:local:foundry]

The chain ends with the command. Every balance is checked to the wei, and a wrong one is an error.
"""

from dataclasses import replace

import ape
import click

from seqpool.chain.accounts import named_account
from seqpool.cli.context import ScriptCommand
from seqpool.console import console
from seqpool.deployment import compiler, params
from seqpool.deployment.deployer import deploy_suite
from seqpool.deployment.deployment_file import is_ephemeral
from seqpool.devnet.cast import Cast
from seqpool.devnet.story import blocks, earnings, ending, penalties, stakes, votes
from seqpool.errors import UserError
from tools import fast_ape


@click.command(cls=ScriptCommand)
def cli():
    """Tell the story of a suite, on a chain that ends with it."""
    provider = ape.networks.provider
    if not is_ephemeral(provider):
        raise UserError(
            "the demo wants a chain of its own: --network ethereum:local:test, or :foundry"
        )
    fast_ape.install()
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    compiler.compile_anew(ape.project)
    values = replace(values, addresses=replace(values.addresses, governance=params.NEW))
    suite = deploy_suite(values, named_account("deployer"), provider, ape.project)
    cast = Cast(suite, provider)
    decisions = votes.Votes(cast)
    votes.tell(decisions, values)
    stakes.tell(stakes.Stakes(cast))
    votes.tell_more(decisions)
    chain = blocks.Blocks(cast)
    blocks.tell(chain)
    penalties.tell(penalties.Penalties(cast, chain))
    earnings.tell(earnings.Earnings(cast))
    ending.tell(cast)
    console.print("\nAll is as it should be.")
