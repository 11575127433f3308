"""Where a committee's list is found: in a file, or in the pool's events on L1."""

from pathlib import Path

import click

from seqpool.chain import ape
from seqpool.cli.context import Context, file_option, options
from seqpool.deployment.deployment_file import Journal, default_path
from seqpool.deployment.suite import check_link, load_suite
from seqpool.documents.members import Members
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError, shown
from seqpool.pool.view import View

members_options = options(
    file_option("--members members_path", "The committee's list, as `epochs members` wrote it."),
    click.option("--l1-network", help="Where the pool is; by default as the deployment says."),
    file_option("--l1-deployment l1_path", "Deployment file of that network."),
)


def installed_members(view: EpochView, context: Context, **where) -> list[int]:
    """The installed committee's words; UserError if there is none."""
    view.check_committee()
    return members_of(view.committee.nonce, view, context, **where)


def members_of(
    nonce: int,
    view: EpochView,
    context: Context,
    members_path: Path | None = None,
    l1_network: str | None = None,
    l1_path: Path | None = None,
) -> list[int]:
    """The words of the installed committee, or of the one before: as the options say."""
    if members_path is not None:
        found = Members.read(members_path)
        if found.nonce != nonce:
            raise UserError(
                f"{shown(members_path)}: holds committee {found.nonce}, wanted is {nonce}"
            )
        words = found.words
    else:
        words = _from_pool(nonce, context, l1_network, l1_path)
    view.check_members(nonce, words)
    return words


def _from_pool(
    nonce: int, context: Context, l1_network: str | None, l1_path: Path | None
) -> list[int]:
    other = Journal.open(context.path, context.provider).other
    if other is None:
        return View(context.suite, context.provider).members_of(nonce)
    registry = context.registry
    choice = l1_network or f"{other['ecosystem']}:{other['network']}"
    with ape.networks.parse_network_choice(choice) as provider:
        network = provider.network
        path = l1_path or default_path(network.ecosystem.name, network.name)
        suite = load_suite(path, provider, context.project)
        check_link(suite, registry, context.provider.chain_id)
        return View(suite, provider).members_of(nonce)
