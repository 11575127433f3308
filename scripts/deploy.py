"""Deploys the suite: ape run deploy suite --network ethereum:sepolia --account me [--dry-run]

Reads params/<network>.json, shows the plan, deploys, reads every value back from the chain and
writes deployments/<ecosystem>-<network>.json. Run it again after a crash: it goes on where it
stopped. Run it again afterwards: it says so, and verifies.
"""

from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from seqpool import deployment, params
from seqpool.accounts import is_local
from seqpool.cli import (
    Context,
    ScriptCommand,
    confirm,
    console,
    deployment_option,
    say,
    sending_options,
)
from seqpool.deployment import Deployer, Journal, Step, default_path, is_ephemeral, read_back
from seqpool.errors import shown
from seqpool.params import MOCK, ZERO, Params, format_parameter


@click.group()
def cli():
    """Deploy the suite."""


def plan_table(steps: list[Step]) -> Table:
    table = Table("contract", "address", "code", "about gas", "", title="Contracts")
    for step in steps:
        state = "is there" if step.is_done else "to deploy"
        table.add_row(step.name, step.address, f"{step.size:,} bytes", f"{step.gas:,}", state)
    return table


def values_table(values: Params) -> Table:
    table = Table("value", "is set to", title="Launch values")
    for name, value in asdict(values.parameters).items():
        table.add_row(name, format_parameter(name, value))
    for name, address in asdict(values.addresses).items():
        if address == MOCK:
            address = "a MockMETIS, deployed with the suite"
        elif address == ZERO:
            address = "nobody: to be set by governance"
        table.add_row(name, address)
    return table


@cli.command(cls=ScriptCommand)
@click.option(
    "--params",
    "params_path",
    type=click.Path(path_type=Path),
    help="Launch values; by default params/<ecosystem>-<network>.json, local.json on local chains.",
)
@deployment_option
@sending_options
def suite(params_path, path, account_name, dry_run, yes):
    """Deploy MockMETIS (local chains only), SlashVault and SequencerPool."""
    context = Context()
    ecosystem = context.provider.network.ecosystem.name
    values = params.load_params(
        params_path or params.default_path(ecosystem, context.network), context.network
    )
    account = context.account(account_name or ("deployer" if is_local(context.network) else None))
    if path is None and not is_ephemeral(context.provider):
        path = default_path(ecosystem, context.network, to_write=True)
    deployment.compile_anew(context.project)
    deployer = Deployer(
        values,
        account,
        Journal.open(path, context.provider),
        context.provider,
        context.project,
        say,
    )
    file = shown(path) if path else "none: this chain ends with the command"
    say(
        f"Network {context.provider.network_choice}, chain id {context.provider.chain_id},"
        f" deployer {account.address}, file {file}"
    )
    console.print(values_table(values), plan_table(deployer.plan()), sep="\n")
    if deployer.is_done:
        say("The suite is already deployed.")
        report(deployer)
        return
    deployer.check_funds()
    if dry_run:
        say("Dry run: nothing was sent.")
        return
    confirm("Deploy?", yes or is_local(context.network))
    if hasattr(account, "set_autosign") and not is_local(context.network):
        # one passphrase, not one for each transaction: the plan was confirmed as a whole
        account.set_autosign(True)
    deployer.run()
    report(deployer)


def report(deployer: Deployer) -> None:
    """Verifies once more, and shows what was read."""
    found = deployment.suite_of(deployer)
    changed = deployer.verify(found)
    fixed, changeable = read_back(found, deployer.params)
    say(f"Read back from the chain: {len(fixed) + len(changeable)} values.")
    for name, launch, now in changed:
        say(f"Changed by governance since: {name} was {launch}, is {now}")
    if not changed:
        say("All are as planned.")
