"""Shows the state of the suite, or of one sequencer: ape run status [--id 3 | --owner 0x...]

Of a suite on two chains, it shows the side that is on the connected chain.
"""

import click

from seqpool.cli.context import Context, ScriptCommand, deployment_option
from seqpool.console import console
from seqpool.epochs.tables import EpochTables
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.upkeep.tables import StatusTables


@click.command(cls=ScriptCommand)
@click.option("--id", "id", type=int, help="Show this sequencer.")
@click.option("--owner", help="Show the sequencer of this owner: an address or an account.")
@deployment_option
def cli(id, owner, path):
    """Show pool and epochs, or one sequencer."""
    if id is not None and owner is not None:
        raise UserError("name a sequencer by --id or by --owner, not by both")
    context = Context(path)
    if context.is_l2:
        if id is not None or owner is not None:
            raise UserError("sequencers are on L1")
        view = EpochView(context.registry, context.provider)
        console.print(EpochTables(view, context.network).summary())
        return
    view = View(context.suite, context.provider)
    tables = StatusTables(view, context.network)
    if owner is not None:
        id = view.id_of(context.address(owner))
    console.print(*(tables.pool() if id is None else tables.sequencer(id)), sep="\n")
