"""The state of the pool, and of one sequencer: ape run status [--id 3 | --owner 0x...]"""

import click
from eth_utils import is_address, to_checksum_address

from seqpool.accounts import load_account
from seqpool.cli import Context, ScriptCommand, console, deployment_option
from seqpool.errors import UserError
from seqpool.pool import View
from seqpool.tables import Tables


@click.command(cls=ScriptCommand)
@click.option("--id", "id", type=int, help="Show this sequencer.")
@click.option("--owner", help="Show the sequencer of this owner: an address or an account.")
@deployment_option
def cli(id, owner, path):
    """Show the pool, or one sequencer."""
    if id is not None and owner is not None:
        raise UserError("name a sequencer by --id or by --owner, not by both")
    context = Context(path)
    view = View(context.suite, context.provider)
    tables = Tables(view, context.network)
    if owner is not None:
        if not is_address(owner):
            owner = load_account(owner, context.network).address
        id = view.id_of(to_checksum_address(owner))
    console.print(*(tables.pool() if id is None else tables.sequencer(id)), sep="\n")
