"""The L2 side of a suite, for commands that are connected to L1."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from seqpool.chain import ape
from seqpool.cli.context import Context, file_option, options
from seqpool.console import progress
from seqpool.deployment.deployment_file import Journal, default_path
from seqpool.deployment.suite import check_link, load_registry
from seqpool.epochs.production import Production, count_blocks
from seqpool.epochs.view import EpochView

l2_options = options(
    click.option("--l2-network", help="Where the blocks are; by default as the deployment says."),
    file_option("--l2-deployment l2_path", "Deployment file of that network."),
)
cache_option = file_option(
    "--cache", "Folder that keeps times of blocks, so that an interrupted count goes on."
)


@contextmanager
def l2_of(context: Context, l2_network: str | None = None, l2_path=None) -> Iterator[EpochView]:
    """The SequencerSet of a suite, connected; UserError if the two are not linked."""
    suite = context.suite
    if suite.registry is not None:
        yield EpochView(suite.registry, context.provider)
        return
    other = Journal.open(context.path, context.provider).other
    choice = l2_network or f"{other['ecosystem']}:{other['network']}"
    with ape.networks.parse_network_choice(choice) as provider:
        network, chain_id = provider.network, provider.chain_id
        path = l2_path or default_path(network.ecosystem.name, network.name)
        registry = load_registry(path, provider, context.project)
    check_link(suite, registry, chain_id)
    with ape.networks.parse_network_choice(choice) as provider:
        yield EpochView(registry, provider)


def counter_shown(cache: Path | None = None) -> Callable[..., Production]:
    """`count_blocks` with progress bars, and a folder in which an interrupted count is kept."""
    return partial(count_blocks, cache=cache, bar=progress)
