"""Acts for an operator or a paired vault: ape run operator lock 20000 --account me --signer node

Each command checks first, and says in one line what is wrong. It shows the numbers, and asks before
it sends. Amounts are METIS, as in 1500.25. Without --id, it acts for the sender's own sequencer.
"""

from pathlib import Path

import click

from seqpool.chain.accounts import load_account
from seqpool.chain.transactions import Action
from seqpool.cli.context import (
    Context,
    ScriptCommand,
    carry_out,
    deployment_option,
    options,
    sending_options,
)
from seqpool.console import say
from seqpool.documents.consent import Consent, load_key, make_consent
from seqpool.errors import UserError
from seqpool.pool.actions import Actions
from seqpool.pool.view import View
from seqpool.units import parse_metis

common_options = options(deployment_option, sending_options)
own_id_option = click.option("--id", "id", type=int, help="Sequencer; by default the sender's own.")
id_option = click.option("--id", "id", type=int, required=True, help="Sequencer.")
amount_argument = click.argument("amount")
signer_options = options(
    click.option("--signer", help="The new key: an alias of ape's, TEST::n, or a local name."),
    click.option(
        "--signer-key",
        type=click.Path(path_type=Path),
        help="The new key: a file with the private key in hex, or a keystore.",
    ),
    click.option(
        "--consent",
        "consent_path",
        type=click.Path(path_type=Path),
        help="A file that `operator consent` wrote on the machine of the new key.",
    ),
)


@click.group()
def cli():
    """Act for a sequencer: as its owner, its signer, or its paired vault."""


def ask_password() -> str:
    # without a default, click would ask until the password is not empty
    return click.prompt("Password", hide_input=True, default="", show_default=False)


class Session:
    """The sender, the pool as it is now, and how to send."""

    def __init__(self, path: Path | None, account_name: str | None, dry_run: bool, yes: bool):
        self.context = Context(path)
        self.dry_run, self.yes = dry_run, yes
        self.account = self.context.account(account_name)
        self.view = View(self.context.suite, self.context.provider)
        self.actions = Actions(self.view, self.account)

    def consent(self, owner: str, signer, signer_key, consent_path) -> Consent:
        """A consent by one of the three options; UserError unless exactly one is given."""
        given = [x for x in (signer, signer_key, consent_path) if x is not None]
        if len(given) != 1:
            raise UserError("name the new key by one of --signer, --signer-key, --consent")
        if consent_path is not None:
            return Consent.read(consent_path)
        if signer_key is not None:
            key = load_key(signer_key, ask_password)
        else:
            key = load_account(signer, self.context.network)
        nonce = self.view.read("admission", owner)[2]
        pool = self.view.pool.address
        return make_consent(key, self.context.provider.chain_id, pool, owner, nonce)

    def run(self, action: Action) -> None:
        """Shows an action, asks, and sends it."""
        carry_out(action, self.context, self.account, self.dry_run, self.yes)


def command(name: str, *decorators):
    """Registers a subcommand. The decorated function makes its action."""

    def decorate(function):
        def run(path, account_name, dry_run, yes, **arguments):
            session = Session(path, account_name, dry_run, yes)
            session.run(function(session, **arguments))

        run.__doc__ = function.__doc__
        return cli.command(name, cls=ScriptCommand)(options(*decorators, common_options)(run))

    return decorate


@command(
    "lock",
    amount_argument,
    signer_options,
    click.option("--recipient", help="Who gets the rewards; by default the sender."),
)
def lock(session, amount, recipient, **signer):
    """Register a sequencer, and lock AMOUNT of METIS in it."""
    recipient = None if recipient is None else session.context.address(recipient)
    consent = session.consent(session.account.address, **signer)
    return session.actions.lock(parse_metis(amount), recipient, consent)


@command("relock", amount_argument, own_id_option)
def relock(session, amount, id):
    """Add AMOUNT of METIS to the stake."""
    return session.actions.relock(id, parse_metis(amount))


@command("withdraw", amount_argument, own_id_option)
def withdraw(session, amount, id):
    """Unbond AMOUNT of METIS; min_stake must remain."""
    return session.actions.request_withdrawal(id, parse_metis(amount))


@command("unlock", own_id_option)
def unlock(session, id):
    """Leave for good: unbond everything."""
    return session.actions.unlock(id)


@command("claim", own_id_option)
def claim(session, id):
    """Pay matured stake to the owner. Anyone may call it."""
    return session.actions.claim(id)


@command("rotate", signer_options, own_id_option)
def rotate(session, id, **signer):
    """Replace the signer; as the present signer, name --id."""
    id = session.view.id_of(session.account.address) if id is None else id
    consent = session.consent(session.view.sequencer(id).owner, **signer)
    return session.actions.rotate_signer(id, consent)


@command("transfer", click.argument("new_owner"), own_id_option)
def transfer(session, new_owner, id):
    """Offer the sequencer to NEW_OWNER; the zero address ends the offer."""
    return session.actions.transfer(id, session.context.address(new_owner))


@command("accept", id_option)
def accept(session, id):
    """Take over a sequencer that was offered."""
    return session.actions.accept(id)


@command("recipient", click.argument("recipient"), own_id_option)
def recipient(session, recipient, id):
    """Set who gets the rewards."""
    return session.actions.set_reward_recipient(id, session.context.address(recipient))


@command("unjail", own_id_option)
def unjail(session, id):
    """Leave jail when its time is over."""
    return session.actions.unjail(id)


@command("deposit-paired", amount_argument, id_option)
def deposit_paired(session, amount, id):
    """As the paired vault, add AMOUNT of METIS."""
    return session.actions.deposit_paired(id, parse_metis(amount))


@command("withdraw-paired", amount_argument, id_option)
def withdraw_paired(session, amount, id):
    """As the paired vault, unbond AMOUNT of METIS."""
    return session.actions.request_paired_withdrawal(id, parse_metis(amount))


@command("claim-paired", id_option)
def claim_paired(session, id):
    """As the paired vault, claim matured stake."""
    return session.actions.claim_paired(id)


@cli.command("consent", cls=ScriptCommand)
@click.argument("owner")
@click.argument("file", type=click.Path(path_type=Path))
@options(*(signer_options,))
@deployment_option
def consent(owner, file, path, signer, signer_key, consent_path):
    """With the signer's key, sign the consent to work for OWNER into FILE. Nothing is sent."""
    context = Context(path)
    session = Session.__new__(Session)
    session.context, session.view = context, View(context.suite, context.provider)
    if consent_path is not None:
        raise UserError("name the new key by --signer or --signer-key")
    made = session.consent(session.context.address(owner), signer, signer_key, None)
    made.save(file)
    say(f"{file}: consent of {made.signer} for owner {made.owner}, nonce {made.nonce}")
