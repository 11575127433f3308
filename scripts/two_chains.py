"""Runs the suite on two chains, from end to end: ape run two_chains

Starts two anvil nodes that end with it, deploys a linked suite, locks stakes and seals committees
on L1, carries them to L2 (late, and once twice), lets epochs rotate there, and replaces a signer
that has stalled. It fails on any deviation.
"""

import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

import ape
import click

from seqpool.chain.accounts import named_account
from seqpool.chain.anvil import own_chain, running_node
from seqpool.cli.context import FreeCommand
from seqpool.console import console, say
from seqpool.deployment import params
from seqpool.deployment.compiler import compile_anew
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal
from seqpool.deployment.suite import Registry, Suite, check_link, load_registry, load_suite
from seqpool.deployment.target import Side
from seqpool.devnet.cast import Cast
from seqpool.devnet.message_carrier import REFUSED, open_carrier
from seqpool.devnet.rotation import Rotation
from seqpool.epochs.tables import EpochTables
from seqpool.errors import UserError
from seqpool.units import METIS

# those of ape-config.yaml
L1_CHAIN_ID, L2_CHAIN_ID = 31_337, 31_338
STAKES = (20_000, 45_000, 60_000, 60_000, 25_000)
EPOCH_LENGTH, EPOCHS, SHOWN = 10, 8, 5


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise UserError(f"{what}: {found}, not {wanted}")


class Run:
    """Two chains, and what happens on them."""

    def __init__(self, l1: str, l2: str, folder: Path):
        self.l1, self.l2 = l1, l2
        self.l1_path, self.l2_path = folder / "l1.json", folder / "l2.json"
        self.suite: Suite | None = None
        self.registry: Registry | None = None
        self.rotation: Rotation | None = None

    def on_l1(self):
        return ape.networks.parse_network_choice(self.l1)

    def on_l2(self):
        return ape.networks.parse_network_choice(self.l2)

    # chapters

    def deploy(self) -> None:
        values = params.load_params(params.default_path("ethereum", "devnet"), "devnet")
        with self.on_l1() as provider:
            with self.on_l2() as far:
                side = Side(far, Journal.open(self.l2_path, far), self.on_l2)
            journal = Journal.open(self.l1_path, provider)
            Deployer(
                values, named_account("deployer"), journal, provider, ape.project, l2=side
            ).run()
        # from here on by the deployment files, as everybody finds the suite
        with self.on_l2() as provider:
            self.registry = load_registry(self.l2_path, provider, ape.project)
        with self.on_l1() as provider:
            self.suite = load_suite(self.l1_path, provider, ape.project)
            check_link(self.suite, self.registry, L2_CHAIN_ID)
        say(f"1. Linked: CommitteeRelay {self.suite.relay.address} on chain {L1_CHAIN_ID},")
        say(f"   SequencerSet {self.suite.set_address} on chain {L2_CHAIN_ID}")

    def lock_and_send(self) -> None:
        """Sends two committees and a call of governance. None of them is carried yet."""
        with self.on_l1() as provider:
            cast = Cast(self.suite, provider)
            owners = [named_account(f"owner{n}") for n in range(1, len(STAKES) + 2)]
            cast.fund(*owners)
            cast.approve(*owners)
            for n, stake in enumerate(STAKES, 1):
                cast.lock(owners[n - 1], named_account(f"signer{n}"), stake * METIS)
            self.checkpoint(cast, 1)
            last = len(owners)
            cast.lock(owners[-1], named_account(f"signer{last}"), 50_000 * METIS)
            # a member leaves, which allows a second committee at once
            self.suite.pool.unlock(3, sender=owners[2])
            self.checkpoint(cast, 2)
            self.members = cast.members()
            cast.call_l2("set_epoch_length", EPOCH_LENGTH)
        with self.on_l2():
            expect("committee on L2", self.registry.sequencer_set.committee().nonce, 0)
        say(f"2. {len(STAKES) + 1} lock on L1, one leaves; two committees and a call are sent,")
        say("   and L2 knows nothing of it yet")

    def checkpoint(self, cast: Cast, nonce: int) -> None:
        cast.checkpoint_and_seal()
        cast.relay()
        (event,) = self.suite.relay.CommitteeSent.from_receipt(list(cast.keeper.history)[-1])
        expect("committee sent", event.nonce, nonce)

    def carry(self) -> None:
        """Carries the second committee, then the first, which is refused, and the call twice."""
        carrier = open_carrier(self.l1, self.l2, self.l1_path, self.l2_path)
        carrier.check()
        messages, _ = carrier.sent(self.suite.from_block)
        expect("messages", len(messages), 3)
        say("3. Carried to L2")
        say(f"   the second committee: {carrier.deliver(messages[1])}")
        self.expect_on_l2(committee=2, calls=0)
        outcome = carrier.deliver(messages[0])
        expect("the first, late", outcome, REFUSED)
        self.expect_on_l2(committee=2, calls=0)
        say(f"   the first, late: {outcome}")
        say("   all that was sent, once more, as `ape run relay carry` does:")
        carrier.carry(self.suite.from_block, lambda line: say(f"   {line}"))
        self.expect_on_l2(committee=2, calls=1)
        with self.on_l2():
            messenger, call = self.registry.messenger, messages[2]
            receipt = messenger.redeliver(*call.arguments, sender=carrier.account)
            refused = len(list(messenger.FailedRelayedMessage.from_receipt(receipt)))
            expect("refusals of a call that comes twice", refused, 1)
        self.expect_on_l2(committee=2, calls=1)
        say("   the call again, by a faulty bridge: refused by its target")
        with self.on_l1():
            sealed = self.suite.committee_registry.sealed_committee()
        with self.on_l2():
            seal = self.registry.sequencer_set.committee()
            length = self.registry.sequencer_set.parameters().epoch_length
        found = (seal.nonce, seal.committee_hash, seal.seed)
        expect("the installed committee", found, tuple(sealed))
        expect("epoch_length", length, EPOCH_LENGTH)

    def expect_on_l2(self, committee: int, calls: int) -> None:
        with self.on_l2():
            sequencer_set = self.registry.sequencer_set
            found = (sequencer_set.committee().nonce, sequencer_set.call_count())
        expect("committee and calls on L2", found, (committee, calls))

    def rotate(self) -> None:
        with self.on_l2() as provider:
            self.rotation = Rotation(self.registry, provider, self.members)
            drawn = self.rotation.turn(EPOCHS)
            expect("epochs", drawn.total(), EPOCHS)
        shares = ", ".join(f"{self.rotation.names[signer]} {n}" for signer, n in drawn.items())
        say(f"4. {EPOCHS} epochs of {EPOCH_LENGTH} blocks begin: {shares}")

    def replace(self) -> None:
        rotation = self.rotation
        with self.on_l2() as provider:
            rotation.commit()
            rotation.mine_to(provider.get_block("latest").number + 3)
            rotation.stall()
            view = rotation.view
            votes, ballot = rotation.vote(view)
            expect("votes", len(votes), len(self.members) - 1)
            receipt = rotation.take_over(view, ballot)
            (event,) = rotation.sequencer_set.EpochReelected.from_receipt(receipt)
            say(
                f"5. {rotation.names[event.failed]} stalls; {len(votes)} vote;"
                f" {rotation.names[event.signer]} takes over in block {receipt.block_number}"
            )
            say(f"   Once is enough: {rotation.check_dead(ballot)}")

    def show(self) -> None:
        with self.on_l2() as provider:
            entries = self.rotation.history(SHOWN)
            ended = [entry.ended.split(":")[0] for entry in entries if entry.ended]
            expect("how epochs ended", ended, ["cut", "never began"])
            tables = EpochTables(self.rotation.view, provider.network.name)
            console.print(tables.summary(), tables.history(entries), sep="\n")
            for line in tables.timeline(entries):
                say(line)


@click.command(cls=FreeCommand)
def cli():
    """Deploy, link, carry, rotate and re-elect, on two nodes that end with the command."""
    # however this ends, both nodes end with it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    compile_anew(ape.project)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nodes = [
            stack.enter_context(running_node(*own_chain(chain_id)))
            for chain_id in (L1_CHAIN_ID, L2_CHAIN_ID)
        ]
        l1, l2 = (
            f"ethereum:{name}:{node.url}"
            for name, node in zip(("devnet", "devnet2"), nodes, strict=True)
        )
        run = Run(l1, l2, folder)
        for chapter in (
            run.deploy,
            run.lock_and_send,
            run.carry,
            run.rotate,
            run.replace,
            run.show,
        ):
            chapter()
    say("All is as it should be.")
