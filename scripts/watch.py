"""Watches over the sequencers: ape run watch --config watcher.toml

It does the same as `seqpool watch`, which needs a third of the memory.
"""

from pathlib import Path

import click

from seqpool.cli.context import FreeCommand
from seqpool.watcher.main import run


@click.command(cls=FreeCommand)
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=Path("watcher.toml"),
    show_default=True,
    help="Settings, as in docs/watcher.example.toml.",
)
def cli(path: Path):
    """Watch, vote and act until interrupted."""
    run(path)
