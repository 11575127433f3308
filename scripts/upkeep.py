"""Does what anyone may do for the suite: ape run upkeep all --account keeper [--dry-run]

It tries each call first, sends only what is due, and says why the rest is not due.
"""

import click

from seqpool.chain.accounts import is_local
from seqpool.cli.context import Context, ScriptCommand, confirm, deployment_option, sending_options
from seqpool.console import console, say
from seqpool.pool.view import View
from seqpool.upkeep.actions import JOBS, UpkeepActions
from seqpool.upkeep.tables import jobs_table


@click.group()
def cli():
    """Keep the pool going."""


def keep(names: tuple[str, ...], path, account_name, dry_run, yes) -> None:
    context = Context(path)
    keeper = context.account(account_name)

    def upkeep() -> UpkeepActions:
        return UpkeepActions(View(context.suite, context.provider), keeper)

    present = upkeep()
    jobs = [job for name in names for job in present.find(name)]
    console.print(jobs_table(jobs))
    if dry_run:
        say("Dry run: nothing was sent.")
        return
    if not any(job.call for job in jobs):
        say("Nothing is due.")
        return
    confirm("Send?", yes or is_local(context.network))
    for name in names:
        # what was done before may have made this due, or needless
        for job in upkeep().find(name):
            if job.call is not None:
                receipt = job.call.send(keeper)
                say(f"{job.what}: done in block {receipt.block_number}, {receipt.txn_hash}")


def add(name: str, names: tuple[str, ...], text: str) -> None:
    @cli.command(name, cls=ScriptCommand, help=text)
    @deployment_option
    @sending_options
    def command(**arguments):
        keep(names, **arguments)


add("checkpoint", ("checkpoint",), "Make the present members a committee.")
add("seal", ("seal",), "Draw the seed of the latest committee.")
add("relay", ("relay",), "Send a newly sealed committee to L2, on a single chain.")
add("commit", ("commit",), "Schedule the next epoch, on a single chain.")
add("top-up", ("top_up",), "Charge sequencers for their parts in mass outages.")
add("activate", ("activate",), "Move queue heads into free seats.")
add("eject", ("eject",), "Eject sequencers that were below min_stake for too long.")
add("claim", ("claim",), "Pay matured stake to the owners.")
add(
    "vault",
    ("count", "refund", "fund"),
    "Count the LST vault's losses, close cases, set METIS aside.",
)
add("all", JOBS, "Do all that is due.")
