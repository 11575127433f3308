"""Deploys the suite: ape run deploy suite --network ethereum:sepolia --account me [--dry-run]

Reads params/<network>.json, shows the plan, deploys, reads every value back from the chain and
writes deployments/<ecosystem>-<network>.json. After a crash, run it again: it goes on where it
stopped. Run it again when all is deployed: it says so, and verifies every value.

With --l2-network the SequencerSet is deployed on that network and the rest on --network, and the
two are linked:

    ape run deploy suite --network ethereum:sepolia --l2-network metis:sepolia --account me
"""

from pathlib import Path

import ape
import click

from seqpool.chain.accounts import is_local
from seqpool.cli.context import Context, ScriptCommand, confirm, deployment_option, sending_options
from seqpool.console import console, say
from seqpool.deployment import compiler, params
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal, default_path, is_ephemeral
from seqpool.deployment.suite import registry_of
from seqpool.deployment.tables import plan_table, values_table
from seqpool.deployment.target import Side
from seqpool.errors import UserError, shown
from seqpool.governance.powers import l2_roles_of, roles_of
from seqpool.governance.rehearsal import rehearse


@click.group()
def cli():
    """Deploy the suite."""


@cli.command(cls=ScriptCommand)
@click.option(
    "--params",
    "params_path",
    type=click.Path(path_type=Path),
    help="Launch values; by default params/<ecosystem>-<network>.json, local.json on local chains.",
)
@click.option("--l2-network", help="Where the SequencerSet goes; by default to the same chain.")
@click.option(
    "--l2-deployment",
    "l2_path",
    type=click.Path(path_type=Path),
    help="Deployment file of the L2; by default deployments/<ecosystem>-<network>.json.",
)
@deployment_option
@sending_options
def suite(params_path, l2_network, l2_path, path, account_name, dry_run, yes):
    """Deploy the suite on one chain, or on two that are linked."""
    context = Context()
    ecosystem = context.provider.network.ecosystem.name
    values = params.load_params(
        params_path or params.default_path(ecosystem, context.network), context.network
    )
    account = context.account(account_name or ("deployer" if is_local(context.network) else None))
    compiler.compile_anew(context.project)
    journal = open_journal(path, context.provider)
    l2 = None if l2_network is None else l2_side(l2_network, l2_path)
    deployer = Deployer(values, account, journal, context.provider, context.project, say, l2)
    deploy(deployer, dry_run, yes)


def open_journal(path: Path | None, provider) -> Journal:
    network = provider.network
    if path is None and not is_ephemeral(provider):
        path = default_path(network.ecosystem.name, network.name, to_write=True)
    return Journal.open(path, provider)


def l2_side(choice: str, path: Path | None) -> Side:
    def connected():
        return ape.networks.parse_network_choice(choice)

    with connected() as provider:
        journal = open_journal(path, provider)
    return Side(provider, journal, connected)


def deploy(deployer: Deployer, dry_run: bool, yes: bool) -> None:
    """Shows the plan, asks, and carries it out."""
    networks = [side.provider.network for side in deployer.target.sides]
    for side in deployer.target.sides:
        path = side.journal.path
        file = shown(path) if path else "none: this chain ends with the command"
        say(
            f"Network {side.provider.network_choice}, chain id {side.provider.chain_id},"
            f" deployer {deployer.target.account.address}, file {file}"
        )
    console.print(
        values_table(deployer.target.params, deployer.target.is_single),
        plan_table(deployer.plan()),
        sep="\n",
    )
    if deployer.target.is_done:
        say("The suite is already deployed.")
        report(deployer)
        return
    deployer.check_funds()
    if dry_run:
        say("Dry run: nothing was sent.")
        return
    are_local = all(is_local(network.name) for network in networks)
    confirm("Deploy?", yes or are_local)
    if hasattr(deployer.target.account, "set_autosign") and not are_local:
        # one passphrase, not one for each transaction: the plan was confirmed as a whole
        deployer.target.account.set_autosign(True)
    deployer.run()
    prove(deployer)
    report(deployer)


def prove(deployer: Deployer) -> None:
    """Checks that the deployer keeps no power, and that governance can use its own."""
    address = deployer.target.account.address
    held = roles_of(deployer.suite, address)
    with deployer.target.l2.connected():
        held += l2_roles_of(
            registry_of(deployer.target.l2.journal, deployer.target.project), address
        )
    if held:
        raise UserError(f"the deployer {address} still is: {', '.join(held)}")
    say(f"The deployer {address} holds no role in any contract.")
    if deployer.suite.governor is None:
        say("An account stands for governance: there is no vote to rehearse.")
        return
    url = getattr(deployer.target.l1.provider, "http_uri", None)
    if url is None:
        say("This chain is in this process and cannot be forked: no vote was rehearsed.")
        return
    gas = rehearse(deployer.suite, url)
    say(f"Rehearsed on a fork: a proposal, its vote and its execution ({gas:,} gas).")


def report(deployer: Deployer) -> None:
    """Verifies once more, and shows what was read."""
    changed = deployer.verify()
    say(f"Read back from the chain: {sum(map(len, deployer.values()))} values.")
    for name, launch, now in changed:
        say(f"Changed by governance since: {name} was {launch}, is {now}")
    if not changed:
        say("All are as planned.")
