"""Blocks: epochs rotate, one sequencer stops and is replaced."""

from collections import Counter

from rich.table import Table

from seqpool.console import console
from seqpool.devnet.cast import Cast
from seqpool.devnet.rotation import Rotation
from seqpool.devnet.story.stakes import SEATS
from seqpool.devnet.story.telling import step
from seqpool.documents.votes import Ballot
from seqpool.epochs.tables import EpochTables
from seqpool.errors import UserError
from seqpool.units import format_metis

# blocks; so many epochs on chain, and so many further ones that are only computed
EPOCH_LENGTH, EPOCHS, COMPUTED = 10, 40, 2_000
SHOWN = 6


class Blocks:
    """Epochs rotate; one sequencer stops, and is replaced."""

    def __init__(self, cast: Cast):
        self.cast, self.suite = cast, cast.suite
        self.sequencer_set = cast.suite.registry.sequencer_set
        self.rotation: Rotation | None = None
        self.ballot: Ballot | None = None  # by which a sequencer was replaced

    @property
    def tables(self) -> EpochTables:
        return EpochTables(self.rotation.view, self.cast.provider.network.name)

    def name(self, signer: str) -> str:
        return self.rotation.names[signer]

    def relay(self) -> None:
        receipt = self.cast.relay()
        self.rotation = Rotation(self.suite.registry, self.cast.provider, self.cast.members())
        installed = self.sequencer_set.committee()
        sealed = self.cast.registry.sealed_committee()
        if (installed.nonce, installed.committee_hash, installed.seed) != tuple(sealed):
            raise UserError("the installed committee is not the sealed one")
        self.cast.call_l2("set_epoch_length", EPOCH_LENGTH)
        if self.sequencer_set.parameters().epoch_length != EPOCH_LENGTH:
            raise UserError("the epoch length was not set")
        step(
            "The relay tells L2 (here the same chain) of the committee",
            f"Committee {installed.nonce} is installed: hash and seed are L1's;"
            f" gas {receipt.gas_used:,}",
            f"By its first call governance makes epochs short: {EPOCH_LENGTH} blocks.",
        )

    def turn(self) -> None:
        rotation = self.rotation
        drawn = rotation.turn(EPOCHS)
        last = self.sequencer_set.last_epoch()
        computed = Counter(map(rotation.expected, range(last + 1, last + 1 + COMPUTED)))
        table = Table("signer", "stake, METIS")
        for column in (f"of {EPOCHS} epochs", f"of the {COMPUTED:,} next", "share of stake"):
            table.add_column(column, justify="right")
        table.columns[1].justify = "right"
        power = sum(rotation.powers.values())
        for signer, stake in rotation.powers.items():
            table.add_row(
                self.name(signer),
                format_metis(stake),
                f"{drawn[signer]} ({drawn[signer] / EPOCHS:.1%})",
                f"{computed[signer]} ({computed[signer] / COMPUTED:.1%})",
                f"{stake / power:.1%}",
            )
        step(
            "Epochs rotate in proportion to stake",
            f"{EPOCHS} epochs begin, one after the other; anyone may commit the next. Each signer"
            " is the one that",
            "everybody can compute from the seed; as are those to come, while the committee stays.",
        )
        console.print(table)

    def stop(self) -> None:
        rotation = self.rotation
        rotation.commit()
        rotation.mine_to(self.cast.provider.get_block("latest").number + 3)
        view = rotation.view
        id, epoch = view.present
        step(
            "The present sequencer stops",
            f"Epoch {id} is {self.name(epoch.signer)}'s until block {epoch.end_block}, but after"
            f" block {view.block_number} nothing comes.",
            f"Replacing it at once is refused: {self.too_early()}.",
        )
        rotation.stall()

    def too_early(self) -> str:
        try:
            self.rotation.view.reelection(self.rotation.members)
        except UserError as error:
            return str(error)
        raise UserError("a sequencer could be replaced before its time")

    def vote(self) -> None:
        rotation = self.rotation
        view = rotation.view
        votes, ballot = rotation.vote(view)
        self.ballot = ballot
        failed, signed = ballot.message.failed, len(ballot.certificate.signatures)
        if (view.present[1].signer, len(votes)) != (failed, SEATS - 1):
            raise UserError(f"{len(votes)} vote to replace {failed}")
        step(
            f"A minute later the other {len(votes)} vote",
            f"Each signs the same words: epoch {ballot.message.epoch}, round"
            f" {ballot.message.round}, {self.name(failed)} has failed after block"
            f" {ballot.message.lastBlock}.",
            f"{signed} of {SEATS} members have signed, and hold two thirds of all power, that of"
            f" {self.name(failed)} counted.",
        )
        receipt = rotation.take_over(view, ballot)
        (event,) = self.sequencer_set.EpochReelected.from_receipt(receipt)
        step(
            "The successor takes over in its first block",
            f"Block {receipt.block_number} is {self.name(event.signer)}'s: its first transaction is"
            f" the re-election; gas {receipt.gas_used:,}.",
            f"Once is enough: {rotation.check_dead(ballot)}.",
        )

    def history(self) -> None:
        entries = self.rotation.history(SHOWN)
        ended = [entry.ended.split(":")[0] for entry in entries if entry.ended]
        if ended != ["cut", "never began"]:
            raise UserError(f"the history tells of epochs that ended so: {ended}")
        step("The history shows it")
        console.print(self.tables.history(entries))
        for line in self.tables.timeline(entries):
            console.print(line, soft_wrap=True)


def tell(story: Blocks) -> None:
    story.relay()
    story.turn()
    story.stop()
    story.vote()
    story.history()
